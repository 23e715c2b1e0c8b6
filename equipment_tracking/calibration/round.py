"""Plans a survey's round: every corridor there and back, into every room, as one walk that is nearly the shortest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components, depth_first_order, minimum_spanning_tree

from equipment_tracking.columns import Indexes
from equipment_tracking.places import Places

RIDE_M = 100.0
"""A ride counts like so many metres when the round is planned: floor after floor is walked."""
LONGEST_M = 20.0
"""From one stop to the next it is at most so far, since nobody keeps an even pace for longer."""

Why = Literal["start", "room", "end", "lift", "way"]
"""What a stop is: the beginning, the middle of a room, an end to turn at, a lift to ride, or a point on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A place at which the surveyor says "here". `path` are the places since the last stop, this one being its last."""

    place: int
    why: Why
    path: tuple[int, ...]
    walk_m: float


def tour(places: Places, spare: NDArray[np.bool_] | None = None, first: int = 0) -> Indexes:
    """Places in the order walked from `first`: down each branch of a shortest tree, and back up before the next.

    Branches of nothing but `spare` places are left out, and so are places that cannot be reached.
    """
    tree = minimum_spanning_tree(_graph(places))
    order, above = depth_first_order(tree, first, directed=False, return_predecessors=True)
    wanted = np.ones(len(places), dtype=bool) if spare is None else ~spare
    wanted[order[0]] = True
    for node in order[:0:-1].tolist():
        wanted[above[node]] |= wanted[node]
    walked = [int(order[0])]
    for node in order[1:].tolist():
        if not wanted[node]:
            continue
        while walked[-1] != above[node]:
            walked.append(int(above[walked[-1]]))
        walked.append(node)
    return np.array(walked, dtype=np.int32)


def plan_stops(places: Places, spare: NDArray[np.bool_]) -> tuple[Stop, ...]:
    """The stops of a round. `spare` places (cabins, parking bays, desks) are visited only on the way to others.

    Parts that do not hang together are walked one after the other, each from a start of its own.
    """
    middles = set(middle_of_rooms(places, spare).values())
    _, part = connected_components(_graph(places), directed=False)
    stops: list[Stop] = []
    for first in np.unique(part, return_index=True)[1].tolist():
        if not np.all(spare[part == part[first]]):
            stops += _stops(places, tour(places, spare, first).tolist(), middles)
    return tuple(stops)


def direct(path: Iterable[int]) -> tuple[int, ...]:
    """A way without its detours: what lies between two visits of the same place is left out."""
    kept: dict[int, None] = {}
    for place in path:
        if place in kept:
            while next(reversed(kept)) != place:
                kept.popitem()
        kept[place] = None
    return tuple(kept)


def middle_of_rooms(places: Places, spare: NDArray[np.bool_]) -> dict[str, int]:
    """The place of each room that is nearest to the middle of its places; spare ones only where there are no others."""
    of_room: dict[str, list[int]] = {}
    for place, room in enumerate(places.room):
        if room is not None:
            of_room.setdefault(room, []).append(place)
    middles = {}
    for room, mine in of_room.items():
        wanted = np.array([place for place in mine if not spare[place]] or mine)
        x_m, y_m = places.x_m[wanted], places.y_m[wanted]
        middles[room] = int(wanted[np.argmin(np.hypot(x_m - x_m.mean(), y_m - y_m.mean()))])
    return middles


def of_floor(places: Places, floor: str) -> tuple[Places, Indexes]:
    """The places of one floor, and the position of each among all. Raises ValueError for a floor without places."""
    kept = np.flatnonzero(places.floor == places.floors.index(floor)) if floor in places.floors else np.empty(0, int)
    if not len(kept):
        raise ValueError(f"there is no floor {floor}: use one of {', '.join(places.floors)}")
    number = np.full(len(places), -1)
    number[kept] = np.arange(len(kept))
    ways = (number[places.tail] >= 0) & (number[places.head] >= 0)
    on_floor = Places(
        ids=tuple(places.ids[place] for place in kept.tolist()),
        x_m=places.x_m[kept],
        y_m=places.y_m[kept],
        floor=np.zeros(len(kept), dtype=np.int32),
        floors=(floor,),
        room=tuple(places.room[place] for place in kept.tolist()),
        tail=number[places.tail[ways]].astype(np.int32),
        head=number[places.head[ways]].astype(np.int32),
        length_m=places.length_m[ways],
    )
    return on_floor, kept.astype(np.int32)


def _stops(places: Places, walked: list[int], middles: set[int]) -> list[Stop]:
    """The stops of one part; its rooms are taken from `middles`."""
    begin: Why = "room" if walked[0] in middles else "start"
    middles.discard(walked[0])
    stops = [Stop(place=walked[0], why=begin, path=(walked[0],), walk_m=0.0)]
    path: list[int] = []
    gone_m = 0.0
    for step, (last, place) in enumerate(pairwise(walked), start=1):
        length_m = _apart_m(places, last, place)
        following = walked[step + 1] if step + 1 < len(walked) else None
        if path and gone_m + length_m > LONGEST_M:
            stops.append(Stop(place=last, why="way", path=tuple(path), walk_m=gone_m))
            path, gone_m = [], 0.0
        path.append(place)
        gone_m += length_m
        why = _why(places, last, place, following, middles)
        if why is None:
            continue
        middles.discard(place)
        stops.append(Stop(place=place, why=why, path=tuple(path), walk_m=gone_m))
        path, gone_m = [], 0.0
    return stops


def _graph(places: Places) -> sparse.csr_array:
    count = len(places)
    riding = places.floor[places.tail] != places.floor[places.head]
    length_m = np.where(riding, RIDE_M, np.maximum(places.length_m, 0.01))
    return sparse.csr_array((length_m, (places.tail, places.head)), shape=(count, count))


def _why(places: Places, last: int, place: int, following: int | None, middles: set[int]) -> Why | None:
    """What makes a step of the tour a stop, if anything."""
    if place in middles:
        return "room"
    if places.floor[last] != places.floor[place]:
        return "lift"
    if following is None or following == last:
        return "end"
    return "lift" if places.floor[following] != places.floor[place] else None


def _apart_m(places: Places, one: int, other: int) -> float:
    if places.floor[one] != places.floor[other]:
        return 0.0
    return math.hypot(float(places.x_m[one] - places.x_m[other]), float(places.y_m[one] - places.y_m[other]))
