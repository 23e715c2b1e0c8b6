"""A site laid out for checking: each thing by its id with its place, and the floors expanded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from site_models.expand import Layout, expand
from site_models.geometry import CorridorLines
from site_models.patterns import matching
from site_models.places import bay_places
from site_models.positions import Path
from site_models.rows import all_rooms
from site_models.schema import Site
from site_models.schema.building import Bay, Corridor, Door, Floor, Lift, Room, Station, Ward, Zone
from site_models.schema.carriers import Fleet, TubeLine

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[T]):
    """A thing of the site, where it is written and, if it lies on one, its floor."""

    id: str
    thing: T
    path: Path
    floor: str = ""


@dataclass(slots=True)
class Survey:
    """What the checks look at. The lists keep the order of the files; `by_id` maps keep the first of each id."""

    site: Site
    floors: list[Found[Floor]] = field(default_factory=list)
    corridors: list[Found[Corridor]] = field(default_factory=list)
    rooms: list[Found[Room]] = field(default_factory=list)
    wards: list[Found[Ward]] = field(default_factory=list)
    stations: list[Found[Station]] = field(default_factory=list)
    bays: list[Found[tuple[Bay, tuple[float, float]]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for f, floor in enumerate(self.site.floors):
            self._add_floor(floor, ("floors", f))
        for b, bay in enumerate(self.site.bays):
            for name, at in bay_places(bay):
                self.bays.append(Found(id=name, thing=(bay, at), path=("bays", b), floor=bay.floor))

    def _add_floor(self, floor: Floor, path: Path) -> None:
        self.floors.append(Found(id=floor.id, thing=floor, path=path, floor=floor.id))
        for k, corridor in enumerate(floor.corridors):
            place = (*path, "corridors", k)
            self.corridors.append(Found(id=corridor.id, thing=corridor, path=place, floor=floor.id))
        for k, (room, row) in enumerate(all_rooms(floor)):
            place = (*path, "rooms", k) if row is None else (*path, "rows", row)
            self.rooms.append(Found(id=room.id, thing=room, path=place, floor=floor.id))
        for k, ward in enumerate(floor.wards):
            self.wards.append(Found(id=ward.id, thing=ward, path=(*path, "wards", k), floor=floor.id))
        for k, station in enumerate(floor.stations):
            place = (*path, "stations", k)
            self.stations.append(Found(id=station.id, thing=station, path=place, floor=floor.id))


def by_id(found: list[Found[T]]) -> dict[str, Found[T]]:
    """The first thing of each id."""
    index: dict[str, Found[T]] = {}
    for one in found:
        index.setdefault(one.id, one)
    return index
