"""Turns a declared flow into a plan: names into numbers, calendars into capacities and rates, short forms unfolded."""

from simulation.flow.resolve.resolve import resolve

__all__ = ["resolve"]
