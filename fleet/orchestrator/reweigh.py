"""Reweigh: what may miss its deadline is weighed anew, so that the way out shown to a person is one of now."""

from __future__ import annotations

from fleet.facts.jobs import JobWeighed
from fleet.model import Job, Leg
from fleet.orchestrator.choose import candidate, ranked, weigh
from fleet.orchestrator.turn import Turn
from fleet.orchestrator.urgency import urgency
from fleet.planner import task_of
from fleet.views import Candidate
from routing.dispatch.schedule import lateness_cost

A_ROUND = 3
"""Jobs weighed anew in one round: they take turns, so that a bad hour does not slow the dispatcher."""
ROUND_MS = 60_000
SOON_MS = 10 * 60_000


def reweigh(turn: Turn) -> None:
    """Weigh some of the jobs whose load still waits and that may be late; those that have a carrier keep it."""
    jobs = sorted((job for job in turn.state.jobs.values() if _in_need(turn, job)), key=lambda job: urgency(turn, job))
    if not jobs:
        return
    first = turn.now_ms // ROUND_MS * A_ROUND % len(jobs)
    for job in (jobs[first:] + jobs[:first])[:A_ROUND]:
        _, ways = weigh(turn, job)
        holder = _holder(turn, job)
        others = [c for way in ways for c in way.candidates if holder is None or c.carrier != holder.carrier]
        candidates = ranked(others if holder is None else [holder, *others])
        if candidates and candidates != job.candidates:
            turn.emit(JobWeighed(job.id, candidates=candidates))


def _in_need(turn: Turn, job: Job) -> bool:
    """Whether the load stands at a station, nobody knows a time in time, and it is known where it stands."""
    legs = [turn.state.legs[id] for id in job.legs]
    if job.state not in ("waiting", "assigned", "trouble") or not job.custodian.startswith("station:"):
        return False
    if job.cancelling or any(leg.state in ("in_doubt", "delivered") for leg in legs):
        return False
    if job.promised_ms is None:
        return job.due_ms - turn.now_ms < SOON_MS
    return job.promised_ms > job.due_ms


def _holder(turn: Turn, job: Job) -> Candidate | None:
    """Who has the main leg now, as a candidate among the others."""
    legs = (turn.state.legs[id] for id in job.legs)
    leg = next((leg for leg in legs if leg.mode == job.mode and leg.carriers), None)
    if leg is None or job.promised_ms is None:
        return None
    late = lateness_cost(task_of(turn.state, turn.hospital, leg), job.promised_ms - job.due_ms)
    return candidate(leg.mode, leg.carriers[0], job.promised_ms, max(_cost_before(job, leg), late))


def _cost_before(job: Job, leg: Leg) -> int:
    return next((round(one.cost * 1000) for one in job.candidates if one.carrier == leg.carriers[0]), 0)
