"""Sites of one floor, drawn in a test: corridors and what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from site_models.load import load_site
from site_models.schema import Site
from site_models.schema.building import Bay, Corridor, Door, Floor, Lift, Room, Station, Zone

Place = tuple[float, float]
ASSUMED = "assumed"


def corridor(id: str, *points: Place, width_m: float = 2.0, **more: Any) -> Corridor:
    """A ward corridor along the points."""
    return Corridor(id=id, points=list(points), width_m=width_m, kind="ward", source=ASSUMED, **more)


def box(id: str, left: float, low: float, right: float, high: float, *doors: Place, ward: str | None = None) -> Room:
    """A rectangular room."""
    outline = [(left, low), (right, low), (right, high), (left, high)]
    return Room.model_validate(
        {"id": id, "kind": "room", "name": id, "outline": outline, "doors": list(doors), "ward": ward}
    )


def station(id: str, at: Place, *, kinds: Sequence[str] = ("robot", "porter"), room: str | None = None) -> Station:
    """A station of one slot."""
    return Station.model_validate(
        {"id": id, "at": at, "kinds": list(kinds), "room": room, "slots": 1, "source": ASSUMED}
    )


def site_of(
    *corridors: Corridor,
    rooms: Sequence[Room] = (),
    stations: Sequence[Station] = (),
    doors: Sequence[Door] = (),
    bays: Sequence[Bay] = (),
    lifts: Sequence[Lift] = (),
    zones: Sequence[Zone] = (),
) -> Site:
    """The clinic's people, loads and fleets in another house: one floor called `0`."""
    floor = Floor.model_validate(
        {
            "id": "0",
            "name": "Ground",
            "elevation_m": 0.0,
            "corridors": list(corridors),
            "rooms": list(rooms),
            "stations": list(stations),
        }
    )
    house = {"floors": [floor], "doors": list(doors), "bays": list(bays), "lifts": list(lifts), "zones": list(zones)}
    return _clinic().model_copy(update={**house, "phases": [], "tubes": [], "demand": [], "rounds": []})


@cache
def _clinic() -> Site:
    return load_site("clinic_small")
