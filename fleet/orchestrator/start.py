"""Command, by step: move, lift, pick, drop and charge become instructions to the agents that can carry them out."""

from __future__ import annotations

from msgspec.structs import replace

from bus.messages import Charge, Drop, Lift, Move, Pick, Waypoint
from fleet.facts.carriers import CommandClosed, DriveSet, LiftChanged
from fleet.facts.legs import LegOffered
from fleet.model import Carrier, Leg, LiftState, Step
from fleet.orchestrator.command import open_command
from fleet.orchestrator.energy import call_next
from fleet.orchestrator.moving import send_move
from fleet.orchestrator.plan_drive import plan_drive, profile_of
from fleet.orchestrator.queues import holds_lift, leave_queues, next_rider
from fleet.orchestrator.stages import is_planned, plan_stage, reason_of, stand
from fleet.orchestrator.turn import Turn
from fleet.views import Reason
from routing.drives import DriveStage

CREEP_M_S = 0.3
"""Speed into and out of a lift cabin (assumed)."""
DETOUR_MS = 60_000
"""Another lift is taken if the way by it is at most so much longer: about what a ride keeps one waiting."""


def start_step(turn: Turn, carrier: Carrier) -> None:
    """Send the command of the carrier's first step, or note what it waits for."""
    step = carrier.steps[0]
    if step.act in ("move", "ride") and not _may_go(turn, carrier, step):
        return
    carrier = turn.state.carriers[carrier.id]
    step = carrier.steps[0]
    if step.act == "move":
        _move(turn, carrier, step)
    elif step.act == "call":
        _call(turn, carrier, step)
    elif step.act == "ride":
        _lift(turn, carrier, step, "enter")
    elif step.act == "leave":
        _leave(turn, carrier, step)
    elif step.act == "charge":
        _charge(turn, carrier, step)
    else:
        _handover(turn, carrier, step)


def _may_go(turn: Turn, carrier: Carrier, step: Step) -> bool:
    """Whether traffic holds the way for a robot up to its next bay; if not, it stands and says for whom it waits."""
    if carrier.mode != "robot" or is_planned(turn, carrier, step):
        return True
    refused = plan_stage(turn, carrier)
    if refused is None or _changes_lift(turn, carrier):
        return True
    stand(turn, turn.state.carriers[carrier.id], reason_of(turn, refused))
    return False


def _changes_lift(turn: Turn, carrier: Carrier) -> bool:
    """There is no room in the lobby ahead: whether it goes by another lift."""
    lift = next((step.lift for step in carrier.steps if step.act == "call"), "")
    if not lift or carrier.steps[0].act != "move" or holds_lift(turn, carrier.id):
        return False
    return _detour(turn, carrier, frozenset({lift}))


def _detour(turn: Turn, carrier: Carrier, avoided: frozenset[str]) -> bool:
    """Let traffic hold the nearest way by a lift whose lobby has room, if it is not much longer; whether it does.

    If not, the steps are those of the last way that was tried.
    """
    handover = carrier.steps[-1:] if carrier.purpose == "stop" else ()
    destination = next(step.node for step in reversed(carrier.steps) if step.node)
    longest_ms = _took_ms(carrier.steps) + DETOUR_MS
    waiting = carrier.waiting if carrier.purpose == "home" else None
    while True:
        steps = plan_drive(turn, carrier, destination, avoid_lifts=avoided)
        if not steps or steps[0].act != "move" or _took_ms(steps) > longest_ms:
            return False
        turn.emit(DriveSet(carrier.id, steps=(*steps, *handover), purpose=carrier.purpose, waiting=waiting))
        if plan_stage(turn, turn.state.carriers[carrier.id]) is None:
            return True
        lift = next((step.lift for step in steps if step.act == "call"), "")
        if not lift:
            return False
        avoided |= {lift}


def _commanded(turn: Turn, carrier: Carrier, command: str) -> None:
    steps = (replace(carrier.steps[0], command=command), *carrier.steps[1:])
    turn.emit(
        DriveSet(
            carrier.id, steps=steps, purpose=carrier.purpose, at_ms=turn.now_ms, charging=False,
            waiting=carrier.waiting if carrier.purpose == "home" else None,
        )
    )  # fmt: skip


def _move(turn: Turn, carrier: Carrier, step: Step) -> None:
    _end_charging(turn, carrier)
    call_next(turn, carrier)
    stop = carrier.stops[0] if carrier.stops and carrier.purpose == "stop" else None
    leg = turn.state.legs[stop.leg] if stop is not None else None
    leg_id = leg.id if leg is not None else ""
    send = send_move if carrier.mode == "robot" else _walk
    _commanded(turn, carrier, send(turn, carrier, step, leg_id))
    if leg is not None:
        _offer(turn, carrier, leg)


