"""Control of the tube: send what may go now, tell the rest why it waits until when, keep the capsules balanced."""

from __future__ import annotations

from fleet.facts.tubes import SendHeld
from fleet.model import Carrier, Leg
from fleet.orchestrator.assign import NOTICEABLE_MS, promise
from fleet.orchestrator.replan import unplan
from fleet.orchestrator.send import send_capsule
from fleet.orchestrator.tube_plan import Departure, Projection, project
from fleet.orchestrator.tube_queue import assigned
from fleet.orchestrator.tube_stock import empties, keep_stock, next_emptied_ms
from fleet.orchestrator.turn import Turn
from fleet.views import Reason

LOOK_AGAIN_MS = 10_000
"""The stock is looked after at most so often."""


def control_tubes(turn: Turn) -> None:
    """Look after every tube system of which something has changed."""
    systems, turn.tubes = sorted(turn.tubes), set()
    for system in systems:
        _control(turn, system)


def _control(turn: Turn, system: str) -> None:
    carrier = turn.state.carriers.get(system)
    if carrier is None or not carrier.heard or carrier.status != "active":
        for leg in sorted(assigned(turn, system), key=lambda leg: leg.id):
            _hold(turn, leg, Reason("silent", {"carrier": system}))
        return
    keep_stock(turn, system)
    projection = project(turn, system)
    waiting = [departure for departure in projection.departures if not _gone(turn, departure)]
    _balance(turn, carrier, projection)
    _wake(turn, system, waiting)


def _balance(turn: Turn, tube: Carrier, projection: Projection) -> None:
    """Send empty capsules where they will be missing; while there is something to do, look again every few seconds."""
    id = f"balance:{tube.id}"
    if id in turn.state.timers:
        return
    found = empties(turn, tube.id, projection)
    for empty in found:
        _gone(turn, empty)
    if found:
        times = [empty.found.start_ms for empty in found if empty.found is not None and empty.reason is not None]
        turn.set_timer(id, min((*times, turn.now_ms + LOOK_AGAIN_MS)), "tube", tube.id)


def _gone(turn: Turn, departure: Departure) -> bool:
    """Whether a capsule does not wait any more: it is sent, or there is no way for it, so that others may have it."""
    legs = departure.capsule.legs
    if departure.found is None:
        for leg in legs:
            unplan(turn, turn.state.jobs[leg.job], Reason("tube_down"))
            turn.late_choose.add(leg.job)
        return True
    if departure.reason is None:
        route = departure.found.route
        send_capsule(turn, turn.state.carriers[route.system], route, legs, slow=departure.capsule.slow)
    for leg in legs:
        promise(turn, turn.state.legs[leg.id], departure.found.arrive_ms)
        _hold(turn, leg, departure.reason)
    return departure.reason is None


def _hold(turn: Turn, leg: Leg, reason: Reason | None) -> None:
    if not _alike(leg.waiting, reason):
        turn.emit(SendHeld(leg.id, reason=reason))


def _alike(said: Reason | None, reason: Reason | None) -> bool:
    """Whether a person would be told the same; a time that moves by moments is the same."""
    if said is None or reason is None or said.code != reason.code:
        return said is reason
    before, after = ({**each.args, "leaves_ms": 0} for each in (said, reason))
    moved_ms = int(said.args.get("leaves_ms", 0)) - int(reason.args.get("leaves_ms", 0))
    return before == after and abs(moved_ms) < NOTICEABLE_MS


def _wake(turn: Turn, system: str, waiting: list[Departure]) -> None:
    """Come back when the next capsule may go, has been emptied, or a load is ready."""
    times = [max(each.found.start_ms, turn.now_ms + 1) for each in waiting if each.found is not None]
    times += [leg.ready_ms for leg in assigned(turn, system) if leg.ready_ms > turn.now_ms]
    emptied_ms = next_emptied_ms(turn)
    if emptied_ms is not None:
        times.append(emptied_ms)
    id = f"tube:{system}"
    if not times:
        turn.clear_timer(id)
        return
    known = turn.state.timers.get(id)
    if known is None or known.due_ms != min(times):
        turn.set_timer(id, min(times), "tube", system)
