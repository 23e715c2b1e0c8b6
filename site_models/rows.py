"""Makes rooms of a row: equal rooms side by side along a straight stretch of a corridor."""

from __future__ import annotations

import math
import re

from site_models.schema.base import Text
from site_models.schema.building import Corridor, Floor, Room, RoomRow

_NUMBER = re.compile(r"\{n(?::0([1-9])d)?\}")


def numbered(text: str, n: int) -> str:
    """`text` with `{n}` or `{n:02d}` replaced by the number."""
    return _NUMBER.sub(lambda found: str(n).zfill(int(found.group(1) or 0)), text)


def row_rooms(row: RoomRow, corridor: Corridor) -> list[Room]:
    """The rooms of a row, in order of their numbers; each door lies in the middle of its front.

    The front runs along the corridor's edge. A row that begins beyond the corridor's end continues its last piece.
    """
    (x, y), (dx, dy) = _begin(row, corridor)
    left = 1.0 if row.side == "left" else -1.0
    nx, ny = -dy * left, dx * left
    near, far = corridor.width_m / 2, corridor.width_m / 2 + row.depth_m

    def place(along: float, across: float) -> tuple[float, float]:
        return round(x + dx * along + nx * across, 3), round(y + dy * along + ny * across, 3)

    rooms = []
    for k in range(row.count):
        begin, end = k * row.width_m, (k + 1) * row.width_m
        n = row.first + k
        rooms.append(
            Room.model_construct(
                id=numbered(row.id, n),
                kind=row.kind,
                name=Text(da=numbered(row.name.da, n), en=numbered(row.name.en, n)),
                outline=[place(begin, near), place(end, near), place(end, far), place(begin, far)],
                doors=[place((begin + end) / 2, near)],
                ward=row.ward,
                building=row.building,
            )
        )
    return rooms


def all_rooms(floor: Floor) -> list[tuple[Room, int | None]]:
    """Every room of a floor with the index of the row it comes from; rows along an unknown corridor are left out."""
    rooms: list[tuple[Room, int | None]] = [(room, None) for room in floor.rooms]
    corridors = {corridor.id: corridor for corridor in floor.corridors}
    for index, row in enumerate(floor.rows):
        if row.along in corridors:
            rooms.extend((room, index) for room in row_rooms(row, corridors[row.along]))
    return rooms


def _begin(row: RoomRow, corridor: Corridor) -> tuple[tuple[float, float], tuple[float, float]]:
    """The point where the row begins on the centre line, and the direction of the stretch it lies on."""
    s = 0.0
    start, direction = corridor.points[0], (1.0, 0.0)
    offset = row.from_m
    for (ax, ay), (bx, by) in zip(corridor.points, corridor.points[1:], strict=False):
        length = math.hypot(bx - ax, by - ay)
        if length <= 0:
            continue
        start, direction, offset = (ax, ay), ((bx - ax) / length, (by - ay) / length), row.from_m - s
        if row.from_m < s + length:
            break
        s += length
    return (start[0] + direction[0] * offset, start[1] + direction[1] * offset), direction
