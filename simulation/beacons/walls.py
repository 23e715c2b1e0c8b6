"""The walls of a site as radio meets them: the outlines of rooms, open at doors and where a corridor passes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.columns import Floats, Indexes
from site_models.geometry import nearest_edge
from site_models.layout import Layout, PlacedRoom
from site_models.schema.building import CorridorKind

LIGHT_DB = 3.4
"""Loss through an ordinary wall between rooms: COST 231 final report (1999), ch. 4.7, light wall."""
HEAVY_DB = 6.9
"""Loss through a thick or shielded wall: same source, heavy wall (over 10 cm of brick or concrete)."""
HEAVY_KINDS = ("imaging", "radiotherapy", "theatre", "plant", "tube_plant")
"""Kinds of rooms, by their beginning, whose walls are shielded or massive."""
DOORWAY_M = 1.2
"""Width of an opening at a door: beds pass through it."""
ONE_WALL_M = 0.6
"""Outlines that run alongside one another this closely are two faces of one wall."""
CELL_M = 5.0
"""Side of the cells in which walls are looked up."""
BORDER_M = 1e-6
"""A wall this close to a cell is listed there too, so that rounding loses none."""

Place = tuple[float, float]
Line = tuple[float, float, float]
Lookup: TypeAlias = tuple[Floats, Floats, Floats, NDArray[np.int64], Indexes, Indexes]
_CORRIDORS: tuple[CorridorKind, ...] = ("tunnel", "logistics", "ward", "public")


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """Straight walls, rows of `ends` being (ax, ay, bx, by) in metres and `loss_db` what each costs.

    The walls that may touch a cell are listed in `wall` from `first[c]` up to `first[c + 1]`, where
    c = (floor * rows + row) * columns + column. Cells are `CELL_M` wide and begin at `origin`.
    """

    ends: Floats
    loss_db: Floats
    floor: Indexes
    origin: tuple[float, float]
    rows: int
    columns: int
    first: Indexes
    wall: Indexes

    @property
    def lookup(self) -> Lookup:
        """What the kernels read: ends, loss, origin and side of the cells, their rows and columns, the two lists."""
        frame = np.array([*self.origin, CELL_M])
        return self.ends, self.loss_db, frame, np.array([self.rows, self.columns]), self.first, self.wall


@dataclass(frozen=True, slots=True)
class _Face:
    """An edge of a room: its line (unit direction as angle, distance from the origin) and extent along it."""

    angle: float
    offset_m: float
    low_m: float
    high_m: float
    loss_db: float
    doors_m: tuple[float, ...]


def walls(layout: Layout, floors: Sequence[str]) -> Walls:
    """The walls of a layout on the floors named; a wall between two rooms counts once, as the heavier of the two."""
    rows: list[tuple[float, float, float, float]] = []
    loss_db: list[float] = []
    floor_of: list[int] = []
    for number, floor in enumerate(floors):
        passages = _passages(layout, floor)
        rooms = [room for room in layout.rooms.values() if room.floor == floor]
        for faces in _one_wall(face for room in rooms for face in _faces(room)):
            for piece, cost_db in _pieces(faces, passages):
                rows.append(piece)
                loss_db.append(cost_db)
                floor_of.append(number)
    ends = np.array(rows, dtype=np.float64).reshape(len(rows), 4)
    return _indexed(ends, np.array(loss_db, dtype=np.float64), np.array(floor_of, dtype=np.int32), len(floors))


def _faces(room: PlacedRoom) -> list[_Face]:
    loss_db = HEAVY_DB if room.kind.startswith(HEAVY_KINDS) else LIGHT_DB
    corners: list[Place] = [(x, y) for x, y in room.outline]
    at_door: dict[tuple[Place, Place], list[Place]] = defaultdict(list)
    for x, y in room.doors:
        at_door[nearest_edge((x, y), corners)].append((x, y))
    faces = []
    for a, b in pairwise([corners[-1], *corners]):
        if math.dist(a, b) < 1e-6:
            continue
        angle = math.atan2(b[1] - a[1], b[0] - a[0]) % math.pi
        angle = 0.0 if math.pi - angle < 1e-3 else round(angle, 3)
        ux, uy = math.cos(angle), math.sin(angle)
        along = sorted((a[0] * ux + a[1] * uy, b[0] * ux + b[1] * uy))
        doors_m = tuple(x * ux + y * uy for x, y in at_door[a, b])
        faces.append(_Face(angle, a[1] * ux - a[0] * uy, along[0], along[1], loss_db, doors_m))
    return faces


def _one_wall(faces: Iterable[_Face]) -> list[list[_Face]]:
    """Faces on the same line, or so near that they are one wall."""
    groups: list[list[_Face]] = []
    for face in sorted(faces, key=lambda face: (face.angle, face.offset_m, face.low_m)):
        last = groups[-1][0] if groups else None
        if last and last.angle >= face.angle and face.offset_m - last.offset_m <= ONE_WALL_M:
            groups[-1].append(face)
        else:
            groups.append([face])
    return groups


def _passages(layout: Layout, floor: str) -> NDArray[np.float64]:
    """Stretches of corridor on a floor: rows of (ax, ay, bx, by, width)."""
    node = {node.id: node for node in layout.nodes if node.floor == floor}
    rows = [
        (node[lane.tail].x_m, node[lane.tail].y_m, node[lane.head].x_m, node[lane.head].y_m, lane.width_m)
        for lane in layout.lanes
        if lane.kind in _CORRIDORS and lane.tail in node and lane.head in node
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 5)


def _pieces(
    faces: Sequence[_Face], passages: NDArray[np.float64]
) -> list[tuple[tuple[float, float, float, float], float]]:
    """What stands of one wall once its openings are cut out, with the loss of each piece."""
    angle = faces[0].angle
    offset_m = sum(face.offset_m for face in faces) / len(faces)
    ux, uy = math.cos(angle), math.sin(angle)
    half = DOORWAY_M / 2
    openings = [(door - half, door + half) for face in faces for door in face.doors_m]
    if len(passages):
        ax, ay, bx, by, width = passages.T
        before, after = ay * ux - ax * uy - offset_m, by * ux - bx * uy - offset_m
        crossing = (before * after <= 0) & (np.abs(before - after) > 1e-6)
        share = before[crossing] / (before[crossing] - after[crossing])
        start, end = (ax * ux + ay * uy)[crossing], (bx * ux + by * uy)[crossing]
        middle = start + share * (end - start)
        openings += list(zip(middle - width[crossing] / 2, middle + width[crossing] / 2, strict=True))
    cuts = sorted(
        {end for face in faces for end in (face.low_m, face.high_m)} | {end for span in openings for end in span}
    )
    pieces = []
    for low, high in pairwise(cuts):
        at = (low + high) / 2
        loss_db = max((face.loss_db for face in faces if face.low_m < at < face.high_m), default=0.0)
        if high - low > 1e-6 and loss_db > 0 and not any(begin < at < end for begin, end in openings):
            a = (low * ux - offset_m * uy, low * uy + offset_m * ux)
            b = (high * ux - offset_m * uy, high * uy + offset_m * ux)
            pieces.append(((*a, *b), loss_db))
    return pieces


def _indexed(ends: Floats, loss_db: Floats, floor: Indexes, floors: int) -> Walls:
    points = ends.reshape(-1, 2) if len(ends) else np.zeros((1, 2))
    origin = (float(points[:, 0].min()) - 1.0, float(points[:, 1].min()) - 1.0)
    columns = int((points[:, 0].max() + 1.0 - origin[0]) / CELL_M) + 1
    rows = int((points[:, 1].max() + 1.0 - origin[1]) / CELL_M) + 1
    cells: list[list[int]] = [[] for _ in range(floors * rows * columns)]
    for number, (ax, ay, bx, by) in enumerate(ends.tolist()):
        left, right = (int((x - origin[0]) / CELL_M) for x in (min(ax, bx) - BORDER_M, max(ax, bx) + BORDER_M))
        low, high = (int((y - origin[1]) / CELL_M) for y in (min(ay, by) - BORDER_M, max(ay, by) + BORDER_M))
        for row in range(low, high + 1):
            for column in range(left, right + 1):
                cells[(int(floor[number]) * rows + row) * columns + column].append(number)
    return Walls(
        ends=ends,
        loss_db=loss_db,
        floor=floor,
        origin=origin,
        rows=rows,
        columns=columns,
        first=np.concatenate([[0], np.cumsum([len(cell) for cell in cells])]).astype(np.int32),
        wall=np.array([number for cell in cells for number in cell], dtype=np.int32),
    )
