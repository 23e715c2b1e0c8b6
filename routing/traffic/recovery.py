"""Who comes out of a knot together: robots that stand in one another's way and of which none can go alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

from routing.traffic.control import Traffic

MOST_TOGETHER = 3
"""Robots that are untangled in one search; its states grow with the power of their number."""


def out_together(
    traffic: Traffic, robot: str, others: Sequence[str], now_ms: int, *, closed: Collection[int] = ()
) -> tuple[str, ...]:
    """Send a robot that stands where it is in the way out together with as few others as possible that do so too.

    Cells of `closed` are not entered. Returns those who were sent; none, and nothing changes, if no few of them come
    out so.
    """
    for size in range(1, MOST_TOGETHER):
        for group in combinations(others, size):
            if traffic.untangle((robot, *group), now_ms, closed=closed):
                return (robot, *group)
    return ()
