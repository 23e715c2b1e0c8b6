"""What is observed, not asked: rooms that assets come into, batteries of their tags, the fleet's answers."""

from __future__ import annotations

from typing import Final

from equipment_tracking.pool.arriving import arrive
from equipment_tracking.pool.asked.carrying import let_go
from equipment_tracking.pool.events import Seen, TagHeard, Told
from equipment_tracking.pool.facts.watching import (
    BatteryRead,
    TransportEnded,
    TransportTaken,
)
from equipment_tracking.pool.turn import Turn
from ledger.vocabulary import JobCreated, JobDelivered, TransportRefused

BATTERY_STEP: Final = 0.01
"""Smaller changes of a tag's battery are not kept."""


def seen(turn: Turn, event: Seen) -> None:
    """It is in this room now; what nobody has registered is nobody's business."""
    item = turn.state.items.get(event.asset)
    if item is None or item.place == event.place:
        return
    arrive(turn, item, event.place, event.room_kind, event.ward)


def tag_heard(turn: Turn, event: TagHeard) -> None:
    """Warn when the tag's battery is low, until it is clearly not."""
    item = turn.state.items.get(event.asset)
    if item is None:
        return
    if item.battery is None or abs(item.battery - event.battery) >= BATTERY_STEP:
        turn.emit(BatteryRead(item.id, event.battery))
    if event.battery < turn.rules.low_battery:
        turn.alarm("battery", item.id, on=True)
    elif event.battery >= turn.rules.fine_battery:
        turn.alarm("battery", item.id, on=False)


def told(turn: Turn, event: Told) -> None:
    """The fleet's answer to a wish; answers to others' keys, or to one that has ended, are not ours."""
    answer = event.answer
    transport = turn.state.transports.get(answer.created.key if isinstance(answer, JobCreated) else answer.key)
    if transport is None:
        return
    if isinstance(answer, JobCreated):
        turn.emit(TransportTaken(transport.asset, turn.now_ms, transport.id, answer.job))
    elif isinstance(answer, JobDelivered):
        turn.emit(
            TransportEnded(transport.asset, turn.now_ms, transport.id, "delivered", destination=answer.destination)
        )
        _delivered(turn, transport.asset, turn.rules.room_of(answer.destination))
    else:
        rules = answer.rules if isinstance(answer, TransportRefused) else ()
        how = "refused" if isinstance(answer, TransportRefused) else "cancelled"
        turn.emit(TransportEnded(transport.asset, turn.now_ms, transport.id, how, rules=rules))
        let_go(turn, transport)
        turn.alarm("transport", transport.asset, on=True)


def _delivered(turn: Turn, asset: str, room: str) -> None:
    """Who carried it has handed it over there: that is where it is."""
    item = turn.state.items[asset]
    if item.place != room:
        arrive(turn, item, room, turn.rules.room_kinds.get(room, ""), turn.rules.places.get(room, ""))
