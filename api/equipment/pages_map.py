"""The map of equipment: dots in rows within their rooms, and the list by room that says the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from api.directory import Directory
from api.equipment.pages_voice import Equipped
from equipment_tracking.pool.model import ItemState
from equipment_tracking.views import Dot

Box = tuple[float, float, float, float]
SHAPES: dict[ItemState, str] = {
    "ready": "ready",
    "in_use": "busy",
    "used": "soiled",
    "to_cleaning": "soiled",
    "cleaned": "clean",
}
OUT = "out"
"""The shape of what is withdrawn from use."""
FEW, MANY = 80, 400
MOST_LISTED = 150


@dataclass(frozen=True, slots=True)
class Spot:
    """A dot where it is drawn: its upper left corner in the coordinates of the drawing, and its size in metres."""

    dot: Dot
    shape: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class RoomList:
    """What is in a room: its name, or the names of the two that it may be."""

    name: str
    dots: tuple[Dot, ...]


def shape(state: ItemState) -> str:
    """The shape that stands for a state on the map."""
    return SHAPES.get(state, OUT)


def size_m(count: int, icon_m: float) -> float:
    """How large dots are drawn: as carriers while there are few, smaller the more there are."""
    share = 0.75 if count <= FEW else 0.5 if count <= MANY else 0.32
    return round(icon_m * share, 2)


def arrange(directory: Directory, dots: Sequence[Dot], size: float) -> list[Spot]:
    """Dots that are likeliest in the same room stand in rows within it; those in corridors around their middle."""
    spots = []
    ordered = sorted(dots, key=lambda dot: (dot.rooms[:1], dot.id))
    for places, group in groupby(ordered, key=lambda dot: dot.rooms[:1]):
        here = list(group)
        room = directory.layout.rooms.get(places[0]) if places else None
        spots += _in_rows(here, _box(room.outline) if room else _around(here, size), size)
    return spots


def _in_rows(dots: Sequence[Dot], box: Box, size: float) -> list[Spot]:
    """Rows in the middle of a box (left, low, right, high; metres), as dense as they must be to stay in it."""
    left, low, right, high = box
    width, height = max(right - left, size), max(high - low, size)
    across = min(len(dots), max(1, round(math.sqrt(len(dots) * width / height))))
    down = math.ceil(len(dots) / across)
    step = min(size, width / across, height / down)
    spots = []
    for k, dot in enumerate(dots):
        x = (left + right) / 2 + (k % across - (across - 1) / 2) * step
        y = (low + high) / 2 - (k // across - (down - 1) / 2) * step
        spots.append(Spot(dot, shape(dot.state), round(x - step / 2, 2), round(-y - step / 2, 2), round(step, 2)))
    return spots


def _box(outline: Sequence[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    return min(xs), min(ys), max(xs), max(ys)


def _around(dots: Sequence[Dot], size: float) -> Box:
    """A square with room for all, around the middle of where they are."""
    x = sum(dot.x_m for dot in dots) / len(dots)
    y = sum(dot.y_m for dot in dots) / len(dots)
    half = size * math.ceil(math.sqrt(len(dots))) / 2
    return x - half, y - half, x + half, y + half


def by_room(e: Equipped, dots: Sequence[Dot]) -> tuple[list[RoomList], int]:
    """The list beside the map, by room in order of names, and how many it leaves out."""
    named = sorted(dots, key=lambda dot: (_room(e, dot), dot.name, dot.id))
    shown = named[:MOST_LISTED]
    lists = [RoomList(name, tuple(group)) for name, group in groupby(shown, key=lambda dot: _room(e, dot))]
    return lists, len(named) - len(shown)


def _room(e: Equipped, dot: Dot) -> str:
    names = [e.room(id) for id in dot.rooms]
    if len(names) > 1:
        return e.either(names[0], names[1])
    return names[0] if names else ""
