"""The way out for a few robots that stand in one another's way: a search over where all of them are, move by move.

Nothing else moves meanwhile, so the state is the point of each robot; Dijkstra's algorithm finds the shortest sequence
of moves after which all of them stand in bays.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from routing.traffic.network import NO_WAY, Network

MOST_STATES = 50_000
"""Looked at before the search is given up: all that three robots can do on 36 points."""

Move = tuple[int, int]
"""Which of the robots moves, and to which point."""


def way_out(
    network: Network,
    profiles: Sequence[int],
    starts: Sequence[int],
    ends: Sequence[frozenset[int]],
    closed: frozenset[int],
) -> tuple[Move, ...] | None:
    """The moves after which each robot is at one of its `ends` (points); None if there are none or too many to look at.

    Cells of `closed` are not entered. Of two equally long sequences the one found first by the points' order is taken.
    """
    came: dict[tuple[int, ...], tuple[tuple[int, ...], Move] | None] = {}
    begin = tuple(starts)
    ahead: list[tuple[int, tuple[int, ...], tuple[int, ...] | None, Move]] = [(0, begin, None, (0, begin[0]))]
    while ahead and len(came) < MOST_STATES:
        time, state, before, move = heapq.heappop(ahead)
        if state in came:
            continue
        came[state] = None if before is None else (before, move)
        if all(point in allowed for point, allowed in zip(state, ends, strict=True)):
            return tuple(reversed(list(_back(came, state))))
        for robot, point, step in _moves(network, profiles, state, closed):
            after = (*state[:robot], point, *state[robot + 1 :])
            if after not in came:
                heapq.heappush(ahead, (time + step, after, state, (robot, point)))
    return None


def _moves(
    network: Network, profiles: Sequence[int], state: tuple[int, ...], closed: frozenset[int]
) -> Iterator[tuple[int, int, int]]:
    """Which robot may move to which point, and in what time."""
    cells = [int(network.cell[point]) for point in state]
    for robot, point in enumerate(state):
        others = {cell for other, cell in enumerate(cells) if other != robot}
        for move in range(int(network.first[point]), int(network.first[point + 1])):
            head = int(network.head[move])
            cell = int(network.cell[head])
            step = int(network.duration_ms[profiles[robot], move])
            if step != NO_WAY and cell not in others and (cell not in closed or cell == cells[robot]):
                yield robot, head, step


def _back(came: dict[tuple[int, ...], tuple[tuple[int, ...], Move] | None], state: tuple[int, ...]) -> Iterator[Move]:
    """The moves that led to a state, last first."""
    while (step := came[state]) is not None:
        state, move = step
        yield move
