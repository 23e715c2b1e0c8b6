"""Asked: what the room of an asset suggests is confirmed, and the step is taken, or it is not so."""

from __future__ import annotations

from equipment_tracking.pool.asked.cleaning import confirm_all, put_down
from equipment_tracking.pool.asked.common import refusal, refused, unknown_asset
from equipment_tracking.pool.asked.repairing import receive, report_found
from equipment_tracking.pool.asked.taking import take
from equipment_tracking.pool.facts.watching import StateSuggested
from equipment_tracking.pool.model import Item
from equipment_tracking.pool.requests import (
    ConfirmSuggestion,
    DismissSuggestion,
    PutDown,
    Receive,
    ReportFound,
    Take,
)
from equipment_tracking.pool.turn import Turn
from equipment_tracking.register.answers import Accepted, Refusal


def confirm_suggestion(turn: Turn, request: ConfirmSuggestion) -> Accepted | Refusal:
    """Take the step that leads to the suggested state, with all its own rules."""
    item = _suggested(turn, request.asset)
    if isinstance(item, Refusal):
        return item
    if item.suggestion == "in_use":
        return take(turn, Take(item.id, item.ward, evidence=request.evidence))
    if item.suggestion == "received":
        return receive(turn, Receive(item.id))
    if item.suggestion == "ready":
        return confirm_all(turn, item.id)
    if item.state == "lost":
        return report_found(turn, ReportFound(item.id))
    return put_down(turn, PutDown(item.id, evidence=request.evidence))


def dismiss_suggestion(turn: Turn, request: DismissSuggestion) -> Accepted | Refusal:
    """The state stays as it is."""
    item = _suggested(turn, request.asset)
    if isinstance(item, Refusal):
        return item
    turn.emit(StateSuggested(item.id, turn.now_ms))
    return Accepted(item.id)


def _suggested(turn: Turn, asset: str) -> Item | Refusal:
    item = turn.state.items.get(asset)
    if item is None:
        return refused([unknown_asset(asset)])
    if item.suggestion is None:
        return refusal(
            "nothing_suggested",
            "asset",
            f"Der er intet forslag til {asset}. Vælg selv, hvad der er sket.",
            f"Nothing is suggested for {asset}. Say yourself what happened.",
        )
    return item
