"""Settle: what people ask for becomes facts, or a refusal that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleet.events import Asked
from fleet.orchestrator.changes import cancel, choose_carrier, reprioritise, whereabouts
from fleet.orchestrator.operations import carrier_back, carrier_out, close, reopen_closure, set_clock
from fleet.orchestrator.orders import create
from fleet.orchestrator.turn import Turn
from fleet.requests import (
    Accepted,
    CancelJob,
    CarrierBack,
    CarrierOut,
    ChooseCarrier,
    Close,
    ConfirmWhereabouts,
    CreateJob,
    Refusal,
    Reopen,
    Reprioritise,
    SetClock,
)


def asked(turn: Turn, event: Asked) -> None:
    """Answer a request; the answer is in `turn.answer`."""
    turn.actor, turn.key = event.actor, event.key
    turn.answer = _HANDLERS[type(event.request)](turn, event.request)


_HANDLERS: dict[type, Callable[[Turn, Any], Accepted | Refusal]] = {
    CreateJob: create,
    CancelJob: cancel,
    Reprioritise: reprioritise,
    ChooseCarrier: choose_carrier,
    ConfirmWhereabouts: whereabouts,
    CarrierOut: carrier_out,
    CarrierBack: carrier_back,
    Close: close,
    Reopen: reopen_closure,
    SetClock: set_clock,
}
