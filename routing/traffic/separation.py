"""What separates a robot from its goal: as few closed or occupied cells as lie across all its ways.

By Menger's theorem they are as many as there are ways that share none of them: a maximum flow (Dinic 1970, by scipy) in
which an obstacle lets one through and all else any number.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from routing.traffic.network import NO_WAY, Network


def separating(
    network: Network, profile: int, start: int, goal: int, obstacles: Collection[int], forbidden: Collection[int]
) -> tuple[int, ...]:
    """The smallest set of obstacle cells that lies across all ways from a point to a goal, in ascending order.

    Of several such sets it is the one nearest to the start. Forbidden cells are entered by no way; of them none is
    named. Nothing is named if there is a way that goes round all obstacles, or no way at all. If the goal's own cell is
    an obstacle it is that which is named.
    """
    here, last = int(network.cell[start]), int(network.cell[goal])
    if here == last:
        return ()
    if last in obstacles:
        return (last,)
    across = np.array(sorted(set(obstacles) - {here} - set(forbidden)), np.int64)
    ways = _ways(network, profile, across, sorted(set(forbidden) - {here, last}))
    flow = maximum_flow(ways, start, goal)
    if not 0 < flow.flow_value <= across.size:
        return ()
    left = ways - flow.flow
    left.eliminate_zeros()
    near = np.zeros(ways.shape[0], np.bool_)
    near[breadth_first_order(left, start, return_predecessors=False)] = True
    into = len(network.points) + 2 * np.arange(across.size)
    cut: list[int] = across[near[into] & ~near[into + 1]].tolist()
    return tuple(cut)


def _ways(network: Network, profile: int, across: NDArray[np.int64], forbidden: list[int]) -> csr_array:
    """The moves of a profile from point to point; all points of an obstacle are one node to enter and one to leave."""
    points = len(network.points)
    number = np.full(len(network.cells), -1)
    number[across] = np.arange(across.size)
    obstacle = number[network.cell]
    entered = np.where(obstacle < 0, np.arange(points), points + 2 * obstacle)
    left = np.where(obstacle < 0, np.arange(points), points + 2 * obstacle + 1)
    tail = np.repeat(np.arange(points), np.diff(network.first))
    closed = np.isin(network.cell, forbidden)
    open_ = (network.duration_ms[profile] != NO_WAY) & ~closed[tail] & ~closed[network.head]
    into = points + 2 * np.arange(across.size)
    tails = np.concatenate((left[tail[open_]], into))
    heads = np.concatenate((entered[network.head[open_]], into + 1))
    room = np.concatenate((np.full(int(open_.sum()), across.size + 1), np.ones(across.size, np.int64)))
    size = points + 2 * across.size
    return csr_array((room.astype(np.int32), (tails, heads)), shape=(size, size))
