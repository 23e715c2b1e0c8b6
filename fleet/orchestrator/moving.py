"""A robot's move on its drive: told as far as traffic releases it, longer as that grows, ended where its base ends."""

from __future__ import annotations

from msgspec.structs import replace

from bus.messages import Move, Passed, Release
from fleet.driving import MoveUnderWay, RobotDrive
from fleet.facts.carriers import DriveSet
from fleet.facts.traffic import RobotTold
from fleet.model import Carrier, OpenCommand, Step
from fleet.orchestrator.command import open_command
from fleet.orchestrator.turn import Turn
from fleet.views import Reason

NOTICEABLE_MS = 15_000
"""A projection that moved less than this changes no promise."""


def send_move(turn: Turn, carrier: Carrier, step: Step, leg: str) -> str:
    """Tell a robot to drive to where its planned step ends, and to go as far as that is released."""
    lanes = turn.lanes
    first, last = lanes.drive(carrier.id).reached, step.until
    told = max(first, min(lanes.released(carrier.id), last))
    move = MoveUnderWay(first, last, told)
    asked = _to_ask(turn, carrier.id, move)
    way, at = turn.hospital.lanes.waypoints(carrier.fleet, lanes.drive(carrier.id).points[first : last + 1])
    command = open_command(
        turn,
        carrier.agent,
        carrier.id,
        lambda number: Move(
            number,
            0,
            carrier.id,
            nodes=tuple(way),
            released_to=at[told - first],
            leg=leg,
            report_at=tuple(at[index - first] for index in asked),
        ),
    )
    turn.emit(RobotTold(carrier.id, replace(move, asked=asked)))
    return command


def release(turn: Turn, robot: str) -> None:
    """Tell a robot that it may go farther, and what else is to be reported, if anything of that is new."""
    row = turn.state.drives.get(robot)
    if row is None or row.move is None:
        return
    move = row.move
    grown = replace(move, told=max(move.told, min(row.drive.released, move.last)))
    asked = tuple(index for index in _to_ask(turn, robot, grown) if index not in move.asked)
    if grown.told == move.told and not asked:
        return
    _tell(turn, row, replace(grown, asked=(*move.asked, *asked)), asked)
    carrier = turn.state.carriers[robot]
    if grown.told > move.told and carrier.waiting is not None and carrier.waiting.code == "waiting_for_traffic":
        turn.emit(DriveSet(robot, steps=carrier.steps, purpose=carrier.purpose))


def end_at_base(turn: Turn, robot: str) -> None:
    """Let a robot's move end where its base ends, so that it can be told something else there."""
    row = turn.state.drives.get(robot)
    if row is not None and row.move is not None and row.move.told < row.move.last:
        _tell(turn, row, replace(row.move, last=row.move.told), (), end=True)


def told_of(turn: Turn, row: RobotDrive, index: int) -> int:
    """Which point of its drive a robot has reached with this waypoint of its move."""
    move = row.move
    return 0 if move is None else move.first + _waypoints(turn, row, move).index(index)


def passed(turn: Turn, command: OpenCommand, report: Passed) -> None:
    """A robot came to a point that somebody waits for: what lies behind it is free."""
    row = turn.state.drives.get(command.carrier)
    carrier = turn.state.carriers.get(command.carrier)
    if row is None or row.move is None or carrier is None or not _is_its_move(carrier, command):
        return
    index = told_of(turn, row, report.index)
    reached(turn, carrier.id, index)
    waits = turn.lanes.waits_for(carrier.id)
    move = turn.state.drives[carrier.id].move
    if waits is not None and move is not None and index == move.told < move.last:
        reason = waiting_for(turn, *waits)
        turn.emit(DriveSet(carrier.id, steps=carrier.steps, purpose=carrier.purpose, waiting=reason))
    _expect_anew(turn, turn.state.carriers[carrier.id])


