"""Site networks for the tests, and shortest times on them."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.ground import Ground
from routing.traffic.cells import SiteNetwork, site_network
from site_models.expand import expand
from site_models.load import load_site
from tests.routing.buildings import Building


def cut(building: Building) -> SiteNetwork:
    return site_network(Ground(building.site(), building.layout()))


@cache
def site_ground(site: str) -> Ground:
    model = load_site(site)
    return Ground(model, expand(model))


@cache
def site_cells(site: str) -> SiteNetwork:
    return site_network(site_ground(site))


def point(cells: SiteNetwork, name: str) -> int:
    return cells.network.points.index(name)


def cell_of(cells: SiteNetwork, name: str) -> str:
    return cells.network.cells[int(cells.network.cell[point(cells, name)])]


def moves_from(cells: SiteNetwork, name: str, profile: str = "cart") -> dict[str, int]:
    """Where one may move from a point, and in how many milliseconds."""
    network = cells.network
    begin = point(cells, name)
    times = network.duration_ms[network.profiles.index(profile)]
    moves = range(network.first[begin], network.first[begin + 1])
    return {network.points[network.head[move]]: int(times[move]) for move in moves if times[move] >= 0}


def free_flow_ms(cells: SiteNetwork, profile: str, origin: str) -> dict[str, float]:
    """Milliseconds from the first point at a node to each node that has points, with nobody in the way."""
    network = cells.network
    times = network.duration_ms[network.profiles.index(profile)]
    may = times >= 0
    tail = np.repeat(np.arange(len(network.points)), np.diff(network.first))
    count = len(network.points)
    graph = csr_array((times[may].astype(float), (tail[may], network.head[may])), shape=(count, count))
    distance = dijkstra(graph, indices=[cells.at[origin][0]])[0]
    return {node: float(min(distance[list(points)])) for node, points in cells.at.items()}
