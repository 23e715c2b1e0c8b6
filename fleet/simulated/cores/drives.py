"""A drive as a timetable: when each waypoint is reached and left, so that a position at any instant is a look-up."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from bus.messages import Waypoint

_STANDSTILL_M_S = 0.01


class Passage(msgspec.Struct, frozen=True, array_like=True):
    """A point of the timetable."""

    node: str
    x_m: float
    y_m: float
    floor: str
    arrive_ms: int
    leave_ms: int


class Place(NamedTuple):
    """Where something is; `node` is the last one it passed."""

    node: str
    x_m: float
    y_m: float
    floor: str


def timetable(origin: Place, waypoints: Sequence[Waypoint], start_ms: int) -> tuple[Passage, ...]:
    """From where it stands along the waypoints: straight lines at each waypoint's speed, its dwell at the end of each.

    A change of floor takes no distance of its own: lifts carry a robot, and a porter's rides are in the dwell.
    """
    return prolonged((Passage(*origin, start_ms, start_ms),), waypoints, start_ms)


def prolonged(drive: Sequence[Passage], waypoints: Sequence[Waypoint], at_ms: int) -> tuple[Passage, ...]:
    """The drive as it goes on along more waypoints; where it ended it stands until `at_ms`, if it is there by then."""
    last = drive[-1]
    start_ms = max(last.leave_ms, at_ms)
    passages = [*drive[:-1], _standing(last, start_ms)]
    passed_s = 0.0
    x_m, y_m = last.x_m, last.y_m
    for point in waypoints:
        passed_s += math.hypot(point.x_m - x_m, point.y_m - y_m) / max(point.max_speed_m_s, _STANDSTILL_M_S)
        arrive_ms = start_ms + round(passed_s * 1000)
        passed_s += max(point.dwell_s, 0.0)
        leave_ms = start_ms + round(passed_s * 1000)
        x_m, y_m = point.x_m, point.y_m
        passages.append(Passage(point.node, x_m, y_m, point.floor, arrive_ms, leave_ms))
    return tuple(passages)


def place_at(drive: Sequence[Passage], at_ms: int) -> Place:
    """Where it is at an instant; before the start and after the end it stands there."""
    index = _last_reached(drive, at_ms)
    here = drive[index]
    if index + 1 == len(drive) or at_ms <= here.leave_ms:
        return Place(here.node, here.x_m, here.y_m, here.floor)
    ahead = drive[index + 1]
    share = (at_ms - here.leave_ms) / (ahead.arrive_ms - here.leave_ms)
    x_m = here.x_m + share * (ahead.x_m - here.x_m)
    y_m = here.y_m + share * (ahead.y_m - here.y_m)
    return Place(here.node, x_m, y_m, here.floor)


def is_between(drive: Sequence[Passage], at_ms: int) -> bool:
    """Whether it is on the way from one waypoint to the next."""
    if not drive:
        return False
    index = _last_reached(drive, at_ms)
    return index + 1 < len(drive) and at_ms > drive[index].leave_ms


def stop_at_waypoint(drive: Sequence[Passage], at_ms: int) -> tuple[Passage, ...]:
    """The drive when it ends at the next waypoint: here when it stands at one."""
    index = _last_reached(drive, at_ms)
    if at_ms <= drive[index].leave_ms or index + 1 == len(drive):
        return (*drive[:index], _standing(drive[index], at_ms))
    return (*drive[: index + 1], _standing(drive[index + 1], drive[index + 1].arrive_ms))


def stop_here(drive: Sequence[Passage], at_ms: int) -> tuple[Passage, ...]:
    """The drive when it ends on the spot, between two waypoints if need be."""
    index = _last_reached(drive, at_ms)
    return (*drive[: index + 1], Passage(*place_at(drive, at_ms), at_ms, at_ms))


def _standing(passage: Passage, leave_ms: int) -> Passage:
    return Passage(passage.node, passage.x_m, passage.y_m, passage.floor, passage.arrive_ms, leave_ms)


def _last_reached(drive: Sequence[Passage], at_ms: int) -> int:
    return max(bisect_right(drive, at_ms, key=lambda passage: passage.arrive_ms) - 1, 0)
