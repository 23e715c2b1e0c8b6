"""Rows to learn from: what gateways heard of a tag whose place somebody or something knows at this moment.

They are kept as `portor locate retrain` reads them; readings of other tags are never written down.
"""

from __future__ import annotations

import csv
import logging
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from equipment_tracking.calibration.labels import Source
from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.intake import Accepted

log = logging.getLogger(__name__)

KEPT_MS: Final = 10_000
"""A person who says where a thing is has it at hand for about so long."""
COLUMNS: Final = ("x", "y", "floor", "gateway", "rssi", "time", "source", "tag")
MOST_BYTES: Final = 64 * 1024 * 1024
"""About a million rows; then the file waits to be learned from and moved away."""


class Recent:
    """The readings of the last seconds, of all tags."""

    def __init__(self, kept_ms: int = KEPT_MS) -> None:
        self._kept_ms = kept_ms
        self._heard: deque[tuple[int, Accepted]] = deque()

    def note(self, heard: Accepted, now_ms: int) -> None:
        """Keep a step's readings, forget those that are too old."""
        self._heard.append((now_ms, heard))
        while self._heard[0][0] <= now_ms - self._kept_ms:
            self._heard.popleft()

    def of(self, tag: int, since_ms: int = 0) -> tuple[Indexes, Floats]:
        """Gateways that have heard a tag since then, and the mean level of each in dBm."""
        mine = [
            (heard.gateway[which], heard.rssi_dbm[which])
            for _, heard in self._heard
            if (which := (heard.tag == tag) & (heard.at_ms >= since_ms)).any()
        ]
        if not mine:
            return np.empty(0, np.int32), np.empty(0)
        gateway = np.concatenate([heard for heard, _ in mine])
        rssi_dbm = np.concatenate([levels for _, levels in mine]).astype(np.float64)
        heard, place = np.unique(gateway, return_inverse=True)
        return heard.astype(np.int32), np.bincount(place, rssi_dbm) / np.bincount(place)


class LabelFile:
    """Appends rows; a file that has grown too large takes no more until somebody has learned from it."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most_bytes = most_bytes

    def append(
        self,
        at: tuple[float, float, str],
        heard: Sequence[tuple[str, float]],
        *,
        at_ms: int,
        source: Source,
        tag: str,
    ) -> int:
        """Write what gateways (id, dBm) heard at a point (x, y in m, floor); how many rows were written."""
        if not heard or (self._path.exists() and self._path.stat().st_size > self._most_bytes):
            return 0
        x_m, y_m, floor = at
        time_s = f"{at_ms / 1000:.3f}"
        fresh = not self._path.exists()
        with self._path.open("a", newline="", encoding="utf-8") as file:
            sheet = csv.writer(file)
            if fresh:
                sheet.writerow(COLUMNS)
            for gateway, rssi_dbm in heard:
                sheet.writerow([f"{x_m:.2f}", f"{y_m:.2f}", floor, gateway, f"{rssi_dbm:.1f}", time_s, source, tag])
        return len(heard)
