"""A grid of squares in unit steps as a network: each passable square is a point and a cell of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.traffic.network import NO_WAY, Network

NEIGHBOURS = ((-1, 0), (0, -1), (0, 1), (1, 0))
"""Rows and columns to the four squares beside one."""


def grid_network(passable: NDArray[np.bool_], bays: NDArray[np.bool_]) -> Network:
    """The network of a map of passable squares, shape (rows, columns), of which some are bays.

    Points are numbered row by row and named `row,column`. There is one profile; every move takes 1 (a step, whatever
    that is), and a square may be entered as it is left.
    """
    squares = [(int(row), int(column)) for row, column in np.argwhere(passable)]
    number = {square: point for point, square in enumerate(squares)}
    heads = [
        [number[row + down, column + right] for down, right in NEIGHBOURS if (row + down, column + right) in number]
        for row, column in squares
    ]
    first = np.cumsum([0, *map(len, heads)]).astype(np.int32)
    move = {(tail, head): first[tail] + k for tail, ends in enumerate(heads) for k, head in enumerate(ends)}
    names = tuple(f"{row},{column}" for row, column in squares)
    return Network(
        points=names,
        nodes=names,
        cells=names,
        cell=np.arange(len(names), dtype=np.int32),
        bay=bays[passable],
        first=first,
        head=np.array([head for ends in heads for head in ends], np.int32),
        opposite=np.array([move.get((head, tail), NO_WAY) for tail, head in move], np.int32),
        profiles=("unit",),
        duration_ms=np.ones((1, len(move)), np.int32),
        following=True,
    )
