"""Which stations a transport of equipment goes between when nobody says: nearest to the thing, best for the ward."""

from __future__ import annotations

import math
from dataclasses import dataclass

from api.directory import Directory
from equipment_tracking.views import AssetView
from site_models.layout import Node
from site_models.schema.building import Station

CARRIED = frozenset({"robot", "porter"})
"""Kinds of station at which a piece of equipment can be handed over."""
CLEAN = frozenset({"utility_clean", "equipment_store"})
SOILED = frozenset({"utility_soiled", "soiled_reception"})
"""Kinds of room that equipment comes out of clean, and that it is cleaned in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """The stations of a site that are in use today. Those of the tube are left to capsules where there are others."""

    directory: Directory
    in_use: frozenset[str]

    def of_ward(self, ward: str) -> str | None:
        """Where a ward has equipment brought: its clean store before other places, a soiled one last."""
        own = [station for station in self._open() if station.ward == ward]
        return min(own, key=lambda station: (self._rank(station), station.id)).id if own else None

    def near_asset(self, asset: AssetView, but: str | None = None) -> str | None:
        """The station nearest to where an asset is, or was last; to its home where nobody knows. Never `but`."""
        return self._nearest(self._start(asset), but)

    def near_home(self, asset: AssetView) -> str | None:
        """The station nearest to where an asset belongs."""
        return self._nearest(self.directory.nodes.get(self.directory.node_of(asset.home)))

    def for_cleaning(self, asset: AssetView) -> str | None:
        """The station nearest to the soiled room that is nearest to an asset."""
        start = self._start(asset)
        rooms = [room.id for room in self.directory.layout.rooms.values() if room.kind in SOILED]
        nodes = [self.directory.nodes[node] for node in map(self.directory.node_of, rooms) if node]
        if start is None or not nodes:
            return None
        return self._nearest(min(nodes, key=lambda node: (*self._way(start, node), node.id)))

    def _start(self, asset: AssetView) -> Node | None:
        nodes = self.directory.nodes
        return nodes.get(asset.where.node) or nodes.get(self.directory.node_of(asset.home))

    def _nearest(self, start: Node | None, but: str | None = None) -> str | None:
        others = [station for station in self._open() if station.id != but]
        if start is None or not others:
            return None

        def key(station: Station) -> tuple[bool, float, bool, float, str]:
            end = self.directory.nodes[self.directory.layout.station_node[station.id]]
            climb_m, walk_m = self._way(start, end)
            same_room = start.room is not None and start.room == end.room
            return not same_room, climb_m, "tube" in station.kinds, walk_m, station.id

        return min(others, key=key).id

    def _way(self, start: Node, end: Node) -> tuple[float, float]:
        """Metres between the floors, then metres as the crow flies."""
        floors = self.directory.floors
        climb_m = abs(floors[start.floor].elevation_m - floors[end.floor].elevation_m)
        return climb_m, math.dist((start.x_m, start.y_m), (end.x_m, end.y_m))

    def _rank(self, station: Station) -> int:
        room = self.directory.layout.rooms.get(station.room or "")
        kind = room.kind if room else ""
        if kind in CLEAN or kind in SOILED:
            return 0 if kind in CLEAN else 3
        return 2 if "tube" in station.kinds else 1

    def _open(self) -> list[Station]:
        return [
            station
            for id, station in self.directory.stations.items()
            if id in self.in_use and CARRIED.intersection(station.kinds)
        ]
