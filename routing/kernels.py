"""The compiled twins of the shortest-path reference: a search, a table, and what shrinks a graph for the table.

Weights are integers (microseconds), so sums are exact in any order and ties are real ties: of two equal ways the one
through the earlier settled node wins, and nodes settle by (distance, index). A negative weight is a closed edge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.heap import pop, push

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]

MICROSECONDS = 1_000_000
"""In a second: the unit of all weights."""

FAR = 2**62
"""Distance of a node that has not been reached, microseconds."""

GONE = -1
"""End of a link that has been eliminated."""

# Arrays that are only read are stated as read-only: writable ones are accepted for them, not the reverse.
_I64 = "Array(int64, 1, 'C', True)"
_I32 = "Array(int32, 1, 'C', True)"
_FLAGS = "Array(boolean, 1, 'C', True)"


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
            push(keys, heap, size, start_costs[i], starts[i])
            size += 1
    while size > 0:
        reached = keys[0]
        node = heap[0]
        pop(keys, heap, size)
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
                push(keys, heap, size, onward, head[edge])
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


@kernel("int64(int64, int64)")
def _sum(one: int, other: int) -> int:
    """Two ways one after the other; closed if either is."""
    return one + other if one >= 0 and other >= 0 else -1


@kernel("int64(int64, int64)")
def _cheaper(one: int, other: int) -> int:
    """The cheaper of two ways, or the open one."""
    return other if one < 0 or 0 <= other < one else one


@kernel(f"void(int64, int64, int32[::1], {_I32}, int32[::1])")
def _drop(node: int, link: int, degree: Int32, first: Int32, slots: Int32) -> None:
    """Take a link from a node's slots; the last one moves to its place."""
    for slot in range(first[node], first[node] + degree[node]):
        if slots[slot] == link:
            degree[node] -= 1
            slots[slot] = slots[first[node] + degree[node]]
            return


@kernel(f"void(int64, int64, int64, int32[::1], {_I32}, int32[::1])")
def _replace(node: int, link: int, by: int, degree: Int32, first: Int32, slots: Int32) -> None:
    """Put another link in the slot of one."""
    for slot in range(first[node], first[node] + degree[node]):
        if slots[slot] == link:
            slots[slot] = by
            return


@kernel(f"int64(int64, int64, int32[:, ::1], int32[::1], {_I32}, int32[::1])")
def _between(near: int, far: int, ends: Int32, degree: Int32, first: Int32, slots: Int32) -> int:
    """The link that joins two nodes, or -1."""
    for slot in range(first[near], first[near] + degree[near]):
        link = slots[slot]
        if ends[link, 0] == far or ends[link, 1] == far:
            return int(link)
    return -1


@kernel(f"int64[:, ::1]({_I32}, {_FLAGS}, {_I64}, int64)")
def weigh(link: Int32, upwards: NDArray[np.bool_], weights: Int64, count: int) -> Int64:
    """The cheapest open stretch along each link, shape (links, 2): upwards and downwards."""
    costs = np.full((count, 2), -1, np.int64)
    for stretch in range(link.size):
        if link[stretch] >= 0:
            way = 0 if upwards[stretch] else 1
            costs[link[stretch], way] = _cheaper(costs[link[stretch], way], weights[stretch])
    return costs


@kernel(f"void(int32[:, ::1], int64[:, ::1], int32[::1], {_I32}, int32[::1], {_FLAGS})")
def eliminate(ends: Int32, costs: Int64, degree: Int32, first: Int32, slots: Int32, kept: NDArray[np.bool_]) -> None:
    """Remove, in place, every node with at most two neighbours that is not kept, until there is none.

    `costs[i, 0]` is the way from `ends[i, 0]` to `ends[i, 1]`, `costs[i, 1]` the way back, negative when closed. Node
    `v` has the links `slots[first[v] : first[v] + degree[v]]`. No two links join the same nodes, before or after.
    """
    nodes = degree.size
    waiting = np.empty(nodes + 2 * ends.shape[0], np.int32)
    for link in range(ends.shape[0]):
        if costs[link, 0] < 0 and costs[link, 1] < 0:
            _drop(ends[link, 0], link, degree, first, slots)
            _drop(ends[link, 1], link, degree, first, slots)
            ends[link, 0] = GONE
    size = nodes
    for node in range(nodes):
        waiting[node] = nodes - 1 - node
    while size > 0:
        size -= 1
        node = waiting[size]
        if kept[node] or degree[node] == 0 or degree[node] > 2:
            continue
        one = slots[first[node]]
        side = 0 if ends[one, 0] == node else 1
        near = ends[one, 1 - side]
        if degree[node] == 1:
            _drop(near, one, degree, first, slots)
            ends[one, 0] = GONE
            waiting[size] = near
            size += 1
        else:
            other = slots[first[node] + 1]
            back = 0 if ends[other, 0] == node else 1
            far = ends[other, 1 - back]
            onward = _sum(costs[one, 1 - side], costs[other, back])
            homeward = _sum(costs[other, 1 - back], costs[one, side])
            ends[other, 0] = GONE
            known = _between(near, far, ends, degree, first, slots)
            if known < 0 and (onward >= 0 or homeward >= 0):
                ends[one, 0], ends[one, 1] = near, far
                costs[one, 0], costs[one, 1] = onward, homeward
                _replace(far, other, one, degree, first, slots)
            else:
                if known >= 0:
                    side = 0 if ends[known, 0] == near else 1
                    costs[known, side] = _cheaper(costs[known, side], onward)
                    costs[known, 1 - side] = _cheaper(costs[known, 1 - side], homeward)
                ends[one, 0] = GONE
                _drop(near, one, degree, first, slots)
                _drop(far, other, degree, first, slots)
                waiting[size], waiting[size + 1] = near, far
                size += 2
        degree[node] = 0


def warm() -> tuple[str, ...]:
    """Run every kernel on a graph of two nodes, so that all are compiled and cached; returns their names."""
    first = np.array([0, 1, 2], np.int32)
    head = np.array([1, 0], np.int32)
    weight = np.array([5, 7], np.int64)
    both = np.array([0, 1], np.int32)
    search(first, head, weight, both[:1], np.zeros(1, np.int64), both)
    table(first, head, weight, both)
    link = np.zeros(2, np.int32)
    costs = weigh(link, np.array([True, False]), weight, 1)
    eliminate(both.reshape(1, 2).copy(), costs, np.ones(2, np.int32), first, link, np.ones(2, np.bool_))
    return ("routing.search", "routing.table", "routing.weigh", "routing.eliminate")
