"""The floor graph: a site's layout as a networkx graph whose every node and lane has been checked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import networkx as nx

from site_models.layout import Lane, Layout, Node

FloorGraph: TypeAlias = "nx.DiGraph[str]"

NODE_KINDS = ("corridor", "door", "room", "station", "bay", "lobby", "lift")
REFERRING_KINDS = ("door", "station", "bay", "lobby", "lift")
CORRIDOR_KINDS = ("tunnel", "logistics", "ward", "public")
LANE_KINDS = (*CORRIDOR_KINDS, "room", "lift")
LENGTH_TOLERANCE_M = 0.05
"""A lane may be this much shorter than the straight line between its ends: coordinates are rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphViolation:
    """A broken rule of the floor graph: its code, the node (`id`) or lane (`tail → head`) and what is wrong with it."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        """One line for people: where, what, which rule."""
        return f"{self.where}: {self.message} [{self.rule}]"


class GraphError(ValueError):
    """The layout is not a floor graph; `violations` holds every broken rule, in the layout's order."""

    def __init__(self, violations: tuple[GraphViolation, ...]) -> None:
        self.violations = violations
        super().__init__("\n".join(str(violation) for violation in violations))


def build_graph(layout: Layout) -> FloorGraph:
    """The layout as a directed graph: one node per place, one edge per lane and direction.

    Nodes carry `floor, x_m, y_m, kind, ref, room, ward, zones`; lanes carry `length_m, kind, width_m, corridor, door,
    lift, robots`. The rides of a lift are completed: from each floor it serves there is one lane to each other floor
    that it can reach, as long as the travel of its cabin, so that a ride is always a single lane.

    Raises
    ------
    GraphError
        With *all* broken rules, each naming its node or lane.
    """
    violations = (*_broken_nodes(layout.nodes), *_broken_lanes(layout))
    if violations:
        raise GraphError(violations)
    graph: FloorGraph = nx.DiGraph(version=layout.version)
    for node in layout.nodes:
        graph.add_node(
            node.id,
            floor=node.floor,
            x_m=float(node.x_m),
            y_m=float(node.y_m),
            kind=node.kind,
            ref=node.ref,
            room=node.room,
            ward=node.ward,
            zones=tuple(sorted(node.zones)),
        )
    for lane in layout.lanes:
        graph.add_edge(lane.tail, lane.head, **_lane_attributes(lane))
    _complete_rides(graph)
    return graph


def _lane_attributes(lane: Lane) -> dict[str, Any]:
    return {
        "length_m": float(lane.length_m),
        "kind": lane.kind,
        "width_m": float(lane.width_m),
        "corridor": lane.corridor,
        "door": lane.door,
        "lift": lane.lift,
        "robots": lane.robots,
    }


def is_ride(graph: FloorGraph, tail: str, head: str) -> bool:
    """True when the lane is a ride in a cabin: from one floor of a lift to another."""
    return bool(graph.nodes[tail]["kind"] == "lift" and graph.nodes[head]["kind"] == "lift")


def _complete_rides(graph: FloorGraph) -> None:
    """Add the rides that pass other floors: a lane from each cabin node to each that the given rides lead to."""
    rides: FloorGraph = nx.DiGraph()
    rides.add_edges_from((tail, head, attributes) for tail, head, attributes in graph.edges(data=True)
                         if is_ride(graph, tail, head))  # fmt: skip
    for tail in sorted(rides):
        reached = nx.single_source_dijkstra_path_length(rides, tail, weight="length_m")
        for head in sorted(reached):
            if head != tail and not graph.has_edge(tail, head):
                step = next(iter(rides[tail].values()))
                graph.add_edge(tail, head, **{**step, "length_m": reached[head]})


