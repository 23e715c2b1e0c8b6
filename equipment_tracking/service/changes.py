"""When a thing has entered a room: the locator has been sure of one and the same room for long enough. Pure."""

from __future__ import annotations

import numpy as np

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.estimate import SURE

NOWHERE = -1
DWELL_MS = 15_000
"""A thing that is pushed through a room has not entered it."""


class RoomChanges:
    """Follows all tags; `area` numbers are the building's. Only rooms are entered: corridors are ways."""

    def __init__(self, is_room: np.ndarray, tags: int, dwell_ms: int = DWELL_MS) -> None:
        self._is_room = np.append(is_room, False)  # the last one stands for no area
        self._dwell_ms = dwell_ms
        self._likely = np.full(tags, NOWHERE, dtype=np.int32)
        self._since_ms = np.zeros(tags, dtype=np.int64)
        self._entered = np.full(tags, NOWHERE, dtype=np.int32)

    def grow(self, tags: int) -> None:
        """Follow more tags."""
        more = tags - len(self._likely)
        self._likely = np.append(self._likely, np.full(more, NOWHERE, dtype=np.int32))
        self._since_ms = np.append(self._since_ms, np.zeros(more, dtype=np.int64))
        self._entered = np.append(self._entered, np.full(more, NOWHERE, dtype=np.int32))

    def entered(self, area: Indexes, sure: Floats, now_ms: int) -> Indexes:
        """The tags that have entered a room now, given the likeliest area of each and how sure it is."""
        likely = np.where((sure >= SURE) & self._is_room[area], area, NOWHERE).astype(np.int32)
        fresh = likely != self._likely
        self._since_ms[fresh] = now_ms
        self._likely = likely
        stayed = (likely != NOWHERE) & (now_ms - self._since_ms >= self._dwell_ms) & (likely != self._entered)
        self._entered[stayed] = likely[stayed]
        return np.flatnonzero(stayed).astype(np.int32)
