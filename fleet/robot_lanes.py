"""The lanes of robots: points and cells of the site, what a closure blocks of them, and the waypoints of a drive."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from bus.messages import Waypoint
from routing.ground import Ground
from routing.traffic.blocking import ClosedCells
from routing.traffic.cells import site_network
from routing.traffic.measures import TURN_MS

_NAMED = ("bay", "door", "lift", "lobby", "room", "st", "zone")
"""Kinds of cells that are called `<kind>:<id>`; those of a corridor are called `<corridor>:<cm>`."""

NEAR = 4
"""A robot that stands beside all points, or at one where somebody is, is taken to be at one of so many nodes."""


class RobotLanes:
    """The network of one site; the waypoints of each move are kept once they have been asked for."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._site = site_network(ground)
        self._closed = ClosedCells(ground, self._site)
        self._lane = {lane[:2]: number for number, lane in enumerate(ground.skeleton.lanes)}
        self._waypoints: dict[tuple[str, int, int], tuple[Waypoint, ...]] = {}
        self.network = self._site.network
        self.profile = {name: number for number, name in enumerate(self.network.profiles)}
        self.cell = {name: number for number, name in enumerate(self.network.cells)}
        self.number = {name: number for number, name in enumerate(self.network.points)}
        self.node_of = dict(zip(self.network.points, self.network.nodes, strict=True))
        self.cell_of = dict(zip(self.network.points, self.network.cell.tolist(), strict=True))

    def knows(self, points: Iterable[str], cells: Iterable[str]) -> bool:
        """Whether the network has all of these points and cells."""
        return all(point in self.cell_of for point in points) and all(cell in self.cell for cell in cells)

    def points_at(self, node: str) -> tuple[int, ...]:
        """The points at a node of the floor graph, the slots of a station in order; none where nobody may stand."""
        return self._site.at.get(node, ())

    def bays_at(self, node: str) -> tuple[int, ...]:
        """Those of them where a robot may stand without limit."""
        return tuple(point for point in self.points_at(node) if self.network.bay[point])

    def nodes_in(self, cells: Iterable[str]) -> tuple[str, ...]:
        """The nodes at which robots may stand in these cells."""
        wanted = {self.cell[cell] for cell in cells}
        return tuple(self.node_of[point] for point, cell in self.cell_of.items() if cell in wanted) if wanted else ()

    def part_of(self, cell: int) -> str:
        """The id of what a cell lies in, as people know it: a corridor, room, door, lift, bay, station or zone."""
        name = self.network.cells[cell]
        kind, _, id = name.partition(":")
        return id.split("#")[0].split("@")[0].rstrip("<>") if kind in _NAMED else kind

    def around(self, node: str) -> tuple[int, ...]:
        """The points at a node; where there are none, those beside it."""
        return self.points_at(node) or tuple(self.beside(node))

    def beside(self, node: str) -> Iterator[int]:
        """The points of ways near a node on its floor, the nearest first."""
        index, nodes = self._ground.skeleton.index, self._ground.skeleton.nodes
        if node not in index:
            return
        here = nodes[index[node]]

        def far_m(other: str) -> float:
            there = nodes[index[other]]
            return math.dist((here["x_m"], here["y_m"]), (there["x_m"], there["y_m"]))

        ways = (other for other in self._site.at if not self.bays_at(other) and not other.startswith("lift:"))
        same = (other for other in ways if nodes[index[other]]["floor"] == here["floor"])
        for other in heapq.nsmallest(NEAR, same, key=lambda other: (far_m(other), other)):
            yield from self._site.at[other]

    def blocked(self, closures: Iterable[str]) -> tuple[int, ...]:
        """The cells that these closures block."""
        return self._closed.blocked(closures)

    def waypoints(self, profile: str, points: Sequence[int]) -> tuple[list[Waypoint], list[int]]:
        """The way through points as it is driven, and for each point the index at which it is reached on it."""
        way = [self._waypoint(profile, self.network.nodes[points[0]])]
        reached = [0]
        for tail, head in pairwise(points):
            way += self._of_move(profile, tail, head)
            reached.append(len(way) - 1)
        return way, reached

    def _of_move(self, profile: str, tail: int, head: int) -> tuple[Waypoint, ...]:
        key = profile, tail, head
        if key not in self._waypoints:
            nodes = self._site.way_between(tail, head)
            if len(nodes) == 1:
                self._waypoints[key] = (self._waypoint(profile, nodes[0], dwell_s=TURN_MS / 1000),)
            else:
                self._waypoints[key] = tuple(self._along(profile, nodes))
        return self._waypoints[key]

    def _along(self, profile: str, nodes: Sequence[str]) -> Iterable[Waypoint]:
        """A waypoint where the way bends, its kind changes or a door opens, and at its end."""
        index, ground = self._ground.skeleton.index, self._ground
        lanes = [ground.lane(self._lane[index[a], index[b]]) for a, b in pairwise(nodes)]
        one = ground.profile(profile)
        for k, lane in enumerate(lanes):
            waits = one.delay_s(lane) > 0
            last = k + 1 == len(lanes)
            if last or waits or lanes[k + 1] is not lane or self._bends(*nodes[k : k + 3]):
                yield self._waypoint(profile, nodes[k + 1], one.pace_m_s(lane), one.delay_s(lane))

    def _bends(self, *nodes: str) -> bool:
        index, places = self._ground.skeleton.index, self._ground.skeleton.nodes
        (ax, ay), (bx, by), (cx, cy) = ((places[index[n]]["x_m"], places[index[n]]["y_m"]) for n in nodes)
        across = (bx - ax) * (cy - by) - (by - ay) * (cx - bx)
        along = (bx - ax) * (cx - bx) + (by - ay) * (cy - by)
        return bool(abs(across) > 1e-6 or along < 0)

    def _waypoint(self, profile: str, node: str, speed_m_s: float = 0.0, dwell_s: float = 0.0) -> Waypoint:
        place = self._ground.skeleton.nodes[self._ground.skeleton.index[node]]
        speed_m_s = speed_m_s or self._ground.profile(profile).speed_m_s["room"]
        return Waypoint(node, place["x_m"], place["y_m"], place["floor"], speed_m_s, dwell_s)
