"""A robot's drive in stages: to the lobby of a lift, where the wait is spent, or on to its stop; each ends in a bay."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise

from msgspec.structs import replace

from fleet.facts.carriers import DriveSet
from fleet.facts.traffic import TrafficChanged
from fleet.model import Carrier, Step
from fleet.orchestrator.blocking import block_lanes, breaks_down
from fleet.orchestrator.moving import release, release_all, waiting_for
from fleet.orchestrator.queues import give_back_lift, holds_lift, leave_queues
from fleet.orchestrator.reach import no_way
from fleet.orchestrator.turn import Turn
from fleet.views import Reason
from routing.traffic.control import Drive, Refused, Stop
from routing.traffic.recovery import out_together

RETRY_MS = 60_000
"""How soon a robot that found no way looks again when nobody has moved for it."""
NEAR_BAYS = 12
"""So many bays are tried by a robot that stands in a lane: its home, then the nearest."""


def enter_traffic(turn: Turn, carrier: Carrier) -> bool:
    """Let a robot that has said where it stands take part in traffic; whether it does."""
    if carrier.id in turn.state.drives:
        return True
    lanes = turn.hospital.lanes
    home = lanes.bays_at(turn.hospital.home_node(carrier.id))
    for point in chain(lanes.points_at(carrier.node), lanes.beside(carrier.node)):
        try:
            withdrawn = turn.lanes.place(carrier.id, lanes.profile[carrier.fleet], point, home[0] if home else None)
        except ValueError:
            continue  # somebody has this point
        release_all(turn)
        turn.withdrawn.update(withdrawn)
        block_lanes(turn)
        return True
    return False


def forget_other_lanes(turn: Turn) -> None:
    """After a change of the site what was known of traffic has no meaning: robots enter it anew where they stand."""
    state = turn.state
    rows = list(state.drives.values())
    cells = (*state.traffic.blocked, *state.cell_orders.ids())
    if not rows or turn.hospital.lanes.knows((point for row in rows for point in row.drive.points), cells):
        return
    turn.emit(
        TrafficChanged(
            drives=(),
            gone=tuple(state.drives.ids()),
            orders=tuple((cell, ()) for cell in state.cell_orders.ids()),
            blocked=(),
            now_ms=turn.now_ms,
        )
    )


def stands_at(turn: Turn, carrier: Carrier) -> None:
    """A robot without a drive says where it stands: if that is elsewhere than traffic has it, it is there from now.

    A lift that was held for it is free when it stands outside.
    """
    give_back_lift(turn, carrier)
    row = turn.state.drives.get(carrier.id)
    if row is not None:
        lanes = turn.hospital.lanes
        here = {lanes.network.points[point] for point in lanes.around(carrier.node)}
        if row.drive.points[row.drive.reached] in here:
            return
        turn.lanes.remove(carrier.id)
        release_all(turn)
    if enter_traffic(turn, carrier) and carrier.status == "trouble":
        breaks_down(turn, carrier.id)


def is_planned(turn: Turn, carrier: Carrier, step: Step) -> bool:
    """Whether traffic holds what the step needs."""
    row = turn.state.drives.get(carrier.id)
    return row is not None and 0 < step.until < len(row.drive.points)


def plan_stage(turn: Turn, carrier: Carrier) -> Refused | None:
    """Commit a drive for the steps up to the next call of a lift, and mark where in it each of them ends."""
    if not enter_traffic(turn, carrier):
        return Refused("cut", (), ())
    end = next((k for k, step in enumerate(carrier.steps) if k > 0 and step.act == "call"), len(carrier.steps))
    stage = [step for step in carrier.steps[:end] if step.node and step.act in ("move", "ride")]
    found = _best(turn, carrier, stage)
    if isinstance(found, Refused):
        return found
    turn.clear_timer(f"cut:{carrier.id}")
    before = turn.state.drives[carrier.id].drive
    start = before.released if before.reached < before.released else 0
    grown = turn.lanes.commit(found, turn.now_ms)
    steps = (*_marked(turn, carrier.steps[:end], found, start), *carrier.steps[end:])
    turn.emit(DriveSet(carrier.id, steps=steps, purpose=carrier.purpose, waiting=_kept_reason(carrier)))
    release_all(turn, grown)
    _ask_those_ahead(turn, found)
    _wake(turn, carrier.id)
    return None


def end_old_drive(turn: Turn, carrier: Carrier) -> bool:
    """A robot that stands without a move gives its old drive up in a bay; elsewhere it has to drive it to its end.

    Returns whether there is such a drive now. So everybody comes to a bay, whatever was wanted meanwhile.
    """
    row = turn.state.drives.get(carrier.id)
    if row is None or row.move is not None or row.drive.reached + 1 == len(row.drive.points):
        return False
    network = turn.hospital.lanes.network
    points = turn.lanes.drive(carrier.id).points
    if network.bay[points[row.drive.reached]]:
        turn.withdrawn.update(turn.lanes.halt(carrier.id, row.drive.reached, turn.now_ms) - {carrier.id})
        release_all(turn)
        _wake(turn, carrier.id)
        return False
    last = Step("move", node=network.nodes[points[-1]], until=len(points) - 1)
    turn.emit(DriveSet(carrier.id, steps=(last,), purpose="home", waiting=carrier.waiting, at_ms=turn.now_ms))
    return True


def clear_the_lane(turn: Turn, carrier: Carrier) -> bool:
    """A robot that stands in a lane and may not go where it should goes to the nearest bay of its floor that is free.

    Returns whether there is one that it can come to.
    """
    if carrier.id not in turn.state.drives or not turn.lanes.in_the_way(carrier.id):
        return False
    network = turn.hospital.lanes.network
    for bay in turn.lanes.bays(carrier.id)[:NEAR_BAYS]:
        found = _plan(turn, carrier, bay)
        if isinstance(found, Drive) and not _enters(turn, found):
            release_all(turn, turn.lanes.commit(found, turn.now_ms))
            _ask_those_ahead(turn, found)
            last = Step("move", node=network.nodes[bay], until=len(found.points) - 1)
            turn.emit(DriveSet(carrier.id, steps=(last,), purpose="home", waiting=carrier.waiting, at_ms=turn.now_ms))
            return True
    return False


def untangle(turn: Turn, carrier: Carrier) -> bool:
    """Robots that stand in lanes in one another's way, of which none can go alone, come out together.

    They keep out of lifts, which nobody has called. Returns whether this one now has a drive, to be begun as an old one
    is ended.
    """
    if not _is_in_a_lane(turn, carrier):
        return False
    others = [other.id for other in turn.state.carriers.values() if other is not carrier and _is_in_a_lane(turn, other)]
    lifts = [cell for name, cell in turn.hospital.lanes.cell.items() if name.startswith("lift:")]
    sent = out_together(turn.lanes, carrier.id, others, turn.now_ms, closed=lifts)
    release_all(turn)
    turn.drive.update(sent)
    return bool(sent) and end_old_drive(turn, carrier)


def _is_in_a_lane(turn: Turn, carrier: Carrier) -> bool:
    """Whether a robot that could drive stands without a drive where others would come through."""
    row = turn.state.drives.get(carrier.id)
    stands = row is not None and row.move is None and not row.stuck and row.drive.reached + 1 == len(row.drive.points)
    able = carrier.status != "trouble" and carrier.heard and not carrier.steps
    return stands and able and not carrier.node.startswith("lift:") and turn.lanes.in_the_way(carrier.id)


def _kept_reason(carrier: Carrier) -> Reason | None:
    return carrier.waiting if carrier.purpose == "home" else None


def _best(turn: Turn, carrier: Carrier, stage: Sequence[Step]) -> Drive | Refused:
    """The drive that arrives first at one of the bays of the stage's end, by the lift that its steps name."""
    lanes = turn.hospital.lanes
    cabins = [point for step in stage if step.node.startswith("lift:") for point in lanes.points_at(step.node)]
    entering = sum(step.act == "move" and step.node.startswith("lift:") for step in stage)
    refused = Refused("cut", (), ())
    best: Drive | None = None
    for bay in lanes.bays_at(stage[-1].node):
        found = _plan(turn, carrier, *cabins, bay)
        if isinstance(found, Refused):
            refused = found
        elif _enters(turn, found) == entering and (best is None or found.times_ms[-1] < best.times_ms[-1]):
            best = found
    return best or refused


