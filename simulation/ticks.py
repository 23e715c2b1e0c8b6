"""Simulated time: whole ticks of 2⁻²⁰ s from midnight of a run's first day, so that every sum is exact.

A simulated day has 24 hours; the two nights on which clocks change are left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TICKS_PER_S = 1 << 20
MINUTE = 60 * TICKS_PER_S
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
FOREVER = 1 << 60
"""No duration is longer (some 35,000 years): added to any time of a run it still fits in 64 bits."""

Ticks = NDArray[np.int64]


def to_ticks(seconds: NDArray[np.float64]) -> Ticks:
    """Seconds as the nearest whole ticks (ties to even), at least zero and at most `FOREVER`."""
    rounded: Ticks = np.rint(np.clip(seconds * TICKS_PER_S, 0.0, FOREVER)).astype(np.int64)
    return rounded


def seconds(ticks: int) -> float:
    """Ticks as seconds."""
    return ticks / TICKS_PER_S
