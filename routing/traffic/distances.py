"""How long a robot needs at least from everywhere to a goal, if nobody else were there: what a search is guided by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from routing.kernels import FAR
from routing.kernels import search as shortest
from routing.traffic.messages import Stop
from routing.traffic.network import NO_WAY, Network
from routing.traffic.projection import EVER


class Distances:
    """Reverse shortest-path times of a network by profile and goal; each is worked out once."""

    def __init__(self, network: Network) -> None:
        points = len(network.points)
        self._network = network
        tail = np.repeat(np.arange(points, dtype=np.int32), np.diff(network.first))
        back = np.argsort(network.head, kind="stable")
        self._head = tail[back]
        self._first = np.searchsorted(network.head[back], np.arange(points + 1)).astype(np.int32)
        self._weight = network.duration_ms[:, back].astype(np.int64, order="C")
        self._to: dict[tuple[int, int], NDArray[np.int64]] = {}

    def to(self, profile: int, goal: int) -> NDArray[np.int64]:
        """The least time from every point to a goal, shape (points,), milliseconds; `EVER` where there is no way."""
        if (profile, goal) not in self._to:
            self._to[profile, goal] = _from(self._first, self._head, self._weight[profile], goal)
        return self._to[profile, goal]

    def away(self, profile: int, start: int, closed: Collection[int]) -> NDArray[np.int64]:
        """The least time to every point from a start without entering closed cells, as `to`; not kept."""
        network = self._network
        shut = np.isin(network.cell[network.head], list(closed))
        weight = np.where(shut, NO_WAY, network.duration_ms[profile]).astype(np.int64)
        return _from(network.first, network.head, weight, start)

    def open_to(self, profile: int, goals: Collection[int], closed: Collection[int]) -> NDArray[np.bool_]:
        """From which points one comes to a goal without entering closed cells, shape (points,); not kept."""
        cell = self._network.cell
        entered = np.repeat(np.arange(cell.size), np.diff(self._first))
        shut = np.isin(cell[entered], list(closed)) & (cell[entered] != cell[self._head])
        weight = np.where(shut, NO_WAY, self._weight[profile]).astype(np.int64)
        ends = np.array(sorted(goals), np.int32)
        nowhere = np.empty(0, np.int32)
        times, _ = shortest(self._first, self._head, weight, ends, np.zeros(ends.size, np.int64), nowhere)
        reached: NDArray[np.bool_] = times != FAR
        return reached

    def through(self, profile: int, stops: Sequence[Stop]) -> NDArray[np.int64]:
        """The least time from every point through the stops from the k-th on, shape (stops, points)."""
        rows = np.empty((len(stops), self._first.size - 1), np.int64)
        onward = 0
        for k in range(len(stops) - 1, -1, -1):
            stop = stops[k]
            np.minimum(self.to(profile, stop.point) + onward, EVER, out=rows[k])
            before = stops[k - 1] if k else stop
            onward = min(int(rows[k, before.point]) + before.stay_ms, EVER)
        return rows


@lru_cache(maxsize=8)
def distances_of(network: Network) -> Distances:
    """The distances of a network, shared by all who plan on it."""
    return Distances(network)


def _from(
    first: NDArray[np.int32], head: NDArray[np.int32], weight: NDArray[np.int64], start: int
) -> NDArray[np.int64]:
    """The least time from a point to all others."""
    nowhere = np.empty(0, np.int32)
    times, _ = shortest(first, head, weight, np.array([start], np.int32), np.zeros(1, np.int64), nowhere)
    return np.where(times == FAR, EVER, times)
