"""What a hospital decides about its pool: types, what rooms suggest, exits, and how long things may take."""

from __future__ import annotations

import msgspec

from equipment_tracking.pool.model import ItemState
from equipment_tracking.register.assets import Surroundings
from equipment_tracking.register.catalogue import Catalogue

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

SUGGESTIONS: dict[str, ItemState] = {
    "utility_clean": "ready",
    "equipment_store": "ready",
    "utility_soiled": "used",
    "ward_room": "in_use",
    "acute_room": "in_use",
    "intensive_room": "in_use",
    "trauma_room": "in_use",
    "recovery": "in_use",
    "theatre": "in_use",
    "technical_service": "received",
    "workshop": "received",
}
"""Kind of room → the state that an asset in it probably has."""


class Rules(msgspec.Struct, frozen=True):
    """The hospital's own figures; durations in milliseconds, battery levels as shares.

    `exits` are places that no asset should be seen at. `places` are all rooms and stations of the site, each with
    the ward whose it is ("" none), `wards` its wards: what is asked must name one of them, or anything while they
    are empty. `room_kinds` says of what kind a room is, for `suggestions` when a person says where a thing is, and
    `station_rooms` which room a station is in: things are in rooms. A loan that is seen at home in its first
    `leaving_ms` is still being carried off, not returned. A ward hoards when it has more than par ×
    `hoarding_factor` of a type ready and unused for `hoarding_ms`. `load` is what the fleet calls a piece of
    equipment.
    """

    catalogue: Catalogue
    suggestions: dict[str, ItemState] = msgspec.field(default_factory=lambda: dict(SUGGESTIONS))
    exits: tuple[str, ...] = ()
    places: dict[str, str] = msgspec.field(default_factory=dict)
    wards: frozenset[str] = frozenset()
    room_kinds: dict[str, str] = msgspec.field(default_factory=dict)
    station_rooms: dict[str, str] = msgspec.field(default_factory=dict)
    reservation_ms: int = 20 * MINUTE_MS
    longest_reservation_ms: int = 4 * HOUR_MS
    reminder_ms: int = 24 * HOUR_MS
    leaving_ms: int = 10 * MINUTE_MS
    hoarding_factor: float = 1.5
    hoarding_ms: int = 4 * HOUR_MS
    sweep_ms: int = 10 * MINUTE_MS
    low_battery: float = 0.15
    fine_battery: float = 0.25
    load: str = "equipment"

    @property
    def known(self) -> Surroundings:
        """What requests may refer to."""
        return Surroundings(self.catalogue, places=self.places or None, wards=self.wards or None)

    def room_of(self, place: str) -> str:
        """The room that a station is in; a room (or a station in none) is where it is."""
        return self.station_rooms.get(place, place)
