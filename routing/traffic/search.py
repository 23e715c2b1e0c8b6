"""The search for the earliest drive among all that the others leave free: safe-interval path planning through stops.

Phillips & Likhachev, "SIPP: Safe Interval Path Planning for Dynamic Environments", ICRA 2011: of all times at which a
robot may be at a point within one free gap of its cell only the earliest matters, as it may wait there for the others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from routing.compiled import kernel, part
from routing.heap import pop, push
from routing.traffic.projection import EVER, GAPS, Gaps

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


class Ways(NamedTuple):
    """A network as one profile may use it; see `network.Network`."""

    cell: Int32
    first: Int32
    head: Int32
    duration: Int32


class Tree(NamedTuple):
    """What a search has found.

    A state is a number of stops done, a point and a gap of its cell: `stops done * states + first[point] + gap`, and
    `point` is that of each of the `states` of one number of stops. `best` is the earliest arrival in a state, `came`
    the state before (-1: none). States to look at are a heap ordered by (`key`, `rank`).
    """

    first: Int32
    point: Int32
    best: Int64
    came: Int32
    key: Int64
    rank: Int64


_INT, _I32, _I64 = types.int64, types.int32[::1], types.int64[::1]
_WAYS = types.NamedUniTuple(_I32, 4, Ways)  # type: ignore[no-untyped-call]  # numba has no types here
_TREE = types.NamedTuple((_I32, _I32, _I64, _I32, _I64, _I64), Tree)  # type: ignore[no-untyped-call]  # numba has no types here
_FOUND = types.Tuple((_I32, _I64, _I64))  # type: ignore[no-untyped-call]  # numba has no types here


@part(_INT(_TREE, _INT, _INT, _INT, _INT, _INT))
def _reach(tree: Tree, size: int, state: int, came: int, time: int, ahead: int) -> int:
    """Note that a state can be had at a time, if that is better than known; returns the heap's new size.

    Of states with equal sums the one with less ahead comes first, then the one with the lower number.
    """
    if time >= tree.best[state]:
        return size
    tree.best[state] = time
    tree.came[state] = came
    push(tree.key, tree.rank, size, time + ahead, ahead * tree.best.size + state)
    return size + 1


@part(_INT(types.boolean, _WAYS, GAPS, _TREE, _I64, _INT, _INT, _INT))
def _expand(following: bool, ways: Ways, gaps: Gaps, tree: Tree, ahead: Int64, size: int, at: int, time: int) -> int:
    """Look from a state at all moves, with the times that lie `ahead` of each point; returns the heap's new size."""
    states = tree.point.size
    base = at // states * states
    p = tree.point[at - base]
    gap = at - base - tree.first[p]
    until = gaps.end[gaps.first[ways.cell[p]] + gap]
    for move in range(ways.first[p], ways.first[p + 1]):
        q = ways.head[move]
        c = ways.cell[q]
        step = ways.duration[move]
        if step < 0 or ahead[q] >= EVER:
            continue
        low = gaps.first[c]
        if c == ways.cell[p]:
            if time + step < until:
                size = _reach(tree, size, base + tree.first[q] + gap, at, time + step, ahead[q])
            continue
        for other in range(low, gaps.first[c + 1]):
            free = gaps.begin[other]
            arrival = max(time + step, free) if following else max(time, free) + step
            if arrival > until:
                break
            if arrival < gaps.end[other] and not (following and arrival == free and arrival == until):
                size = _reach(tree, size, base + tree.first[q] + other - low, at, arrival, ahead[q])
    return size


@kernel(_TREE(_WAYS, GAPS, _INT))
def _root(ways: Ways, gaps: Gaps, stops: int) -> Tree:
    """A tree of all states, in which nothing has been found."""
    points = ways.cell.size
    first = np.zeros(points + 1, np.int32)
    for p in range(points):
        first[p + 1] = first[p] + gaps.first[ways.cell[p] + 1] - gaps.first[ways.cell[p]]
    states = first[points]
    point = np.empty(states, np.int32)
    for p in range(points):
        point[first[p] : first[p + 1]] = p
    best = np.full(states * stops, EVER, np.int64)
    came = np.full(states * stops, -1, np.int32)
    return Tree(first, point, best, came, np.empty(1024, np.int64), np.empty(1024, np.int64))


@kernel(_TREE(_WAYS, GAPS, _TREE, _INT, _INT))
def _with_room(ways: Ways, gaps: Gaps, tree: Tree, size: int, p: int) -> Tree:
    """The tree with room in its heap for all that may be reached from a point."""
    most = size + 1
    for move in range(ways.first[p], ways.first[p + 1]):
        c = ways.cell[ways.head[move]]
        most += gaps.first[c + 1] - gaps.first[c]
    if most <= tree.key.size:
        return tree
    room = np.empty(max(most, tree.key.size), np.int64)
    key, rank = np.concatenate((tree.key, room)), np.concatenate((tree.rank, room))
    return Tree(tree.first, tree.point, tree.best, tree.came, key, rank)


@kernel(_FOUND(_TREE, _INT, _I64))
def _trace(tree: Tree, state: int, stays: Int64) -> tuple[Int32, Int64, Int64]:
    """The points of the way to a state, the arrival at each, and the stay at each."""
    states = tree.point.size
    length = 1
    at = state
    while tree.came[at] >= 0:
        length += 0 if tree.point[at % states] == tree.point[tree.came[at] % states] else 1
        at = int(tree.came[at])
    point = np.empty(length, np.int32)
    arrival = np.empty(length, np.int64)
    stay = np.zeros(length, np.int64)
    i = length - 1
    at = state
    stay[i] = stays[stays.size - 1]
    while True:
        point[i] = tree.point[at % states]
        arrival[i] = tree.best[at]
        came = int(tree.came[at])
        if came < 0:
            return point, arrival, stay
        if tree.point[came % states] == point[i]:
            stay[i] += stays[came // states]
        else:
            i -= 1
        at = came


@kernel(_FOUND(types.boolean, _WAYS, GAPS, types.int64[:, ::1], _I32, _I64, _INT, _INT))
def search(
    following: bool, ways: Ways, gaps: Gaps, ahead: Int64, stops: Int32, stays: Int64, start: int, start_ms: int
) -> tuple[Int32, Int64, Int64]:
    """The drive that comes through all stops in turn and is earliest at the last, from where on it may stay for ever.

    `ahead[k, p]` is the time (or less) from point `p` through the stops from `k` on, `EVER` if there is no way. The
    robot has the first gap of the cell of `start`. Returns points, arrivals and stays; nothing if there is none.
    """
    tree = _root(ways, gaps, stops.size)
    states = tree.point.size
    size = 0
    if ahead[0, start] < EVER:
        size = _reach(tree, size, tree.first[start], -1, start_ms, ahead[0, start])
    while size > 0:
        time = tree.key[0] - tree.rank[0] // tree.best.size
        at = tree.rank[0] % tree.best.size
        pop(tree.key, tree.rank, size)
        size -= 1
        if time > tree.best[at]:
            continue
        done = at // states
        p = tree.point[at % states]
        until = gaps.end[gaps.first[ways.cell[p]] + at % states - tree.first[p]]
        tree = _with_room(ways, gaps, tree, size, p)
        if p == stops[done] and done == stops.size - 1:
            if until == EVER:
                return _trace(tree, at, stays)
        elif p == stops[done] and time + stays[done] < until and ahead[done + 1, p] < EVER:
            size = _reach(tree, size, at + states, at, time + stays[done], ahead[done + 1, p])
        size = _expand(following, ways, gaps, tree, ahead[done], size, at, time)
    return np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64)
