"""Cuts the ways of a site into points, cells and moves: the network that its robots share.

The rules, and why: `docs/traffic.md`, *The cells of a site*.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

import networkx as nx

from routing.ground import Ground
from routing.traffic.draft import Draft
from routing.traffic.lifts import add_lifts, lift_lobbies
from routing.traffic.measures import TURN_MS, measures
from routing.traffic.network import Network
from routing.traffic.passing import Stretch, stretches
from routing.traffic.ways import Chain, Ways


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SiteNetwork:
    """The network of a site and what joins it to the floor graph.

    Attributes
    ----------
    network
        Profiles are the robot fleets, in the site's order.
    at
        The points at each node that has any, in order: the slots of a station, both directions of a lane.
    ways
        For each move the nodes on its way, both ends included; turning round has one node.
    """

    network: Network
    at: dict[str, tuple[int, ...]]
    ways: tuple[tuple[str, ...], ...]

    def way_between(self, tail: int, head: int) -> tuple[str, ...]:
        """The nodes from a point to a neighbouring one; raises KeyError when no move leads there."""
        first, last = self.network.first[tail], self.network.first[tail + 1]
        for move in range(int(first), int(last)):
            if self.network.head[move] == head:
                return self.ways[move]
        raise KeyError(f"no move leads from {self.network.points[tail]} to {self.network.points[head]}")


def site_network(ground: Ground) -> SiteNetwork:
    """The network of a site and layout; raises ValueError for a site without fleets."""
    draft = _Cutter(ground).draft()
    ids = ground.skeleton.ids
    robots = tuple(profile.id for profile in ground.profiles.values() if profile.kind == "robot")
    at: dict[str, list[int]] = {}
    for point, node in enumerate(draft.nodes):
        at.setdefault(ids[node], []).append(point)
    return SiteNetwork(
        network=draft.network(ids, robots),
        at={node: tuple(points) for node, points in at.items()},
        ways=tuple(tuple(ids[node] for node in way) for way in draft.ways()),
    )


class _Cutter:
    """Adds the points of forks and stretches and the moves between them."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.measures = measures(ground.site)
        self.lobbies = lift_lobbies(ground)
        self.slots = self._slots()
        self.alone = self._one_robot_zones()
        self.ways = Ways(ground, self.slots, self.alone)
        self.cell = self._fork_cells()
        self.points: dict[int, list[int]] = {}
        self._draft = Draft()

    def draft(self) -> Draft:
        """All points and moves."""
        for fork in self.ways.forks:
            self._add_fork(fork)
        for chain in self.ways.chains:
            self._add_chain(chain)
        add_lifts(self._draft, self.ways, self.points, self.lobbies)
        return self._draft

    def _slots(self) -> dict[int, int]:
        """How many robots may stand at each stop: the slots of a station, one in a bay or lobby."""
        layout, index = self.ground.layout, self.ground.skeleton.index
        slots = {index[node]: layout.stations[id].slots for id, node in layout.station_node.items()
                 if "robot" in layout.stations[id].kinds}  # fmt: skip
        bays = [index[node] for node in layout.bay_node.values()]
        return slots | dict.fromkeys((*bays, *self.lobbies), 1)

    def _one_robot_zones(self) -> dict[int, frozenset[str]]:
        """The zones for one robot that each node lies in, where there are any."""
        zones = frozenset(zone.id for zone in self.ground.site.zones if zone.robots == "one")
        nodes = enumerate(self.ground.skeleton.nodes)
        return {number: alone for number, node in nodes if (alone := zones.intersection(node["zones"]))}

    def _fork_cells(self) -> dict[int, str]:
        """The cell of each fork that shares one: with others so near that robots would touch, or in a zone for one."""
        near: nx.Graph[int | str] = nx.Graph()
        near.add_nodes_from(fork for fork in self.ways.forks if fork not in self.ways.stops)
        for chain in self.ways.chains:
            ends = chain.nodes[0], chain.nodes[-1]
            if self.ways.stops.isdisjoint(ends) and chain.length_m < 2 * self.measures.reach_m:
                near.add_edge(*ends)
        for node, zones in self.alone.items():
            near.add_edges_from((node, zone) for zone in zones)
        cells = {}
        for together in nx.connected_components(near):
            alone = sorted(f"zone:{name}" for name in together if isinstance(name, str))
            nodes = sorted(node for node in together if isinstance(node, int))
            cells.update(dict.fromkeys(nodes, alone[0] if alone else self._name(nodes[0])))
        return cells

    def _add_fork(self, fork: int) -> None:
        name, slots = self._name(fork), self.slots.get(fork, 0)
        names = [name] if slots <= 1 else [f"{name}#{slot}" for slot in range(1, slots + 1)]
        self.points[fork] = [self._draft.point(one, fork, self.cell.get(fork, one), bay=slots > 0) for one in names]

    def _add_chain(self, chain: Chain) -> None:
        """Add the stretches of a chain and drive along it, and turn where there is room."""
        nodes = chain.nodes
        pieces = stretches(self.ways, chain, (self._margin_m(nodes[0]), self._margin_m(nodes[-1])), self.measures)
        lanes = {sign: self._lane(chain, pieces, sign) for sign in chain.signs}
        for sign, stands in lanes.items():
            places = [(0, self.points[nodes[0]]), *stands, (len(nodes) - 1, self.points[nodes[-1]])]
            for (a, before), (b, after) in pairwise(places):
                way = nodes[a : b + 1][::sign]
                tails, heads = (before, after)[::sign]
                for tail, head in product(tails, heads):
                    self._draft.move(tail, head, way, self.ways.times_ms(way))
        if len(lanes) == 2:
            turning = {stand for piece in pieces if piece.turning for stand in piece.stands}
            for (stand, (one,)), (_, (other,)) in zip(lanes[1], lanes[-1], strict=True):
                if stand in turning:
                    for tail, head in ((one, other), (other, one)):
                        self._draft.move(tail, head, (nodes[stand],), self.ways.times_ms((nodes[stand],), TURN_MS))

    def _lane(self, chain: Chain, pieces: list[Stretch], sign: int) -> list[tuple[int, list[int]]]:
        """Add the points of one direction; returns (place in the chain, points there) in the chain's order."""
        lane = []
        for piece in pieces:
            mark = self._mark(chain, piece.stands[0], sign)
            cell = self._name(chain.nodes[piece.stands[0]]) + (mark if piece.passing else "")
            for stand in piece.stands:
                node = chain.nodes[stand]
                name = self._name(node) + self._mark(chain, stand, sign)
                lane.append((stand, [self._draft.point(name, node, self.cell.get(node, cell))]))
        return lane

    def _margin_m(self, fork: int) -> float:
        """How much of a way its end takes: a robot stands in a stop, and turns in any other fork."""
        return self.measures.standing_m / 2 if fork in self.ways.stops else self.measures.reach_m

    def _name(self, node: int) -> str:
        return self.ground.skeleton.ids[node].removeprefix("c:")

    def _mark(self, chain: Chain, stand: int, sign: int) -> str:
        """`>` for the lane that leads east (or, straight up or down the plan, to greater y), `<` for the other."""
        before, after = (self.ground.skeleton.nodes[chain.nodes[stand + step]] for step in (-sign, sign))
        return ">" if (before["x_m"], before["y_m"]) < (after["x_m"], after["y_m"]) else "<"
