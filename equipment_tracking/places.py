"""The places where a tag may be: points about a metre apart, and which of them are next to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from equipment_tracking.columns import Floats, Indexes
from site_models.layout import Layout

DIAGONAL = 1.5
"""Points of a grid are neighbours up to this many spacings apart: straight and diagonal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Points with floor, room and neighbours; stretches run both ways, since people push things everywhere.

    `tail`, `head` and `length_m` name the stretches, each in both directions. Lifts join floors like any stretch.
    """

    ids: tuple[str, ...]
    x_m: Floats
    y_m: Floats
    floor: Indexes
    floors: tuple[str, ...]
    room: tuple[str | None, ...]
    tail: Indexes
    head: Indexes
    length_m: Floats

    def __len__(self) -> int:
        return len(self.ids)

    def neighbours(self) -> sparse.csr_array:
        """Rate of leaving each place (row) for each neighbour (column), per metre a second of speed, shape (n, n).

        Whoever moves at v m/s takes one stretch, any of them, on average every length/v seconds.
        """
        count = len(self)
        ways = np.bincount(self.tail, minlength=count)
        rate = 1.0 / (np.maximum(self.length_m, 0.05) * ways[self.tail])
        return sparse.csr_array((rate, (self.tail, self.head)), shape=(count, count))

    @staticmethod
    def of(layout: Layout) -> Places:
        """The nodes of a site's floor graph; a stretch that is one-way for robots is open to whoever pushes a thing."""
        floors = tuple(dict.fromkeys(node.floor for node in layout.nodes))
        number = {node.id: place for place, node in enumerate(layout.nodes)}
        length_m: dict[tuple[int, int], float] = {}
        for lane in layout.lanes:
            ends = number[lane.tail], number[lane.head]
            for way in (ends, ends[::-1]):
                length_m[way] = min(lane.length_m, length_m.get(way, lane.length_m))
        ways = sorted(length_m)
        return Places(
            ids=tuple(number),
            x_m=np.array([node.x_m for node in layout.nodes]),
            y_m=np.array([node.y_m for node in layout.nodes]),
            floor=np.array([floors.index(node.floor) for node in layout.nodes], dtype=np.int32),
            floors=floors,
            room=tuple(node.room or None for node in layout.nodes),
            tail=np.array([tail for tail, _ in ways], dtype=np.int32),
            head=np.array([head for _, head in ways], dtype=np.int32),
            length_m=np.array([length_m[way] for way in ways]),
        )

    @staticmethod
    def grid(
        corners: Sequence[tuple[float, float]],
        spacing_m: float,
        *,
        floor: str = "0",
        is_open: Callable[[Floats, Floats], np.ndarray] | None = None,
        is_passable: Callable[[Floats, Floats, Floats, Floats], np.ndarray] | None = None,
        room_of: Callable[[float, float], str | None] | None = None,
    ) -> Places:
        """A floor without a floor graph: points `spacing_m` apart within the box around `corners`.

        `is_open(x, y)` says which points can be stood at, `is_passable(x1, y1, x2, y2)` between which neighbours there
        is no wall, both on arrays in metres; left out, everything is. Raises ValueError when no point is open.
        """
        xs, ys = ([corner[axis] for corner in corners] for axis in (0, 1))
        columns = np.arange(min(xs) + spacing_m / 2, max(xs) + spacing_m / 2, spacing_m)
        rows = np.arange(min(ys) + spacing_m / 2, max(ys) + spacing_m / 2, spacing_m)
        x, y = (axis.ravel() for axis in np.meshgrid(columns, rows))
        if is_open is not None:
            standing = is_open(x, y)
            x, y = x[standing], y[standing]
        if not len(x):
            raise ValueError("no point of the floor is open: check its outline and the spacing")
        tail, head, length_m = _next_to(x, y, spacing_m)
        if is_passable is not None:
            free = is_passable(x[tail], y[tail], x[head], y[head])
            tail, head, length_m = tail[free], head[free], length_m[free]
        points = list(zip(x.tolist(), y.tolist(), strict=True))
        return Places(
            ids=tuple(f"{floor}:{px:.2f}:{py:.2f}" for px, py in points),
            x_m=x,
            y_m=y,
            floor=np.zeros(len(x), dtype=np.int32),
            floors=(floor,),
            room=tuple(room_of(px, py) if room_of else None for px, py in points),
            tail=tail,
            head=head,
            length_m=length_m,
        )


def _next_to(x: Floats, y: Floats, spacing_m: float) -> tuple[Indexes, Indexes, Floats]:
    distance_m = np.hypot(x[:, None] - x, y[:, None] - y)
    tail, head = np.nonzero((distance_m > 0) & (distance_m < DIAGONAL * spacing_m))
    return tail.astype(np.int32), head.astype(np.int32), distance_m[tail, head]
