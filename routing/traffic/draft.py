"""Collects points and moves until they are frozen into a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from routing.traffic.network import NO_WAY, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A move to a point: the nodes on its way, both ends included, and its time for each profile that may make it."""

    head: int
    way: tuple[int, ...]
    duration_ms: Mapping[str, int]


class Draft:
    """Points in the order in which they are added: name, node, name of the cell, whether they are bays; and moves."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.nodes: list[int] = []
        self.cells: list[str] = []
        self.bays: list[bool] = []
        self._moves: list[dict[int, Move]] = []

    def point(self, name: str, node: int, cell: str, *, bay: bool = False) -> int:
        """Add a point; returns its number."""
        self.names.append(name)
        self.nodes.append(node)
        self.cells.append(cell)
        self.bays.append(bay)
        self._moves.append({})
        return len(self.names) - 1

    def move(self, tail: int, head: int, way: tuple[int, ...], duration_ms: Mapping[str, int]) -> None:
        """Add a move, unless nobody may make it; of two between the same points the faster stays."""
        present = self._moves[tail].get(head)
        if duration_ms and (present is None or min(duration_ms.values()) < min(present.duration_ms.values())):
            self._moves[tail][head] = Move(head=head, way=way, duration_ms=duration_ms)

    def outward(self, point: int) -> list[Move]:
        """The moves from a point, by where they lead."""
        return [move for _, move in sorted(self._moves[point].items())]

    def ways(self) -> list[tuple[int, ...]]:
        """The nodes on the way of each move of the network."""
        return [move.way for point in range(len(self.names)) for move in self.outward(point)]

    def network(self, ids: tuple[str, ...], profiles: tuple[str, ...]) -> Network:
        """The network; `ids` are the nodes' names."""
        number = {cell: k for k, cell in enumerate(dict.fromkeys(self.cells))}
        moves = [(point, move) for point in range(len(self.names)) for move in self.outward(point)]
        place = {(tail, move.head): k for k, (tail, move) in enumerate(moves)}
        durations = [[move.duration_ms.get(profile, NO_WAY) for _, move in moves] for profile in profiles]
        return Network(
            points=tuple(self.names),
            nodes=tuple(ids[node] for node in self.nodes),
            cells=tuple(number),
            cell=np.array([number[cell] for cell in self.cells], np.int32),
            bay=np.array(self.bays, np.bool_),
            first=np.cumsum([0, *(len(outward) for outward in self._moves)]).astype(np.int32),
            head=np.array([move.head for _, move in moves], np.int32),
            opposite=np.array([place.get((move.head, tail), NO_WAY) for tail, move in moves], np.int32),
            profiles=profiles,
            duration_ms=np.array(durations, np.int32).reshape(len(profiles), len(moves)),
        )
