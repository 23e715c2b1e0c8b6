"""Expands a site to nodes about a metre apart and the lanes between them, ready to be made into a floor graph.

On each floor the corridors are cut at their ends, corners and joints, and wherever something opens to them: a door
across the corridor, the door of a room, a station or bay outside rooms, a lift lobby. Between two cuts the nodes stand
in equal steps. What lies beside a corridor is linked to the cut at its foot by lanes of kind `room`. What cannot be
placed (an unknown room or floor, a floor without corridors) is left out; `check` names it.

A room with doors on two corridors joins them: it may be walked and driven through. In a deep room a station
hangs by the door that it stands at, not by the room's middle.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from site_models.floor_plan import FloorPlan, Zoning
from site_models.layout import Lane, LaneKind, Layout, Node, NodeKind, PlacedRoom, Robot
from site_models.phases import as_of
from site_models.places import fleet_bays
from site_models.schema import Site
from site_models.schema.building import Lift, Station
from site_models.version import content_version

__all__ = ["Lane", "LaneKind", "Layout", "Node", "NodeKind", "PlacedRoom", "Robot", "expand"]


def expand(site: Site, on: dt.date | None = None) -> Layout:
    """The layout of a site, on a date without what later phases open, else complete.

    The same site gives the same layout, and its `version` names it. Robots are numbered within their prefix and own
    the bays of their fleet in the order of the file; those without a bay are left out.
    """
    open_site = site if on is None else as_of(site, on)
    zoning = Zoning(open_site)
    nodes: list[Node] = []
    lanes: dict[tuple[str, str], Lane] = {}
    station_node: dict[str, str] = {}
    bay_node: dict[str, str] = {}
    lobby_node: dict[tuple[str, str], str] = {}
    cabin_node: dict[tuple[str, str], str] = {}
    stations: dict[str, Station] = {}
    rooms: dict[str, PlacedRoom] = {}
    for floor in open_site.floors:
        plan = FloorPlan(open_site, floor, zoning)
        nodes.extend(plan.nodes)
        for lane in plan.lanes:
            lanes.setdefault((lane.tail, lane.head), lane)
        rooms.update(plan.rooms)
        stations.update(plan.stations)
        station_node.update((station, f"st:{station}") for station in plan.stations)
        bay_node.update((bay, f"bay:{bay}") for bay in plan.bays)
        for lift in plan.lifts:
            lobby_node[lift, floor.id] = f"lobby:{lift}@{floor.id}"
            cabin_node[lift, floor.id] = f"lift:{lift}@{floor.id}"
    elevations = {floor.id: floor.elevation_m for floor in open_site.floors}
    for lift_model in open_site.lifts:
        for lane in _rides(lift_model, elevations, cabin_node):
            lanes.setdefault((lane.tail, lane.head), lane)
    layout = Layout(
        nodes=tuple(nodes),
        lanes=tuple(lanes.values()),
        station_node=station_node,
        bay_node=bay_node,
        lobby_node=lobby_node,
        cabin_node=cabin_node,
        robots=_robots(open_site, site, bay_node),
        stations=stations,
        rooms=rooms,
        version="",
    )
    return content_version(layout)


def _rides(lift: Lift, elevations: dict[str, float], cabin_node: dict[tuple[str, str], str]) -> list[Lane]:
    """Lanes between the cabin's places on floors that follow one another in height, both ways."""
    served = [floor for floor in dict.fromkeys(lift.serves) if (lift.id, floor) in cabin_node]
    served.sort(key=lambda floor: (elevations[floor], floor))
    lanes = []
    for low, high in pairwise(served):
        for tail, head in ((low, high), (high, low)):
            lanes.append(
                Lane(
                    tail=cabin_node[lift.id, tail],
                    head=cabin_node[lift.id, head],
                    length_m=round(elevations[high] - elevations[low], 3),
                    kind="lift",
                    width_m=min(lift.cabin_m),
                    lift=lift.id,
                    robots="robot" in lift.riders,
                )
            )
    return lanes


def _robots(open_site: Site, whole: Site, bay_node: dict[str, str]) -> tuple[Robot, ...]:
    """Robots called prefix and number, two digits or three; fleets with one prefix are numbered on."""
    total: dict[str, int] = {}
    for fleet in whole.fleets:
        total[fleet.prefix] = total.get(fleet.prefix, 0) + fleet.count
    first: dict[str, int] = {}
    taken = {fleet.id: fleet.count for fleet in open_site.fleets}
    robots = []
    for fleet in whole.fleets:
        bays = [bay for bay in fleet_bays(open_site, fleet.id) if bay in bay_node]
        begin = first.get(fleet.prefix, 1)
        first[fleet.prefix] = begin + fleet.count
        digits = 2 if total[fleet.prefix] < 100 else 3
        for k, bay_id in enumerate(bays[: taken[fleet.id]]):
            robots.append(Robot(id=f"{fleet.prefix}{begin + k:0{digits}d}", fleet=fleet.id, bay=bay_id))
    return tuple(robots)
