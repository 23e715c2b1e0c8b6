"""Places as the equipment pages let people choose them: wards by floor, rooms of a ward, what is near."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from api.directory import Directory
from api.texts import Language
from equipment_tracking.views import WhereView


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose in a list."""

    id: str
    name: str


def wards_by_floor(directory: Directory, language: Language) -> list[tuple[str, list[Option]]]:
    """All wards that have rooms, under the names of their floors, from the lowest floor to the highest."""
    standing = _with_rooms(directory)
    found = []
    for floor in directory.floors.values():
        wards = [Option(ward.id, getattr(ward.name, language)) for ward in floor.wards if ward.id in standing]
        if wards:
            found.append((str(getattr(floor.name, language)), wards))
    return found


def ward_of(directory: Directory, place: str) -> str:
    """The ward of a room or station, or the ward itself; nothing when it is none of these."""
    if place in _with_rooms(directory):
        return place
    room = directory.layout.rooms.get(place)
    station = directory.stations.get(place)
    return (room.ward if room else station.ward if station else "") or ""


def rooms_of(directory: Directory, language: Language, wards: Sequence[str]) -> list[tuple[str, list[Option]]]:
    """The rooms of some wards, each once, under the names of the wards."""
    found = []
    for ward in dict.fromkeys(ward for ward in wards if ward):
        rooms = [
            Option(room.id, getattr(room.name, language))
            for room in directory.layout.rooms.values()
            if room.ward == ward
        ]
        if rooms:
            found.append((directory.ward(ward, language), rooms))
    return found


def floor_of(directory: Directory, place: str) -> str:
    """The floor of a room, corridor or station; nothing for what the site does not have."""
    room = directory.layout.rooms.get(place)
    if room:
        return room.floor
    corridors = (floor.id for floor in directory.site.floors for item in floor.corridors if item.id == place)
    return next(corridors, "") or directory.floor_of(place)


def nearest_room(directory: Directory, where: WhereView) -> str:
    """The room whose door is nearest to where something is; nothing when that point is not known."""
    if where.x_m is None or where.y_m is None:
        return ""
    x_m, y_m = where.x_m, where.y_m
    doors = [
        (math.hypot(door[0] - x_m, door[1] - y_m), room.id)
        for room in directory.layout.rooms.values()
        if room.floor == where.floor
        for door in room.doors
    ]
    return min(doors)[1] if doors else ""


def _with_rooms(directory: Directory) -> frozenset[str]:
    return frozenset(room.ward for room in directory.layout.rooms.values() if room.ward)
