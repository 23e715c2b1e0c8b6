"""Published results and results of queueing theory, and what both engines say to them."""
