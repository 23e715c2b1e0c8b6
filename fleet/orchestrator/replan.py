"""Taking back what was planned: unassign legs, withdraw a job's plan, turn a carrier around."""

from __future__ import annotations

from bus.messages import Cancel, Move
from fleet.facts.carriers import DriveSet
from fleet.facts.jobs import JobUnplanned
from fleet.facts.legs import LegUnassigned, Plans
from fleet.model import Carrier, Job, Leg
from fleet.orchestrator.command import open_command
from fleet.orchestrator.moving import end_at_base
from fleet.orchestrator.queues import holds_lift, leave_queues
from fleet.orchestrator.turn import Turn
from fleet.views import Reason

WITHOUT_WAY = ("no_route", "no_way", "tube_down")
"""Why a person was asked that may pass when something is open again."""
UNSTARTED = ("planned", "offered", "accepted")


def being_picked(turn: Turn, leg: Leg) -> bool:
    """Whether a carrier is taking the load right now: from then on the leg is not taken from it.

    A capsule is taken from the moment it is sent for.
    """
    if leg.tube is not None:
        return leg.state == "offered"
    for id in leg.carriers:
        step = next(iter(turn.state.carriers[id].steps), None)
        if step is not None and (step.act, step.leg) == ("pick", leg.id) and step.command:
            return True
    return False


def plans_without(turn: Turn, leg: Leg) -> Plans:
    """The plans of the leg's carriers without the leg's stops."""
    return tuple(
        (id, tuple(stop for stop in carrier.stops if stop.leg != leg.id))
        for id in leg.carriers
        if (carrier := turn.state.carriers.get(id)) is not None  # a tube may not have said hello yet
    )


def unassign(turn: Turn, leg: Leg, reason: Reason, refused_by: tuple[str, ...] = ()) -> None:
    """Take a leg that is not picked up from its carriers; they turn to what is next."""
    turn.clear_timer(f"accept:{leg.id}")
    turn.clear_timer(f"retry:{leg.id}")
    carriers = leg.carriers
    turn.emit(LegUnassigned(leg.job, leg=leg.id, reason=reason, plans=plans_without(turn, leg), refused_by=refused_by))
    for id in carriers:
        redirect(turn, id)


def drop_plans(turn: Turn, job: Job, reason: Reason) -> None:
    """Unassign whatever of the job is not picked up yet."""
    for id in job.legs:
        leg = turn.state.legs[id]
        if leg.state in UNSTARTED and leg.carriers and not being_picked(turn, leg):
            unassign(turn, leg, reason)


def unplan(turn: Turn, job: Job, reason: Reason) -> None:
    """Withdraw all unfinished legs of a job, so that its modes are chosen anew from where the load is."""
    drop_plans(turn, job, reason)
    job = turn.state.jobs[job.id]
    gone = tuple(
        id
        for id in job.legs
        if (leg := turn.state.legs[id]).state not in ("delivered", "picked_up") and not being_picked(turn, leg)
    )
    turn.clear_timer(f"release:{job.id}")
    turn.emit(JobUnplanned(job.id, reason=reason, legs=gone))


def redirect(turn: Turn, carrier_id: str) -> None:
    """The carrier's plan changed: end its drive, unless it is in a lift or at a hand-over.

    A porter's ends at the next waypoint, a robot's where its base ends: what is released is not taken back.

    In a lift it goes on to the far lobby, where the next step is looked at anew; the hand-over at the end is off.
    """
    carrier = turn.state.carriers.get(carrier_id)
    if carrier is None:
        return
    if carrier.mode == "tube":
        turn.tubes.add(carrier_id)
        return
    turn.touch(carrier_id)
    if not carrier.steps:
        if carrier.waiting is not None:
            turn.emit(DriveSet(carrier_id, steps=(), purpose=""))
        return
    step = carrier.steps[0]
    if step.act in ("pick", "drop"):
        if not step.command:
            turn.emit(DriveSet(carrier_id, steps=(), purpose=""))
        return
    if holds_lift(turn, carrier_id):
        out = next((k for k, step in enumerate(carrier.steps) if step.act == "leave"), len(carrier.steps))
        drive = tuple(step for step in carrier.steps[: out + 1] if step.act not in ("pick", "drop"))
        turn.emit(DriveSet(carrier_id, steps=drive, purpose="home"))
        return
    if not step.command:
        leave_queues(turn, carrier_id)
        turn.emit(DriveSet(carrier_id, steps=(), purpose=""))
        return
    turn.emit(DriveSet(carrier_id, steps=(step,), purpose=""))
    if carrier.mode == "robot":
        end_at_base(turn, carrier_id)
    else:
        stop_move(turn, carrier)


def cut_short(turn: Turn, robot: str) -> None:
    """Traffic had to withdraw the rest of a robot's drive: where it is released to it looks for another."""
    redirect(turn, robot)
    end_at_base(turn, robot)


def redirect_all(turn: Turn) -> None:
    """The floor graph changed: every drive under way is looked at anew."""
    for carrier in list(turn.state.carriers.values()):
        redirect(turn, carrier.id)


def retry_without_way(turn: Turn) -> None:
    """Something is open again: jobs that had no way are chosen anew."""
    for job in turn.state.jobs.values():
        if job.state == "trouble" and job.reason is not None and job.reason.code in WITHOUT_WAY:
            turn.choose.add(job.id)


def stop_move(turn: Turn, carrier: Carrier) -> None:
    """Ask the agent to end the running move at its next waypoint, once."""
    running = turn.state.commands.get(carrier.steps[0].command)
    if running is None or not isinstance(running.message, Move):
        return
    for other in turn.state.commands.values():
        if (
            isinstance(other.message, Cancel)
            and other.carrier == carrier.id
            and other.message.command == running.number
        ):
            return
    open_command(turn, carrier.agent, carrier.id, lambda number: Cancel(number, 0, carrier.id, command=running.number))
