"""What nobody may enter: parts closed by people, and where a broken robot may stand."""

from __future__ import annotations

from fleet.driving import RobotDrive
from fleet.facts.traffic import RobotStuck, RobotTold
from fleet.orchestrator.cut_off import ways_blocked, ways_open
from fleet.orchestrator.moving import release_all
from fleet.orchestrator.plan_drive import blocked_lifts
from fleet.orchestrator.replan import redirect, retry_without_way
from fleet.orchestrator.turn import Turn


def block_lanes(turn: Turn) -> None:
    """Bring traffic in step with closures and broken robots; drives that lead through are cut short."""
    if not len(turn.state.drives):
        return
    lanes = turn.hospital.lanes
    closed = {closure.target for closure in turn.state.closures.values()} - turn.hospital.tube_parts
    wanted = {lanes.network.cells[cell] for cell in lanes.blocked(sorted(closed))}
    wanted.update(cell for row in turn.state.drives.values() for cell in row.stuck)
    before = set(turn.state.traffic.blocked)
    if wanted == before:
        return
    turn.lanes.unblock([lanes.cell[cell] for cell in sorted(before - wanted)])
    turn.withdrawn.update(turn.lanes.block([lanes.cell[cell] for cell in sorted(wanted - before)]))
    release_all(turn)
    if wanted - before:
        ways_blocked(turn)
    if before - wanted:
        retry_without_way(turn)
        ways_open(turn)
    for carrier in list(turn.state.carriers.values()):
        if carrier.waiting is None:
            continue
        if carrier.waiting.code in ("waiting_for_traffic", "no_way"):
            turn.drive.add(carrier.id)
        elif carrier.waiting.args.get("lift") in blocked_lifts(turn):
            redirect(turn, carrier.id)


def stopped(turn: Turn, robot: str, node: str, *, broken: bool = False, beyond: bool = False) -> None:
    """A robot's move has ended where it last passed `node`: what was released beyond is free again.

    Where a broken one stands nobody enters until a person has put it back; `beyond`, that is also the point ahead.
    """
    row = turn.state.drives.get(robot)
    if row is None:
        return
    index = _where(turn, row, node)
    turn.withdrawn.update(turn.lanes.halt(robot, index, turn.now_ms) - {robot})
    turn.emit(RobotTold(robot, None))
    if broken:
        network = turn.hospital.lanes.network
        beyond = beyond or _is_between_points(turn, row, index, node)
        ahead = [turn.hospital.lanes.cell_of[point] for point in row.drive.points[index : index + 1 + beyond]]
        turn.emit(RobotStuck(robot, tuple(dict.fromkeys(network.cells[cell] for cell in ahead))))
    release_all(turn)
    block_lanes(turn)


def breaks_down(turn: Turn, robot: str) -> None:
    """A robot without a move stands and cannot go: nobody enters there until a person has put it back."""
    place = turn.state.drives[robot].drive.points[-1]
    turn.emit(RobotStuck(robot, (turn.hospital.lanes.network.cells[turn.hospital.lanes.cell_of[place]],)))
    block_lanes(turn)


def well_again(turn: Turn, robot: str) -> None:
    """A person has put a robot back: its place is a place like others."""
    row = turn.state.drives.get(robot)
    if row is not None and row.stuck:
        turn.emit(RobotStuck(robot, ()))
        block_lanes(turn)


def _is_between_points(turn: Turn, row: RobotDrive, index: int, node: str) -> bool:
    """Whether a node lies on the way from a point of a drive to the next."""
    network = turn.hospital.lanes.network
    return node != "" and node != network.nodes[turn.lanes.drive(row.id).points[index]]


def _where(turn: Turn, row: RobotDrive, node: str) -> int:
    """The last point that a robot has reached on its move when `node` was the last that it passed."""
    move = row.move
    if move is None:
        return row.drive.reached
    points = turn.lanes.drive(row.id).points[move.first : move.told + 1]
    way, at = turn.hospital.lanes.waypoints(row.drive.profile, points)
    passed = [k for k, waypoint in enumerate(way) if waypoint.node == node]
    if not passed:
        return row.drive.reached
    return max(row.drive.reached, move.first + max(i for i, k in enumerate(at) if k <= passed[-1]))
