"""The shortest ways by which things are pushed from room to room, lifts included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from equipment_tracking.columns import Floats, Indexes
from simulation.beacons.ground import Ground

_ROOMS_AT_ONCE = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkSettings:
    """How things are moved; all of it assumed but the speed.

    They stand `stay_s` on average (exponential). Then they go home with probability `homewards`, else to a room of
    their home floor with `nearby`, else to any room. Things are pushed at a speed drawn evenly from `speeds_m_s`
    (people walk at 1.0 to 1.5 m/s). A ride in a lift costs `lift_wait_s` once and runs at `lift_m_s`.
    """

    stay_s: float = 5400.0
    homewards: float = 0.4
    nearby: float = 0.7
    speeds_m_s: tuple[float, float] = (0.8, 1.4)
    lift_wait_s: float = 30.0
    lift_m_s: float = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The shortest ways between rooms: `towards[r, n]` is the node after node n on the way to room r.

    `first` and `head` list the neighbours of each node; reaching one takes `walk_m` on foot and `ride_s` in a lift.
    """

    towards: NDArray[np.int32]
    first: Indexes
    head: Indexes
    walk_m: Floats
    ride_s: Floats


def ways(ground: Ground, settings: WalkSettings) -> Ways:
    """Ways from every node to every room. Raises ValueError, naming some, when rooms cannot be reached from others."""
    places = ground.places
    cabin = ground.in_cabin[: len(places)]
    is_open = ~ground.is_barred[places.head]
    tail, head, length_m = places.tail[is_open], places.head[is_open], places.length_m[is_open]
    riding = cabin[tail] & cabin[head] & (places.floor[tail] != places.floor[head])
    boarding = cabin[head] & ~cabin[tail]
    walk_m = np.where(riding, 0.0, np.maximum(length_m, 0.01))
    ride_s = np.where(riding, length_m / settings.lift_m_s, 0.0) + np.where(boarding, settings.lift_wait_s, 0.0)
    count = len(places)
    mean_m_s = sum(settings.speeds_m_s) / 2
    shape = (count, count)
    backwards = sparse.csr_array((walk_m / mean_m_s + ride_s, (head, tail)), shape=shape)
    towards = np.empty((len(ground.rooms), count), dtype=np.int32)
    for begin in range(0, len(ground.rooms), _ROOMS_AT_ONCE):
        rooms = ground.room_node[begin : begin + _ROOMS_AT_ONCE]
        _, before = dijkstra(backwards, indices=rooms, return_predecessors=True)
        towards[begin : begin + len(rooms)] = before
    towards[np.arange(len(ground.rooms)), ground.room_node] = ground.room_node
    lost = np.flatnonzero((towards[:, ground.room_node] < 0).any(axis=0))
    if len(lost):
        named = ", ".join(ground.rooms[room] for room in lost[:5].tolist())
        raise ValueError(f"{len(lost)} rooms from which others cannot be reached ({named}): join them by corridors")
    order = np.lexsort((head, tail))
    return Ways(
        towards=towards,
        first=np.searchsorted(tail[order], np.arange(count + 1)).astype(np.int32),
        head=head[order],
        walk_m=walk_m[order],
        ride_s=ride_s[order],
    )
