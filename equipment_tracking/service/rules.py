"""The rules of a site's pool: the standard ones, with the site's places, wards and exits."""

from __future__ import annotations

from equipment_tracking.pool.rules import Rules
from equipment_tracking.register.catalogue import standard_catalogue
from equipment_tracking.service.building import Building

EXITS = ("entrance",)
"""Kinds of rooms through which a thing leaves the house."""


def rules_of(building: Building) -> Rules:
    """What a hospital decides, where it has not decided otherwise: the standard figures."""
    rooms, stations = building.layout.rooms, building.layout.stations
    return Rules(
        standard_catalogue(),
        exits=tuple(sorted(id for id, room in rooms.items() if room.kind in EXITS)),
        places=dict.fromkeys(building.areas, "") | building.ward_of,
        wards=building.wards,
        room_kinds={id: room.kind for id, room in rooms.items()},
        station_rooms={id: building.room_of(id) for id in stations if building.room_of(id)},
    )
