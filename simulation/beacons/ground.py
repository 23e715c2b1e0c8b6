"""Where tags may be: the nodes of the floor graph, and in every room some spots where things are parked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.places import Places
from equipment_tracking.site_places import room_points
from site_models.layout import Layout, PlacedRoom
from site_models.schema import Site

SPOT_M2 = 8.0
"""Floor that a parked thing and the way to it take: assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The spots of a site. The first `len(places)` are the nodes themselves, then come the rooms' parking spots.

    Columns by spot: `x_m`, `y_m`, `floor` (position in `floors`), `node` (the node it belongs to), `in_cabin` (inside a
    lift), `is_barred` (inside a lift that neither staff nor beds ride). Columns by room: `room_node`; its spots are
    those from `room_spot[r]` up to `room_spot[r + 1]`. `elevation_m` is by floor.
    """

    places: Places
    x_m: Floats
    y_m: Floats
    floor: Indexes
    node: Indexes
    in_cabin: NDArray[np.bool_]
    is_barred: NDArray[np.bool_]
    floors: tuple[str, ...]
    elevation_m: Floats
    rooms: tuple[str, ...]
    room_node: Indexes
    room_spot: Indexes


def ground(site: Site, layout: Layout) -> Ground:
    """The spots of an expanded site.

    A room has one spot for each `SPOT_M2`, on a grid. Rooms without a node in the floor graph are left out. Raises
    ValueError for a layout without rooms.
    """
    places = Places.of(layout)
    number = {node.id: place for place, node in enumerate(layout.nodes)}
    rooms = [room for room in layout.rooms.values() if f"room:{room.id}" in number]
    if not rooms:
        raise ValueError("the layout has no rooms: there is nowhere to park a thing")
    room_node = np.array([number[f"room:{room.id}"] for room in rooms], dtype=np.int32)
    spots = [_spots(room, layout, int(node)) for room, node in zip(rooms, room_node, strict=True)]
    counts = np.array([len(of_room) for of_room in spots])
    points = np.array([point for of_room in spots for point in of_room])
    barred = {lift.id for lift in site.lifts if not {"staff", "bed"} & set(lift.riders)}
    elevation_m: Mapping[str, float] = {floor.id: floor.elevation_m for floor in site.floors}
    return Ground(
        places=places,
        x_m=np.concatenate([places.x_m, points[:, 0]]),
        y_m=np.concatenate([places.y_m, points[:, 1]]),
        floor=np.concatenate([places.floor, np.repeat(places.floor[room_node], counts)]).astype(np.int32),
        node=np.concatenate([np.arange(len(places)), np.repeat(room_node, counts)]).astype(np.int32),
        in_cabin=np.array([node.kind == "lift" for node in layout.nodes] + [False] * len(points)),
        is_barred=np.array(
            [node.kind == "lift" and node.ref in barred for node in layout.nodes] + [False] * len(points)
        ),
        floors=places.floors,
        elevation_m=np.array([elevation_m[floor] for floor in places.floors]),
        rooms=tuple(room.id for room in rooms),
        room_node=room_node,
        room_spot=(len(places) + np.concatenate([[0], np.cumsum(counts)])).astype(np.int32),
    )


def _spots(room: PlacedRoom, layout: Layout, node: int) -> list[tuple[float, float]]:
    """A grid over the room; its node when no point of the grid lies inside."""
    spots, _ = room_points(room, math.sqrt(SPOT_M2))
    return spots or [(layout.nodes[node].x_m, layout.nodes[node].y_m)]