def _broken_nodes(nodes: tuple[Node, ...]) -> Iterator[GraphViolation]:
    seen: dict[str, Node] = {}
    for node in nodes:
        where = f"node {node.id!r}"
        if not node.id:
            yield GraphViolation(rule="node.id", where=where, message="a node needs an id")
        if node.id in seen:
            yield GraphViolation(rule="node.duplicate", where=where, message="two nodes have this id; rename one")
        seen[node.id] = node
        if node.kind not in NODE_KINDS:
            message = f"unknown kind {node.kind!r}; use one of {', '.join(NODE_KINDS)}"
            yield GraphViolation(rule="node.kind", where=where, message=message)
        if not node.floor:
            yield GraphViolation(rule="node.floor", where=where, message="a node needs a floor")
        if not (math.isfinite(node.x_m) and math.isfinite(node.y_m)):
            message = f"coordinates ({node.x_m}, {node.y_m}) are no finite metres"
            yield GraphViolation(rule="node.position", where=where, message=message)
        if node.kind in REFERRING_KINDS and not node.ref:
            message = f"a {node.kind} node needs the id of its {node.kind if node.kind != 'lobby' else 'lift'} in `ref`"
            yield GraphViolation(rule="node.ref", where=where, message=message)


def _broken_lanes(layout: Layout) -> Iterator[GraphViolation]:
    nodes = {node.id: node for node in layout.nodes}
    seen: dict[tuple[str, str], Lane] = {}
    for lane in layout.lanes:
        where = f"lane {lane.tail} → {lane.head}"
        missing = [end for end in (lane.tail, lane.head) if end not in nodes]
        for end in missing:
            yield GraphViolation(rule="lane.end", where=where, message=f"there is no node {end!r}")
        if lane.tail == lane.head:
            yield GraphViolation(rule="lane.loop", where=where, message="a lane leads to another node than its own")
        if (lane.tail, lane.head) in seen:
            message = "two lanes lead this way; keep one"
            yield GraphViolation(rule="lane.duplicate", where=where, message=message)
        seen[lane.tail, lane.head] = lane
        yield from _broken_attributes(lane, where)
        if not missing:
            yield from _broken_geometry(lane, nodes[lane.tail], nodes[lane.head], where)


def _broken_attributes(lane: Lane, where: str) -> Iterator[GraphViolation]:
    if lane.kind not in LANE_KINDS:
        message = f"unknown kind {lane.kind!r}; use one of {', '.join(LANE_KINDS)}"
        yield GraphViolation(rule="lane.kind", where=where, message=message)
    if not (math.isfinite(lane.length_m) and lane.length_m >= 0):
        message = f"length {lane.length_m} m must be finite and not negative"
        yield GraphViolation(rule="lane.length", where=where, message=message)
    if not (math.isfinite(lane.width_m) and lane.width_m > 0):
        message = f"width {lane.width_m} m must be finite and above 0"
        yield GraphViolation(rule="lane.width", where=where, message=message)
    if lane.kind in CORRIDOR_KINDS and lane.corridor is None:
        yield GraphViolation(rule="lane.corridor", where=where, message=f"a {lane.kind} lane needs its corridor's id")
    if lane.kind == "lift" and lane.lift is None:
        yield GraphViolation(rule="lane.lift", where=where, message="a lift lane needs its lift's id")
    robots: object = lane.robots  # a layout may come from an importer that mypy has not seen
    if not isinstance(robots, bool):
        message = f"`robots` is true or false, not {lane.robots!r}"
        yield GraphViolation(rule="lane.robots", where=where, message=message)


def _broken_geometry(lane: Lane, tail: Node, head: Node, where: str) -> Iterator[GraphViolation]:
    cabins = tail.kind == "lift" and head.kind == "lift"
    if tail.floor != head.floor and not cabins:
        message = f"leads from floor {tail.floor} to {head.floor}; only a lift's cabin changes floors"
        yield GraphViolation(rule="lane.floor", where=where, message=message)
    if cabins and (tail.ref != head.ref or lane.lift != tail.ref):
        message = f"a ride stays in one lift, not {tail.ref} → {head.ref} by lift {lane.lift}"
        yield GraphViolation(rule="lane.ride", where=where, message=message)
    if lane.door is not None and (head.kind != "door" or head.ref != lane.door):
        message = f"opens door {lane.door!r}, so it leads to that door's node, not to {head.kind} {head.ref!r}"
        yield GraphViolation(rule="lane.door", where=where, message=message)
    if tail.floor == head.floor:
        straight = math.hypot(head.x_m - tail.x_m, head.y_m - tail.y_m)
        if lane.length_m < straight - LENGTH_TOLERANCE_M:
            message = f"{lane.length_m:.2f} m long, yet its ends are {straight:.2f} m apart"
            yield GraphViolation(rule="lane.straight", where=where, message=message)
