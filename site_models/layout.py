"""The floor graph's raw material: nodes, lanes, robots, stations and rooms as an expanded site has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from site_models.schema.base import Id
from site_models.schema.building import CorridorKind, Room, Station

NodeKind = Literal["corridor", "door", "room", "station", "bay", "lobby", "lift"]
LaneKind = CorridorKind | Literal["room", "lift"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A point on a floor. `ref` is the id of the corridor, door, room, station, bay or lift that it stands for.

    `zones` are those that the point belongs to; a junction belongs only to the zones that all its corridors share, so
    that a burning side corridor does not cut the main one.
    """

    id: str
    floor: str
    x_m: float
    y_m: float
    kind: NodeKind
    ref: str
    room: str | None = None
    ward: str | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A directed stretch; there are two for a two-way one. `door` is the door that is opened at its head."""

    tail: str
    head: str
    length_m: float
    kind: LaneKind
    width_m: float
    corridor: str | None = None
    door: str | None = None
    lift: str | None = None
    robots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """A commissioned robot and the home bay that it owns for life."""

    id: str
    fleet: str
    bay: str


class PlacedRoom(Room):
    """A room and the floor that it lies on."""

    floor: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """An expanded site. `stations` have floor and ward filled in; `version` names the content (SHA-256)."""

    nodes: tuple[Node, ...]
    lanes: tuple[Lane, ...]
    station_node: dict[str, str]
    bay_node: dict[str, str]
    lobby_node: dict[tuple[str, str], str]
    cabin_node: dict[tuple[str, str], str]
    robots: tuple[Robot, ...]
    stations: dict[str, Station]
    rooms: dict[str, PlacedRoom]
    version: str
