"""The ways that robots use: the floor graph without what leads nowhere, as chains between the places that matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.ground import Ground
from routing.kernels import MICROSECONDS
from routing.profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A way between two forks: its nodes, and how far each lies from the first, metres.

    `forward` and `back` say which way it may be driven.
    """

    nodes: tuple[int, ...]
    at_m: tuple[float, ...]
    forward: bool
    back: bool

    @property
    def length_m(self) -> float:
        """From fork to fork."""
        return self.at_m[-1]

    @property
    def signs(self) -> tuple[int, ...]:
        """1 where it may be driven in the order of its nodes, -1 where against it."""
        return tuple(sign for sign, may in ((1, self.forward), (-1, self.back)) if may)


class Ways:
    """Where robots may be, lifts apart: `near` (node → neighbours, either way), `lane` (tail, head → lane), `chains`.

    Nodes and lanes are numbers of the skeleton. A *stop* is a station of robots, a bay or a lobby. A *fork* is a stop,
    a door, a place where three ways meet, or a border of a zone that has one robot at a time.
    """

    def __init__(self, ground: Ground, stops: Iterable[int], alone: dict[int, frozenset[str]]) -> None:
        """Find the ways between the stops; `alone` has the one-robot zones of each node that lies in any."""
        self.ground = ground
        self.robots = tuple(profile for profile in ground.profiles.values() if profile.kind == "robot")
        skeleton = ground.skeleton
        passed = {profile.id: [not profile.barriers(lane) for lane in ground.classes] for profile in self.robots}
        self.passes = {id: [classes[number] for number in ground.lane_class.tolist()] for id, classes in passed.items()}
        self.lane: dict[tuple[int, int], int] = {}
        self.near: dict[int, set[int]] = {}
        for number, (tail, head, lane) in enumerate(skeleton.lanes):
            if not any(passes[number] for passes in self.passes.values()):
                continue
            self.lane[tail, head] = number
            if lane["lift"] is None:
                self.near.setdefault(tail, set()).add(head)
                self.near.setdefault(head, set()).add(tail)
        self.stops = frozenset(stop for stop in stops if stop in self.near)
        self._prune()
        self.forks = tuple(node for node in sorted(self.near) if self._is_fork(node, alone))
        self.chains = tuple(self._chains())

    def length_m(self, tail: int, head: int) -> float:
        """Metres between two neighbours, whichever way may be driven."""
        pair = (tail, head) if (tail, head) in self.lane else (head, tail)
        return float(self.ground.skeleton.length_m[self.lane[pair]])

    def times_ms(self, way: Sequence[int], more_ms: int = 0) -> dict[str, int]:
        """Milliseconds along neighbouring nodes and `more_ms`, for each fleet that may drive there.

        A ride is without the wait for the lift: that is a matter of traffic.
        """
        times: dict[str, int] = {}
        for profile in self.robots:
            lanes = [self.lane.get(pair) for pair in pairwise(way)]
            if all(lane is not None and self.passes[profile.id][lane] for lane in lanes):
                us = sum(self._us(profile, lane) for lane in lanes if lane is not None)
                times[profile.id] = max(1, round(us / MICROSECONDS * 1000) + more_ms)
        return times

    def _us(self, profile: Profile, lane: int) -> int:
        wait_s = profile.lift_wait_s if self.ground.lane(lane).ride else 0.0
        return int(self.ground.lane_costs(profile.id)[lane]) - round(wait_s * MICROSECONDS)

    def _prune(self) -> None:
        """Take away dead ends where nobody stops, again and again, and what is joined to no stop."""
        border = [node for node in self.near if node not in self.stops and len(self.near[node]) < 2]
        while border:
            node = border.pop()
            for other in self.near.pop(node, ()):
                self.near[other].discard(node)
                if other not in self.stops and len(self.near[other]) < 2:
                    border.append(other)
        joined, border = set(self.stops), list(self.stops)
        while border:
            fresh = self.near[border.pop()] - joined
            joined |= fresh
            border.extend(fresh)
        self.near = {node: near for node, near in self.near.items() if node in joined}

    def _is_fork(self, node: int, alone: dict[int, frozenset[str]]) -> bool:
        if node in self.stops or len(self.near[node]) != 2:
            return True
        if self.ground.skeleton.nodes[node]["kind"] == "door":
            return True
        zones = alone.get(node, frozenset())
        return bool(zones) and any(alone.get(other, frozenset()) != zones for other in self.near[node])

    def _chains(self) -> list[Chain]:
        forks = set(self.forks)
        found = []
        for fork in self.forks:
            for begin in sorted(self.near[fork]):
                nodes = [fork, begin]
                while nodes[-1] not in forks:
                    nodes.append(next(node for node in sorted(self.near[nodes[-1]]) if node != nodes[-2]))
                if (nodes[0], nodes[1]) <= (nodes[-1], nodes[-2]):
                    found.append(self._chain(tuple(nodes)))
        return [chain for chain in found if chain.forward or chain.back]

    def _chain(self, nodes: tuple[int, ...]) -> Chain:
        at_m = [0.0]
        for tail, head in pairwise(nodes):
            at_m.append(at_m[-1] + self.length_m(tail, head))
        pairs = list(pairwise(nodes))
        return Chain(
            nodes=nodes,
            at_m=tuple(at_m),
            forward=all((tail, head) in self.lane for tail, head in pairs),
            back=all((head, tail) in self.lane for tail, head in pairs),
        )
