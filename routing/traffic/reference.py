"""The readable reference of projection and search: longest ways in the dependency graph, and all there is step by step.

The compiled twins in `projection` and `search` are proven against it; only tests call it, on small networks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import networkx as nx

from routing.traffic.messages import RobotState, Stop, TrafficState
from routing.traffic.network import NO_WAY, Network
from routing.traffic.projection import EVER, NEVER

Event = tuple[str, int]
"""A robot's arrival at the point with that index."""

Taken = Mapping[int, Sequence[tuple[int, int]]]
"""When each cell is had by others: from, until before."""


class Reference:
    """A network and a state of traffic as graphs of networkx."""

    def __init__(self, network: Network, state: TrafficState) -> None:
        self.network = network
        self.robots = {robot.robot: robot for robot in state.robots}
        self.orders = state.orders
        number = {name: point for point, name in enumerate(network.points)}
        self.points = {name: [number[point] for point in robot.points] for name, robot in self.robots.items()}

    def visits(self, robot: str) -> list[tuple[int, int]]:
        """Where a drive enters a cell, from the one it is in, and the first index outside (its length at the end)."""
        cells = [int(self.network.cell[point]) for point in self.points[robot]]
        entries = [i for i in range(len(cells)) if i == 0 or cells[i] != cells[i - 1]]
        return [visit for visit in pairwise([*entries, len(cells)]) if visit[1] > self.robots[robot].reached]

    def step(self, robot: RobotState, index: int) -> int:
        """The duration of the move to a point of a drive."""
        tail, head = self.points[robot.robot][index - 1 : index + 1]
        return moves(self.network, self.network.profiles.index(robot.profile), tail)[head]

    def arrivals(self, now_ms: int) -> dict[Event, int]:
        """Every arrival ahead, as the longest way to it in the dependency graph."""
        graph: nx.DiGraph[Event] = nx.DiGraph()
        entered_after: dict[Event, Event] = {}
        turns: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for name, robot in self.robots.items():
            nx.add_path(graph, [(name, i) for i in range(robot.reached, len(robot.points))])
            for entry, leaves in self.visits(name):
                cell = self.network.cells[self.network.cell[self.points[name][entry]]]
                turns.setdefault(cell, {}).setdefault(name, []).append((entry, leaves))
        for cell, names in self.orders.items():
            in_turn = [(name, turns[cell][name].pop(0)) for name in names]
            for (one, (_, leaves)), (other, (entry, _)) in pairwise(in_turn):
                if one != other:
                    graph.add_edge((one, leaves), (other, entry))
                    entered_after[other, entry] = (one, leaves)
        times: dict[Event, int] = {}
        for event in nx.topological_sort(graph):
            before = times[entered_after[event]] if event in entered_after else NEVER
            times[event] = self._arrival(event, times, before, now_ms)
        return times

    def _arrival(self, event: Event, times: Mapping[Event, int], before: int, now_ms: int) -> int:
        name, i = event
        robot = self.robots[name]
        if i == robot.reached:
            return robot.since_ms
        step = self.step(robot, i)
        if i == robot.reached + 1 and i <= robot.released:
            return max(robot.begun_ms + step, now_ms)
        leave = max(times[name, i - 1] + robot.stays_ms[i - 1], now_ms)
        return max(leave + step, before) if self.network.following else max(leave, before) + step

    def taken(self, but: str, now_ms: int) -> dict[int, list[tuple[int, int]]]:
        """When cells are had by all robots but one."""
        times = self.arrivals(now_ms)
        taken: dict[int, list[tuple[int, int]]] = {}
        for name, robot in self.robots.items():
            for entry, leaves in self.visits(name) if name != but else ():
                begin = NEVER
                if entry > robot.released:
                    begin = times[name, entry] - (0 if self.network.following else self.step(robot, entry))
                until = times[name, leaves] if leaves < len(robot.points) else EVER
                taken.setdefault(int(self.network.cell[self.points[name][entry]]), []).append((begin, until))
        return taken


def earliest(
    network: Network, profile: int, start: int, start_ms: int, stops: Sequence[Stop], taken: Taken
) -> int | None:
    """The earliest arrival at the last of some stops, from where on its cell is free; found millisecond by millisecond.

    None if there is none before everybody else has stopped and twice the whole network might have been driven.
    """
    last_change = max(
        (t for spans in taken.values() for span in spans for t in span if abs(t) < EVER), default=start_ms
    )
    horizon = max(last_change, start_ms) + 2 * len(stops) * int(network.duration_ms.max()) * len(network.points)
    horizon += sum(stop.stay_ms for stop in stops)
    here: dict[int, set[tuple[int, int]]] = {start_ms: {(start, 0)}}
    for now in range(start_ms, horizon):
        todo = list(here.pop(now, ()))
        seen = set(todo)
        while todo:
            point, done = todo.pop()
            cell = int(network.cell[point])
            if point == stops[done].point:
                if done == len(stops) - 1:
                    if free(taken, cell, now, EVER):
                        return now
                elif not stops[done].stay_ms and (point, done + 1) not in seen:
                    todo.append((point, done + 1))
                    seen.add((point, done + 1))
                elif free(taken, cell, now, now + stops[done].stay_ms):
                    here.setdefault(now + stops[done].stay_ms, set()).add((point, done + 1))
            if free(taken, cell, now, now + 1):
                here.setdefault(now + 1, set()).add((point, done))
            for head, step in moves(network, profile, point).items():
                if _may_move(network, taken, (cell, int(network.cell[head])), now, now + step):
                    here.setdefault(now + step, set()).add((head, done))
    return None


def _may_move(network: Network, taken: Taken, cells: tuple[int, int], leave: int, arrive: int) -> bool:
    """Whether a robot may move from one cell to another between two instants."""
    old, new = cells
    if not free(taken, old, leave, arrive):
        return False
    if old == new:
        return free(taken, old, arrive, arrive + 1)
    if not network.following:
        return free(taken, new, leave, arrive + 1)
    as_left = any(until == arrive for _, until in taken.get(new, ()))
    as_entered = any(begin == arrive for begin, _ in taken.get(old, ()))
    return free(taken, new, arrive, arrive + 1) and not (as_left and as_entered)


def free(taken: Taken, cell: int, begin: int, until: int) -> bool:
    """Whether nobody else has a cell between two instants."""
    return not any(start < until and begin < end for start, end in taken.get(cell, ()))


def moves(network: Network, profile: int, point: int) -> dict[int, int]:
    """Where a robot may go from a point, and in what time."""
    return {
        int(network.head[move]): int(network.duration_ms[profile, move])
        for move in range(network.first[point], network.first[point + 1])
        if network.duration_ms[profile, move] != NO_WAY
    }
