"""When everybody will arrive, as the order stands: times from now, and the gaps that they leave in every cell.

The arrivals of a drive follow one another; a robot enters a cell after the one before it in that cell has left. With
safe distance it begins to move in when the other has arrived outside; with following it may arrive at that instant.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from routing.compiled import kernel, part

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Flags = NDArray[np.uint8]

EVER = 2**60
"""An instant that does not come, milliseconds: the end of a gap without end."""

NEVER = -EVER
"""An instant before all others, milliseconds."""


class Drives(NamedTuple):
    """All drives, a row a robot; instants and durations in milliseconds.

    A robot has reached the point `reached` of its `length` points, at `since`; it may go to `released`, and if that is
    further it set out at `begun`. `point`, `step` (duration of the move to it), `stay` and `arrival` are by point.
    Before it comes to its point `i` the robot `before[i]` must have come to its own `exit_before[i]`; -1: nobody.
    """

    length: Int32
    reached: Int32
    released: Int32
    since: Int64
    begun: Int64
    point: Int32
    step: Int32
    stay: Int32
    before: Int32
    exit_before: Int32
    arrival: Int64


class Gaps(NamedTuple):
    """When cells are free: gaps `first[c] … first[c + 1] - 1` of cell `c` from `begin` until before `end`, in order.

    A cell with n visits has n + 1 gaps, gap k before visit k; those that are empty or shut end before they begin.
    """

    first: Int32
    begin: Int64
    end: Int64


_I32, _I64 = types.int32[::1], types.int64[::1]
_ROWS, _BY_ROW = types.int32[:, ::1], types.int64[:, ::1]
_DRIVES = types.NamedTuple((_I32, _I32, _I32, _I64, _I64, _ROWS, _ROWS, _ROWS, _ROWS, _ROWS, _BY_ROW), Drives)  # type: ignore[no-untyped-call]  # numba has no types here
GAPS = types.NamedTuple((_I32, _I64, _I64), Gaps)  # type: ignore[no-untyped-call]  # numba has no types here


@part(types.int64(_DRIVES, types.int64, types.int64, types.int64, types.int64, types.boolean))
def _next(drives: Drives, robot: int, i: int, entry: int, now: int, following: bool) -> int:
    """The arrival at point `i` from the one before, into a cell that is free from `entry` on."""
    step = drives.step[robot, i]
    if i == drives.reached[robot] + 1 and i <= drives.released[robot]:
        arrival: int = max(drives.begun[robot] + step, now)
        return arrival
    leave = max(drives.arrival[robot, i - 1] + drives.stay[robot, i - 1], now)
    return int(max(leave + step, entry) if following else max(leave, entry) + step)


@kernel(types.boolean(types.boolean, types.int64, _DRIVES))
def project(following: bool, now: int, drives: Drives) -> bool:
    """Fill in the arrivals of all drives from the point reached on; false if the order has a cycle."""
    robots = drives.length.size
    known = np.empty(robots, np.int32)
    for robot in range(robots):
        known[robot] = drives.reached[robot] + 1
        if drives.length[robot] > 0:
            drives.arrival[robot, drives.reached[robot]] = drives.since[robot]
    stack = np.empty(robots + 1, np.int32)
    target = np.empty(robots + 1, np.int32)
    for root in range(robots):
        size = 1
        stack[0] = root
        target[0] = drives.length[root] - 1
        while size > 0:
            robot = stack[size - 1]
            i = known[robot]
            if i > target[size - 1]:
                size -= 1
                continue
            other = drives.before[robot, i]
            leaves = drives.exit_before[robot, i]
            if other >= 0 and leaves >= known[other]:
                if size > robots:
                    return False
                stack[size] = other
                target[size] = leaves
                size += 1
                continue
            entry = int(drives.arrival[other, leaves]) if other >= 0 else NEVER
            drives.arrival[robot, i] = _next(drives, robot, i, entry, now, following)
            known[robot] = i + 1
    return True


@part(types.int64(_DRIVES, types.int64, types.int64, _I32))
def _exit(drives: Drives, robot: int, i: int, cell: Int32) -> int:
    """The index of the first point of a drive that lies outside the cell of point `i`; the length if there is none."""
    here = cell[drives.point[robot, i]]
    while i < drives.length[robot] and cell[drives.point[robot, i]] == here:
        i += 1
    return i


@part(types.void(GAPS, types.int64, types.int64, types.int64, types.int64))
def _reserve(gaps: Gaps, low: int, at: int, start: int, until: int) -> None:
    """Put [start, until) in order among a cell's reservations, which stand at `low … at - 1`."""
    begin, end = gaps.begin, gaps.end
    while at > low and begin[at - 1] > start:
        begin[at] = begin[at - 1]
        end[at] = end[at - 1]
        at -= 1
    begin[at] = start
    end[at] = until


