"""The cheapest point of a grid of capacities at which all targets are met; more of anything is taken not to harm.

That is used to rule points out without running them, and it is verified: on every pair of points that was run, on the
neighbours of the answer, and on probes among those ruled out. If it turns out wrong, cheaper points are run one by one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ONE_BY_ONE = 1000
"""Most points that are run one by one when more capacity turns out to harm."""

Point = tuple[int, ...]
Judge = Callable[[Point], bool]
"""Whether a point meets all targets; asked at most once a point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A capacity from `least` to `most`, `cost` a unit."""

    least: int
    most: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found: of the cheapest points that meet the targets the one that is first in order of capacities.

    `contradictions` are pairs (smaller, larger) of which only the smaller meets the targets. `assured`: there are
    none, or every cheaper point has been run.
    """

    answer: Point | None
    judged: dict[Point, bool]
    possible: int
    contradictions: tuple[tuple[Point, Point], ...]
    assured: bool


def smallest(axes: Sequence[Axis], judge: Judge, *, probes: int = 4) -> Search:
    """Find the cheapest point that meets the targets.

    The greatest point, then along each axis the least value that is possible with all the others at their most, give
    the bounds; going down along one axis after the other, the dearest first, gives a point from which no unit can be
    spared; after that the cheaper points that are still possible are tried, each time the one under which most of
    them lie.
    """
    grid = _Grid(axes, judge)
    if grid.meets(grid.top):
        for axis in range(len(axes)):
            grid.descend(grid.top, [axis])
        grid.descend(grid.top, sorted(range(len(axes)), key=lambda axis: (-axes[axis].cost, axis)))
        while (point := grid.most_telling()) is not None:
            if grid.meets(point):
                grid.descend(point, sorted(range(len(axes)), key=lambda axis: (-axes[axis].cost, axis)))
    grid.verify(probes)
    assured = not grid.contradictions() or grid.try_all_cheaper()
    return Search(
        answer=grid.answer(),
        judged=dict(sorted(grid.judged.items())),
        possible=grid.cost.size,
        contradictions=grid.contradictions(),
        assured=assured,
    )


class _Grid:
    """Points are indices from 0 along each axis inside, capacities outside."""

    def __init__(self, axes: Sequence[Axis], judge: Judge) -> None:
        self._axes, self._judge = axes, judge
        shape = tuple(axis.most - axis.least + 1 for axis in axes)
        self.cost: NDArray[np.float64] = np.zeros(shape)
        for place, axis in enumerate(axes):
            units = np.arange(axis.least, axis.most + 1) * axis.cost
            self.cost += units.reshape([-1 if other == place else 1 for other in range(len(axes))])
        self.cost = np.round(self.cost, 9)
        self._excluded = np.zeros(shape, dtype=bool)
        self.judged: dict[Point, bool] = {}
        self.top: Point = tuple(size - 1 for size in shape)

    def meets(self, place: Point) -> bool:
        point = self._point(place)
        if point not in self.judged:
            met = self.judged[point] = self._judge(point)
            if not met:
                self._excluded[tuple(slice(index + 1) for index in place)] = True
        return self.judged[point]

    def descend(self, place: Point, order: Sequence[int]) -> None:
        """From a point that meets the targets, spare along one axis after the other what can be spared."""
        for axis in order:
            low, high = -1, place[axis]
            while high - low > 1:
                middle = (low + high) // 2
                trial = (*place[:axis], middle, *place[axis + 1 :])
                low, high = (low, middle) if not self._excluded[trial] and self.meets(trial) else (middle, high)
            place = (*place[:axis], high, *place[axis + 1 :])

    def answer(self) -> Point | None:
        met = [point for point, met in self.judged.items() if met]
        return min(met, key=self._order, default=None)

    def most_telling(self) -> Point | None:
        """Of the better points that are still possible the one under which most of them lie; None: none is left."""
        open_ones = self._better() & ~self._excluded
        if not open_ones.any():
            return None
        under = open_ones.astype(np.int64)
        for axis in range(under.ndim):
            under = under.cumsum(axis=axis)
        under[~open_ones] = 0
        return self._place(int(np.flatnonzero(under == under.max())[-1]))

    def verify(self, probes: int) -> None:
        """Run the answer's smaller neighbours, and some of the points that were ruled out without being run."""
        answer = self.answer()
        if answer is not None:
            place = self._index(answer)
            for axis in range(len(self._axes)):
                if place[axis]:
                    self.meets((*place[:axis], place[axis] - 1, *place[axis + 1 :]))
        unseen = [
            place
            for place in map(self._place, np.flatnonzero(self._better() & self._excluded))
            if self._point(place) not in self.judged
        ]
        unseen.sort(key=lambda place: self._order(self._point(place)))
        count = min(probes, len(unseen))
        for number in range(count):
            self.meets(unseen[len(unseen) - 1 - number * len(unseen) // count])

    def try_all_cheaper(self) -> bool:
        """Run better points in order of cost until one meets the targets; False if there are too many of them."""
        places = sorted(map(self._place, np.flatnonzero(self._better())), key=lambda p: self._order(self._point(p)))
        return any(self.meets(place) for place in places[:ONE_BY_ONE]) or len(places) <= ONE_BY_ONE

    def contradictions(self) -> tuple[tuple[Point, Point], ...]:
        pairs = itertools.permutations(sorted(self.judged), 2)
        return tuple(
            (small, large)
            for small, large in pairs
            if self.judged[small] and not self.judged[large] and all(map(int.__le__, small, large))
        )

    def _better(self) -> NDArray[np.bool_]:
        """Points that would be the answer if they met the targets."""
        answer = self.answer()
        if answer is None:
            return np.ones(self.cost.shape, dtype=bool)
        place = self._index(answer)
        better: NDArray[np.bool_] = self.cost < self.cost[place]
        equal = np.flatnonzero(self.cost == self.cost[place])
        better.reshape(-1)[equal[equal < np.ravel_multi_index(place, self.cost.shape)]] = True
        return better

    def _order(self, point: Point) -> tuple[float, Point]:
        return float(self.cost[self._index(point)]), point

    def _place(self, flat: int | np.integer[Any]) -> Point:
        return tuple(int(index) for index in np.unravel_index(flat, self.cost.shape))

    def _point(self, place: Point) -> Point:
        return tuple(index + axis.least for index, axis in zip(place, self._axes, strict=True))

    def _index(self, point: Point) -> Point:
        return tuple(units - axis.least for units, axis in zip(point, self._axes, strict=True))