def _plan(turn: Turn, carrier: Carrier, *points: int) -> Drive | Refused:
    return turn.planner.lanes.plan(turn.state, carrier.id, tuple(Stop(point) for point in points), turn.now_ms)


def _enters(turn: Turn, drive: Drive) -> int:
    """How many lifts a drive comes into: a way round through lifts that nobody has called is none."""
    network = turn.hospital.lanes.network
    cells = [network.cells[network.cell[point]] for point in drive.points[drive.reached :]]
    return sum(after.startswith("lift:") and after != before for before, after in pairwise(cells))


def _marked(turn: Turn, steps: Sequence[Step], drive: Drive, start: int) -> list[Step]:
    """The steps with the index of the drive at which each ends, and its projected time."""
    network = turn.hospital.lanes.network
    marked: list[Step] = []
    at = start
    moves = [k for k, step in enumerate(steps) if step.act == "move"]
    for k, step in enumerate(steps):
        if step.act == "call":
            step = replace(step, expected_ms=0)  # noqa: PLW2901 - the projection has the coming of the cabin
        if step.act not in ("move", "ride"):
            marked.append(step)
            continue
        before = at
        if k == moves[-1]:
            at = len(drive.points) - 1
        elif step.node.startswith("lift:"):
            at = next(i for i in range(at, len(drive.points)) if network.nodes[drive.points[i]] == step.node)
        else:
            inside = network.cell[drive.points[at]]
            at = next(i for i in range(at, len(drive.points)) if network.cell[drive.points[i]] != inside)
        marked.append(replace(step, until=at, expected_ms=drive.times_ms[at] - drive.times_ms[before]))
    return marked


