"""Judges what was driven: no cell ever has two robots. Shares nothing with traffic but the cells that a site declares.

It is told when each waypoint was really reached and left, and reads from these by which points of the network the robot
came. A robot in motion has the cell that it leaves and the cell that it enters.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fleet.simulated.cores.drives import Passage
from routing.traffic.cells import SiteNetwork

KEPT = 65_536
"""Numbers that are kept before they are written."""


class Judge:
    """Follows every robot from waypoint to waypoint.

    Slots of a station are bays of their own at one node: who stands in which is not seen, so they count as one place
    for as many robots as there are slots. What was driven is written to `file`, so that memory need not grow with it.

    Attributes
    ----------
    moves
        Moves from point to point.
    astray
        Drives that are no way through the network, or do not begin where the last one ended.
    longest_stand_s
        The longest time for which a robot stood within a drive somewhere that is no bay.
    """

    def __init__(self, cells: SiteNetwork, file: BinaryIO | None = None) -> None:
        network = cells.network
        self._cells = cells
        self._place: list[int] = network.cell.tolist()
        self._bay: list[bool] = network.bay.tolist()
        self._first: list[int] = network.first.tolist()
        self._head: list[int] = network.head.tolist()
        self._room = np.ones(len(network.cells), np.int64)
        for points in cells.at.values():
            bays = [point for point in points if self._bay[point]]
            for point in bays:
                self._place[point] = self._place[bays[0]]
            if bays:
                self._room[self._place[bays[0]]] = len(bays)
        self._robots: dict[str, int] = {}
        self._at: list[int] = []
        self._since_ms: list[int] = []
        self._begun_ms: list[int | None] = []
        self._stays = array("q")
        self._file = file or io.BytesIO()
        self.moves = 0
        self.astray = 0
        self.longest_stand_s = 0.0

    def stands(self, robot: str, node: str, at_ms: int) -> None:
        """A robot appears, standing at a node."""
        self._robots[robot] = len(self._at)
        self._at.append(self._cells.at[node][0])
        self._since_ms.append(at_ms)
        self._begun_ms.append(None)

    def begins(self, robot: str, at_ms: int) -> None:
        """A robot begins a drive: where it is from then on is not known before it has ended."""
        self._begun_ms[self._robots[robot]] = at_ms

    def drove(self, robot: str, drive: Sequence[Passage]) -> None:
        """A robot has ended a drive: first where it stood, then its waypoints, of which the first is the same place."""
        number = self._robots[robot]
        self._begun_ms[number] = None
        self._at[number] = self._start(self._at[number], drive[0].node)
        before = drive[min(1, len(drive) - 1)]
        way = self._way(self._at[number], [passage.node for passage in drive[2:]])
        self.astray += way is None
        for point, index in way or ():
            after = drive[2 + index]
            if not self._bay[self._at[number]]:
                self.longest_stand_s = max(self.longest_stand_s, (before.leave_ms - before.arrive_ms) / 1000)
            self._move(number, point, before.leave_ms, after.arrive_ms)
            before = after

    def double_occupancy(self, until_ms: int) -> int:
        """How often a robot has come into a place that had no room left; drives under way do not count yet."""
        self._flush()
        self._file.seek(0)
        stays = np.frombuffer(self._file.read(), np.int64).reshape(-1, 3)
        present = zip(self._at, self._since_ms, self._begun_ms, strict=True)
        now = [(self._place[at], since, until_ms if begun is None else begun) for at, since, begun in present]
        return crowded(np.concatenate([stays, np.array(now, np.int64).reshape(-1, 3)]), self._room)

    def _start(self, here: int, node: str) -> int:
        """Where a drive begins: where the last one ended, or where a lift has brought the robot within its cell."""
        if self._cells.network.nodes[here] == node:
            return here
        inside = [point for point in self._cells.at.get(node, ()) if self._place[point] == self._place[here]]
        self.astray += not inside
        return inside[0] if inside else here

    def _way(self, start: int, nodes: Sequence[str]) -> list[tuple[int, int]] | None:
        """The points by which waypoints lead, each with the index at which it is reached; None if there is no way."""
        here = self._cells.network.nodes[start]
        open_: list[tuple[int, int, list[tuple[int, int]]]] = []
        open_ += [(p, 0, []) for p in self._cells.at[here] if self._place[p] == self._place[start] and p != start]
        open_.append((start, 0, []))
        seen: set[tuple[int, int]] = set()
        while open_:
            point, passed, way = open_.pop()
            if passed == len(nodes):
                return way
            if (point, passed) in seen:
                continue
            seen.add((point, passed))
            for move in range(self._first[point], self._first[point + 1]):
                end = _along(self._cells.ways[move], nodes, passed)
                if end:
                    open_.append((self._head[move], end, [*way, (self._head[move], end - 1)]))
        return None

    def _move(self, robot: int, point: int, leave_ms: int, arrive_ms: int) -> None:
        self.moves += 1
        left, entered = self._place[self._at[robot]], self._place[point]
        self._at[robot] = point
        if left != entered:
            self._stays.extend((left, self._since_ms[robot], arrive_ms))
            self._since_ms[robot] = leave_ms
        if len(self._stays) >= KEPT:
            self._flush()

    def _flush(self) -> None:
        self._file.seek(0, io.SEEK_END)
        self._file.write(self._stays.tobytes())
        self._stays = array("q")


def _along(way: Sequence[str], nodes: Sequence[str], passed: int) -> int:
    """How many waypoints are passed at the end of a move by its nodes (turning has one); 0 if they lead elsewhere."""
    ahead = iter(way[1:] or way)
    while passed < len(nodes) and nodes[passed] in ahead:
        passed += 1
        if nodes[passed - 1] == way[-1]:
            return passed
    return 0


def crowded(stays: NDArray[np.int64], room: NDArray[np.int64]) -> int:
    """How many stays (rows of place, from, until; until excluded) begin when the place has no room for them."""
    place = np.concatenate([stays[:, 0], stays[:, 0]])
    at_ms = np.concatenate([stays[:, 1], stays[:, 2]])
    change = np.repeat([1, -1], len(stays))
    order = np.lexsort((change, at_ms, place))
    inside = np.cumsum(change[order])
    return int(np.count_nonzero((change[order] > 0) & (inside > room[place[order]])))
