"""Judges what was driven: no cell ever has two robots. Shares nothing with the planner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Judge:
    """Follows every robot from point to point; a robot in motion has the cell it leaves and the cell it enters."""

    def __init__(self, cell: NDArray[np.int32]) -> None:
        self._cell: list[int] = cell.tolist()
        self._inside: dict[int, set[str]] = {}
        self._at: dict[str, int] = {}
        self.double = 0
        self.moves = 0

    def stands(self, robot: str, point: int) -> None:
        """A robot stands at a point."""
        self._at[robot] = self._cell[point]
        self._enter(robot, self._cell[point])

    def sets_out(self, robot: str, point: int) -> None:
        """It begins to move to a point."""
        self.moves += 1
        self._enter(robot, self._cell[point])

    def arrives(self, robot: str, point: int) -> None:
        """It has come there, and has left the cell where it was."""
        left, entered = self._at[robot], self._cell[point]
        if left != entered:
            self._inside[left].discard(robot)
        self._at[robot] = entered

    def _enter(self, robot: str, cell: int) -> None:
        inside = self._inside.setdefault(cell, set())
        self.double += bool(inside - {robot})
        inside.add(robot)
