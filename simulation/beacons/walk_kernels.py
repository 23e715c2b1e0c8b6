"""The compiled steps of all assets at once: who sets out, who comes to the next node, who parks."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from equipment_tracking.columns import Floats, Indexes
from routing.compiled import helper, kernel
from simulation.chance import mixed, uniform

PARKED, LEAVING, UNDER_WAY, ARRIVING = 0, 1, 2, 3
"""What an asset does: stand, go from its spot to the room's node, along lanes, from the node to its new spot."""

Map: TypeAlias = tuple[Floats, Floats, Indexes, Indexes, Indexes, Indexes, Indexes]
"""Of the spots x and y; of the rooms where their spots begin, node and floor; where each floor's rooms begin, they."""
Columns: TypeAlias = tuple[Any, ...]
"""The columns of `Walkers` in their order: of different types, so their signature states them."""

_I1 = "Array(int32, 1, 'C', True)"
_F1 = "Array(float64, 1, 'C', True)"
_MAP = f"Tuple(({_F1}, {_F1}, {_I1}, {_I1}, {_I1}, {_I1}, {_I1}))"
_NETWORK = f"Tuple((Array(int32, 2, 'C', True), {_I1}, {_I1}, {_F1}, {_F1}))"
_WALKERS = (
    f"Tuple(({_I1}, int32[::1], int8[::1], int32[::1], int32[::1], int32[::1], int32[::1], float64[::1], "
    "float64[::1], float64[::1], float64[::1], float64[::1], int32[::1]))"
)


@helper("uint64(uint64, int64, int64, int64)")
def _key(seed: np.uint64, asset: int, trip: int, draw: int) -> np.uint64:
    return mixed(mixed(mixed(mixed(seed, np.uint64(1)), np.uint64(asset)), np.uint64(trip)), np.uint64(draw))


@helper(f"int64(uint64, int64, int64, int64, {_MAP}, {_F1})")
def _next_room(seed: np.uint64, asset: int, trip: int, home: int, here: Map, figures: Floats) -> int:
    """The room that a trip leads to."""
    room_floor, near_first, near_room = here[4], here[5], here[6]
    room = home
    if uniform(_key(seed, asset, trip, 0)) >= figures[1]:
        begin, end = 0, near_room.size
        if uniform(_key(seed, asset, trip, 1)) < figures[2]:
            begin, end = near_first[room_floor[home]], near_first[room_floor[home] + 1]
        room = near_room[begin + int(uniform(_key(seed, asset, trip, 2)) * (end - begin))]
    return room


@helper(f"int64(uint64, int64, int64, int64, {_MAP})")
def _next_spot(seed: np.uint64, asset: int, trip: int, room: int, here: Map) -> int:
    """The spot of a room at which a trip ends."""
    begin: int = here[2][room]
    return begin + int(uniform(_key(seed, asset, trip, 3)) * (here[2][room + 1] - begin))


@helper("float64(uint64, int64, int64, float64)")
def _stay_s(seed: np.uint64, asset: int, trip: int, mean_s: float) -> float:
    return -mean_s * math.log(1.0 - uniform(_key(seed, asset, trip, 4)))


@helper("float64(uint64, int64, int64)")
def _parked_heading(seed: np.uint64, asset: int, trip: int) -> float:
    return 2.0 * math.pi * uniform(_key(seed, asset, trip, 5))


@kernel(f"void(uint64, {_WALKERS}, {_MAP}, {_F1})")
def settle(seed: np.uint64, walkers: Columns, here: Map, figures: Floats) -> None:
    """Park all assets where their trip 0 leads, pointing anywhere, each with the rest of its stay before it."""
    home, goal, _, spot, _, _, _, _, _, _, departs_s, heading_rad, _ = walkers
    for asset in range(home.size):
        goal[asset] = _next_room(seed, asset, 0, home[asset], here, figures)
        spot[asset] = _next_spot(seed, asset, 0, goal[asset], here)
        departs_s[asset] = _stay_s(seed, asset, 0, figures[0])
        heading_rad[asset] = _parked_heading(seed, asset, 0)


@helper(f"int64(int64, int64, {_I1}, {_I1})")
def _stretch(node: int, onward: int, first: Indexes, head: Indexes) -> int:
    for place in range(first[node], first[node + 1]):
        if head[place] == onward:
            return place
    return -1


@kernel(f"void(uint64, float64, float64, {_WALKERS}, {_MAP}, {_NETWORK}, {_F1})")
def advance(
    seed: np.uint64,
    now_s: float,
    passed_s: float,
    walkers: Columns,
    here: Map,
    network: tuple[Indexes, Indexes, Indexes, Floats, Floats],
    figures: Floats,
) -> None:
    """Move all assets from `now_s` on for `passed_s` seconds, in place."""
    home, goal, doing, spot, to_spot, node, onward, left_s, leg_s, speed_m_s, departs_s, heading_rad, trip = walkers
    x_m, y_m, room_node = here[0], here[1], here[3]
    towards, first, head, walk_m, ride_s = network
    end_s = now_s + passed_s
    for asset in range(home.size):
        time_s = now_s
        while time_s < end_s:
            wait_s = 0.0
            if doing[asset] == PARKED:
                if departs_s[asset] >= end_s:
                    break
                time_s = max(time_s, departs_s[asset])
                number = trip[asset] + 1
                trip[asset] = number
                node[asset] = room_node[goal[asset]]
                goal[asset] = _next_room(seed, asset, number, home[asset], here, figures)
                to_spot[asset] = _next_spot(seed, asset, number, goal[asset], here)
                speed_m_s[asset] = figures[3] + uniform(_key(seed, asset, number, 6)) * (figures[4] - figures[3])
                doing[asset] = LEAVING
                begin, end = spot[asset], node[asset]
                long_s = math.hypot(x_m[end] - x_m[begin], y_m[end] - y_m[begin]) / speed_m_s[asset]
            elif left_s[asset] > end_s - time_s:
                left_s[asset] -= end_s - time_s
                break
            else:
                time_s += left_s[asset]
                if doing[asset] == ARRIVING:
                    doing[asset] = PARKED
                    spot[asset] = to_spot[asset]
                    departs_s[asset] = time_s + _stay_s(seed, asset, trip[asset], figures[0])
                    heading_rad[asset] = _parked_heading(seed, asset, trip[asset])
                    continue
                if doing[asset] == UNDER_WAY:
                    node[asset] = onward[asset]
                begin = node[asset]
                if begin == room_node[goal[asset]]:
                    doing[asset] = ARRIVING
                    end = to_spot[asset]
                    long_s = math.hypot(x_m[end] - x_m[begin], y_m[end] - y_m[begin]) / speed_m_s[asset]
                else:
                    doing[asset] = UNDER_WAY
                    end = towards[goal[asset], begin]
                    onward[asset] = end
                    stretch = _stretch(begin, end, first, head)
                    long_s = walk_m[stretch] / speed_m_s[asset]
                    wait_s = ride_s[stretch]
            left_s[asset] = wait_s + long_s
            leg_s[asset] = long_s
            if x_m[end] != x_m[begin] or y_m[end] != y_m[begin]:
                heading_rad[asset] = math.atan2(y_m[end] - y_m[begin], x_m[end] - x_m[begin])
