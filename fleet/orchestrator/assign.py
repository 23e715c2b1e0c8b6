"""Assign: put each leg where it costs least in the plans of those who may take it."""

from __future__ import annotations

from fleet.facts.carriers import DriveSet
from fleet.facts.legs import CrewReappointed, LegAssigned, LegEstimated, LegExpected, LegWaits, Plans
from fleet.hospital import UNREACHABLE
from fleet.model import Carrier, Leg, PlannedStop, TubePath
from fleet.orchestrator.choose import later_legs_ms, weigh_carriers, weigh_crews
from fleet.orchestrator.exchange import take_back
from fleet.orchestrator.queues import holds_lift
from fleet.orchestrator.replan import redirect
from fleet.orchestrator.turn import Turn
from fleet.orchestrator.urgency import urgency
from fleet.orchestrator.wear import WEIGHED, least_worn
from fleet.planner import legs_of, route_of, task_of, vehicle_of
from fleet.views import Reason
from routing.dispatch.places import Insertion, inserted
from routing.dispatch.problem import Task
from routing.dispatch.schedule import simulate

MAX_RENEWALS = 3
"""How often in one turn a delay is passed on from one porter of a pair to the other."""
NOTICEABLE_MS = 15_000
"""An estimate that moved less than this is not worth a row."""


def assign(turn: Turn) -> None:
    """Every leg on the list, the most urgent first."""
    legs = [leg for id in turn.assign if (leg := turn.state.legs.get(id)) is not None]
    for leg in sorted(legs, key=lambda leg: (urgency(turn, turn.state.jobs[leg.job]), leg.id)):
        if leg.state != "planned" or leg.carriers:
            continue
        if leg.tube is not None:
            _to_tube(turn, leg, leg.tube)
        elif leg.crew > 1:
            _to_crew(turn, leg)
        else:
            _to_one(turn, leg)
    turn.assign.clear()


def _to_tube(turn: Turn, leg: Leg, tube: TubePath) -> None:
    """Give it to the tube, whose control sends it when its turn has come and says when that will be."""
    arrival_ms = max(leg.ready_ms, turn.now_ms) + tube.duration_ms
    turn.emit(LegAssigned(leg.job, leg=leg.id, carriers=(tube.system,), plans=(), promised_ms=arrival_ms))
    promise(turn, turn.state.legs[leg.id], arrival_ms)
    turn.tubes.add(tube.system)


def _to_one(turn: Turn, leg: Leg) -> None:
    task = task_of(turn.state, turn.hospital, leg)
    robots = leg.mode == "robot"
    found = weigh_carriers(turn, task, leg, top=WEIGHED if robots else 1)
    if not found:
        _waits(turn, leg)
        return
    best = least_worn(turn, found) if robots else found[0]
    turn.emit(
        LegAssigned(
            leg.job,
            leg=leg.id,
            carriers=(best.vehicle,),
            plans=((best.vehicle, _plan_with(turn, best, task)),),
            promised_ms=best.delivery_ms,
        )
    )
    _on_its_way(turn, best.vehicle)
    take_back(turn, turn.state.legs[leg.id])


def _to_crew(turn: Turn, leg: Leg) -> None:
    task = task_of(turn.state, turn.hospital, leg)
    found = weigh_crews(turn, task, leg, top=1)
    if not found:
        _waits(turn, leg)
        return
    pair = found[0]
    plans: Plans = tuple((part.vehicle, _plan_with(turn, part, task)) for part in (pair.first, pair.second))
    turn.emit(
        LegAssigned(
            leg.job,
            leg=leg.id,
            carriers=(pair.first.vehicle, pair.second.vehicle),
            plans=plans,
            promised_ms=max(pair.first.delivery_ms, pair.second.delivery_ms),
        )
    )
    for part in (pair.first, pair.second):
        _on_its_way(turn, part.vehicle)


def _plan_with(turn: Turn, place: Insertion, task: Task) -> tuple[PlannedStop, ...]:
    route = inserted(route_of(turn.state.carriers[place.vehicle]), task, place)
    return tuple(PlannedStop(stop.task, stop.kind, stop.not_before_ms) for stop in route.stops)


def _on_its_way(turn: Turn, carrier: str) -> None:
    """A carrier on its way home turns around; one that waits to depart looks again."""
    found = turn.state.carriers[carrier]
    turn.touch(carrier)
    if found.purpose == "home" and found.steps and not holds_lift(turn, carrier):
        redirect(turn, carrier)
    elif found.waiting is not None and not found.steps:
        turn.emit(DriveSet(carrier, steps=(), purpose=""))


def _waits(turn: Turn, leg: Leg) -> None:
    """Nobody has room now: tried again soon, then also by those who did not answer before."""
    turn.emit(LegWaits(leg.id, reason=Reason("no_free_carrier", {"mode": leg.mode})))
    turn.set_timer("reassign", turn.now_ms + 20_000, "reassign")


def estimate(turn: Turn) -> None:
    """Renew the promises of every carrier whose plan or progress changed, and the appointments it cannot keep."""
    for _ in range(MAX_RENEWALS):
        carriers, turn.estimate = sorted(turn.estimate), set()
        for id in carriers:
            _estimate(turn, turn.state.carriers[id])
        if not turn.estimate:
            break
    turn.estimate.clear()


def _estimate(turn: Turn, carrier: Carrier) -> None:
    if carrier.mode == "tube" or not carrier.stops:
        return
    tasks = {leg: task_of(turn.state, turn.hospital, turn.state.legs[leg]) for leg in legs_of(carrier)}
    vehicle = vehicle_of(carrier, turn.hospital, turn.now_ms)
    times = simulate(vehicle, route_of(carrier), tasks, turn.ways.times, turn.now_ms)
    for stop, when in zip(carrier.stops, times.stops, strict=True):
        if when.arrival_ms - turn.now_ms >= UNREACHABLE:
            break  # there is no way now: nothing is promised or appointed until there is one
        leg = turn.state.legs[stop.leg]
        if stop.act == "delivery":
            promise(turn, leg, when.end_ms)
        elif leg.crew > 1 and when.start_ms > stop.not_before_ms:
            turn.emit(CrewReappointed(leg.id, appointment_ms=when.start_ms))
            turn.estimate.update(id for id in leg.carriers if id != carrier.id)


def promise(turn: Turn, leg: Leg, at_ms: int) -> None:
    """Tell the job when it will be there, and the next leg when its load will be."""
    job = turn.state.jobs[leg.job]
    place = job.legs.index(leg.id) + 1
    following = turn.state.legs[job.legs[place]] if place < len(job.legs) else None
    if following is not None and following.carriers and abs(following.ready_ms - at_ms) >= NOTICEABLE_MS:
        turn.emit(LegExpected(following.id, ready_ms=at_ms))
    after_ms = later_legs_ms(turn, leg)
    job_ms = at_ms + after_ms if after_ms < UNREACHABLE else None
    changed = job_ms is not None and (job.promised_ms is None or abs(job.promised_ms - job_ms) >= NOTICEABLE_MS)
    if changed or leg.promised_ms is None or abs(leg.promised_ms - at_ms) >= NOTICEABLE_MS:
        turn.emit(LegEstimated(leg.id, promised_ms=at_ms, job_promised_ms=job_ms))