def _ask_those_ahead(turn: Turn, drive: Drive) -> None:
    """Robots that have a cell on this drive are to tell when they leave it."""
    network = turn.hospital.lanes.network
    path = {int(network.cell[point]) for point in drive.points[drive.reached :]}
    for row in list(turn.state.drives.values()):
        if row.move is not None and row.id != drive.robot and not path.isdisjoint(turn.lanes.cells(row.id)):
            release(turn, row.id)


def _wake(turn: Turn, robot: str) -> None:
    """Whoever waits for this robot looks again."""
    for carrier in turn.state.carriers.values():
        if waits_for(carrier) == robot:
            turn.drive.add(carrier.id)


def waits_for(carrier: Carrier) -> str:
    """The robot whose place this one waits for, or nothing."""
    waiting = carrier.waiting
    return str(waiting.args["robot"]) if waiting is not None and waiting.code == "waiting_for_traffic" else ""


def is_wanted(turn: Turn, robot: str) -> bool:
    """Whether somebody waits for the place where this robot stands."""
    return any(waits_for(carrier) == robot for carrier in turn.state.carriers.values())


def reason_of(turn: Turn, refused: Refused) -> Reason:
    """Whom a robot waits for, or what separates it from its goal."""
    if refused.robots:
        return waiting_for(turn, refused.robots[0], refused.cells[0])
    return no_way(turn, refused.cells)


def stand(turn: Turn, carrier: Carrier, reason: Reason) -> None:
    """There is no way for now: the robot stands, and looks again when somebody has moved, or after a while.

    While it holds a lift its steps stay: there is only the way out.
    """
    steps = carrier.steps if holds_lift(turn, carrier.id) else ()
    purpose = carrier.purpose if steps else ""
    turn.emit(DriveSet(carrier.id, steps=steps, purpose=purpose, waiting=reason))
    leave_queues(turn, carrier.id)
    turn.set_timer(f"free:{carrier.id}", turn.now_ms + RETRY_MS, "free", carrier.id)
    holder = str(reason.args.get("robot", ""))
    if holder and holder not in turn.asked_to_go:
        turn.asked_to_go.add(holder)
        turn.drive.add(holder)