@part(types.void(GAPS, types.int64))
def _invert(gaps: Gaps, c: int) -> None:
    """Turn the reservations of a cell into the gaps between them."""
    begin, end = gaps.begin, gaps.end
    last = gaps.first[c + 1] - 1
    free = NEVER
    for at in range(gaps.first[c], last):
        until = end[at]
        end[at] = begin[at]
        begin[at] = free
        free = max(free, until)
    begin[last] = free
    end[last] = EVER


@part(types.void(GAPS, types.int64, types.int64))
def _shut(gaps: Gaps, c: int, start: int) -> None:
    """Make a cell's gaps from number `start` on empty."""
    for at in range(start, gaps.first[c + 1]):
        gaps.begin[at] = EVER
        gaps.end[at] = NEVER


@kernel(GAPS(types.boolean, types.int64, types.int64, _I32, types.uint8[::1], _DRIVES))
def gaps_between(following: bool, own: int, own_cell: int, cell: Int32, shut: Flags, drives: Drives) -> Gaps:
    """The gaps that all drives but robot `own`'s leave in the cells of the points, `cell`.

    What is released is had from `NEVER` on. A cell that is `shut` has no gap; but in its `own_cell` a robot may be
    until the first gap ends, even then.
    """
    cells = shut.size
    first = np.ones(cells + 1, np.int32)
    first[0] = 0
    for robot in range(drives.length.size):
        i = int(drives.reached[robot])
        while robot != own and i < drives.length[robot]:
            first[cell[drives.point[robot, i]] + 1] += 1
            i = _exit(drives, robot, i, cell)
    for c in range(cells):
        first[c + 1] += first[c]
    gaps = Gaps(first, np.empty(first[cells], np.int64), np.empty(first[cells], np.int64))
    filled = first.copy()
    for robot in range(drives.length.size):
        i = int(drives.reached[robot])
        while robot != own and i < drives.length[robot]:
            c = cell[drives.point[robot, i]]
            start = NEVER
            if i > drives.released[robot]:
                start = int(drives.arrival[robot, i]) - (0 if following else int(drives.step[robot, i]))
            i = _exit(drives, robot, i, cell)
            until = int(drives.arrival[robot, i]) if i < drives.length[robot] else EVER
            _reserve(gaps, first[c], filled[c], start, until)
            filled[c] += 1
    for c in range(cells):
        _invert(gaps, c)
        if shut[c]:
            _shut(gaps, c, first[c] + (1 if c == own_cell else 0))
    return gaps


@part(types.int64(types.boolean, GAPS, types.int64, types.int64, types.int64, types.int64))
def _place(following: bool, gaps: Gaps, c: int, entry: int, until: int, left: int) -> int:
    """The gap of a cell in which [entry, until) lies, -1 if there is none; the gap left before ends at `left`.

    With following, a robot that enters as another leaves and leaves as another enters might close a ring of robots of
    which none can begin: that is no place.
    """
    for gap in range(gaps.first[c], gaps.first[c + 1]):
        if gaps.begin[gap] <= entry and until <= gaps.end[gap]:
            return -1 if following and entry == gaps.begin[gap] and entry == left else gap
    return -1


@kernel(_I32(types.boolean, _I32, GAPS, _I32, _I32, _I64))
def places(following: bool, cell: Int32, gaps: Gaps, point: Int32, step: Int32, arrival: Int64) -> Int32:
    """The place of each visit of a drive in turn among the visits of the others to its cell; empty if one has none.

    The drive begins in the first gap of its first point's cell. `point`, `step` and `arrival` as in `Drives`, of this
    drive alone.
    """
    size = point.size
    out = np.empty(size, np.int32)
    visits = 0
    left = EVER
    i = 0
    while i < size:
        c = cell[point[i]]
        entry = NEVER if i == 0 else int(arrival[i]) - (0 if following else int(step[i]))
        while i < size and cell[point[i]] == c:
            i += 1
        gap = _place(following, gaps, c, entry, int(arrival[i]) if i < size else EVER, left)
        if gap < 0 or (visits == 0 and gap != gaps.first[c]):
            return out[:0]
        left = int(gaps.end[gap])
        out[visits] = gap - gaps.first[c]
        visits += 1
    return out[:visits]
