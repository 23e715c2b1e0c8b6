"""HTTP, pages and the command line: this room translates and decides nothing."""
