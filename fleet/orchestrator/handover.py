"""Settle, part two: custody changes hands, and what follows for the job."""

from __future__ import annotations

from fleet.facts.jobs import JobCancelled, JobDelivered, JobTrouble, JobUnplanned
from fleet.facts.legs import Evidence, LegDelivered, LegExpected, LegFailed, LegInDoubt, LegPickedUp
from fleet.model import Job, Leg
from fleet.orchestrator.replan import drop_plans
from fleet.orchestrator.returns import foresee_return
from fleet.orchestrator.turn import Turn
from fleet.views import Reason

MAX_ATTEMPTS = 5
"""After so many failures of the same job a person is asked."""


def picked_up(turn: Turn, leg_id: str, carrier: str, evidence: Evidence) -> None:
    """The load is aboard; whoever carries it next may be found now."""
    leg = turn.state.legs[leg_id]
    turn.clear_timer(f"accept:{leg_id}")
    turn.emit(
        LegPickedUp(leg.job, leg=leg_id, carrier=carrier, station=leg.origin, at_ms=turn.now_ms, evidence=evidence)
    )
    turn.touch(*turn.state.legs[leg_id].carriers)
    following = _next_leg(turn, leg)
    if following is not None and not following.carriers:
        expected_ms = max(turn.now_ms, leg.promised_ms or turn.now_ms)
        turn.emit(LegExpected(following.id, ready_ms=expected_ms))
        turn.assign.add(following.id)


def delivered(turn: Turn, leg_id: str, carrier: str, evidence: Evidence) -> None:
    """The station has the load: the job is done, or its next leg is ready."""
    leg = turn.state.legs[leg_id]
    carriers = leg.carriers
    turn.emit(
        LegDelivered(
            leg.job, leg=leg_id, carrier=carrier, station=leg.destination, at_ms=turn.now_ms, evidence=evidence
        )
    )
    turn.touch(*carriers)
    job = turn.state.jobs[leg.job]
    if job.cancelling and _next_leg(turn, leg) is None:
        turn.emit(JobCancelled(job.id, custodian=job.custodian, key=job.key))
    elif leg.destination == job.destination and not job.cancelling:
        _finish(turn, job)
    else:
        following = _next_leg(turn, leg)
        if following is None:
            turn.choose.add(job.id)
            return
        turn.emit(LegExpected(following.id, ready_ms=turn.now_ms))
        if following.tube is not None and following.carriers:
            turn.tubes.add(following.tube.system)
        elif following.carriers:
            turn.touch(*following.carriers)
        else:
            turn.assign.add(following.id)


def _finish(turn: Turn, job: Job) -> None:
    turn.emit(
        JobDelivered(
            job.id,
            at_ms=turn.now_ms,
            on_time=turn.now_ms <= job.due_ms,
            destination=job.destination,
            load=job.load,
            key=job.key,
        )
    )
    foresee_return(turn, job)


def failed(turn: Turn, leg: Leg, carrier: str, reason: Reason, *, custodian: str, trouble: bool) -> None:
    """The leg ended without effect: choose anew from where the load is, or ask a person."""
    carriers = leg.carriers
    turn.emit(LegFailed(leg.job, leg=leg.id, carrier=carrier, reason=reason, custodian=custodian))
    turn.touch(*carriers)
    drop_plans(turn, turn.state.jobs[leg.job], reason)
    job = turn.state.jobs[leg.job]
    gone = tuple(id for id in job.legs if turn.state.legs[id].state != "delivered")
    turn.emit(JobUnplanned(job.id, reason=reason, legs=gone))
    if job.cancelling and custodian == f"station:{job.origin}":
        turn.emit(JobCancelled(job.id, custodian=custodian, key=job.key))
    elif trouble:
        turn.emit(JobTrouble(job.id, reason=reason))
    else:
        turn.choose.add(job.id)


def in_doubt(turn: Turn, leg: Leg, carrier: str, act: str) -> None:
    """Nobody knows what came of a once-only act: never again blindly, a person looks."""
    turn.emit(LegInDoubt(leg.job, leg=leg.id, carrier=carrier, act=act))
    turn.emit(JobTrouble(leg.job, reason=Reason("in_doubt", {"carrier": carrier, "act": act})))


def _next_leg(turn: Turn, leg: Leg) -> Leg | None:
    legs = turn.state.jobs[leg.job].legs
    place = legs.index(leg.id) + 1
    return turn.state.legs[legs[place]] if place < len(legs) else None
