"""From where a goal can be come to past what is blocked: as a library finds it on the graph of the moves."""

from __future__ import annotations

import random

import networkx as nx
import pytest

from routing.traffic.control import Traffic
from routing.traffic.network import NO_WAY, Network
from tests.routing.traffic.networks import site_cells


def moves_between(network: Network, closed: set[int]) -> nx.DiGraph:
    """Every move of the first profile that leads into no closed cell from outside."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(network.points)))
    for tail in range(len(network.points)):
        for move in range(network.first[tail], network.first[tail + 1]):
            head = int(network.head[move])
            enters = network.cell[head] != network.cell[tail] and int(network.cell[head]) in closed
            if network.duration_ms[0, move] != NO_WAY and not enters:
                graph.add_edge(tail, head)
    return graph


@pytest.mark.parametrize("seed", range(8))
def test_a_goal_is_open_to_those_from_whom_a_way_leads_there(seed: int) -> None:
    """Some cells blocked at random, two robots' homes in the way: the same points, whichever goals are asked for."""
    draw = random.Random(seed)  # noqa: S311  # a story, not a secret
    network = site_cells("clinic_small").network
    traffic = Traffic(network)
    homes = [point for point, name in enumerate(network.points) if name.startswith("bay:cart-bay")][:2]
    for number, home in enumerate(homes):
        traffic.place(f"R{number}", 0, home, home)
    blocked = set(draw.sample(range(len(network.cells)), draw.randrange(6)))
    traffic.block(blocked)
    for _ in range(5):
        goals = draw.sample(range(len(network.points)), 2)
        own = {int(network.cell[home]) for home in homes} - {int(network.cell[goal]) for goal in goals}
        graph = moves_between(network, blocked | own)
        expected = set(goals).union(*(nx.ancestors(graph, goal) for goal in goals))
        assert set(traffic.open_to(0, goals).nonzero()[0].tolist()) == expected
