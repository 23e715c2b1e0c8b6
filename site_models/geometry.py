"""Plane geometry of a floor: polygons, and the corridor lines of a floor with their joints and nearest points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from site_models.schema.building import Corridor

TOUCH_M = 0.05
"""Lines that come this close are joined."""

Floats = NDArray[np.float64]
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Foot:
    """The point of a corridor nearest to another point: `s_m` from the corridor's start, `edge_m` from its edge."""

    corridor: int
    s_m: float
    x_m: float
    y_m: float
    distance_m: float
    edge_m: float


@dataclass(frozen=True, slots=True)
class Joint:
    """Two corridors (or one and itself) meet at these distances from their starts."""

    corridor: int
    s_m: float
    other: int
    other_s_m: float


class CorridorLines:
    """The corridors of one floor as straight pieces in arrays. `corridors` keeps the order given."""

    def __init__(self, corridors: Sequence[Corridor]) -> None:
        self.corridors = tuple(corridors)
        pieces: list[tuple[int, float, float, float, float, float, float]] = []
        self.length_m: list[float] = []
        self.corners_m: list[list[float]] = []
        for index, corridor in enumerate(self.corridors):
            s = 0.0
            corners = [0.0]
            for (ax, ay), (bx, by) in zip(corridor.points, corridor.points[1:], strict=False):
                length = math.hypot(bx - ax, by - ay)
                if length > 0:
                    pieces.append((index, s, ax, ay, bx - ax, by - ay, length))
                    s += length
                    corners.append(s)
            self.length_m.append(s)
            self.corners_m.append(corners)
        table = np.array(pieces, dtype=np.float64).reshape(len(pieces), 7)
        self._owner = table[:, 0].astype(np.int64)
        self._start, self._ax, self._ay, self._dx, self._dy, self._len = table[:, 1:].T
        half = [corridor.width_m / 2 for corridor in self.corridors]
        self._half = np.array(half, dtype=np.float64)[self._owner] if pieces else np.zeros(0)

    def nearest(self, x_m: float, y_m: float) -> Foot | None:
        """The closest point of the corridor whose edge is closest; None on a floor without corridors.

        Distances are compared by the millimetre, then by the centre line, then in the order of the corridors.
        """
        if not len(self._owner):
            return None
        along, squared = self._project(x_m, y_m)
        distance = np.sqrt(squared)
        edge = np.maximum(0.0, distance - self._half)
        best = int(np.lexsort((np.arange(len(edge)), np.round(distance, 3), np.round(edge, 3)))[0])
        t = float(along[best])
        return Foot(
            corridor=int(self._owner[best]),
            s_m=float(self._start[best] + t * self._len[best]),
            x_m=float(self._ax[best] + t * self._dx[best]),
            y_m=float(self._ay[best] + t * self._dy[best]),
            distance_m=float(distance[best]),
            edge_m=float(edge[best]),
        )

    def _project(self, x_m: float, y_m: float) -> tuple[Floats, Floats]:
        """For every piece the share along it of the nearest point, and the squared distance to it."""
        rx, ry = x_m - self._ax, y_m - self._ay
        along = np.clip((rx * self._dx + ry * self._dy) / (self._len * self._len), 0.0, 1.0)
        return along, (rx - along * self._dx) ** 2 + (ry - along * self._dy) ** 2

    def point(self, corridor: int, s_m: float) -> Place:
        """The point `s_m` along a corridor."""
        first = int(np.searchsorted(self._owner, corridor))
        last = int(np.searchsorted(self._owner, corridor, side="right"))
        piece = first + int(np.searchsorted(self._start[first:last], s_m, side="right")) - 1
        piece = max(first, min(piece, last - 1))
        t = (s_m - float(self._start[piece])) / float(self._len[piece])
        return float(self._ax[piece] + t * self._dx[piece]), float(self._ay[piece] + t * self._dy[piece])

    def joints(self) -> list[Joint]:
        """Every place where corridors cross, or where an end or corner of one touches another."""
        found: list[Joint] = []
        count = len(self._owner)
        ex, ey = self._ax + self._dx, self._ay + self._dy
        low_x, high_x = np.minimum(self._ax, ex) - TOUCH_M, np.maximum(self._ax, ex) + TOUCH_M
        low_y, high_y = np.minimum(self._ay, ey) - TOUCH_M, np.maximum(self._ay, ey) + TOUCH_M
        for i in range(count - 1):
            later = slice(i + 1, count)
            near = (
                (low_x[later] <= high_x[i])
                & (high_x[later] >= low_x[i])
                & (low_y[later] <= high_y[i])
                & (high_y[later] >= low_y[i])
            )
            for j in (np.flatnonzero(near) + i + 1).tolist():
                if j != i + 1 or self._owner[i] != self._owner[j]:
                    found.extend(self._meet(i, j))
        return found

    def _meet(self, i: int, j: int) -> list[Joint]:
        crossing = self._crossing(i, j)
        places = [crossing] if crossing is not None else []
        for one, other, swapped in ((i, j, False), (j, i, True)):
            for share in (0.0, 1.0):
                touched = self._touch(one, share, other)
                if touched is not None:
                    places.append((touched, share) if swapped else (share, touched))
        return [
            Joint(
                corridor=int(self._owner[i]),
                s_m=float(self._start[i] + t * self._len[i]),
                other=int(self._owner[j]),
                other_s_m=float(self._start[j] + u * self._len[j]),
            )
            for t, u in places
        ]

    def _crossing(self, i: int, j: int) -> tuple[float, float] | None:
        ax, ay, dx, dy = (float(part[i]) for part in (self._ax, self._ay, self._dx, self._dy))
        bx, by, ex, ey = (float(part[j]) for part in (self._ax, self._ay, self._dx, self._dy))
        turn = dx * ey - dy * ex
        if abs(turn) < 1e-9 * float(self._len[i]) * float(self._len[j]):
            return None
        t = ((bx - ax) * ey - (by - ay) * ex) / turn
        u = ((bx - ax) * dy - (by - ay) * dx) / turn
        return (t, u) if 0 <= t <= 1 and 0 <= u <= 1 else None

    def _touch(self, one: int, share: float, other: int) -> float | None:
        """The share along piece `other` where it is touched by the start (0) or end (1) of piece `one`."""
        x = float(self._ax[one] + share * self._dx[one])
        y = float(self._ay[one] + share * self._dy[one])
        bx, by, ex, ey = (float(part[other]) for part in (self._ax, self._ay, self._dx, self._dy))
        u = min(1.0, max(0.0, ((x - bx) * ex + (y - by) * ey) / (ex * ex + ey * ey)))
        return u if math.hypot(x - bx - u * ex, y - by - u * ey) <= TOUCH_M else None


