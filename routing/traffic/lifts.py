"""Lifts in the network: a waiting bay in each lobby, and the cabin with its ways in and out as one cell."""

from __future__ import annotations

import math
from itertools import product

from routing.ground import Ground
from routing.traffic.draft import Draft
from routing.traffic.measures import QUANTILE
from routing.traffic.ways import Ways
from site_models.schema.building import Lift


def lift_lobbies(ground: Ground) -> dict[int, int]:
    """The lobbies (node → cabin node there) of the lifts that robots ride: those that have bays to wait in."""
    lifts = {lift.id for lift in ground.site.lifts if lift.lobby_bay and "robot" in lift.riders}
    layout, index = ground.layout, ground.skeleton.index
    return {
        index[lobby]: index[layout.cabin_node[lift, floor]]
        for (lift, floor), lobby in layout.lobby_node.items()
        if lift in lifts and (lift, floor) in layout.cabin_node
    }


def add_lifts(draft: Draft, ways: Ways, points: dict[int, list[int]], lobbies: dict[int, int]) -> None:
    """Add the cabins to a draft that has everything else, the lobbies among its `points` of each fork.

    Into the cabin leads the waiting bay of the lobby alone. The way out passes it by: it leads from the cabin to
    wherever the waiting bay leads.
    """
    shafts: dict[str, dict[int, int]] = {}
    for lobby, cabin in sorted(lobbies.items()):
        if lobby in points:
            shafts.setdefault(ways.ground.skeleton.nodes[cabin]["ref"], {})[lobby] = cabin
    lifts = {lift.id: lift for lift in ways.ground.site.lifts}
    for id, stands in shafts.items():
        _Shaft(draft, ways, lifts[id], stands, points).add()


class _Shaft:
    """One lift: cabin nodes by lobby node."""

    def __init__(
        self, draft: Draft, ways: Ways, lift: Lift, cabins: dict[int, int], points: dict[int, list[int]]
    ) -> None:
        self.draft = draft
        self.ways = ways
        self.cabins = cabins
        self.waiting = {lobby: points[lobby][0] for lobby in cabins}
        self.coming_ms = coming_ms(ways.ground, lift)
        self.cell = f"lift:{lift.id}"

    def add(self) -> None:
        ids = self.ways.ground.skeleton.ids
        inside = {cabin: self.draft.point(ids[cabin], cabin, self.cell) for cabin in self.cabins.values()}
        for lobby, cabin in self.cabins.items():
            waiting = self.waiting[lobby]
            for move in self.draft.outward(waiting):
                way = (cabin, *move.way)
                self.draft.move(inside[cabin], move.head, way, self.ways.times_ms(way))
            self.draft.move(waiting, inside[cabin], (lobby, cabin), self.ways.times_ms((lobby, cabin), self.coming_ms))
        for tail, head in ((a, b) for a in inside for b in inside if a != b):
            self.draft.move(inside[tail], inside[head], (tail, head), self.ways.times_ms((tail, head)))


def coming_ms(ground: Ground, lift: Lift) -> int:
    """How long a free cabin takes to come and open, at most in nine of ten cases: every two floors alike likely."""
    elevation_m = {floor.id: floor.elevation_m for floor in ground.site.floors}
    heights_m = sorted(abs(elevation_m[a] - elevation_m[b]) for a, b in product(lift.serves, repeat=2))
    height_m = heights_m[math.ceil(QUANTILE * len(heights_m)) - 1]
    return round((height_m / lift.speed_m_s + lift.door_s) * 1000)
