"""The drives of all robots as arrays for the projection, kept as they change."""

from __future__ import annotations

import numpy as np

from routing.traffic.projection import Drives

_ROBOTS, _POINTS = 8, 64
"""What there is room for at first."""


def empty_drives() -> Drives:
    """Room for the drives of a few robots; none of them has a point."""
    by_robot, by_point = _ROBOTS, (_ROBOTS, _POINTS)
    return Drives(
        length=np.zeros(by_robot, np.int32),
        reached=np.zeros(by_robot, np.int32),
        released=np.zeros(by_robot, np.int32),
        since=np.zeros(by_robot, np.int64),
        begun=np.zeros(by_robot, np.int64),
        point=np.zeros(by_point, np.int32),
        step=np.zeros(by_point, np.int32),
        stay=np.zeros(by_point, np.int32),
        before=np.zeros(by_point, np.int32),
        exit_before=np.zeros(by_point, np.int32),
        arrival=np.zeros(by_point, np.int64),
    )


def with_room(drives: Drives, robots: int, points: int) -> Drives:
    """The same drives with room for so many robots with so many points, doubled until it is enough."""
    while drives.length.size < robots:
        drives = Drives._make(np.concatenate((rows, np.zeros_like(rows))) for rows in drives)
    while drives.point.shape[1] < points:
        drives = Drives._make(np.hstack((rows, np.zeros_like(rows))) if rows.ndim == 2 else rows for rows in drives)
    return drives
