"""Settle, part three: what agents report becomes facts. Reports of commands that are closed change nothing."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from bus.messages import Ack, Cancel, Charge, Done, Drop, Failed, Lift, Move, Passed, Pick, Release, SendCapsule
from fleet.events import Reported
from fleet.facts.carriers import (
    CommandAcked,
    CommandClosed,
    DriveSet,
    LiftChanged,
    ReportProcessed,
)
from fleet.facts.jobs import JobAttempted, JobCancelled
from fleet.facts.legs import LegAccepted
from fleet.model import Carrier, Leg, OpenCommand
from fleet.orchestrator.blocking import stopped
from fleet.orchestrator.guard import carrier_failed
from fleet.orchestrator.handover import MAX_ATTEMPTS, delivered, failed, in_doubt, picked_up
from fleet.orchestrator.moving import arrived, passed
from fleet.orchestrator.queues import has_called
from fleet.orchestrator.replan import unassign, unplan
from fleet.orchestrator.tube_reports import capsule_arrived, capsule_away, capsule_failed
from fleet.orchestrator.turn import Turn
from fleet.views import Reason

RETRY_MS = 10 * 60_000
"""A patient who is not ready is fetched again after this time (assumed)."""


def reported(turn: Turn, event: Reported) -> None:
    """Settle one numbered report of an agent."""
    report = event.report
    turn.actor = event.agent
    turn.emit(ReportProcessed(event.agent, number=report.number))
    command = turn.state.commands.get(f"{event.agent}#{report.command}")
    if command is None:
        return
    match report:
        case Ack():
            _acked(turn, command)
        case Passed():
            passed(turn, command, report)
        case Done():
            turn.emit(CommandClosed(command.id))
            _done(turn, command, report)
        case Failed():
            turn.emit(CommandClosed(command.id))
            _failed(turn, command, report)
        case _:
            assert_never(report)


def _acked(turn: Turn, command: OpenCommand) -> None:
    if not command.acked:
        turn.emit(CommandAcked(command.id))
    message = command.message
    if isinstance(message, SendCapsule):
        capsule_away(turn, command, message)
    elif isinstance(message, Move | Pick) and message.leg:
        leg = turn.state.legs.get(message.leg)
        if leg is None or leg.state != "offered" or command.carrier not in leg.carriers:
            return
        turn.clear_timer(f"accept:{leg.id}")
        turn.emit(LegAccepted(leg.job, leg=leg.id, carrier=command.carrier))


def _done(turn: Turn, command: OpenCommand, report: Done) -> None:
    message = command.message
    match message:
        case SendCapsule():
            capsule_arrived(turn, command, message, report)
        case Lift(act="exit"):
            _lift_left(turn, message)
        case Release():
            return
        case Cancel() | Charge():
            turn.touch(command.carrier)
        case _:
            _step_done(turn, command, report)


def _lift_left(turn: Turn, message: Lift) -> None:
    """Its doors are shut behind its rider: it is free, unless that has called it again meanwhile."""
    lift = turn.state.lifts[message.carrier]
    if lift.holder == message.rider and not has_called(turn.state.carriers[message.rider], lift.id):
        turn.emit(LiftChanged(replace(lift, holder=None)))
        turn.grant.add(lift.id)


def _step_done(turn: Turn, command: OpenCommand, report: Done) -> None:
    carrier = turn.state.carriers[command.carrier]
    if not carrier.steps or carrier.steps[0].command != command.id:
        return
    step = carrier.steps[0]
    over = arrived(turn, carrier, step)
    steps = carrier.steps[1:] if over else (replace(step, command="", until=0), *carrier.steps[1:])
    length_m = step.length_m if over else 0.0
    busy_ms = max(0, turn.now_ms - carrier.since_ms)
    loaded = bool(carrier.aboard)
    turn.emit(
        DriveSet(
            carrier.id,
            steps=steps,
            purpose=carrier.purpose if steps else "",
            node=step.node if step.act in ("call", "ride") else report.node or step.node or None,
            loaded_m=length_m if loaded else 0.0,
            empty_m=0.0 if loaded else length_m,
            busy_ms=busy_ms,
            at_ms=turn.now_ms,
        )
    )
    turn.touch(carrier.id)
    if step.act in ("call", "ride"):
        lift = turn.state.lifts[step.lift]
        turn.emit(LiftChanged(replace(lift, floor=step.floor)))
    elif step.act == "pick":
        leg = turn.state.legs[step.leg]
        if leg.state in ("offered", "accepted", "in_doubt"):
            picked_up(turn, step.leg, carrier.id, report.evidence)
    elif step.act == "drop":
        _dropped(turn, carrier, turn.state.legs[step.leg], report)


def _dropped(turn: Turn, carrier: Carrier, leg: Leg, report: Done) -> None:
    if leg.state not in ("picked_up", "in_doubt"):
        return
    job = turn.state.jobs[leg.job]
    precaution = turn.hospital.precautions.get(job.precaution) if job.precaution else None
    crew = leg.carriers
    delivered(turn, leg.id, carrier.id, report.evidence)
    if precaution is None or precaution.cleaning_min == 0:
        return
    free_ms = turn.now_ms + round(precaution.cleaning_min * 60_000)
    for id in crew:
        turn.emit(DriveSet(id, steps=(), purpose="", free_ms=free_ms, at_ms=turn.now_ms))
        turn.set_timer(f"free:{id}", free_ms, "free", id)


def _failed(turn: Turn, command: OpenCommand, report: Failed) -> None:
    message = command.message
    if isinstance(message, SendCapsule):
        capsule_failed(turn, command, message, report)
        return
    if isinstance(message, Lift):
        lift_failed(turn, command, message)
        return
    if isinstance(message, Cancel | Charge):
        turn.touch(command.carrier)
        return
    carrier = turn.state.carriers[command.carrier]
    if not carrier.steps or carrier.steps[0].command != command.id:
        return
    if report.reason in ("fault", "blocked"):
        carrier_failed(turn, carrier, report.reason, report.node, beyond=report.beyond)
        return
    if isinstance(message, Move):
        stopped(turn, carrier.id, report.node)
    turn.emit(DriveSet(carrier.id, steps=(), purpose="", node=report.node or None, at_ms=turn.now_ms))
    turn.touch(carrier.id)
    if isinstance(message, Pick):
        _pick_failed(turn, carrier, turn.state.legs[message.leg], report.reason)
    elif isinstance(message, Drop):
        in_doubt(turn, turn.state.legs[message.leg], carrier.id, "drop")


def _pick_failed(turn: Turn, carrier: Carrier, leg: Leg, reason: str) -> None:
    job = turn.state.jobs[leg.job]
    turn.emit(JobAttempted(job.id, ready_ms=turn.now_ms))
    because = Reason("not_ready" if reason == "not_ready" else "pick_failed", {"carrier": carrier.id})
    if job.cancelling:
        unplan(turn, job, because)
        turn.emit(JobCancelled(job.id, custodian=job.custodian, key=job.key))
        return
    if job.attempts + 1 >= MAX_ATTEMPTS:
        failed(turn, leg, carrier.id, because, custodian=job.custodian, trouble=True)
        return
    unassign(turn, leg, because)
    turn.set_timer(f"retry:{leg.id}", turn.now_ms + RETRY_MS, "retry", leg.id)


def lift_failed(turn: Turn, command: OpenCommand, message: Lift) -> None:
    """The lift refused: whoever called asks again shortly; the lift stays held for a rider who is inside.

    A rider who left is out, whatever the lift says of it: the lift is free.
    """
    if message.act == "exit":
        _lift_left(turn, message)
        return
    carrier = turn.state.carriers[command.carrier]
    if not carrier.steps or carrier.steps[0].command != command.id:
        return
    steps = (replace(carrier.steps[0], command=""), *carrier.steps[1:])
    waiting = Reason("waiting_for_lift", {"lift": message.carrier})
    turn.emit(DriveSet(carrier.id, steps=steps, purpose=carrier.purpose, waiting=waiting))
    turn.set_timer(f"free:{carrier.id}", turn.now_ms + 10_000, "free", carrier.id)
