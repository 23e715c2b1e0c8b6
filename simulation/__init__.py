"""The hospital in time: what a day asks of it, and what would happen if it were built or staffed otherwise."""
