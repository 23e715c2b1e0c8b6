"""Which cells a closure blocks: what may no longer be entered, told to traffic."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from routing.closures import Mask
from routing.ground import Ground
from routing.traffic.cells import SiteNetwork


class ClosedCells:
    """Answers for one network; the ids are those of `routing.closures`."""

    def __init__(self, ground: Ground, cells: SiteNetwork) -> None:
        self._closures = ground.closures
        self._network = network = cells.network
        index = ground.skeleton.index
        number = {lane[:2]: k for k, lane in enumerate(ground.skeleton.lanes)}
        self._node = np.array([index[node] for node in network.nodes], np.int64)
        ways = [[number[index[a], index[b]] for a, b in pairwise(way)] for way in cells.ways]
        self._lane = np.array([lane for way in ways for lane in way], np.int64)
        self._move = np.repeat(np.arange(len(ways)), [len(way) for way in ways])
        self._tail = network.cell[np.repeat(np.arange(len(network.points)), np.diff(network.first))]
        self._head = network.cell[network.head]
        self._shaft = np.array([cell.startswith("lift:") for cell in network.cells], np.bool_)

    def blocked(self, closures: Iterable[str]) -> tuple[int, ...]:
        """The cells that these closures block, in order.

        Raises
        ------
        UnknownClosure
            Closures that name nothing on the site (all of them).
        """
        closed = tuple(closures)
        self._closures.check(closed)
        found = np.zeros(len(self._network.cells), np.bool_)
        for closure in closed:
            found |= self._blocked(closure)
        return tuple(np.flatnonzero(found).tolist())

    def _blocked(self, closure: str) -> Mask:
        """Cells with a point inside the closure; elsewhere, what a blocked move leads to.

        A shaft is blocked when there is no way left into its cabin; one closed floor of it leaves it running.
        """
        inside, lanes = self._closures.parts(closure)
        blocked = np.zeros(len(self._network.cells), np.bool_)
        blocked[self._network.cell[inside[self._node]]] = True
        blocked &= ~self._shaft
        barred = np.zeros(self._head.size, np.bool_)
        barred[self._move[lanes[self._lane]]] = True
        loose = barred & ~blocked[self._tail] & ~blocked[self._head] & ~self._shaft[self._head]
        into = self._shaft[self._head] & (self._tail != self._head)
        shut = self._shaft.copy()
        shut[self._head[into & ~barred]] = False
        blocked[self._head[loose]] = True
        result: Mask = blocked | shut
        return result