def inside(x_m: float, y_m: float, outline: Sequence[Place]) -> bool:
    """True when the point lies within the polygon (even-odd rule)."""
    within = False
    for (ax, ay), (bx, by) in _edges(outline):
        if (ay > y_m) != (by > y_m) and x_m < ax + (y_m - ay) * (bx - ax) / (by - ay):
            within = not within
    return within


def outline_distance_m(x_m: float, y_m: float, outline: Sequence[Place]) -> float:
    """Distance from a point to the nearest edge of the polygon."""
    return segment_distance_m((x_m, y_m), *nearest_edge((x_m, y_m), outline))


def nearest_edge(point: Place, outline: Sequence[Place]) -> tuple[Place, Place]:
    """The edge of the polygon that is nearest to a point."""
    return min(_edges(outline), key=lambda edge: segment_distance_m(point, *edge))


def segment_distance_m(point: Place, a: Place, b: Place) -> float:
    """Distance from a point to the straight line between two others."""
    (x, y), (ax, ay), (bx, by) = point, a, b
    squared = (bx - ax) ** 2 + (by - ay) ** 2
    t = 0.0 if squared <= 0 else min(1.0, max(0.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / squared))
    return math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay))


def area_m2(outline: Sequence[Place]) -> float:
    """Signed area: positive when the outline turns left."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in _edges(outline)) / 2


def middle(outline: Sequence[Place]) -> Place:
    """The centroid when it lies inside, else the middle of the widest stretch inside on its height."""
    area = area_m2(outline)
    if abs(area) < 1e-9:
        return outline[0]
    x = sum((ax + bx) * (ax * by - bx * ay) for (ax, ay), (bx, by) in _edges(outline)) / (6 * area)
    y = sum((ay + by) * (ax * by - bx * ay) for (ax, ay), (bx, by) in _edges(outline)) / (6 * area)
    if inside(x, y, outline):
        return x, y
    spans = spans_at(y, outline)
    if not spans:
        return outline[0]
    left, right = max(spans, key=lambda span: (span[1] - span[0], -span[0]))
    return (left + right) / 2, y


def spans_at(y_m: float, outline: Sequence[Place]) -> list[Place]:
    """The stretches of the horizontal line at `y_m` that lie inside the polygon, as (from x, to x)."""
    xs = sorted(
        ax + (y_m - ay) * (bx - ax) / (by - ay) for (ax, ay), (bx, by) in _edges(outline) if (ay > y_m) != (by > y_m)
    )
    return list(zip(xs[::2], xs[1::2], strict=True))


def _edges(outline: Sequence[Place]) -> list[tuple[Place, Place]]:
    return [(outline[k - 1], outline[k]) for k in range(len(outline))]


def crosses_itself(outline: Sequence[Place]) -> bool:
    """True when two edges of the polygon that are not neighbours cross."""
    edges = _edges(outline)
    return any(
        _properly_cross(*edges[i], *edges[j])
        for i in range(len(edges))
        for j in range(i + 2, len(edges))
        if not (i == 0 and j == len(edges) - 1)
    )


def overlap_m2(one: Sequence[Place], other: Sequence[Place]) -> float:
    """Area shared by two simple polygons.

    Between two neighbouring heights at which an edge begins, ends or crosses another, the shared width changes
    linearly, so the width half-way times the height is exact.
    """
    heights = {y for _, y in (*one, *other)}
    for a, b in _edges(one):
        for c, d in _edges(other):
            crossing = _crossing_height(a, b, c, d)
            if crossing is not None:
                heights.add(crossing)
    levels = sorted(heights)
    shared = 0.0
    for low, high in pairwise(levels):
        half = (low + high) / 2
        spans, others = spans_at(half, one), spans_at(half, other)
        width = sum(max(0.0, min(b, d) - max(a, c)) for a, b in spans for c, d in others)
        shared += width * (high - low)
    return shared


def _turn(a: Place, b: Place, c: Place) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _properly_cross(a: Place, b: Place, c: Place, d: Place) -> bool:
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _crossing_height(a: Place, b: Place, c: Place, d: Place) -> float | None:
    if not _properly_cross(a, b, c, d):
        return None
    t = _turn(c, d, a) / (_turn(c, d, a) - _turn(c, d, b))
    return a[1] + t * (b[1] - a[1])
