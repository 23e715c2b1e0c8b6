"""A site laid out for checking: each thing by its id with its place, and the floors expanded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from site_models.expand import Layout, expand
from site_models.geometry import CorridorLines, Place
from site_models.patterns import matching
from site_models.places import bay_places
from site_models.positions import Path
from site_models.rows import all_rooms
from site_models.schema import Site
from site_models.schema.building import Bay, Corridor, Floor, Room, Station, Ward
from site_models.schema.demand import Demand, Round

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[T]):
    """A thing of the site, where it is written and, if it lies on one, its floor."""

    id: str
    thing: T
    path: Path
    floor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One bay of a row and where it is."""

    bay: Bay
    at: Place


class Survey:
    """What the checks look at. The lists keep the order of the files, repeated ids included."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.floors: list[Found[Floor]] = []
        self.corridors: list[Found[Corridor]] = []
        self.rooms: list[Found[Room]] = []
        self.wards: list[Found[Ward]] = []
        self.stations: list[Found[Station]] = []
        self.bays: list[Found[Stand]] = []
        for f, floor in enumerate(site.floors):
            self._add_floor(floor, ("floors", f))
        for b, bay in enumerate(site.bays):
            for name, at in bay_places(bay):
                self.bays.append(Found(id=name, thing=Stand(bay=bay, at=at), path=("bays", b), floor=bay.floor))

    def _add_floor(self, floor: Floor, path: Path) -> None:
        self.floors.append(Found(id=floor.id, thing=floor, path=path, floor=floor.id))
        for k, corridor in enumerate(floor.corridors):
            self.corridors.append(Found(id=corridor.id, thing=corridor, path=(*path, "corridors", k), floor=floor.id))
        for k, (room, row) in enumerate(all_rooms(floor)):
            place = (*path, "rooms", k) if row is None else (*path, "rows", row)
            self.rooms.append(Found(id=room.id, thing=room, path=place, floor=floor.id))
        for k, ward in enumerate(floor.wards):
            self.wards.append(Found(id=ward.id, thing=ward, path=(*path, "wards", k), floor=floor.id))
        for k, station in enumerate(floor.stations):
            self.stations.append(Found(id=station.id, thing=station, path=(*path, "stations", k), floor=floor.id))

    @cached_property
    def layout(self) -> Layout:
        """The site expanded, everything open."""
        return expand(self.site)

    @cached_property
    def lines(self) -> dict[str, CorridorLines]:
        """The corridor lines of each floor."""
        return {floor.id: CorridorLines(floor.thing.corridors) for floor in self.floors}

    @cached_property
    def stations_by_id(self) -> dict[str, Found[Station]]:
        """The first station of each id."""
        return by_id(self.stations)

    @cached_property
    def rooms_by_id(self) -> dict[str, Found[Room]]:
        """The first room of each id."""
        return by_id(self.rooms)

    def matching(self, patterns: Iterable[str]) -> list[Found[Station]]:
        """The stations that ids and patterns mean."""
        return [self.stations_by_id[name] for name in matching(patterns, self.stations_by_id)]

    def streams(self) -> list[tuple[Path, Demand | Round]]:
        """Everything that orders jobs by itself."""
        demand: list[tuple[Path, Demand | Round]] = [(("demand", k), one) for k, one in enumerate(self.site.demand)]
        return [*demand, *((("rounds", k), one) for k, one in enumerate(self.site.rounds))]


def by_id(found: Iterable[Found[T]]) -> dict[str, Found[T]]:
    """The first thing of each id."""
    index: dict[str, Found[T]] = {}
    for one in found:
        index.setdefault(one.id, one)
    return index
