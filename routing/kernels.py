"""The compiled twins of the shortest-path reference: one search and one table over a frozen CSR graph.

Weights are integers (microseconds), so sums are exact in any order and ties are real ties: of two equal ways the one
through the earlier settled node wins, and nodes settle by (distance, index). A negative weight is a closed edge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.compiled import helper, kernel

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]

MICROSECONDS = 1_000_000
"""In a second: the unit of all weights."""

FAR = 2**62
"""Distance of a node that has not been reached, microseconds."""

# Arrays that are only read are stated as read-only: writable ones are accepted for them, not the reverse.
_I64 = "Array(int64, 1, 'C', True)"
_I32 = "Array(int32, 1, 'C', True)"


@helper("void(int64[::1], int32[::1], int64, int64, int32)")
def _push(keys: Int64, nodes: Int32, size: int, key: int, node: int) -> None:
    """Add (key, node) to the binary heap that fills the first `size` places."""
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[up] < key or (keys[up] == key and nodes[up] <= node):
            break
        keys[at] = keys[up]
        nodes[at] = nodes[up]
        at = up
    keys[at] = key
    nodes[at] = node


@helper("void(int64[::1], int32[::1], int64)")
def _pop(keys: Int64, nodes: Int32, size: int) -> None:
    """Remove the first of the heap that fills the first `size` places; its last element moves into order."""
    last = size - 1
    key = keys[last]
    node = nodes[last]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= last:
            break
        other = down + 1
        if other < last and (keys[other] < keys[down] or (keys[other] == keys[down] and nodes[other] < nodes[down])):
            down = other
        if keys[down] > key or (keys[down] == key and nodes[down] >= node):
            break
        keys[at] = keys[down]
        nodes[at] = nodes[down]
        at = down
    keys[at] = key
    nodes[at] = node


@kernel(f"int64({_I32}, uint8[::1])")
def _mark(goals: Int32, wanted: NDArray[np.uint8]) -> int:
    """Set `wanted` at the goals and count them; without goals more are counted than there are nodes."""
    count = 0
    for goal in goals:
        count += 1 - wanted[goal]
        wanted[goal] = 1
    return count if goals.size else wanted.size + 1


@kernel(f"Tuple((int64[::1], int32[::1]))({_I32}, {_I32}, {_I64}, {_I32}, {_I64}, {_I32})")
def search(
    first: Int32, head: Int32, weight: Int64, starts: Int32, start_costs: Int64, goals: Int32
) -> tuple[Int64, Int32]:
    """Dijkstra from several starts with costs of their own, until every goal that can be reached is settled.

    `first[v]:first[v + 1]` are the edges out of node v. No goals means: settle everything.
    Returns the distance of every node (`FAR` if not reached) and the edge it was reached by (-1 for none); both are
    final for settled nodes only.
    """
    nodes = first.size - 1
    distance = np.full(nodes, FAR, np.int64)
    via = np.full(nodes, -1, np.int32)
    wanted = np.zeros(nodes, np.uint8)
    open_goals = _mark(goals, wanted)
    keys = np.empty(head.size + starts.size + 1, np.int64)
    heap = np.empty(head.size + starts.size + 1, np.int32)
    size = 0
    for i in range(starts.size):
        if start_costs[i] < distance[starts[i]]:
            distance[starts[i]] = start_costs[i]
            _push(keys, heap, size, start_costs[i], starts[i])
            size += 1
    while size > 0:
        reached = keys[0]
        node = heap[0]
        _pop(keys, heap, size)
        size -= 1
        if reached > distance[node]:
            continue
        open_goals -= wanted[node]
        if open_goals == 0:
            break
        for edge in range(first[node], first[node + 1]):
            if weight[edge] < 0:
                continue
            onward = reached + weight[edge]
            if onward < distance[head[edge]]:
                distance[head[edge]] = onward
                via[head[edge]] = edge
                _push(keys, heap, size, onward, head[edge])
                size += 1
    return distance, via


@kernel(f"int64[:, ::1]({_I32}, {_I32}, {_I64}, {_I32})")
def table(first: Int32, head: Int32, weight: Int64, stops: Int32) -> Int64:
    """Distances between all stops, row by row from each (`FAR` where there is no way)."""
    out = np.empty((stops.size, stops.size), np.int64)
    one = np.empty(1, np.int32)
    free = np.zeros(1, np.int64)
    for i in range(stops.size):
        one[0] = stops[i]
        distance, _ = search(first, head, weight, one, free, stops)
        for j in range(stops.size):
            out[i, j] = distance[stops[j]]
    return out


def warm() -> tuple[str, ...]:
    """Run every kernel on a graph of two nodes, so that all are compiled and cached; returns their names."""
    first = np.array([0, 1, 2], np.int32)
    head = np.array([1, 0], np.int32)
    weight = np.array([5, 7], np.int64)
    both = np.array([0, 1], np.int32)
    search(first, head, weight, both[:1], np.zeros(1, np.int64), both)
    table(first, head, weight, both)
    return ("routing.search", "routing.table")
