"""What comes back: a delivered cart creates the job of its return, in time for whoever brought it to take it along."""

from __future__ import annotations

from msgspec.structs import replace

from fleet.facts.carriers import JobDue, JobForeseen
from fleet.facts.jobs import JobCreated
from fleet.model import Job, PendingJob
from fleet.orchestrator.orders import new_job, plan_when_ready
from fleet.orchestrator.turn import SERVICE, Turn
from fleet.requests import CreateJob

SOON_MS = 5 * 60_000
"""A return is ordered so long before it is ready; and so long a robot waits at a station for what it takes next."""


def foresee_return(turn: Turn, job: Job) -> None:
    """The job is delivered: foresee what comes back of it, or order it now if that is soon ready."""
    back = turn.hospital.loads[job.load].returns
    if back is None:
        return
    ready_ms = turn.now_ms + round(back.after_min * 60_000)
    destination = back.to or job.origin
    if destination == job.destination or turn.hospital.station(destination) is None:
        return
    id = f"return:{job.id}"
    turn.emit(
        JobForeseen(
            PendingJob(
                id=id, load=back.load, origin=job.destination, destination=destination, ready_ms=ready_ms, due_ms=None
            )
        )
    )
    if ready_ms - SOON_MS <= turn.now_ms:
        turn.due.add(id)
    else:
        turn.set_timer(id, ready_ms - SOON_MS, "return", id)


def order_due(turn: Turn) -> None:
    """Order what has become due in this turn, before anybody is told to drive away from it."""
    for id in sorted(turn.due):
        order(turn, turn.state.pending[id], SERVICE)
    turn.due.clear()


def order(turn: Turn, pending: PendingJob, requester: str) -> None:
    """Order a job that a round or a return foresaw."""
    turn.emit(JobDue(pending.id))
    request = CreateJob(
        load=pending.load,
        origin=pending.origin,
        destination=pending.destination,
        due_ms=pending.due_ms,
        ready_ms=max(pending.ready_ms, turn.now_ms),
    )
    turn.key = pending.id
    job = replace(new_job(turn, request), requester=requester)
    turn.emit(JobCreated(job.id, job))
    plan_when_ready(turn, job)
