"""The compiled kernels against networkx, on random graphs."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.kernels import FAR, Int32, Int64, search, table, warm

EDGES = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(-1, 9)), max_size=40)


def rows(edges: list[tuple[int, int, int]], nodes: int) -> tuple[Int32, Int32, Int64]:
    """Edges (tail, head, weight) as compressed sparse rows."""
    ordered = sorted(edges)
    tails = np.array([tail for tail, _, _ in ordered], np.int64)
    first = np.searchsorted(tails, np.arange(nodes + 1)).astype(np.int32)
    heads = np.array([head for _, head, _ in ordered], np.int32)
    return first, heads, np.array([weight for _, _, weight in ordered], np.int64)


def open_graph(edges: list[tuple[int, int, int]], nodes: int) -> nx.DiGraph[int]:
    """The same in networkx, without closed edges, the cheapest of parallel ones kept."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(nodes))
    for tail, head, weight in sorted(edges, reverse=True):
        if weight >= 0:
            graph.add_edge(tail, head, weight=weight)
    return graph


def from_one(graph: tuple[Int32, Int32, Int64], start: int, goals: list[int]) -> tuple[Int64, Int32]:
    return search(*graph, np.array([start], np.int32), np.zeros(1, np.int64), np.array(goals, np.int32))


@given(EDGES, st.integers(0, 11))
def test_a_search_finds_the_distances_that_networkx_finds(edges: list[tuple[int, int, int]], start: int) -> None:
    """On any graph, closed and parallel edges and loops included, every distance is networkx's."""
    distance, _ = from_one(rows(edges, 12), start, [])
    known = nx.single_source_dijkstra_path_length(open_graph(edges, 12), start)
    assert distance.tolist() == [known.get(node, FAR) for node in range(12)]


@given(EDGES, st.integers(0, 11), st.lists(st.integers(0, 11), min_size=1, max_size=3))
def test_stopping_at_the_goals_changes_nothing_for_them(
    edges: list[tuple[int, int, int]], start: int, goals: list[int]
) -> None:
    """A search that ends when its goals are settled gives them the distance of a full one."""
    whole, _ = from_one(rows(edges, 12), start, [])
    part, _ = from_one(rows(edges, 12), start, goals)
    assert part[goals].tolist() == whole[goals].tolist()


@given(EDGES, st.integers(0, 11), st.integers(0, 11))
def test_the_edges_back_from_a_goal_add_up_to_its_distance(
    edges: list[tuple[int, int, int]], start: int, goal: int
) -> None:
    """Following `via` back from a node leads to the start, and the weights on the way are its distance."""
    graph = rows(edges, 12)
    tails = [tail for tail, _, _ in sorted(edges)]
    distance, via = from_one(graph, start, [goal])
    if distance[goal] == FAR:
        return
    total, at = 0, goal
    while via[at] >= 0:
        total += int(graph[2][via[at]])
        at = tails[via[at]]
    assert (at, total) == (start, distance[goal])


@given(EDGES)
def test_a_table_is_a_search_from_each_stop(edges: list[tuple[int, int, int]]) -> None:
    """Row i of the table holds the distances from stop i."""
    graph = rows(edges, 12)
    stops = [7, 0, 3]
    expected = [from_one(graph, stop, [])[0][stops].tolist() for stop in stops]
    assert table(*graph, np.array(stops, np.int32)).tolist() == expected


def test_of_two_equal_ways_the_one_by_the_smaller_number_wins() -> None:
    """0 → 1 → 3 and 0 → 2 → 3 cost the same: node 1 settles first, so the way leads through it."""
    edges = [(0, 1, 5), (0, 2, 5), (1, 3, 5), (2, 3, 5)]
    _, via = from_one(rows(edges, 4), 0, [3])
    assert sorted(edges)[via[3]] == (1, 3, 5)


def test_several_starts_carry_costs_of_their_own() -> None:
    """From node 0 at cost 9 or node 1 at cost 2: node 2, one step of 3 from both, is reached at 5."""
    graph = rows([(0, 2, 3), (1, 2, 3)], 3)
    starts, costs = np.array([0, 1], np.int32), np.array([9, 2], np.int64)
    distance, _ = search(*graph, starts, costs, np.empty(0, np.int32))
    assert distance.tolist() == [9, 2, 5]


def test_a_call_with_other_types_is_refused_instead_of_compiled() -> None:
    """The signature is stated: floats as weights are a TypeError, not a second compilation."""
    first, head, weight = rows([(0, 1, 1)], 2)
    with pytest.raises(TypeError):
        table(first, head, weight.astype(np.float64), np.array([0], np.int32))


def test_warming_runs_every_kernel() -> None:
    """`warm` names what it has compiled."""
    assert warm() == ("routing.search", "routing.table", "routing.weigh", "routing.eliminate")