def _walk(turn: Turn, carrier: Carrier, step: Step, leg: str) -> str:
    """A porter's way is released as a whole: people make room for each other."""
    nodes = waypoints(turn, carrier, step.node)
    return open_command(
        turn,
        carrier.agent,
        carrier.id,
        lambda number: Move(number, 0, carrier.id, nodes=nodes, released_to=len(nodes) - 1, leg=leg),
    )


def _offer(turn: Turn, carrier: Carrier, leg: Leg) -> None:
    """The first command of a leg is its offer; a porter has some time to answer."""
    if leg.state != "planned" or carrier.id != leg.carriers[0]:
        return
    turn.emit(LegOffered(leg.job, leg=leg.id, carrier=carrier.id, at_ms=turn.now_ms))
    if carrier.mode == "porter":
        due_ms = turn.now_ms + round(turn.hospital.site.porters.accept_s * 1000)
        turn.set_timer(f"accept:{leg.id}", due_ms, "accept", leg.id, timeout=True)


def waypoints(turn: Turn, carrier: Carrier, node: str) -> tuple[Waypoint, ...]:
    """The way to a node as the agent drives it: speeds on lanes, dwells at doors (and for porters in lifts)."""
    hospital = turn.hospital
    if node.startswith("lift:") or carrier.node.startswith("lift:") or node == carrier.node:
        x_m, y_m = hospital.position_of[node]
        return (Waypoint(node, x_m, y_m, hospital.floor_of[node], CREEP_M_S),)
    stages = turn.ways.router.drive(profile_of(turn, carrier), carrier.node, node) or ()
    return tuple(waypoint for stage in stages if isinstance(stage, DriveStage) for waypoint in stage.waypoints) or (
        Waypoint(node, *hospital.position_of[node], hospital.floor_of[node], CREEP_M_S),
    )


def _end_charging(turn: Turn, carrier: Carrier) -> None:
    """The next move ends a charge."""
    for command in list(turn.state.commands.values()):
        if command.carrier == carrier.id and isinstance(command.message, Charge):
            turn.emit(CommandClosed(command.id))


def _call(turn: Turn, carrier: Carrier, step: Step) -> None:
    """Take the lift if it is free, another free one of its group if not, else wait in the lobby."""
    lift = turn.state.lifts.get(step.lift)
    if lift is None or not lift.heard:
        _wait_for_lift(turn, carrier, step, lift)
        return
    free = lift.holder is None and next_rider(turn, lift) in (None, carrier.id)
    if free or (lift.holder == carrier.id and not _lets_others_ride(turn, carrier, lift)):
        if not _may_go(turn, carrier, carrier.steps[1]):
            return
        carrier = turn.state.carriers[carrier.id]
        queue = tuple(waiting for waiting in lift.queue if waiting != carrier.id)
        turn.emit(LiftChanged(replace(lift, holder=carrier.id, queue=queue)))
        _lift(turn, carrier, carrier.steps[0], "call")
        return
    if not _take_another(turn, carrier, step):
        _wait_for_lift(turn, carrier, step, lift)


def _lets_others_ride(turn: Turn, carrier: Carrier, lift: LiftState) -> bool:
    """Whether the doors shut behind a robot that calls its lift again while others wait: they come first."""
    return bool(lift.queue) and any(
        isinstance(command.message, Lift) and (command.message.act, command.carrier) == ("exit", carrier.id)
        for command in turn.state.commands.values()
    )


def _take_another(turn: Turn, carrier: Carrier, step: Step) -> bool:
    """Drive over to a free lift of the same group, if there is one and the way by it is not much longer."""
    group = next((lifts for lifts in turn.hospital.lift_groups.values() if step.lift in lifts), ())
    lifts = {id: lift for id in group if (lift := turn.state.lifts.get(id)) is not None}
    if not any(lift.holder is None and not lift.queue and lift.heard for lift in lifts.values()):
        return False
    busy = frozenset(id for id, lift in lifts.items() if lift.holder is not None or lift.queue or not lift.heard)
    if not _detour(turn, carrier, busy):
        return False
    leave_queues(turn, carrier.id)
    start_step(turn, turn.state.carriers[carrier.id])
    return True


def _took_ms(steps: tuple[Step, ...]) -> int:
    return sum(step.expected_ms for step in steps if step.act not in ("pick", "drop"))


def _wait_for_lift(turn: Turn, carrier: Carrier, step: Step, lift: LiftState | None) -> None:
    if lift is not None and carrier.id not in lift.queue:
        turn.emit(LiftChanged(replace(lift, queue=(*lift.queue, carrier.id))))
    turn.emit(
        DriveSet(
            carrier.id,
            steps=carrier.steps,
            purpose=carrier.purpose,
            waiting=Reason("waiting_for_lift", {"lift": step.lift}),
            at_ms=turn.now_ms,
        )
    )


