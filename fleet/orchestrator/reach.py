"""Reach: who can still come where, past what is closed or broken down, and what separates those who cannot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fleet.hospital import UNREACHABLE
from fleet.model import Carrier, Leg
from fleet.orchestrator.turn import Turn
from fleet.views import Reason
from routing.dispatch.insertion import RouteSet


def within_reach(turn: Turn, leg: Leg, routes: RouteSet, eligible: list[int]) -> list[int]:
    """Of some rows of robots those that can bring a leg from where it begins to where it ends; all of other modes."""
    if leg.mode != "robot" or not turn.state.traffic.blocked:
        return eligible
    return [row for row in eligible if can_serve(turn, turn.state.carriers[routes.vehicles[row].id], leg)]


def can_serve(turn: Turn, robot: Carrier, leg: Leg) -> bool:
    """Whether a robot can come to where a leg begins, if it has yet to be fetched, and from there to where it ends."""
    if not turn.state.traffic.blocked:
        return True
    destination = turn.hospital.node(leg.destination)
    if leg.id in robot.aboard:
        return can_come(turn, robot, destination)
    origin = turn.hospital.node(leg.origin)
    onward = turn.planner.lanes.open_to(turn.state, robot.fleet, destination)
    bays = turn.hospital.lanes.bays_at(origin)
    leads_on = onward is None or not bays or any(onward[bay] for bay in bays)
    return leads_on and can_come(turn, robot, origin)


def can_come(turn: Turn, robot: Carrier, node: str) -> bool:
    """Whether there is a way for a robot from where it is released to; also true of one that is not in traffic yet."""
    row = turn.state.drives.get(robot.id)
    if row is None or not turn.state.traffic.blocked:
        return True
    open_to = turn.planner.lanes.open_to(turn.state, robot.fleet, node)
    return open_to is None or bool(open_to[turn.hospital.lanes.number[row.drive.points[row.drive.released]]])


def separated_from_all(turn: Turn, ways: Iterable[Sequence[Leg]]) -> Reason | None:
    """What separates robots and porters from a job, whichever of some ways it goes; None if it could go one of them.

    Each way is a sequence of legs.
    """
    if not turn.state.traffic.blocked:
        return None
    robots = [carrier for carrier in turn.state.carriers.values() if carrier.mode == "robot"]
    found: Reason | None = None
    for legs in ways:
        lost = next((leg for leg in legs if not _is_open(turn, robots, leg)), None)
        if lost is None:
            return None
        found = found or separated(turn, robots, lost)
    return found


def _is_open(turn: Turn, robots: Sequence[Carrier], leg: Leg) -> bool:
    """Whether anybody, however busy now, could come for a leg and bring it."""
    if leg.mode == "tube":
        return True
    if leg.mode == "robot":
        return any(can_serve(turn, robot, leg) for robot in robots)
    between, near, node = turn.ways.times.between, turn.hospital.near_stop, turn.hospital.node
    origin, destination = near(node(leg.origin)), near(node(leg.destination))
    starts = {near(carrier.node) for carrier in turn.state.carriers.values() if carrier.mode == "porter"}
    leads_on = between("porter", origin, destination) < UNREACHABLE
    return leads_on and any(between("porter", start, origin) < UNREACHABLE for start in starts)


def separated(turn: Turn, robots: Sequence[Carrier], leg: Leg) -> Reason:
    """What lies between robots and a leg's origin or destination, for the first of them that it can be said of."""
    for robot in robots:
        for place in (leg.destination,) if leg.id in robot.aboard else (leg.origin, leg.destination):
            reason = cut_from(turn, robot, turn.hospital.node(place))
            if reason.args:
                return reason
    return Reason("no_way")


def cut_from(turn: Turn, robot: Carrier, node: str) -> Reason:
    """The parts of the building that separate a robot from a node: closed, or with somebody broken down in them."""
    lanes = turn.hospital.lanes
    if robot.id in turn.state.drives:
        for bay in lanes.bays_at(node):
            if cells := turn.lanes.cut(robot.id, bay):
                return no_way(turn, cells)
    return Reason("no_way")


def no_way(turn: Turn, cells: Iterable[int]) -> Reason:
    """That there is no way on because of these cells, by the names of the parts they lie in."""
    parts = sorted({turn.hospital.lanes.part_of(cell) for cell in cells})
    return Reason("no_way", {"places": ", ".join(parts)} if parts else {})
