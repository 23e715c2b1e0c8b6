"""The compiled summary of all tags of a twin: rooms, floor and point of each, in one pass over its support."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.twin_kernels import TAGS_TYPE, Tags
from routing.compiled import kernel


class Ground(NamedTuple):
    """Of each place its room (one past the last for none), floor and point; of rooms and floors how many places.

    `by_size` are the rooms, those of most places first; `floor_x_m` and `floor_y_m` are sums over a floor's places.
    """

    room: Indexes
    floor: Indexes
    x_m: Floats
    y_m: Floats
    room_size: Floats
    by_size: Indexes
    floor_size: Floats
    floor_x_m: Floats
    floor_y_m: Floats


class Found(NamedTuple):
    """The columns to fill, a row a tag."""

    room: Indexes
    p_room: Floats
    room2: Indexes
    p_room2: Floats
    floor: Indexes
    p_floor: Floats
    x_m: Floats
    y_m: Floats
    node: Indexes
    p_known: Floats


class Sums(NamedTuple):
    """Mass by room and, of each floor, mass and mass times point; `touched` rooms have places of the support."""

    room: Floats
    touched: Indexes
    floor: Floats
    x_m: Floats
    y_m: Floats


_F64, _I64 = types.float64, types.int64
_F64X1, _I32X1 = _F64[::1], types.int32[::1]
_GROUND = types.NamedTuple(  # type: ignore[no-untyped-call]  # numba has no types here
    (_I32X1, _I32X1, _F64X1, _F64X1, _F64X1, _I32X1, _F64X1, _F64X1, _F64X1), Ground
)
_FOUND = types.NamedTuple(  # type: ignore[no-untyped-call]  # numba has no types here
    (_I32X1, _F64X1, _I32X1, _F64X1, _I32X1, _F64X1, _F64X1, _F64X1, _I32X1, _F64X1), Found
)
_SUMS = types.NamedTuple((_F64X1, _I32X1, _F64X1, _F64X1, _F64X1), Sums)  # type: ignore[no-untyped-call]  # numba has no types here


@kernel(types.void(_FOUND, _I64, _I64, _F64))
def _offer(found: Found, row: int, room: int, p_room: float) -> None:
    """Put a room among the two likeliest; of two as likely the one of the lower number comes first."""
    first, second = found.room[row], found.room2[row]
    if first < 0 or p_room > found.p_room[row] or (p_room == found.p_room[row] and room < first):
        found.room2[row], found.p_room2[row] = first, found.p_room[row]
        found.room[row], found.p_room[row] = room, p_room
    elif second < 0 or p_room > found.p_room2[row] or (p_room == found.p_room2[row] and room < second):
        found.room2[row], found.p_room2[row] = room, p_room


@kernel(types.void(_GROUND, _SUMS, _FOUND, _I64, _I64, _F64))
def _rooms(ground: Ground, sums: Sums, found: Found, row: int, touched: int, around: float) -> None:
    """The two likeliest rooms: among those of the support, and the two largest of the others."""
    found.room[row], found.p_room[row] = -1, 0.0
    found.room2[row], found.p_room2[row] = -1, 0.0
    for number in range(touched):
        room = sums.touched[number]
        _offer(found, row, room, max(0.0, sums.room[room]))
    others = 0
    for number in range(ground.by_size.size):
        if around <= 0.0 or others == 2:
            break
        room = ground.by_size[number]
        if np.isnan(sums.room[room]):
            _offer(found, row, room, around * ground.room_size[room])
            others += 1
    for number in range(touched):
        sums.room[sums.touched[number]] = np.nan


@kernel(types.void(_SUMS, _FOUND, _I64))
def _point(sums: Sums, found: Found, row: int) -> None:
    """The likeliest floor and the mean point on it."""
    best = 0
    for floor in range(1, sums.floor.size):
        if sums.floor[floor] > sums.floor[best]:
            best = floor
    found.floor[row], found.p_floor[row] = best, sums.floor[best]
    found.x_m[row] = sums.x_m[best] / sums.floor[best]
    found.y_m[row] = sums.y_m[best] / sums.floor[best]


@kernel(types.void(_GROUND, TAGS_TYPE, _I32X1, _FOUND))
def summarise(ground: Ground, tags: Tags, asked: Indexes, found: Found) -> None:
    """Fill a row of `found` for each tag asked for. The lost mass is even over all places outside the support."""
    count = ground.room.size
    rooms = ground.room_size.size
    floors = ground.floor_size.size
    sums = Sums(np.full(rooms, np.nan), np.empty(rooms, np.int32), np.empty(floors), np.empty(floors), np.empty(floors))
    for row in range(asked.size):
        tag = asked[row]
        kept = tags.kept[tag]
        around = tags.lost[tag] / (count - kept) if count > kept else 0.0
        for floor in range(floors):
            sums.floor[floor] = around * ground.floor_size[floor]
            sums.x_m[floor] = around * ground.floor_x_m[floor]
            sums.y_m[floor] = around * ground.floor_y_m[floor]
        touched = 0
        known = 0.0
        most = 0.0
        found.node[row] = -1
        for number in range(kept):
            place = tags.place[tag, number]
            mass = tags.parked[tag, number] + tags.moving[tag, number]
            known += mass
            if mass > most:
                most = mass
                found.node[row] = place
            more = mass - around
            floor = ground.floor[place]
            sums.floor[floor] += more
            sums.x_m[floor] += more * ground.x_m[place]
            sums.y_m[floor] += more * ground.y_m[place]
            room = ground.room[place]
            if room == rooms:
                continue
            if np.isnan(sums.room[room]):
                sums.touched[touched] = room
                touched += 1
                sums.room[room] = around * ground.room_size[room]
            sums.room[room] += more
        found.p_known[row] = known
        _rooms(ground, sums, found, row, touched, around)
        _point(sums, found, row)
