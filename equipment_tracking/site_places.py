"""The places of a site: the nodes of its floor graph, and points within its rooms, where things stand.

A room has one node in the floor graph, which suffices to walk to it. To tell a room from its neighbour by radio takes
more: in its corners the levels are others than in its middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from equipment_tracking.places import DIAGONAL, Places
from site_models.geometry import inside
from site_models.layout import Layout, PlacedRoom

SPACING_M = 2.0
"""Points of a room are so far apart."""
MOST = 30
"""A hall has no more points than these; they then lie further apart."""
LEAST_M = 0.3
"""No stretch is shorter."""

Stretch = tuple[int, int, float]


def site_places(layout: Layout, spacing_m: float = SPACING_M) -> Places:
    """Nodes first, numbered as in `layout.nodes`, then the rooms' points; from each one walks to the room's node."""
    nodes = Places.of(layout)
    number = {node: place for place, node in enumerate(nodes.ids)}
    ids: list[str] = []
    points: list[tuple[float, float]] = []
    floor: list[int] = []
    room_of: list[str] = []
    stretches: list[Stretch] = list(zip(nodes.tail.tolist(), nodes.head.tolist(), nodes.length_m.tolist(), strict=True))
    for room in layout.rooms.values():
        node = number.get(f"room:{room.id}")
        if node is None:
            continue
        own, apart_m = room_points(room, spacing_m)
        first = len(nodes) + len(points)
        ids += [f"in:{room.id}:{place + 1}" for place in range(len(own))]
        points += own
        floor += [int(nodes.floor[node])] * len(own)
        room_of += [room.id] * len(own)
        middle = float(nodes.x_m[node]), float(nodes.y_m[node])
        stretches += _within(first, own, DIAGONAL * apart_m)
        stretches += [way for place, point in enumerate(own) for way in _both(node, first + place, middle, point)]
    stretches.sort()
    return replace(
        nodes,
        ids=(*nodes.ids, *ids),
        x_m=np.append(nodes.x_m, [x for x, _ in points]),
        y_m=np.append(nodes.y_m, [y for _, y in points]),
        floor=np.append(nodes.floor, floor).astype(np.int32),
        room=(*nodes.room, *room_of),
        tail=np.array([tail for tail, _, _ in stretches], dtype=np.int32),
        head=np.array([head for _, head, _ in stretches], dtype=np.int32),
        length_m=np.array([length_m for _, _, length_m in stretches]),
    )


def room_points(room: PlacedRoom, spacing_m: float) -> tuple[list[tuple[float, float]], float]:
    """A grid over the room and how far apart its points lie (m); an odd shape may have none."""
    xs, ys = ([point[axis] for point in room.outline] for axis in (0, 1))
    left, width, low, depth = min(xs), max(xs) - min(xs), min(ys), max(ys) - min(ys)
    apart_m = max(spacing_m, math.sqrt(width * depth / MOST))
    columns, rows = max(1, int(width / apart_m)), max(1, int(depth / apart_m))
    grid = [
        (left + width * (column + 0.5) / columns, low + depth * (row + 0.5) / rows)
        for row in range(rows)
        for column in range(columns)
    ]
    return [point for point in grid if inside(*point, room.outline)], max(width / columns, depth / rows)


def _within(first: int, points: Sequence[tuple[float, float]], reach_m: float) -> list[Stretch]:
    """The stretches between points that lie next to each other."""
    near = [
        (tail, head)
        for tail in range(len(points))
        for head in range(tail)
        if math.dist(points[tail], points[head]) <= reach_m
    ]
    return [way for tail, head in near for way in _both(first + tail, first + head, points[tail], points[head])]


def _both(one: int, other: int, at: tuple[float, float], to: tuple[float, float]) -> tuple[Stretch, Stretch]:
    length_m = max(LEAST_M, math.dist(at, to))
    return (one, other, length_m), (other, one, length_m)
