"""Full for empty: a robot that brings something to a station takes what waits there along, in the same visit."""

from __future__ import annotations

from fleet.facts.legs import LegAssigned, LegUnassigned
from fleet.model import Carrier, Leg, PlannedStop
from fleet.orchestrator.replan import plans_without
from fleet.orchestrator.turn import Turn
from fleet.planner import frozen_stops, legs_of, route_of, task_of, vehicle_of
from fleet.views import Reason
from routing.dispatch.places import inserted, removed
from routing.dispatch.schedule import priced

THRESHOLD = 100
"""Thousandths that another robot must save (a tenth of a minute of routine lateness), or the leg stays where it is."""


def take_back(turn: Turn, brings: Leg) -> None:
    """A robot was given a leg: legs that others have not begun, from where it goes, are its own if that costs less."""
    if brings.mode != "robot" or not brings.carriers:
        return
    for leg in [leg for leg in turn.state.legs.values() if _may_change(turn, leg, brings)]:
        _change(turn, leg, brings.carriers[0])


def _may_change(turn: Turn, leg: Leg, brings: Leg) -> bool:
    """Whether somebody else is to fetch the leg where the other is brought, and has not set out for it."""
    if (leg.mode, leg.origin, leg.state, leg.only) != ("robot", brings.destination, "planned", None):
        return False
    if len(leg.carriers) != 1 or leg.carriers == brings.carriers:
        return False
    holder = turn.state.carriers[leg.carriers[0]]
    return all(stop.leg != leg.id for stop in holder.stops[: frozen_stops(holder)])


def _change(turn: Turn, leg: Leg, to: str) -> None:
    """Give the leg to another robot, if that saves more than it costs."""
    task = task_of(turn.state, turn.hospital, leg)
    routes, eligible = turn.planner.rows_for(turn.state, leg, turn.now_ms)
    row = [number for number in eligible if routes.vehicles[number].id == to]
    places = routes.best(task, turn.now_ms, row, top=1) if row else []
    holder = turn.state.carriers[leg.carriers[0]]
    if not places or places[0].cost_delta + THRESHOLD > _saved(turn, holder, leg):
        return
    reason = Reason("full_for_empty", {"carrier": to})
    turn.emit(LegUnassigned(leg.job, leg=leg.id, reason=reason, plans=plans_without(turn, leg)))
    longer = inserted(route_of(turn.state.carriers[to]), task, places[0])
    stops = tuple(PlannedStop(stop.task, stop.kind, stop.not_before_ms) for stop in longer.stops)
    promised_ms = places[0].delivery_ms
    turn.emit(LegAssigned(leg.job, leg=leg.id, carriers=(to,), plans=((to, stops),), promised_ms=promised_ms))
    turn.touch(holder.id, to)


def _saved(turn: Turn, holder: Carrier, leg: Leg) -> int:
    """Thousandths that the holder's route costs less without the leg; 0 if it could not be driven so."""
    vehicle = vehicle_of(holder, turn.hospital, turn.now_ms)
    tasks = {id: task_of(turn.state, turn.hospital, turn.state.legs[id]) for id in legs_of(holder)}
    route, times = route_of(holder), turn.ways.times
    _, cost = priced(vehicle, route, tasks, times, turn.now_ms)
    possible, without = priced(vehicle, removed(route, leg.id), tasks, times, turn.now_ms)
    return cost - without if possible else 0
