"""The pneumatic tube: its ways, and who may be where in it when."""

from __future__ import annotations

from routing.tube.network import Passage, TubeNetwork, TubeRoute
from routing.tube.schedule import Hold, Timetable

__all__ = ["Hold", "Passage", "Timetable", "TubeNetwork", "TubeRoute"]
