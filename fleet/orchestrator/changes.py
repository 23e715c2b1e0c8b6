"""Settle: a person changes an open job: cancels, reprioritises, overrides, or says where its load is."""

from __future__ import annotations

from msgspec.structs import replace

from fleet.facts.jobs import JobCancelled, JobCancelling, JobOverridden, JobReprioritised
from fleet.facts.legs import LegLocated
from fleet.model import Carrier, Job, Leg
from fleet.modes import options
from fleet.orchestrator.choose import where_is
from fleet.orchestrator.handover import delivered, failed, in_doubt, picked_up
from fleet.orchestrator.replan import being_picked, drop_plans, redirect, unplan
from fleet.orchestrator.rules import refuse, unknown_carrier, unknown_priority
from fleet.orchestrator.tube_plan import tubes_down
from fleet.orchestrator.tube_reports import capsule_found
from fleet.orchestrator.turn import Turn
from fleet.requests import Accepted, CancelJob, ChooseCarrier, ConfirmWhereabouts, Refusal, Reprioritise
from fleet.views import OPEN_STATES, ModeName, Reason


def cancel(turn: Turn, request: CancelJob) -> Accepted | Refusal:
    """End the job now, or bring back what is aboard."""
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
        turn.emit(JobCancelled(job.id, custodian=turn.state.jobs[job.id].custodian, key=job.key))
    return Accepted(seq=0, id=job.id)


def reprioritise(turn: Turn, request: Reprioritise) -> Accepted | Refusal:
    """Give the job another priority; what nobody has accepted is planned anew."""
    job = _open_job(turn, request.job)
    if isinstance(job, Refusal):
        return job
    priority = turn.hospital.priorities.get(request.priority)
    if priority is None:
        return unknown_priority(turn.hospital, request.priority)
    target_ms = max(turn.now_ms, job.ready_ms) + round(priority.target_min * 60_000)
    turn.emit(JobReprioritised(job.id, priority=priority.id, due_ms=min(job.due_ms, target_ms)))
    if not any(turn.state.legs[id].state in ("accepted", "picked_up", "delivered", "in_doubt") for id in job.legs):
        unplan(turn, job, Reason("override"))
        turn.choose.add(job.id)
    return Accepted(seq=0, id=job.id)


def choose_carrier(turn: Turn, request: ChooseCarrier) -> Accepted | Refusal:
    """Let a person decide the mode or the carrier."""
    job = _open_job(turn, request.job)
    if isinstance(job, Refusal):
        return job
    carrier = turn.state.carriers.get(request.carrier) if request.carrier else None
    if request.carrier and carrier is None:
        return unknown_carrier(request.carrier)
    mode = carrier.mode if carrier is not None else request.mode
    if mode is None:
        return refuse(
            "nothing_chosen",
            "mode",
            "Vælg hvem eller hvordan: rørpost, robot eller portør.",
            "Choose who or how: tube, robot or porter.",
        )
    refusal = _not_choosable(turn, job, mode, carrier)
    if refusal is not None:
        return refusal
    turn.emit(JobOverridden(job.id, mode=mode, carrier=carrier.id if carrier is not None else None))
    unplan(turn, job, Reason("override"))
    turn.choose.add(job.id)
    return Accepted(seq=0, id=job.id)


def _not_choosable(turn: Turn, job: Job, mode: ModeName, carrier: Carrier | None) -> Refusal | None:
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
    if not _able(turn, job, mode, carrier):
        return refuse(
            "choice_not_possible",
            "mode" if carrier is None else "carrier",
            "Det kan ikke lade sig gøre: vægt, lås, kompetence, prøvetype eller vej tillader det ikke. Vælg en anden.",
            "That is not possible: mass, lock, skill, specimen or way do not allow it. Choose another.",
        )
    return None


def _able(turn: Turn, job: Job, mode: ModeName, carrier: Carrier | None) -> bool:
    """Whether what a person chose could carry the job at all, however long it had to wait."""
    hospital = turn.hospital
    chosen = replace(job, wanted_mode=mode)
    if not options(hospital, turn.ways, chosen, where_is(job, turn), tubes_down(turn)).possible:
        return False
    load = hospital.loads[job.load]
    if carrier is None or mode == "tube":
        return True
    if mode == "porter":
        return load.skill is None or load.skill in hospital.skills[carrier.fleet]
    fleet = hospital.fleets[carrier.fleet]
    return job.mass_kg <= fleet.payload_kg and (fleet.locked or not load.locked)


def whereabouts(turn: Turn, request: ConfirmWhereabouts) -> Accepted | Refusal:
    """Settle a job in doubt by what a person saw."""
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
    lead = leg.carriers[0]
    turn.emit(LegLocated(job.id, leg=leg.id, where=request.where))
    if leg.tube is not None and request.where != "aboard":
        capsule_found(turn, leg, leg.origin if request.where == "origin" else leg.destination)
    if request.where == "origin":
        _never_left(turn, job, leg)
    else:
        if not leg.picked_ms:
            picked_up(turn, leg.id, lead, "person")
        if request.where == "destination":
            delivered(turn, leg.id, lead, "person")
        elif leg.tube is not None:
            in_doubt(turn, leg, lead, "send")  # nothing will report this capsule: the person who sees it arrive does
    turn.touch(*leg.carriers)
    return Accepted(seq=0, id=job.id)


def _never_left(turn: Turn, job: Job, leg: Leg) -> None:
    """The load is still where the leg began: chosen anew from there, whatever was thought of its pick-up."""
    if not leg.picked_ms:
        unplan(turn, job, Reason("override"))
        turn.choose.add(job.id)
        return
    custodian = f"station:{leg.origin}"
    if leg.origin.startswith("@"):
        node = turn.hospital.node(leg.origin)
        there = (c.id for c in turn.state.carriers.values() if c.node == node and c.id not in leg.carriers)
        custodian = f"carrier:{next(there, leg.carriers[0])}"
    failed(turn, leg, leg.carriers[0], Reason("override"), custodian=custodian, trouble=False)


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
