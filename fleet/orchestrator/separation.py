"""Clean and unclean apart: who would be better, were it not for what it carries, and the sentence about that."""

from __future__ import annotations

import msgspec

from fleet.model import Leg
from fleet.orchestrator.turn import Turn
from fleet.planner import route_of, task_of
from fleet.views import Reason
from routing.dispatch.places import Insertion
from routing.dispatch.problem import Task

KEPT_APART = "kept_apart"


def kept_apart(turn: Turn, task: Task, leg: Leg, best: Insertion) -> tuple[Insertion, Reason] | None:
    """The carrier that would cost less than the `best`, if clean and unclean loads could be aboard together.

    With it comes its place as it has to be, and the load that it may not meet. None if nobody is kept back so.
    """
    if task.clean == "neutral" or task.crew > 1:
        return None
    routes, eligible = turn.planner.rows_for(turn.state, leg, turn.now_ms)
    roomy = [row for row in eligible if routes.vehicles[row].units > 1]
    if not roomy:
        return None
    mixed = routes.best(msgspec.structs.replace(task, clean="neutral"), turn.now_ms, roomy, top=1)
    if not mixed or mixed[0].cost_delta >= best.cost_delta or mixed[0].vehicle == best.vehicle:
        return None
    together = mixed[0]
    other = _met(turn, task, together)
    apart = routes.best(task, turn.now_ms, [row for row in roomy if routes.vehicles[row].id == together.vehicle], 1)
    if other is None or not apart:
        return None
    sooner_s = (apart[0].delivery_ms - together.delivery_ms) // 1000
    args: dict[str, str | int | float] = {"load": other}
    return apart[0], Reason(KEPT_APART, args | {"sooner_s": sooner_s} if sooner_s > 0 else args)


def _met(turn: Turn, task: Task, place: Insertion) -> str | None:
    """The first load of the opposite kind that would be aboard with the task at this place."""
    carrier = turn.state.carriers[place.vehicle]
    stops = route_of(carrier).stops
    aboard = list(carrier.aboard)
    for number in range(place.delivery_pos):
        if number >= place.pickup_pos:
            for id in aboard:
                leg = turn.state.legs[id]
                if task_of(turn.state, turn.hospital, leg).clean not in ("neutral", task.clean):
                    return turn.state.jobs[leg.job].load
        if number < len(stops):
            stop = stops[number]
            aboard = [*aboard, stop.task] if stop.kind == "pickup" else [id for id in aboard if id != stop.task]
    return None
