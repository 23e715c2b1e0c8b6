"""What traffic is asked and what it answers: stops, drives, refusals, and all that it knows, to be kept."""

from __future__ import annotations

from typing import Literal

import msgspec


class Stop(msgspec.Struct, frozen=True):
    """A point to come to and to stay at for at least `stay_ms`."""

    point: int
    stay_ms: int = 0


class Drive(msgspec.Struct, frozen=True):
    """A robot's way through points, from one that it has reached to a bay.

    Attributes
    ----------
    points
        Numbers of the network's points.
    stays_ms
        How long it stays at each, at least.
    reached
        Index of the last point reached; the points after it are still to be driven.
    times_ms
        The arrivals as they were projected when the drive was planned. They say in which gaps it lies; the order in
        the cells is taken from them when it is committed, and they are not looked at again.
    """

    robot: str
    points: tuple[int, ...]
    stays_ms: tuple[int, ...]
    reached: int
    times_ms: tuple[int, ...] = ()


class Refused(msgspec.Struct, frozen=True):
    """Why there is no drive.

    Attributes
    ----------
    code
        `held`: a stop is another's home bay, or is held without limit. `cut`: blocked cells and cells held without
        limit separate the robot from a stop; none are named if robots of its kind have no way at all. `busy`: others
        have precedence over the robot where it stands.
    cells
        The cells in question.
    robots
        By whom they are had, by name; a cell that is closed is had by nobody.
    """

    code: Literal["cut", "held", "busy"]
    cells: tuple[int, ...]
    robots: tuple[str, ...]


class RobotState(msgspec.Struct, frozen=True):
    """A robot and its drive, with names instead of numbers; instants in milliseconds."""

    robot: str
    profile: str
    home: str | None
    points: tuple[str, ...]
    stays_ms: tuple[int, ...]
    reached: int
    released: int
    since_ms: int
    begun_ms: int


class TrafficState(msgspec.Struct, frozen=True):
    """All that traffic knows: `orders` are the robots in turn, for each cell that more than one visit is due to."""

    now_ms: int
    robots: tuple[RobotState, ...]
    orders: dict[str, tuple[str, ...]]
    blocked: tuple[str, ...]


class Changes(msgspec.Struct, frozen=True):
    """What is new in a `TrafficState`: robots that changed and such that are gone, and orders in cells.

    A cell to which no more than one visit is due has an empty order; it does not stand in the state.
    """

    now_ms: int
    robots: tuple[RobotState, ...]
    gone: tuple[str, ...]
    orders: dict[str, tuple[str, ...]]
    blocked: tuple[str, ...]
