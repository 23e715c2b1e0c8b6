"""The readable reference for paths and travel times: the same rules, written plainly on networkx.

Slow and without tricks: lane by lane, closure by closure, on the full graph. `routing.paths` and
`routing.travel_times` are its compiled twins; the tests hold them equal to the microsecond.
"""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from routing.floor_graph import FloorGraph
from routing.ground import LaneClasses, lane_us
from routing.profiles import Profile
from site_models.schema import Site


def passable(site: Site, graph: FloorGraph, profile: Profile, closures: Iterable[str] = ()) -> FloorGraph:
    """The part of the floor graph that a profile may use under closures; each lane carries its cost as `us`."""
    classes = LaneClasses(site)
    shut = [blocked_lanes(site, graph, closure) for closure in closures]
    open_graph: FloorGraph = nx.DiGraph()
    open_graph.add_nodes_from(graph)
    for tail, head, attributes in graph.edges(data=True):
        lane = classes.of(graph.nodes[tail], graph.nodes[head], attributes)
        if not profile.barriers(lane) and not any((tail, head) in blocked for blocked in shut):
            open_graph.add_edge(tail, head, us=lane_us(profile, lane, attributes["length_m"]))
    return open_graph


def blocked_lanes(site: Site, graph: FloorGraph, closure: str) -> set[tuple[str, str]]:
    """The lanes that one closure blocks: those that belong to it or enter it, unless they begin inside it."""
    ids = {closure, *(member for zone in site.zones if zone.id == closure for member in zone.members)}
    corridors = {corridor.id for floor in site.floors for corridor in floor.corridors if corridor.building in ids}
    own = {(tail, head) for tail, head in graph.edges if _belongs(graph, tail, head, ids | corridors)}
    inside = {node for node in graph if _stands_in(graph, node, ids)}
    inside |= {end for lane in own for end in lane if _is_surrounded(graph, end, own)}
    return {
        (tail, head) for tail, head in graph.edges if tail not in inside and ((tail, head) in own or head in inside)
    }


def shortest_us(open_graph: FloorGraph, tail: str, head: str) -> int | None:
    """Microseconds of the fastest way, or None where there is none."""
    try:
        return int(nx.dijkstra_path_length(open_graph, tail, head, weight="us"))
    except nx.NetworkXNoPath:
        return None


def distances_us(open_graph: FloorGraph, tail: str) -> dict[str, int]:
    """Microseconds of the fastest way to every node that can be reached."""
    found = nx.single_source_dijkstra_path_length(open_graph, tail, weight="us")
    return {node: int(us) for node, us in found.items()}


def _belongs(graph: FloorGraph, tail: str, head: str, ids: set[str]) -> bool:
    lane = graph.edges[tail, head]
    enters_lift = lane["lift"] in ids and graph.nodes[head]["kind"] == "lift"
    return lane["corridor"] in ids or lane["door"] in ids or enters_lift


def _stands_in(graph: FloorGraph, node: str, ids: set[str]) -> bool:
    place = graph.nodes[node]
    named = place["kind"] in {"room", "door", "station", "bay"} and place["ref"] in ids
    return named or place["floor"] in ids or place["room"] in ids or not ids.isdisjoint(place["zones"])


def _is_surrounded(graph: FloorGraph, node: str, own: set[tuple[str, str]]) -> bool:
    """On a corridor, and every corridor lane here belongs to the closure."""
    lanes = [*graph.in_edges(node), *graph.out_edges(node)]
    corridor_lanes = {lane for lane in lanes if graph.edges[lane]["corridor"] is not None}
    return bool(corridor_lanes) and corridor_lanes <= own