def _lift(turn: Turn, carrier: Carrier, step: Step, act: str) -> None:
    lift = turn.state.lifts[step.lift]
    command = open_command(
        turn,
        lift.agent,
        carrier.id,
        lambda number: Lift(number, 0, lift.id, act=act, rider=carrier.id, floor=step.floor),  # type: ignore[arg-type]  # one of the three acts
    )
    _commanded(turn, carrier, command)


def _leave(turn: Turn, carrier: Carrier, step: Step) -> None:
    """Tell the lift that its rider is out; the carrier drives on at once, the lift is free when its doors are shut."""
    lift = turn.state.lifts[step.lift]
    if lift.holder == carrier.id:
        open_command(
            turn,
            lift.agent,
            carrier.id,
            lambda number: Lift(number, 0, lift.id, act="exit", rider=carrier.id, floor=""),
        )
    steps = carrier.steps[1:]
    turn.emit(DriveSet(carrier.id, steps=steps, purpose=carrier.purpose if steps else "", at_ms=turn.now_ms))
    turn.drive.add(carrier.id)


def _charge(turn: Turn, carrier: Carrier, step: Step) -> None:
    open_command(turn, carrier.agent, carrier.id, lambda number: Charge(number, 0, carrier.id, bay=step.node))
    turn.emit(DriveSet(carrier.id, steps=(), purpose="", at_ms=turn.now_ms, charging=True, waiting=carrier.waiting))


def _handover(turn: Turn, carrier: Carrier, step: Step) -> None:
    """Take or give the load; with two porters the first signs when both are there, the second only lends hands."""
    leg = turn.state.legs[step.leg]
    if step.act == "pick" and not load_is_here(turn, leg):
        _wait(turn, carrier, Reason("waiting_for_load", {"leg": leg.id}))
        turn.drive.update(_givers(turn, leg))
        return
    if step.act == "drop" and leg.destination.startswith("@") and not _taker_is_there(turn, leg):
        _wait(turn, carrier, Reason("waiting_for_taker", {"leg": leg.id}))
        return
    lead = leg.carriers[0]
    if len(leg.carriers) > 1:
        if carrier.id != lead:
            turn.drive.add(lead)
        partners = [turn.state.carriers[id] for id in leg.carriers]
        if carrier.id != lead or not all(_at_handover(partner, step) for partner in partners):
            _wait(turn, carrier, Reason("waiting_for_partner", {"leg": leg.id}))
            return
    job = turn.state.jobs[leg.job]
    person = turn.hospital.loads[job.load].person
    place = leg.origin if step.act == "pick" else leg.destination
    duration_s = turn.hospital.handover_ms(place) / 1000
    if step.act == "pick":
        _offer(turn, carrier, leg)
        command = open_command(
            turn,
            carrier.agent,
            carrier.id,
            lambda number: Pick(number, 0, carrier.id, leg=leg.id, station=place, duration_s=duration_s, person=person),
        )
    else:
        command = open_command(
            turn,
            carrier.agent,
            carrier.id,
            lambda number: Drop(number, 0, carrier.id, leg=leg.id, station=place, duration_s=duration_s),
        )
    _commanded(turn, carrier, command)


def load_is_here(turn: Turn, leg: Leg) -> bool:
    """Whether the leg before this one has been delivered: nobody takes what is still on its way."""
    legs = turn.state.jobs[leg.job].legs
    return all(turn.state.legs[id].state == "delivered" for id in legs[: legs.index(leg.id)])


def _givers(turn: Turn, leg: Leg) -> tuple[str, ...]:
    """The robot that is to give the load where it stands, if it is not given at a station."""
    legs = turn.state.jobs[leg.job].legs
    before = legs.index(leg.id) - 1
    return turn.state.legs[legs[before]].carriers if before >= 0 and leg.origin.startswith("@") else ()


def _taker_is_there(turn: Turn, leg: Leg) -> bool:
    """Whether somebody stands ready to take a load from where its robot stands."""
    legs = turn.state.jobs[leg.job].legs
    later = [turn.state.legs[id] for id in legs[legs.index(leg.id) + 1 :][:1]]
    takers = [turn.state.carriers[id] for following in later for id in following.carriers]
    return bool(takers) and all(_at_handover(taker, Step("pick", leg=later[0].id)) for taker in takers)


def _wait(turn: Turn, carrier: Carrier, reason: Reason) -> None:
    if carrier.waiting != reason:
        turn.emit(DriveSet(carrier.id, steps=carrier.steps, purpose=carrier.purpose, waiting=reason, at_ms=turn.now_ms))


def _at_handover(carrier: Carrier, step: Step) -> bool:
    return bool(carrier.steps) and (carrier.steps[0].act, carrier.steps[0].leg) == (step.act, step.leg)
