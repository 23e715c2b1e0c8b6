"""Settle, part three: what agents report becomes facts. Reports of commands that are closed change nothing."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from bus.messages import Ack, Cancel, CarrierReport, Charge, Done, Drop, Failed, Hello, Lift, Move, Pick, SendCapsule
from fleet.events import BatterySeen, Greeted, Lost, Reported
from fleet.facts.carriers import (
    AgentHeard,
    AgentLost,
    BatteryRead,
    CarrierKnown,
    CommandAcked,
    CommandClosed,
    DriveSet,
    LiftChanged,
    ReportProcessed,
)
from fleet.facts.jobs import JobAttempted, LegAccepted
from fleet.model import Carrier, Leg, LiftState, OpenCommand
from fleet.orchestrator.guard import carrier_failed
from fleet.orchestrator.handover import MAX_ATTEMPTS, delivered, failed, in_doubt, picked_up
from fleet.orchestrator.operations import retry_waiting
from fleet.orchestrator.replan import unassign
from fleet.orchestrator.turn import Turn
from fleet.views import ModeName, Reason

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
    if isinstance(message, Move | Pick | SendCapsule) and message.leg:
        leg = turn.state.legs.get(message.leg)
        if leg is None or leg.state != "offered" or command.carrier not in leg.carriers:
            return
        turn.clear_timer(f"accept:{leg.id}")
        turn.emit(LegAccepted(leg.job, leg=leg.id, carrier=command.carrier))
        if isinstance(message, SendCapsule):
            picked_up(turn, leg.id, command.carrier, "sensor")


def _done(turn: Turn, command: OpenCommand, report: Done) -> None:
    message = command.message
    match message:
        case SendCapsule():
            _capsule_arrived(turn, message, report)
        case Lift(act="exit"):
            _lift_left(turn, message)
        case Cancel() | Charge():
            turn.touch(command.carrier)
        case _:
            _step_done(turn, command, report)


def _capsule_arrived(turn: Turn, message: SendCapsule, report: Done) -> None:
    leg = turn.state.legs.get(message.leg)
    if leg is None or leg.state not in ("offered", "accepted", "picked_up"):
        return
    if leg.state != "picked_up":
        picked_up(turn, leg.id, message.carrier, "sensor")
    delivered(turn, leg.id, message.carrier, report.evidence)


def _lift_left(turn: Turn, message: Lift) -> None:
    lift = turn.state.lifts[message.carrier]
    turn.emit(LiftChanged(replace(lift, holder=None)))
    turn.grant.add(lift.id)


def _step_done(turn: Turn, command: OpenCommand, report: Done) -> None:
    carrier = turn.state.carriers[command.carrier]
    if not carrier.steps or carrier.steps[0].command != command.id:
        return
    step = carrier.steps[0]
    steps = carrier.steps[1:]
    busy_ms = max(0, turn.now_ms - carrier.since_ms)
    loaded = bool(carrier.aboard)
    turn.emit(
        DriveSet(
            carrier.id,
            steps=steps,
            purpose=carrier.purpose if steps else "",
            node=step.node if step.act in ("call", "ride") else report.node or step.node or None,
            loaded_m=step.length_m if loaded else 0.0,
            empty_m=0.0 if loaded else step.length_m,
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
        leg = turn.state.legs.get(message.leg)
        if leg is not None:
            place = f"station:{leg.origin}"
            failed(turn, leg, message.carrier, Reason("tube_down"), custodian=place, trouble=False)
        return
    if isinstance(message, Lift):
        _lift_failed(turn, command, message)
        return
    if isinstance(message, Cancel | Charge):
        turn.touch(command.carrier)
        return
    carrier = turn.state.carriers[command.carrier]
    if not carrier.steps or carrier.steps[0].command != command.id:
        return
    if report.reason in ("fault", "blocked"):
        carrier_failed(turn, carrier, report.reason, report.node)
        return
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
    if job.attempts + 1 >= MAX_ATTEMPTS:
        failed(turn, leg, carrier.id, because, custodian=job.custodian, trouble=True)
        return
    unassign(turn, leg, because)
    turn.set_timer(f"retry:{leg.id}", turn.now_ms + RETRY_MS, "retry", leg.id)


def _lift_failed(turn: Turn, command: OpenCommand, message: Lift) -> None:
    """The lift refused: whoever called asks again shortly; the lift stays held for a rider who is inside."""
    carrier = turn.state.carriers[command.carrier]
    if not carrier.steps or carrier.steps[0].command != command.id:
        return
    steps = (replace(carrier.steps[0], command=""), *carrier.steps[1:])
    waiting = Reason("waiting_for_lift", {"lift": message.carrier})
    turn.emit(DriveSet(carrier.id, steps=steps, purpose=carrier.purpose, waiting=waiting))
    turn.set_timer(f"free:{carrier.id}", turn.now_ms + 10_000, "free", carrier.id)


# --- agents come and go ----------------------------------------------------------------------------------------------


def greeted(turn: Turn, event: Greeted) -> None:
    """Hear what the agent knows, settle what is unknown, and send again what it never had."""
    hello = event.hello
    turn.actor = hello.agent
    known = turn.state.agents.get(hello.agent)
    same = known is not None and known.connected and known.session == hello.session
    if not same:
        turn.emit(
            AgentHeard(
                hello.agent, session=hello.session, last_command=hello.last_command, last_report=hello.last_report
            )
        )
    for report in hello.carriers:
        _introduce(turn, hello.agent, report)
    _reconcile(turn, hello)
    retry_waiting(turn)


def _introduce(turn: Turn, agent: str, report: CarrierReport) -> None:
    hospital = turn.hospital
    lift = next((lift for lift in hospital.site.lifts if lift.id == report.carrier), None)
    if lift is not None:
        if lift.id not in turn.state.lifts:
            turn.emit(LiftChanged(LiftState(id=lift.id, agent=agent, floor=report.floor)))
        turn.grant.add(lift.id)
        return
    found = turn.state.carriers.get(report.carrier)
    if found is not None:
        if not found.steps and report.node and report.node in hospital.floor_of and found.node != report.node:
            turn.emit(CarrierKnown(replace(found, node=report.node)))
        turn.touch(found.id)
        return
    kind = _kind_of(turn, report.carrier)
    if kind is None:
        return  # the site does not know it: nothing is planned for it
    mode, fleet = kind
    turn.emit(
        CarrierKnown(
            Carrier(
                id=report.carrier,
                mode=mode,
                fleet=fleet,
                agent=agent,
                node=report.node,
                since_ms=turn.now_ms,
                battery=report.battery,
                shifts=turn.shifts.get(report.carrier, ()),
            )
        )
    )
    turn.touch(report.carrier)


def _kind_of(turn: Turn, id: str) -> tuple[ModeName, str] | None:
    hospital = turn.hospital
    if id in hospital.robots:
        return "robot", hospital.robots[id][0]
    if id in hospital.shift_of:
        return "porter", hospital.shift_of[id]
    if id in hospital.tubes:
        return "tube", id
    return None


def _reconcile(turn: Turn, hello: Hello) -> None:
    """Commands above the agent's last number go again; of the others the agent's word counts.

    An acknowledged command that the agent does not know means that it lost its memory: repeatable ones are given up
    and planned anew, once-only ones are in doubt.
    """
    fates = {fate.number: fate.fate for fate in hello.fates}
    mine = sorted(
        (c for c in turn.state.commands.values() if c.agent == hello.agent), key=lambda command: command.number
    )
    for command in mine:
        fate = fates.get(command.number)
        if command.number > hello.last_command and not command.acked:
            turn.sends.append((hello.agent, command.message))
        elif fate == "unknown" or (command.number > hello.last_command and command.acked):
            turn.emit(CommandClosed(command.id))
            _fate_unknown(turn, command)


def _fate_unknown(turn: Turn, command: OpenCommand) -> None:
    message = command.message
    if isinstance(message, SendCapsule):
        in_doubt(turn, turn.state.legs[message.leg], message.carrier, "send")
        return
    if isinstance(message, Lift):
        _lift_failed(turn, command, message)
        return
    carrier = turn.state.carriers[command.carrier]
    turn.emit(DriveSet(carrier.id, steps=(), purpose=""))
    turn.touch(carrier.id)
    if isinstance(message, Pick | Drop):
        act = "pick" if isinstance(message, Pick) else "drop"
        in_doubt(turn, turn.state.legs[message.leg], carrier.id, act)


def lost(turn: Turn, event: Lost) -> None:
    """An agent fell silent."""
    agent = turn.state.agents.get(event.agent)
    if agent is not None and agent.connected:
        turn.emit(AgentLost(event.agent))


def battery_seen(turn: Turn, event: BatterySeen) -> None:
    """A battery crossed a threshold."""
    report = event.report
    if report.battery is not None and report.carrier in turn.state.carriers:
        turn.emit(BatteryRead(report.carrier, battery=report.battery))
        turn.touch(report.carrier)
