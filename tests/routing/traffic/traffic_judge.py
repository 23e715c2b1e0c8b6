"""Judges what robots do on a network, from the network alone: it knows nothing of plans, orders or searches."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

import networkx as nx

from routing.traffic.control import TrafficState
from routing.traffic.network import NO_WAY, Network


class Judge:
    """Watches bodies: a body that stands has its cell, one that moves has both, or with following the one it leaves."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.where: dict[str, int] = {}
        self.towards: dict[str, int] = {}
        self.in_cell: dict[int, str] = {}
        self.crossed: set[tuple[int, int, int]] = set()

    def stands(self, robot: str, point: int) -> None:
        """A body appears."""
        self._enter(robot, point)
        self.where[robot] = point

    def sets_out(self, robot: str, point: int) -> None:
        """A body begins to move to a neighbouring point."""
        assert robot not in self.towards, f"{robot} moves already"
        assert point in self._neighbours(self.where[robot]), f"{robot} cannot move so"
        if not self.network.following:
            self._enter(robot, point)
        self.towards[robot] = point

    def arrives(self, robot: str, now_ms: int) -> None:
        """A body comes to where it moved."""
        left, point = self.where[robot], self.towards.pop(robot)
        assert (now_ms, point, left) not in self.crossed, f"{robot} passed another on opposite moves"
        self.crossed.add((now_ms, left, point))
        if self.network.cell[left] != self.network.cell[point]:
            del self.in_cell[int(self.network.cell[left])]
        self._enter(robot, point)
        self.where[robot] = point

    def _enter(self, robot: str, point: int) -> None:
        cell = int(self.network.cell[point])
        assert self.in_cell.get(cell, robot) == robot, f"{robot} and {self.in_cell[cell]} in {self.network.cells[cell]}"
        self.in_cell[cell] = robot

    def _neighbours(self, point: int) -> list[int]:
        return self.network.head[self.network.first[point] : self.network.first[point + 1]].tolist()


def check_order(network: Network, state: TrafficState) -> None:
    """The order that is kept has no cycle: each visit to a cell ends before the next begins."""
    cell_of = {point: network.cells[network.cell[number]] for number, point in enumerate(network.points)}
    graph: nx.DiGraph[tuple[str, int]] = nx.DiGraph()
    visits: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for robot in state.robots:
        cells = [cell_of[point] for point in robot.points]
        nx.add_path(graph, [(robot.robot, i) for i in range(robot.reached, len(cells))])
        i = robot.reached
        while i < len(cells):
            entry = i
            while i < len(cells) and cells[i] == cells[entry]:
                i += 1
            visits.setdefault((cells[entry], robot.robot), []).append((entry, i))
    for cell, robots in state.orders.items():
        in_turn = [(robot, *visits[cell, robot].pop(0)) for robot in robots]
        for (one, _, left), (other, entry, _) in pairwise(in_turn):
            if one != other:
                graph.add_edge((one, left), (other, entry))
    assert all(not rest for (cell, _), rest in visits.items() if cell in state.orders)
    assert nx.is_directed_acyclic_graph(graph)


def check_kept(before: TrafficState, after: TrafficState) -> None:
    """Nothing but what is over has gone from the order in any cell, and nobody has come into it."""
    for cell, robots in after.orders.items():
        assert before.orders[cell][-len(robots) :] == robots


def way_round(network: Network, profile: int, start: int, goal: int, closed: Collection[int]) -> bool:
    """Whether a goal can be reached without entering closed cells."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from((start, goal))
    for tail in range(len(network.points)):
        for move in range(network.first[tail], network.first[tail + 1]):
            head = int(network.head[move])
            if network.duration_ms[profile, move] != NO_WAY and int(network.cell[head]) not in closed:
                graph.add_edge(tail, head)
    return nx.has_path(graph, start, goal)
