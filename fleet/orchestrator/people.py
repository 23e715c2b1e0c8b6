"""Settle, part one: what people ask for becomes facts, or a refusal that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleet.events import Asked
from fleet.facts.carriers import CarrierBackInService, CarrierOutOfService, ClockSet, ClosureEnded, ClosureSet
from fleet.facts.jobs import (
    JobCancelled,
    JobCancelling,
    JobCreated,
    JobOverridden,
    JobReprioritised,
    JobResumed,
    LegLocated,
)
from fleet.model import Carrier, Closure, Job, Leg
from fleet.modes import nearest
from fleet.orchestrator.handover import delivered, picked_up
from fleet.orchestrator.replan import UNSTARTED, being_picked, drop_plans, redirect, redirect_all, unplan
from fleet.orchestrator.rules import nobody_can, violations
from fleet.orchestrator.turn import Turn
from fleet.requests import (
    Accepted,
    CancelJob,
    CarrierBack,
    CarrierOut,
    ChooseCarrier,
    Close,
    ConfirmWhereabouts,
    CreateJob,
    Refusal,
    Reopen,
    Reprioritise,
    SetClock,
    Violation,
)
from fleet.views import OPEN_STATES, Reason

HORIZON_MS = 15 * 60_000
"""How long before its ready time a job is planned."""
FACTORS = (0.1, 1000.0)


def asked(turn: Turn, event: Asked) -> None:
    """Answer a request; the answer is in `turn.answer`."""
    turn.actor, turn.key = event.actor, event.key
    turn.answer = _HANDLERS[type(event.request)](turn, event.request)


def refuse(rule: str, field: str, da: str, en: str) -> Refusal:
    """One broken rule."""
    return Refusal((Violation(rule, field, da, en),))


def _create(turn: Turn, request: CreateJob) -> Accepted | Refusal:
    hospital = turn.hospital
    broken = violations(hospital, request, turn.now_ms)
    if broken:
        return Refusal(broken)
    job = new_job(turn, request)
    broken = nobody_can(hospital, turn.ways, job)
    if broken:
        return Refusal(broken)
    turn.emit(JobCreated(job.id, job))
    plan_when_ready(turn, job)
    return Accepted(seq=0, id=job.id)


def new_job(turn: Turn, request: CreateJob) -> Job:
    """The order with everything that the requester left to the site filled in."""
    hospital, now_ms = turn.hospital, turn.now_ms
    load = hospital.loads[request.load]
    priority = hospital.priorities[request.priority or load.priority]
    ready_ms = max(request.ready_ms or now_ms, now_ms)
    if request.due_ms is not None:
        due_ms = request.due_ms
    elif request.within_min is not None:
        due_ms = max(ready_ms, now_ms) + round(request.within_min * 60_000)
    else:
        due_ms = ready_ms + round(priority.target_min * 60_000)
    wishes = (("escort", request.escort), ("oxygen", request.oxygen), ("bariatric", request.bariatric))
    return Job(
        id=f"J{turn.state.meta.last_job + 1:05d}",
        load=load.id,
        origin=request.origin,
        destination=request.destination,
        priority=priority.id,
        ready_ms=ready_ms,
        due_ms=due_ms,
        created_ms=now_ms,
        requester=turn.actor,
        mass_kg=request.mass_kg or load.mass_kg,
        custodian=f"station:{request.origin}",
        key=turn.key,
        specimen=request.specimen,
        precaution=request.precaution,
        needs=tuple(name for name, wanted in wishes if wanted),
        porters=2 if request.bariatric else load.porters,
    )


def plan_when_ready(turn: Turn, job: Job) -> None:
    """Plan now, or wake shortly before the load is ready."""
    if job.ready_ms - turn.now_ms > HORIZON_MS:
        turn.set_timer(f"release:{job.id}", job.ready_ms - HORIZON_MS, "release", job.id)
    else:
        turn.choose.add(job.id)


def _open_job(turn: Turn, id: str) -> Job | Refusal:
    job = turn.state.jobs.get(id)
    if job is None or job.state not in OPEN_STATES:
        return refuse(
            "job_not_open",
            "job",
            f"Opgaven {id} findes ikke eller er afsluttet.",
            f"Job {id} does not exist or has ended.",
        )
    return job


def _cancel(turn: Turn, request: CancelJob) -> Accepted | Refusal:
    job = _open_job(turn, request.job)
    if isinstance(job, Refusal):
        return job
    aboard = [leg for id in job.legs if (leg := turn.state.legs[id]).state == "picked_up" or being_picked(turn, leg)]
    doubtful = any(turn.state.legs[id].state == "in_doubt" for id in job.legs)
    if doubtful:
        return refuse(
            "in_doubt",
            "job",
            "Det er uvist, hvor indholdet er. Bekræft først, hvor det befinder sig.",
            "Nobody knows where the load is. Confirm its whereabouts first.",
        )
    if aboard and aboard[0].mode != "tube":
        drop_plans(turn, job, Reason("cancelled"))
        turn.emit(JobCancelling(job.id, destination=job.origin))
        for carrier in aboard[0].carriers:
            redirect(turn, carrier)
    elif aboard:
        drop_plans(turn, job, Reason("cancelled"))
        turn.emit(JobCancelling(job.id, destination=aboard[0].destination))
    else:
        unplan(turn, job, Reason("cancelled"))
        turn.emit(JobCancelled(job.id, custodian=turn.state.jobs[job.id].custodian))
    return Accepted(seq=0, id=job.id)


def _reprioritise(turn: Turn, request: Reprioritise) -> Accepted | Refusal:
    job = _open_job(turn, request.job)
    if isinstance(job, Refusal):
        return job
    priority = turn.hospital.priorities.get(request.priority)
    if priority is None:
        known = ", ".join(sorted(turn.hospital.priorities))
        return refuse(
            "unknown_priority",
            "priority",
            f"Prioriteten “{request.priority}” findes ikke. Brug en af: {known}.",
            f"There is no priority “{request.priority}”. Use one of: {known}.",
        )
    target_ms = max(turn.now_ms, job.ready_ms) + round(priority.target_min * 60_000)
    turn.emit(JobReprioritised(job.id, priority=priority.id, due_ms=min(job.due_ms, target_ms)))
    if not any(turn.state.legs[id].state in ("accepted", "picked_up", "delivered", "in_doubt") for id in job.legs):
        unplan(turn, job, Reason("override"))
        turn.choose.add(job.id)
    return Accepted(seq=0, id=job.id)


def _choose_carrier(turn: Turn, request: ChooseCarrier) -> Accepted | Refusal:
    job = _open_job(turn, request.job)
    if isinstance(job, Refusal):
        return job
    carrier = turn.state.carriers.get(request.carrier) if request.carrier else None
    if request.carrier and carrier is None:
        return refuse(
            "unknown_carrier",
            "carrier",
            f"“{request.carrier}” findes ikke. Vælg en robot, portør eller rørpost fra listen.",
            f"There is no “{request.carrier}”. Choose a robot, porter or tube from the list.",
        )
    mode = carrier.mode if carrier is not None else request.mode
    if mode is None:
        return refuse(
            "nothing_chosen",
            "mode",
            "Vælg hvem eller hvordan: rørpost, robot eller portør.",
            "Choose who or how: tube, robot or porter.",
        )
    if mode not in turn.hospital.loads[job.load].modes:
        return refuse(
            "mode_not_allowed",
            "mode",
            "Det må dette indhold ikke sendes med. Vælg en anden.",
            "This load may not travel that way. Choose another.",
        )
    if any(
        (leg := turn.state.legs[id]).state in ("picked_up", "in_doubt") or being_picked(turn, leg) for id in job.legs
    ):
        return refuse(
            "already_aboard",
            "job",
            "Indholdet er allerede undervejs. Annullér opgaven, hvis det skal retur.",
            "The load is already on its way. Cancel the job to bring it back.",
        )
    turn.emit(JobOverridden(job.id, mode=mode, carrier=carrier.id if carrier is not None else None))
    unplan(turn, job, Reason("override"))
    turn.choose.add(job.id)
    return Accepted(seq=0, id=job.id)


def _whereabouts(turn: Turn, request: ConfirmWhereabouts) -> Accepted | Refusal:
    job = _open_job(turn, request.job)
    if isinstance(job, Refusal):
        return job
    doubtful = [turn.state.legs[id] for id in job.legs if turn.state.legs[id].state == "in_doubt"]
    if not doubtful:
        return refuse(
            "not_in_doubt",
            "job",
            "Opgaven er ikke i tvivl; der er intet at bekræfte.",
            "The job is not in doubt; there is nothing to confirm.",
        )
    leg = doubtful[0]
    turn.emit(LegLocated(job.id, leg=leg.id, where=request.where))
    lead = leg.carriers[0]
    if request.where == "origin":
        unplan(turn, job, Reason("override"))
        turn.choose.add(job.id)
    elif request.where == "aboard":
        if not leg.picked_ms:
            picked_up(turn, leg.id, lead, "person")
    else:
        if not leg.picked_ms:
            picked_up(turn, leg.id, lead, "person")
        delivered(turn, leg.id, lead, "person")
    turn.touch(*leg.carriers)
    return Accepted(seq=0, id=job.id)


def _carrier_out(turn: Turn, request: CarrierOut) -> Accepted | Refusal:
    lines = {line.id for tube in turn.hospital.site.tubes for line in tube.lines}
    if request.carrier in turn.state.lifts or request.carrier in lines:
        return _close(turn, Close(target=request.carrier, reason=request.reason))
    carrier = turn.state.carriers.get(request.carrier)
    if carrier is None:
        return _unknown_carrier(request.carrier)
    turn.emit(CarrierOutOfService(carrier.id))
    for leg in [turn.state.legs[id] for id in dict.fromkeys(stop.leg for stop in carrier.stops)]:
        if leg.state in UNSTARTED and not being_picked(turn, leg):
            unplan(turn, turn.state.jobs[leg.job], Reason("carrier_failed", {"carrier": carrier.id}))
            turn.choose.add(leg.job)
    if carrier.mode == "tube":
        return Accepted(seq=0, id=carrier.id)
    redirect(turn, carrier.id)
    return Accepted(seq=0, id=carrier.id)


def _carrier_back(turn: Turn, request: CarrierBack) -> Accepted | Refusal:
    for closure in list(turn.state.closures.values()):
        if closure.target == request.carrier:
            return _reopen(turn, Reopen(closure=closure.id))
    carrier = turn.state.carriers.get(request.carrier)
    if carrier is None:
        return _unknown_carrier(request.carrier)
    turn.emit(CarrierBackInService(carrier.id))
    for job in list(turn.state.jobs.values()):
        if job.state in ("trouble", "waiting") and job.custodian == f"carrier:{carrier.id}":
            _resume(turn, job, carrier)
    turn.touch(carrier.id)
    retry_waiting(turn)
    return Accepted(seq=0, id=carrier.id)


def _resume(turn: Turn, job: Job, carrier: Carrier) -> None:
    """The load is still aboard: the carrier that is back takes it on, as near to its destination as it may go."""
    unplan(turn, job, Reason("carrier_back", {"carrier": carrier.id}))
    job = turn.state.jobs[job.id]
    destination = nearest(turn.hospital, turn.ways, job.destination, carrier.mode)
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


def _unknown_carrier(id: str) -> Refusal:
    return refuse(
        "unknown_carrier",
        "carrier",
        f"“{id}” findes ikke blandt robotter, portører, elevatorer og rørpost.",
        f"There is no “{id}” among robots, porters, lifts and tube.",
    )


def _close(turn: Turn, request: Close) -> Accepted | Refusal:
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
    redirect_all(turn)
    return Accepted(seq=0, id=closure.id)


def _reopen(turn: Turn, request: Reopen) -> Accepted | Refusal:
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
    turn.clear_timer(f"closure:{closure.id}")
    for job in turn.state.jobs.values():
        if job.state == "trouble" and job.reason is not None and job.reason.code in ("no_route", "tube_down"):
            turn.choose.add(job.id)
    turn.touch(*(carrier.id for carrier in turn.state.carriers.values() if carrier.waiting is not None))
    retry_waiting(turn)


def retry_waiting(turn: Turn) -> None:
    """Carriers became available: legs and jobs that nobody could take may try again."""
    for leg in turn.state.legs.values():
        if leg.state == "planned" and not leg.carriers and leg.waiting is not None:
            turn.assign.add(leg.id)
    for job in turn.state.jobs.values():
        if job.state == "waiting" and not job.legs and job.reason is not None:
            turn.choose.add(job.id)


def _set_clock(turn: Turn, request: SetClock) -> Accepted | Refusal:
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


_HANDLERS: dict[type, Callable[[Turn, Any], Accepted | Refusal]] = {
    CreateJob: _create,
    CancelJob: _cancel,
    Reprioritise: _reprioritise,
    ChooseCarrier: _choose_carrier,
    ConfirmWhereabouts: _whereabouts,
    CarrierOut: _carrier_out,
    CarrierBack: _carrier_back,
    Close: _close,
    Reopen: _reopen,
    SetClock: _set_clock,
}
