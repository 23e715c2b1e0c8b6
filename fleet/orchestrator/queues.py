"""What a carrier holds or waits for besides lanes: lifts and the slots of stations."""

from __future__ import annotations

from msgspec.structs import replace

from fleet.facts.carriers import LiftChanged, SlotHeld
from fleet.model import Carrier, LiftState
from fleet.orchestrator.turn import Turn

WANTS_SLOT = "waiting_for_slot"


def holds_lift(turn: Turn, carrier: str) -> bool:
    """Whether a lift is held for this carrier."""
    return any(lift.holder == carrier for lift in turn.state.lifts.values())


def has_called(carrier: Carrier, lift: str) -> bool:
    """Whether a carrier has called this lift and not left it yet: what it does next with it follows from its call."""
    ahead = [step for step in carrier.steps if step.lift == lift]
    return bool(ahead) and (ahead[0].act != "call" or bool(ahead[0].command))


def next_rider(turn: Turn, lift: LiftState) -> str | None:
    """The first in the lift's queue that can move now; one that is silent or broken keeps its place behind."""
    for id in lift.queue:
        carrier = turn.state.carriers[id]
        if carrier.heard and carrier.status != "trouble":
            return id
    return None


def leave_queues(turn: Turn, carrier: str) -> None:
    """The carrier waits for no lift any more; whoever is next there looks again."""
    for lift in list(turn.state.lifts.values()):
        if carrier in lift.queue:
            turn.emit(LiftChanged(replace(lift, queue=tuple(waiting for waiting in lift.queue if waiting != carrier))))
            turn.grant.add(lift.id)


def give_back_lift(turn: Turn, carrier: Carrier) -> None:
    """A lift that was held for a robot is free when that stands outside, by its own word or a person's."""
    for lift in list(turn.state.lifts.values()):
        if lift.holder == carrier.id and not carrier.node.startswith(f"lift:{lift.id}@"):
            turn.emit(LiftChanged(replace(lift, holder=None)))
            turn.grant.add(lift.id)


def give_back_slot(turn: Turn, carrier: Carrier) -> None:
    """The carrier leaves its slot; robots that waited for one there look again."""
    if carrier.slot is None:
        return
    station = carrier.slot
    turn.emit(SlotHeld(carrier.id, station=None))
    for other in turn.state.carriers.values():
        if other.waiting is not None and other.waiting.args.get("station") == station:
            turn.drive.add(other.id)


def is_slot_wanted(turn: Turn, station: str) -> bool:
    """Whether a robot waits at home for a slot there."""
    return any(wants_slot(other, station) for other in turn.state.carriers.values())


def wants_slot(carrier: Carrier, station: str) -> bool:
    """Whether a robot waits for a slot at a station."""
    waiting = carrier.waiting
    return waiting is not None and (waiting.code, waiting.args.get("station")) == (WANTS_SLOT, station)
