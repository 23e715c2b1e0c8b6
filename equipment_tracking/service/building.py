"""The hospital as equipment tracking sees it: areas that a thing can be in, whose they are, and the walk to each. Pure.

An area is a room, or a corridor between rooms: people are told both.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from equipment_tracking.columns import Floats
from equipment_tracking.places import Places
from equipment_tracking.site_places import site_places
from routing.paths import UNREACHABLE, Router
from site_models.expand import expand
from site_models.layout import Layout
from site_models.schema import Site

WALKER = "porter"
"""The profile whose walking times are told."""


@dataclass(frozen=True, kw_only=True)
class Building:
    """What does not change while the service runs; areas are numbered in the order of `areas`."""

    site: Site
    layout: Layout
    router: Router
    _walks: dict[str, Floats] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(site: Site) -> Building:
        """The building of a site with all its parts, also those that open later."""
        layout = expand(site)
        return Building(site=site, layout=layout, router=Router(site, layout))

    @cached_property
    def places(self) -> Places:
        """The nodes of the floor graph, then points within rooms; the room of each is its area."""
        places = site_places(self.layout)
        return replace(places, room=(*self._area_of_node, *places.room[len(self._area_of_node) :]))

    @cached_property
    def areas(self) -> tuple[str, ...]:
        """Ids of rooms and corridors, sorted."""
        return tuple(sorted({area for area in self._area_of_node if area is not None}))

    @cached_property
    def area_number(self) -> dict[str, int]:
        """Area → its number."""
        return {area: number for number, area in enumerate(self.areas)}

    @cached_property
    def is_room(self) -> np.ndarray:
        """By area: whether it is a room."""
        return np.array([area in self.layout.rooms for area in self.areas])

    @cached_property
    def wards(self) -> frozenset[str]:
        """Every ward and department of the site."""
        return frozenset(ward.id for floor in self.site.floors for ward in floor.wards)

    @cached_property
    def ward_of(self) -> dict[str, str]:
        """Room or station → its ward, "" where it has none."""
        rooms = {id: room.ward or "" for id, room in self.layout.rooms.items()}
        return rooms | {id: station.ward or "" for id, station in self.layout.stations.items()}

    def kind_of(self, place: str) -> str:
        """What kind of room a place is; "" for a station outside any room, and for corridors."""
        room = self.room_of(place)
        return self.layout.rooms[room].kind if room in self.layout.rooms else ""

    def room_of(self, place: str) -> str:
        """The area in which a room, corridor, station or node lies; "" for what the site does not have."""
        if place in self.area_number:
            return place
        node = self.node_of(place)
        return (self._area_of_node[self._node_number[node]] or "") if node else ""

    def node_of(self, place: str) -> str:
        """The node of a room, corridor, station, ward or node; "" for what the site does not have."""
        if place in self._node_number:
            return place
        if place in self.area_number:
            return self._area_node[self.area_number[place]]
        if place in self.layout.station_node:
            return self.layout.station_node[place]
        rooms = self._rooms_of_ward.get(place, ())
        return f"room:{rooms[len(rooms) // 2]}" if rooms else ""

    def walking_s(self, node: str) -> Floats:
        """Seconds on foot from a node to each area, by its number; infinite where there is no way."""
        found = self._walks.get(node)
        if found is None:
            times_ms = np.array(self.router.times_from(WALKER, node, self._area_node), dtype=np.float64)
            found = self._walks[node] = np.where(times_ms >= UNREACHABLE, np.inf, times_ms / 1000.0)
        return found

    @cached_property
    def floor_of_area(self) -> tuple[str, ...]:
        """By area: its floor."""
        return tuple(self.layout.nodes[self._node_number[node]].floor for node in self._area_node)

    @cached_property
    def middle_of_area(self) -> tuple[tuple[float, float], ...]:
        """By area: x and y in metres of its node."""
        nodes = [self.layout.nodes[self._node_number[node]] for node in self._area_node]
        return tuple((node.x_m, node.y_m) for node in nodes)

    @cached_property
    def _node_number(self) -> dict[str, int]:
        return {node.id: number for number, node in enumerate(self.layout.nodes)}

    @cached_property
    def _area_of_node(self) -> list[str | None]:
        corridors = {corridor.id for floor in self.site.floors for corridor in floor.corridors}
        lane = {lane.tail: lane.corridor for lane in self.layout.lanes if lane.corridor in corridors}
        return [node.room or (lane.get(node.id) if node.kind != "lift" else None) for node in self.layout.nodes]

    @cached_property
    def _area_node(self) -> list[str]:
        """By area: the room's own node, or the middle one of the corridor's."""
        members: dict[str, list[str]] = defaultdict(list)
        for node, area in zip(self.layout.nodes, self._area_of_node, strict=True):
            if area is not None:
                members[area].append(node.id)
        own = {area: f"room:{area}" for area in self.areas}
        return [own[area] if own[area] in self._node_number else _middle(members[area]) for area in self.areas]

    @cached_property
    def _rooms_of_ward(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for id, room in sorted(self.layout.rooms.items()):
            if room.ward and f"room:{id}" in self._node_number:
                found[room.ward].append(id)
        return {ward: tuple(rooms) for ward, rooms in found.items()}


def _middle(nodes: list[str]) -> str:
    return nodes[len(nodes) // 2]
