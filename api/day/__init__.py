"""A day of demand against a running service: what is posted when, how fast time may run, and what came of it."""
