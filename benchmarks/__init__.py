"""Measurements of the running service: each prints JSON and appends it to `benchmarks/history`."""
