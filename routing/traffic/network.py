"""The network that robots share: points where they may stand, cells that one may have at a time, and moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_WAY = -1
"""Duration of a move that a profile may not make; the opposite of a move that has none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """Frozen arrays; a point, a cell, a move and a profile are numbers into them. See `docs/traffic.md`.

    Attributes
    ----------
    points, nodes : (points,) str
        Unique name of each point, and the node of the floor graph at which a robot stands there.
    cells : (cells,) str
        Unique name of each cell.
    cell : (points,) int32
        The cell of each point.
    bay : (points,) bool
        Where a robot may stand without limit.
    first : (points + 1,) int32
        The moves that leave point `p` are `first[p] … first[p + 1] - 1`.
    head : (moves,) int32
        Where each move leads.
    opposite : (moves,) int32
        The move back between the same points, `NO_WAY` if there is none.
    profiles : (profiles,) str
        Kinds of robots.
    duration_ms : (profiles, moves) int32
        At least 1; `NO_WAY` if robots of the profile may not.
    following : bool
        Whether a cell may be entered at the instant at which its occupant leaves it (unit steps); else it must be
        empty before a robot begins to move in.
    """

    points: tuple[str, ...]
    nodes: tuple[str, ...]
    cells: tuple[str, ...]
    cell: NDArray[np.int32]
    bay: NDArray[np.bool_]
    first: NDArray[np.int32]
    head: NDArray[np.int32]
    opposite: NDArray[np.int32]
    profiles: tuple[str, ...]
    duration_ms: NDArray[np.int32]
    following: bool = False
