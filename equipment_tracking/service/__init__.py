"""The process of equipment tracking: readings in, positions and answers out, every change committed once."""
