"""Settle: a transport is ordered, by a person, a round or a return."""

from __future__ import annotations

from fleet.facts.jobs import JobCreated
from fleet.model import Job
from fleet.orchestrator.rules import nobody_can, violations
from fleet.orchestrator.turn import Turn
from fleet.requests import Accepted, CreateJob, Refusal

HORIZON_MS = 15 * 60_000
"""How long before its ready time a job is planned."""


def create(turn: Turn, request: CreateJob) -> Accepted | Refusal:
    """Order a transport, or refuse it with every broken rule."""
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
