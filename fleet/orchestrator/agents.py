"""Settle: agents come and go; after a restart their word and ours are reconciled before anything is sent again."""

from __future__ import annotations

from msgspec.structs import replace

from bus.messages import Cancel, CarrierReport, Charge, Drop, Failed, Hello, Lift, Pick, Release, SendCapsule
from fleet.events import BatterySeen, Greeted, Lost, StandsElsewhere
from fleet.facts.carriers import (
    AgentHeard,
    AgentLost,
    BatteryRead,
    CarrierKnown,
    CommandClosed,
    DriveSet,
    LiftChanged,
)
from fleet.facts.traffic import RobotTold
from fleet.model import Carrier, LiftState, OpenCommand
from fleet.orchestrator.blocking import stopped
from fleet.orchestrator.command import open_command
from fleet.orchestrator.energy import spare_reserve
from fleet.orchestrator.handover import in_doubt
from fleet.orchestrator.operations import retry_waiting
from fleet.orchestrator.reports import lift_failed
from fleet.orchestrator.stages import stands_at
from fleet.orchestrator.tube_reports import capsule_failed, capsule_unknown
from fleet.orchestrator.turn import Turn
from fleet.views import ModeName


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
        if found.mode == "robot" and not found.steps:
            stands_at(turn, turn.state.carriers[found.id])
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
    if mode == "robot":
        stands_at(turn, turn.state.carriers[report.carrier])
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

    One below it that was never acknowledged and of which the agent knows nothing never came: it is given anew.
    An acknowledged command that the agent does not know means that it lost its memory: repeatable ones are given up
    and planned anew, once-only ones are in doubt.
    """
    fates = {fate.number: fate.fate for fate in hello.fates}
    stands = {report.carrier: report.node for report in hello.carriers if report.node in turn.hospital.floor_of}
    mine = sorted(
        (c for c in turn.state.commands.values() if c.agent == hello.agent), key=lambda command: command.number
    )
    for command in mine:
        fate = fates.get(command.number)
        if command.number > hello.last_command and not command.acked:
            turn.sends.append((hello.agent, command.message))
        elif fate == "unknown" or (command.number > hello.last_command and command.acked):
            turn.emit(CommandClosed(command.id))
            _fate_unknown(turn, command, stands.get(command.carrier))
        elif fate is None and not command.acked:
            turn.emit(CommandClosed(command.id))
            _never_came(turn, command)


def _never_came(turn: Turn, command: OpenCommand) -> None:
    """The command was lost on its way, and the agent does not wait for it any more: nothing of it has happened."""
    message, carrier = command.message, turn.state.carriers[command.carrier]
    if isinstance(message, SendCapsule):
        capsule_failed(turn, command, message, Failed(0, command.number, turn.now_ms, "lost"))
    elif isinstance(message, Lift | Release | Charge):
        _fate_unknown(turn, command, None)
    elif isinstance(message, Cancel):
        if f"{command.agent}#{message.command}" in turn.state.commands:
            open_command(turn, command.agent, command.carrier, lambda number: replace(message, number=number))
    elif carrier.steps and carrier.steps[0].command == command.id:
        if carrier.id in turn.state.drives:
            turn.emit(RobotTold(carrier.id, None))
        steps = (replace(carrier.steps[0], command=""), *carrier.steps[1:])
        turn.emit(DriveSet(carrier.id, steps=steps, purpose=carrier.purpose))
        turn.touch(carrier.id)


def _fate_unknown(turn: Turn, command: OpenCommand, node: str | None) -> None:
    """The command is over; its carrier stands at `node`, if the agent knows."""
    message = command.message
    if isinstance(message, SendCapsule):
        capsule_unknown(turn, command, message)
        return
    if isinstance(message, Lift):
        if message.act == "exit":
            open_command(turn, command.agent, command.carrier, lambda number: replace(message, number=number))
        else:
            lift_failed(turn, command, message)
        return
    if isinstance(message, Release):
        if f"{command.agent}#{message.move}" in turn.state.commands:
            open_command(turn, command.agent, command.carrier, lambda number: replace(message, number=number))
        return
    carrier = turn.state.carriers[command.carrier]
    if carrier.steps and carrier.steps[0].command != command.id:
        return
    turn.emit(DriveSet(carrier.id, steps=(), purpose="", node=node, charging=False))
    if carrier.mode == "robot":
        stopped(turn, carrier.id, turn.state.carriers[carrier.id].node)
        stands_at(turn, turn.state.carriers[carrier.id])
    turn.touch(carrier.id)
    if carrier.steps and isinstance(message, Pick | Drop):
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
        spare_reserve(turn, report.carrier)
        turn.touch(report.carrier)


def stands_elsewhere(turn: Turn, event: StandsElsewhere) -> None:
    """People have moved a robot: it is where it says, and goes on from there if it is in service."""
    report = event.report
    carrier = turn.state.carriers.get(report.carrier)
    if carrier is None or carrier.steps or report.node not in turn.hospital.floor_of or report.node == carrier.node:
        return
    turn.emit(CarrierKnown(replace(carrier, node=report.node)))
    stands_at(turn, turn.state.carriers[carrier.id])
    turn.touch(carrier.id)
