"""What is closed: ids of the site turned into the lanes that may no longer be entered.

A closure may be left, but never entered: whoever stands inside a closed corridor, room, zone or floor still finds the
way out, and nobody else finds a way in. It is judged closure by closure, so one more closure never opens anything.
A closed lift may be left at the floor where it stands; it is neither entered nor ridden.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from routing.kernels import Int64
from routing.skeleton import Skeleton
from site_models.layout import Layout
from site_models.schema import Site

Mask = NDArray[np.bool_]


class UnknownClosure(ValueError):
    """Closures that name nothing on the site; `unknown` has all of them."""

    def __init__(self, unknown: Iterable[str]) -> None:
        self.unknown = tuple(unknown)
        super().__init__(
            f"nothing on the site is called {', '.join(self.unknown)}: a closure is the id of a corridor, door, zone, "
            "room, floor, lift, station or bay"
        )


class ClosureIndex:
    """Answers which stretches of a skeleton each closure blocks; answers are kept, so a set of closures is cheap."""

    def __init__(self, site: Site, layout: Layout, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._tail = np.array([tail for tail, _, _ in skeleton.lanes], np.int64)
        self._head = np.array([head for _, head, _ in skeleton.lanes], np.int64)
        self._nodes: dict[str, list[int]] = {}
        self._lanes: dict[str, list[int]] = {}
        self._members = {zone.id: tuple(zone.members) for zone in site.zones}
        self._known = _known_ids(site, layout)
        self._stretches: dict[str, Mask] = {}
        self._collect({corridor.id: corridor.building for floor in site.floors for corridor in floor.corridors})
        self._on_corridor = np.array([attributes["corridor"] is not None for _, _, attributes in skeleton.lanes], bool)

    def check(self, closures: Iterable[str]) -> None:
        """Raise `UnknownClosure` with every id that names nothing on the site."""
        unknown = sorted(set(closures) - self._known)
        if unknown:
            raise UnknownClosure(unknown)

    def lanes(self, closure: str) -> Mask:
        """The lanes that one closure blocks."""
        return self.parts(closure)[1]

    def parts(self, closure: str) -> tuple[Mask, Mask]:
        """The nodes inside one closure, and the lanes that it blocks."""
        places, ways = self._parts(closure)
        closed = np.zeros(len(self._skeleton.ids), bool)
        closed[places] = True
        blocked = np.zeros(len(self._skeleton.lanes), bool)
        blocked[ways] = True
        inside: Mask = closed | self._surrounded(blocked)
        lanes: Mask = (blocked | inside[self._head]) & ~inside[self._tail]
        return inside, lanes

    def stretches(self, closures: frozenset[str]) -> Mask:
        """The stretches of the skeleton that any of the closures blocks."""
        blocked = np.zeros(self._skeleton.head.size, bool)
        for closure in closures:
            known = self._stretches.get(closure)
            if known is None:
                lanes = self.lanes(closure)[self._skeleton.chain]
                known = np.logical_or.reduceat(lanes, self._skeleton.chain_first[:-1]) if lanes.size else blocked.copy()
                self._stretches[closure] = known
            blocked |= known
        return blocked

    def _parts(self, closure: str) -> tuple[Int64, Int64]:
        """The nodes and lanes that carry the id, those of a zone's members included."""
        ids = [closure, *self._members.get(closure, ())]
        nodes = [node for id in ids for node in self._nodes.get(id, ())]
        lanes = [lane for id in ids for lane in self._lanes.get(id, ())]
        return np.array(nodes, np.int64), np.array(lanes, np.int64)

    def _surrounded(self, blocked: Mask) -> Mask:
        """Nodes on corridors all of whose corridor lanes are blocked: the inside of a closed corridor."""
        count = len(self._skeleton.ids)
        touched = np.zeros(count, np.int64)
        free = np.zeros(count, np.int64)
        for ends in (self._tail, self._head):
            touched += np.bincount(ends[blocked & self._on_corridor], minlength=count)
            free += np.bincount(ends[~blocked & self._on_corridor], minlength=count)
        result: Mask = (touched > 0) & (free == 0)
        return result

    def _collect(self, building: dict[str, str | None]) -> None:
        for number, node in enumerate(self._skeleton.nodes):
            names = {node["floor"], node["room"], *node["zones"]}
            if node["kind"] in {"room", "door", "station", "bay"}:
                names.add(node["ref"])
            for name in sorted(names - {None}):
                self._nodes.setdefault(name, []).append(number)
        for number, (_, head, lane) in enumerate(self._skeleton.lanes):
            rides = self._skeleton.nodes[head]["kind"] == "lift" and lane["lift"] is not None
            corridor = lane["corridor"]
            names = {corridor, lane["door"], building.get(corridor), lane["lift"] if rides else None}
            for name in sorted(names - {None}):
                self._lanes.setdefault(name, []).append(number)


def _known_ids(site: Site, layout: Layout) -> frozenset[str]:
    known = {part.id for parts in (site.floors, site.doors, site.zones, site.lifts) for part in parts}
    known |= {corridor.id for floor in site.floors for corridor in floor.corridors}
    known |= {station.id for floor in site.floors for station in floor.stations}
    known |= {lane.corridor for lane in layout.lanes if lane.corridor}
    return frozenset(known | set(layout.rooms) | set(layout.stations) | set(layout.bay_node))
