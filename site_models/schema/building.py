"""The building: floors, corridors, rooms, doors, zones, lifts, stations and bays."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from site_models.schema.base import Id, Metres, Model, Point, Sourced, Speed, Text, TimeWindow

CorridorKind = Literal["tunnel", "logistics", "ward", "public"]
Rider = Literal["robot", "bed", "staff", "public"]
StationKind = Literal["robot", "porter", "tube"]
ZoneKind = Literal["fire", "clean", "unclean", "area"]
RowId = Annotated[
    str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.+-]*)?\{n(:0[1-9]d)?\}[A-Za-z0-9_.+-]*$", max_length=48)
]


class Building(Model):
    """A house on the site; floors run through all of them, so that tunnels join on a level."""

    id: Id
    name: Text


class Corridor(Sourced):
    """A centre line that people and robots may follow. Corridors of one floor join where their lines cross or touch."""

    id: Id
    points: list[Point] = Field(min_length=2, max_length=500, description="Polyline in metres.")
    width_m: Metres
    kind: CorridorKind
    one_way: bool = Field(default=False, description="Only in the direction of the points.")
    robots: bool = Field(default=True, description="False where robots never drive.")
    building: Id | None = None


class Room(Model):
    """A room with its outline; each door is a point on the outline that opens to the nearest corridor."""

    id: Id
    kind: str = Field(description="central_store, ward_room, theatre, laboratory, utility_clean, utility_soiled, …")
    name: Text
    outline: list[Point] = Field(min_length=3, max_length=200)
    doors: list[Point] = Field(min_length=1, max_length=50)
    ward: Id | None = Field(default=None, description="The ward or department that the room belongs to.")
    building: Id | None = None


class RoomRow(Model):
    """Equal rooms side by side along a corridor, each with one door onto it; `{n}` in id and name is their number."""

    id: RowId = Field(description="Holds `{n}`, e.g. `5A-{n:02d}`.")
    kind: str
    name: Text
    along: Id = Field(description="The corridor (a straight stretch of it) that the doors open to.")
    side: Literal["left", "right"] = Field(description="Seen in the direction of the corridor's points.")
    from_m: float = Field(ge=0, description="Distance along the corridor where the first room begins.")
    count: int = Field(ge=1, le=200)
    first: int = 1
    width_m: Metres = Field(description="Along the corridor.")
    depth_m: Metres
    ward: Id | None = None
    building: Id | None = None


class Ward(Model):
    """A ward or department: whom a room, a station and a requester belong to."""

    id: Id
    name: Text
    floor: Id | None = None


class Station(Sourced):
    """Where loads are handed over; each slot has room for one carrier and its load."""

    id: Id
    name: Text | None = None
    room: Id | None = None
    floor: Id | None = Field(default=None, description="Needed when the station is in no room.")
    at: Point
    kinds: list[StationKind] = Field(min_length=1)
    slots: int = Field(ge=1, le=50)
    opens: TimeWindow | None = Field(default=None, description="Site time; none is day and night.")
    handover_s: float = Field(default=30, gt=0, description="Time to take or give a load here.")
    ward: Id | None = None


class Floor(Model):
    """A level of the whole site, with its corridors, rooms, rows and stations; `plan` fills it from a reusable plan."""

    id: Id
    name: Text
    elevation_m: float
    plan: Id | None = None
    corridors: list[Corridor] = []
    rooms: list[Room] = []
    rows: list[RoomRow] = []
    stations: list[Station] = []
    wards: list[Ward] = []


class Plan(Model):
    """A floor plan used by several floors: `{floor}` in ids and names becomes the floor's id."""

    id: Id
    corridors: list[Corridor] = []
    rooms: list[Room] = []
    rows: list[RoomRow] = []
    stations: list[Station] = []
    wards: list[Ward] = []
    doors: list[Door] = []


class Door(Sourced):
    """A door across a corridor; it opens by itself for robots when `automatic`."""

    id: Id
    floor: Id | None = Field(default=None, description="Left out inside a plan.")
    at: Point
    opening_s: float = Field(ge=0)
    automatic: bool = True
    fire: bool = Field(default=False, description="Closes on a fire alarm of its zone.")


class Zone(Model):
    """A part that is closed, burning, clean or unclean as one.

    Members are ids of buildings, floors, wards, corridors, rooms, doors and lifts.
    """

    id: Id
    kind: ZoneKind
    name: Text
    members: list[Id] = Field(min_length=1)
    robots: Literal["many", "one"] = Field(default="many", description="`one`: never two robots inside at a time.")


class Lift(Sourced):
    """A lift of a group. `at` is the same on every floor; it opens to the nearest corridor of each floor it serves."""

    id: Id
    group: Id
    at: Point
    serves: list[Id]
    cabin_m: tuple[Metres, Metres] = Field(description="Length, width.")
    payload_kg: Metres = 1600
    speed_m_s: Speed
    door_s: float = Field(default=6, gt=0, description="To open or to close.")
    riders: list[Rider] = Field(min_length=1)
    robots_ride_alone: bool = True
    lobby_bay: bool = Field(default=False, description="A bay in each lobby where a robot waits without blocking.")


class Bay(Model):
    """Where a robot may stand or charge. `row` makes `count` bays `step` apart, ids `<id>-01`, `<id>-02` and on."""

    id: Id
    floor: Id
    at: Point
    fleet: Id = Field(description="The fleet whose robots own these home bays, one each for life.")
    charger: bool = False
    parking: bool = Field(default=False, description="Nobody's home: idle robots of the fleet wait here for work.")
    count: int = Field(default=1, ge=1, le=200)
    step: Point = (0.0, 0.0)