def _expect_anew(turn: Turn, carrier: Carrier) -> None:
    """Let the steps that are planned take what is projected now, when that is noticeably different."""
    times = turn.lanes.times(carrier.id, turn.now_ms)
    steps: list[Step] = []
    before_ms = carrier.since_ms
    for step in carrier.steps:
        if 0 < step.until < len(times):
            steps.append(replace(step, expected_ms=max(0, times[step.until] - before_ms)))
            before_ms = max(before_ms, times[step.until])
        else:
            steps.append(step)
    shift_ms = sum(step.expected_ms for step in steps) - sum(step.expected_ms for step in carrier.steps)
    if abs(shift_ms) >= NOTICEABLE_MS:
        turn.emit(DriveSet(carrier.id, steps=tuple(steps), purpose=carrier.purpose, waiting=carrier.waiting))
        turn.estimate.add(carrier.id)


def waiting_for(turn: Turn, robot: str, cell: int) -> Reason:
    """Why a robot stands: whom it waits for, and where."""
    return Reason("waiting_for_traffic", {"robot": robot, "place": turn.hospital.lanes.part_of(cell)})


def reached(turn: Turn, robot: str, index: int) -> None:
    """A robot has come to a point of its drive; those who may now go farther are told."""
    row = turn.state.drives.get(robot)
    if row is None:
        return
    index = min(index, row.drive.released)  # a drive may have been cut short while its robot rode in a lift
    if index > row.drive.reached:
        release_all(turn, turn.lanes.reached(robot, index, turn.now_ms))


def release_all(turn: Turn, grown: frozenset[str] = frozenset()) -> None:
    """Keep what has changed in traffic, and tell those whose released part has grown."""
    grown |= turn.lanes.grown()
    turn.keep_lanes()
    for robot in sorted(grown):
        release(turn, robot)


def arrived(turn: Turn, carrier: Carrier, step: Step) -> bool:
    """A robot's move or ride is done; whether its step is, or its move was ended before."""
    row = turn.state.drives.get(carrier.id)
    if row is None or step.act not in ("move", "ride"):
        return True
    if step.act == "ride":
        reached(turn, carrier.id, step.until)
        return True
    if row.move is None:
        return True
    turn.emit(RobotTold(carrier.id, None))
    reached(turn, carrier.id, row.move.told)
    return row.move.told >= step.until


def _to_ask(turn: Turn, robot: str, move: MoveUnderWay) -> tuple[int, ...]:
    """The points on the base of a move whose reaching matters to somebody; its end is told in any case."""
    lanes = turn.lanes
    watched = [index for index in lanes.watched(robot) if move.first < index <= move.told and index != move.last]
    waits = move.first < move.told < move.last and lanes.waits_for(robot) is not None
    return tuple(sorted({*watched, move.told} if waits else watched))


def _tell(turn: Turn, row: RobotDrive, move: MoveUnderWay, asked: tuple[int, ...], *, end: bool = False) -> None:
    carrier = turn.state.carriers[row.id]
    running = turn.state.commands.get(carrier.steps[0].command) if carrier.steps else None
    if running is None or not isinstance(running.message, Move):
        return
    at = _waypoints(turn, row, move)
    number_of_move = running.number
    open_command(
        turn,
        carrier.agent,
        carrier.id,
        lambda number: Release(
            number,
            0,
            carrier.id,
            move=number_of_move,
            released_to=at[move.told - move.first],
            report_at=tuple(at[index - move.first] for index in asked),
            onward=() if end else None,
        ),
    )
    turn.emit(RobotTold(row.id, move))


def _waypoints(turn: Turn, row: RobotDrive, move: MoveUnderWay) -> list[int]:
    """The index on its way at which each point of a move is reached."""
    points = turn.lanes.drive(row.id).points[move.first : move.last + 1]
    return turn.hospital.lanes.waypoints(row.drive.profile, points)[1]


def _is_its_move(carrier: Carrier, command: OpenCommand) -> bool:
    return bool(carrier.steps) and carrier.steps[0].command == command.id
