"""What gateways heard of a tag just now: when a person says where it is, that is one more row of a survey."""

from __future__ import annotations

from collections import deque

import numpy as np

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.intake import Accepted

KEPT_MS = 10_000
"""A person who says where a thing is has it in hand for about so long."""


class Recent:
    """The readings of the last seconds, of all tags."""

    def __init__(self) -> None:
        self._heard: deque[tuple[int, Accepted]] = deque()

    def note(self, heard: Accepted, now_ms: int) -> None:
        """Keep a step's readings, forget those that are too old."""
        self._heard.append((now_ms, heard))
        while self._heard[0][0] < now_ms - KEPT_MS:
            self._heard.popleft()

    def of(self, tag: int) -> tuple[Indexes, Floats]:
        """Gateways that heard a tag lately, and the mean level of each in dBm."""
        mine = [
            (heard.gateway[which], heard.rssi_dbm[which])
            for _, heard in self._heard
            if (which := heard.tag == tag).any()
        ]
        if not mine:
            return np.empty(0, np.int32), np.empty(0)
        gateway = np.concatenate([heard for heard, _ in mine])
        rssi_dbm = np.concatenate([levels for _, levels in mine]).astype(np.float64)
        heard, place = np.unique(gateway, return_inverse=True)
        return heard.astype(np.int32), np.bincount(place, rssi_dbm) / np.bincount(place)
