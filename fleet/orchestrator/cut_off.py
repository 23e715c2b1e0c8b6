"""Cut off: what a robot cannot reach any more goes to others; what it has aboard is carried on from where it stands."""

from __future__ import annotations

from msgspec.structs import replace

from fleet.facts.jobs import JobHandedOn, JobTrouble
from fleet.facts.legs import LegExpected
from fleet.model import Carrier, Job, Leg, Timer
from fleet.modes import nearest
from fleet.orchestrator.choose import ranked, weigh
from fleet.orchestrator.plan_drive import plan_drive
from fleet.orchestrator.reach import can_come, can_serve, cut_from
from fleet.orchestrator.replan import UNSTARTED, being_picked, drop_plans, redirect, unplan
from fleet.orchestrator.turn import Turn
from fleet.views import Reason

PATIENCE_MS = 120_000
"""So long a robot that is cut off with a load stands before somebody else is sent for it: doors open, robots go."""
CUT_OFF = ("no_way", "no_route", "waiting_for_traffic")
"""What a robot says that has no way on."""
WAY_OPEN = Reason("way_open")


def without_way(turn: Turn, carrier: Carrier, node: str) -> Reason:
    """Why there is no way to a node for a carrier: the parts that separate it, if it can be said."""
    reason = cut_from(turn, carrier, node)
    return reason if reason.args else Reason("no_route", {"carrier": carrier.id})


def let_go(turn: Turn, robot: Carrier) -> None:
    """What a robot is to fetch and cannot, or could not bring, is weighed anew."""
    for id in dict.fromkeys(stop.leg for stop in robot.stops):
        leg = turn.state.legs.get(id)
        if leg is None or leg.state not in UNSTARTED or being_picked(turn, leg) or can_serve(turn, robot, leg):
            continue
        reason = cut_from(turn, robot, turn.hospital.node(leg.origin))
        unplan(turn, turn.state.jobs[leg.job], reason)
        turn.late_choose.add(leg.job)


def ways_blocked(turn: Turn) -> None:
    """Something is closed or has broken down: robots let go of what they cannot reach."""
    for robot in list(turn.state.carriers.values()):
        row = turn.state.drives.get(robot.id)
        if row is not None and not row.stuck:
            let_go(turn, robot)
    for leg in list(turn.state.legs.values()):
        if leg.state == "planned" and leg.mode == "robot" and not leg.carriers and leg.waiting is not None:
            unplan(turn, turn.state.jobs[leg.job], leg.waiting)
            turn.late_choose.add(leg.job)


def ways_open(turn: Turn) -> None:
    """Something is open again: robots go on with what they have aboard, unless somebody is on the way for it."""
    for robot in list(turn.state.carriers.values()):
        for id in robot.aboard if robot.mode == "robot" else ():
            leg = turn.state.legs[id]
            job = turn.state.jobs[leg.job]
            waits = leg.destination.startswith("@") and not _is_fetched(turn, job, leg)
            if leg.state == "picked_up" and (waits or job.state == "trouble"):
                _go_on(turn, robot, job, leg)


def _go_on(turn: Turn, robot: Carrier, job: Job, leg: Leg) -> None:
    wanted = job.origin if job.cancelling else job.destination
    destination = nearest(turn.hospital, turn.ways, wanted, "robot")
    if destination is None or not can_come(turn, robot, turn.hospital.node(destination)):
        return
    drop_plans(turn, job, WAY_OPEN)
    _hand_on(turn, robot, job, leg, destination, WAY_OPEN)
    redirect(turn, robot.id)


def _is_fetched(turn: Turn, job: Job, leg: Leg) -> bool:
    """Whether somebody has said that he comes to take the load, or takes it."""
    legs = [turn.state.legs[id] for id in job.legs]
    following = legs[legs.index(leg) + 1 :]
    robot = turn.state.carriers[leg.carriers[0]]
    giving = bool(robot.steps) and robot.steps[0].act == "drop" and bool(robot.steps[0].command)
    return giving or any(later.state not in ("planned", "offered") for later in following)


def note_cut_off(turn: Turn, robot: Carrier) -> None:
    """A robot that stands without a way on: what it has yet to fetch goes to others, what is aboard soon."""
    if robot.waiting is None or robot.waiting.code not in CUT_OFF:
        return
    let_go(turn, robot)
    timer = f"cut:{robot.id}"
    if timer not in turn.state.timers and any(_is_cut_off(turn, robot, id) for id in robot.aboard):
        turn.set_timer(timer, turn.now_ms + PATIENCE_MS, "cut", robot.id)


def _is_cut_off(turn: Turn, robot: Carrier, leg_id: str) -> bool:
    leg = turn.state.legs[leg_id]
    job = turn.state.jobs[leg.job]
    if leg.state != "picked_up" or leg.destination.startswith("@") or job.state == "trouble":
        return False
    node = turn.hospital.node(leg.destination)
    return not can_come(turn, robot, node) or plan_drive(turn, robot, node) is None


def hand_on(turn: Turn, timer: Timer) -> None:
    """A robot has been cut off for a while with loads aboard: others take them on, if there is somebody who can."""
    robot = turn.state.carriers.get(timer.subject)
    if robot is None or robot.steps or robot.status == "trouble":
        return
    for id in robot.aboard:
        if not _is_cut_off(turn, robot, id):
            continue
        leg = turn.state.legs[id]
        job = turn.state.jobs[leg.job]
        because = cut_from(turn, robot, turn.hospital.node(leg.destination))
        drop_plans(turn, job, because)
        _to_others(turn, robot, turn.state.jobs[job.id], leg, because)
    turn.touch(robot.id)


def _to_others(turn: Turn, robot: Carrier, job: Job, leg: Leg, because: Reason) -> None:
    _, ways = weigh(turn, replace(job, destination=job.origin) if job.cancelling else job)
    if not ways:
        turn.emit(JobTrouble(job.id, reason=because))
        return
    best = min(ways, key=lambda way: way.cost)
    candidates = ranked(candidate for way in ways for candidate in way.candidates)
    turn.emit(
        JobHandedOn(
            job.id,
            leg=leg.id,
            carrier=robot.id,
            destination=f"@{robot.node}",
            mode=best.option.mode,
            legs=best.legs,
            candidates=candidates,
            reason=because,
        )
    )
    turn.emit(LegExpected(best.legs[0].id, ready_ms=turn.now_ms))
    turn.assign.add(best.legs[0].id)


def _hand_on(turn: Turn, robot: Carrier, job: Job, leg: Leg, destination: str, reason: Reason) -> None:
    turn.emit(
        JobHandedOn(
            job.id,
            leg=leg.id,
            carrier=robot.id,
            destination=destination,
            mode="robot",
            legs=(),
            candidates=job.candidates,
            reason=reason,
        )
    )
