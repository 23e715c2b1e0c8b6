"""Settle: people run the house: carriers out of service and back, parts closed and open again, the speed of time."""

from __future__ import annotations

from fleet.facts.carriers import CarrierBackInService, CarrierOutOfService, ClockSet, ClosureEnded, ClosureSet
from fleet.facts.jobs import JobResumed
from fleet.model import Carrier, Closure, Job, Leg
from fleet.modes import nearest
from fleet.orchestrator.blocking import block_lanes, well_again
from fleet.orchestrator.queues import give_back_lift
from fleet.orchestrator.replan import UNSTARTED, being_picked, redirect, redirect_all, retry_without_way, unplan
from fleet.orchestrator.rules import refuse, unknown_carrier
from fleet.orchestrator.tube_reports import tube_cleared
from fleet.orchestrator.turn import Turn
from fleet.requests import Accepted, CarrierBack, CarrierOut, Close, Refusal, Reopen, SetClock
from fleet.views import Reason

FACTORS = (0.1, 1000.0)


def carrier_out(turn: Turn, request: CarrierOut) -> Accepted | Refusal:
    """Take a carrier, lift or tube line out of service; what it has not begun goes to others."""
    if request.carrier in turn.state.lifts or request.carrier in turn.hospital.tube_parts - set(turn.hospital.tubes):
        return close(turn, Close(target=request.carrier, reason=request.reason))
    carrier = turn.state.carriers.get(request.carrier)
    if carrier is None:
        return unknown_carrier(request.carrier)
    turn.emit(CarrierOutOfService(carrier.id))
    for leg in [turn.state.legs[id] for id in dict.fromkeys(stop.leg for stop in carrier.stops)]:
        if leg.state in UNSTARTED and not being_picked(turn, leg):
            unplan(turn, turn.state.jobs[leg.job], Reason("carrier_failed", {"carrier": carrier.id}))
            turn.choose.add(leg.job)
    if carrier.mode == "tube":
        return Accepted(seq=0, id=carrier.id)
    redirect(turn, carrier.id)
    return Accepted(seq=0, id=carrier.id)


def carrier_back(turn: Turn, request: CarrierBack) -> Accepted | Refusal:
    """Put a carrier back; what is still aboard goes on."""
    for closure in list(turn.state.closures.values()):
        if closure.target == request.carrier:
            return reopen_closure(turn, Reopen(closure=closure.id))
    cleared = tube_cleared(turn, request.carrier)
    carrier = turn.state.carriers.get(request.carrier)
    if carrier is None:
        return Accepted(seq=0, id=request.carrier) if cleared else unknown_carrier(request.carrier)
    turn.emit(CarrierBackInService(carrier.id))
    well_again(turn, carrier.id)
    if carrier.status == "trouble":
        give_back_lift(turn, carrier)
    for job in list(turn.state.jobs.values()):
        doubtful = any(turn.state.legs[id].state == "in_doubt" for id in job.legs)
        if job.state in ("trouble", "waiting") and job.custodian == f"carrier:{carrier.id}" and not doubtful:
            _resume(turn, job, carrier)
    turn.touch(carrier.id)
    retry_waiting(turn)
    return Accepted(seq=0, id=carrier.id)


def _resume(turn: Turn, job: Job, carrier: Carrier) -> None:
    """The load is still aboard: the carrier that is back takes it on, as near to its destination as it may go."""
    unplan(turn, job, Reason("carrier_back", {"carrier": carrier.id}))
    job = turn.state.jobs[job.id]
    wanted = job.origin if job.cancelling else job.destination
    destination = nearest(turn.hospital, turn.ways, wanted, carrier.mode)
    if destination is None:
        turn.choose.add(job.id)
        return
    leg = Leg(
        id=f"{job.id}.{job.legs_made + 1}",
        job=job.id,
        mode=carrier.mode,
        origin=f"@{carrier.node}",
        destination=destination,
        ready_ms=turn.now_ms,
        due_ms=job.due_ms,
        state="picked_up",
        carriers=(carrier.id,),
        picked_ms=turn.now_ms,
    )
    turn.emit(JobResumed(job.id, leg=leg, carrier=carrier.id))


def close(turn: Turn, request: Close) -> Accepted | Refusal:
    """Close a part of the building; every drive under way is looked at anew."""
    if request.target not in turn.hospital.closable:
        return refuse(
            "unknown_part",
            "target",
            f"“{request.target}” er hverken gang, dør, zone, rum, etage, elevator eller rørpostlinje.",
            f"“{request.target}” is no corridor, door, zone, room, floor, lift or tube line.",
        )
    if request.until_ms is not None and request.until_ms <= turn.now_ms:
        return refuse(
            "deadline_passed",
            "until",
            "Sluttidspunktet er allerede passeret.",
            "The end of the closure has already passed.",
        )
    closure = Closure(
        id=f"C{turn.state.meta.last_closure + 1}",
        target=request.target,
        reason=request.reason,
        actor=turn.actor,
        since_ms=turn.now_ms,
        until_ms=request.until_ms,
    )
    turn.emit(ClosureSet(closure))
    if closure.until_ms is not None:
        turn.set_timer(f"closure:{closure.id}", closure.until_ms, "closure", closure.id)
    block_lanes(turn)
    redirect_all(turn)
    return Accepted(seq=0, id=closure.id)


def reopen_closure(turn: Turn, request: Reopen) -> Accepted | Refusal:
    """End a closure by its id."""
    closure = turn.state.closures.get(request.closure)
    if closure is None:
        return refuse(
            "unknown_closure",
            "closure",
            f"Lukningen {request.closure} findes ikke eller er allerede ophævet.",
            f"Closure {request.closure} does not exist or has already ended.",
        )
    reopen(turn, closure)
    return Accepted(seq=0, id=closure.id)


def reopen(turn: Turn, closure: Closure) -> None:
    """End a closure and let what waited for it try again."""
    turn.emit(ClosureEnded(closure.id, target=closure.target))
    block_lanes(turn)
    turn.clear_timer(f"closure:{closure.id}")
    retry_without_way(turn)
    turn.touch(*(carrier.id for carrier in turn.state.carriers.values() if carrier.waiting is not None))
    retry_waiting(turn)


def retry_waiting(turn: Turn) -> None:
    """Carriers became available: legs and jobs that nobody could take may try again."""
    turn.tubes.update(turn.hospital.tubes)
    for leg in turn.state.legs.values():
        if leg.state == "planned" and not leg.carriers and leg.waiting is not None:
            turn.assign.add(leg.id)
    for job in turn.state.jobs.values():
        idle = all(turn.state.legs[id].state == "delivered" for id in job.legs)
        if job.state == "waiting" and idle and job.reason is not None:
            turn.choose.add(job.id)


def set_clock(turn: Turn, request: SetClock) -> Accepted | Refusal:
    """Let site time run at another speed."""
    low, high = FACTORS
    if not low <= request.factor <= high:
        return refuse(
            "factor_out_of_range",
            "factor",
            f"Tidsfaktoren skal ligge mellem {low} og {high:.0f}.",
            f"The time factor must lie between {low} and {high:.0f}.",
        )
    turn.emit(ClockSet(factor=request.factor))
    return Accepted(seq=0, id="clock")
