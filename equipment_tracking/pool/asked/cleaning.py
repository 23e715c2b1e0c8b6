"""Asked: used, to cleaning, cleaned, confirmed; with the last confirmation the asset is ready."""

from __future__ import annotations

from equipment_tracking.pool.asked.common import leave, missing, not_coded, stepping, withdraw_recalled
from equipment_tracking.pool.facts.cycle import CheckConfirmed, Cleaned, Ready, SentToCleaning, Used
from equipment_tracking.pool.model import Item
from equipment_tracking.pool.requests import Confirm, MarkCleaned, PutDown, SendToCleaning
from equipment_tracking.pool.turn import Turn
from equipment_tracking.pool.words import CHECKS
from equipment_tracking.register.answers import Accepted, Refusal, Violation
from equipment_tracking.register.catalogue import Check


def put_down(turn: Turn, request: PutDown) -> Accepted | Refusal:
    """No longer in use, or not clean after all."""
    item = stepping(turn, request.asset, "put_down")
    if isinstance(item, Refusal):
        return item
    leave(turn, item)
    turn.emit(Used(item.id, turn.now_ms, item.holder, wiped=request.wiped, evidence=request.evidence))
    withdraw_recalled(turn, item.id)
    return Accepted(item.id)


def send_to_cleaning(turn: Turn, request: SendToCleaning) -> Accepted | Refusal:
    """On its way."""
    item = stepping(turn, request.asset, "send_to_cleaning")
    if isinstance(item, Refusal):
        return item
    to_cleaning(turn, item)
    return Accepted(item.id)


def to_cleaning(turn: Turn, item: Item) -> None:
    """On its way; its loan ends with that."""
    leave(turn, item, "to_cleaning")
    turn.emit(SentToCleaning(item.id, turn.now_ms))
    withdraw_recalled(turn, item.id)


def mark_cleaned(turn: Turn, request: MarkCleaned) -> Accepted | Refusal:
    """Clean, by whom and how."""
    item = stepping(turn, request.asset, "clean", *not_coded(method=request.method))
    if isinstance(item, Refusal):
        return item
    turn.emit(Cleaned(item.id, turn.now_ms, turn.actor, request.method))
    return Accepted(item.id)


def confirm(turn: Turn, request: Confirm) -> Accepted | Refusal:
    """Confirm parts of readiness; when all that its type asks for are, the asset is ready."""
    asset = turn.state.assets.get(request.asset)
    asked = () if asset is None else turn.rules.catalogue.checks(asset.type)
    wrong = [] if request.what else missing(what="")
    if asset is not None:
        wrong += [_not_asked(what) for what in request.what if what not in asked]
    item = stepping(turn, request.asset, "confirm", *wrong)
    if isinstance(item, Refusal):
        return item
    for what in dict.fromkeys(request.what):
        turn.emit(CheckConfirmed(item.id, turn.now_ms, what, turn.actor))
    if not unconfirmed(turn, item.id):
        turn.emit(Ready(item.id, turn.now_ms))
    return Accepted(item.id)


def confirm_all(turn: Turn, asset: str) -> Accepted | Refusal:
    """Everything that is not confirmed yet of an asset that is registered."""
    return confirm(turn, Confirm(asset, unconfirmed(turn, asset) or turn.rules.catalogue.checks(_type(turn, asset))))


def unconfirmed(turn: Turn, asset: str) -> tuple[Check, ...]:
    """What its type asks for and nobody has confirmed since it was cleaned."""
    done = {confirmed.what for confirmed in turn.state.items[asset].confirmed}
    return tuple(what for what in turn.rules.catalogue.checks(_type(turn, asset)) if what not in done)


def _type(turn: Turn, asset: str) -> str:
    return turn.state.assets[asset].type


def _not_asked(what: Check) -> Violation:
    return Violation(
        "not_asked",
        "what",
        f"Denne type skal ikke bekræftes som {CHECKS[what].da}.",
        f"This type is not confirmed as {CHECKS[what].en}.",
    )
