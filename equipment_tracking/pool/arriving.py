"""What follows from where an asset is, whoever says so: loans end at home, rooms suggest, exits warn."""

from __future__ import annotations

from typing import Final

from equipment_tracking.pool.asked.common import leave, withdraw_recalled
from equipment_tracking.pool.facts.cycle import Used
from equipment_tracking.pool.facts.watching import Entered, StateSuggested
from equipment_tracking.pool.model import Item, ItemState
from equipment_tracking.pool.turn import Turn

PLAUSIBLE: Final[dict[ItemState, tuple[ItemState, ...]]] = {
    "ready": ("used", "to_cleaning", "cleaned"),
    "used": ("in_use", "cleaned", "ready", "lost"),
    "in_use": ("ready",),
    "received": ("defective",),
}
"""A room suggests a state only to these: nothing is suggested out of quarantine or off the bench."""


def arrive(turn: Turn, item: Item, place: str, room_kind: str, ward: str) -> None:
    """It came into this room: a loan ends at home, an exit is an alarm, and the kind of the room suggests a state."""
    turn.emit(Entered(item.id, turn.now_ms, place, ward))
    loan = turn.state.loans.get(item.loan)
    gone = loan is not None and turn.now_ms - loan.since_ms >= turn.rules.leaving_ms
    if gone and place == turn.rules.room_of(turn.state.assets[item.id].home):
        leave(turn, item, "seen_home")
        turn.emit(Used(item.id, turn.now_ms, item.holder))
        withdraw_recalled(turn, item.id)
    turn.alarm("exit", item.id, on=place in turn.rules.exits)
    suggest(turn, item.id, room_kind)


def suggest(turn: Turn, asset: str, room_kind: str) -> None:
    """What the kind of its room makes likely (a lost one was probably found), or nothing any more."""
    item = turn.state.items[asset]
    likely = "used" if item.state == "lost" else turn.rules.suggestions.get(room_kind)
    if likely is not None and item.state not in PLAUSIBLE.get(likely, ()):
        likely = None
    propose(turn, item, likely)


def propose(turn: Turn, item: Item, likely: ItemState | None) -> None:
    """Suggest this state, or none, if that is news."""
    if likely != item.suggestion:
        turn.emit(StateSuggested(item.id, turn.now_ms, likely), by_service=True)
