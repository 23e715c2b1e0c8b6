"""Asked: quarantine one asset, call back a batch, and let back what somebody has looked at."""

from __future__ import annotations

from equipment_tracking.pool.asked.common import (
    leave,
    missing,
    not_coded,
    person_needed,
    refusal,
    refused,
    stepping,
    withdraw_recalled,
)
from equipment_tracking.pool.facts.cycle import Quarantined, QuarantineLifted
from equipment_tracking.pool.facts.holding import RecallEnded, RecallStarted
from equipment_tracking.pool.model import Recall
from equipment_tracking.pool.recalls import concerns, not_after
from equipment_tracking.pool.requests import EndRecall, LiftQuarantine, Quarantine, StartRecall
from equipment_tracking.pool.turn import Turn
from equipment_tracking.register.answers import Accepted, Refusal, Violation
from equipment_tracking.register.gs1 import is_gtin


def quarantine(turn: Turn, request: Quarantine) -> Accepted | Refusal:
    """Out of the pool until somebody has looked at it."""
    item = stepping(turn, request.asset, "quarantine", *not_coded(reason=request.reason))
    if isinstance(item, Refusal):
        return item
    leave(turn, item)
    turn.emit(Quarantined(item.id, turn.now_ms, request.reason))
    return Accepted(item.id)


def lift_quarantine(turn: Turn, request: LiftQuarantine) -> Accepted | Refusal:
    """A person lets it back; it is cleaned and confirmed anew before it is ready."""
    item = stepping(turn, request.asset, "lift_quarantine", *person_needed(turn))
    if isinstance(item, Refusal):
        return item
    turn.emit(QuarantineLifted(item.id, turn.now_ms, turn.actor))
    return Accepted(item.id)


def start_recall(turn: Turn, request: StartRecall) -> Accepted | Refusal:
    """Quarantine all of the batch; what is in use, in repair or lost follows as soon as it can."""
    recall = Recall(
        request.id,
        request.reason,
        turn.now_ms,
        type=request.asset_type,
        gtin=request.gtin,
        serial_from=request.serial_from,
        serial_to=request.serial_to,
    )
    known = turn.state.recalls.get(request.id)
    if known is not None and _batch(known) == _batch(recall):
        return Accepted(known.id, repeated=True)
    faults = [*missing(id=request.id), *not_coded(reason=request.reason), *_batch_faults(turn, request)]
    if known is not None:
        faults.append(
            Violation(
                "id_taken",
                "id",
                f"“{request.id}” er en anden tilbagekaldelse. Brug et nyt id.",
                f"“{request.id}” is another recall. Use a new id.",
            )
        )
    if faults:
        return refused(faults)
    hit = tuple(asset.id for asset in turn.state.assets.values() if concerns(recall, asset))
    turn.emit(RecallStarted(recall, hit))
    for asset in hit:
        withdraw_recalled(turn, asset)
    return Accepted(recall.id)


def end_recall(turn: Turn, request: EndRecall) -> Accepted | Refusal:
    """No more watching for this batch."""
    if request.recall not in turn.state.recalls:
        return refusal(
            "unknown_recall",
            "recall",
            f"Tilbagekaldelsen “{request.recall}” findes ikke eller er afsluttet.",
            f"There is no recall “{request.recall}”, or it has ended.",
        )
    waiting = [item.id for item in turn.state.items.values() if request.recall in item.recalls]
    turn.emit(RecallEnded(request.recall))
    for asset in waiting:
        withdraw_recalled(turn, asset)
    return Accepted(request.recall)


def _batch(recall: Recall) -> tuple[str, ...]:
    return recall.reason, recall.type, recall.gtin, recall.serial_from, recall.serial_to


def _batch_faults(turn: Turn, request: StartRecall) -> list[Violation]:
    faults = []
    if not (request.asset_type or request.gtin or request.serial_from or request.serial_to):
        faults.append(
            Violation(
                "batch_empty",
                "asset_type",
                "Angiv type, GTIN eller serienumre: ellers ville alt udstyr blive tilbagekaldt.",
                "Give a type, a GTIN or serial numbers: otherwise everything would be called back.",
            )
        )
    if request.asset_type and turn.rules.catalogue.get(request.asset_type) is None:
        faults.append(unknown_type(request.asset_type))
    if request.gtin and not is_gtin(request.gtin):
        faults.append(
            Violation(
                "gtin",
                "gtin",
                f"“{request.gtin}” er intet GTIN; kontrolcifret skal passe.",
                f"“{request.gtin}” is no GTIN; its check digit must fit.",
            )
        )
    if request.serial_from and request.serial_to and not not_after(request.serial_from, request.serial_to):
        faults.append(
            Violation(
                "serial_range",
                "serial_to",
                "Det sidste serienummer kommer før det første. Byt dem om.",
                "The last serial number comes before the first. Swap them.",
            )
        )
    return faults


def unknown_type(id: str) -> Violation:
    """The catalogue has no such type."""
    return Violation(
        "unknown_type", "asset_type", f"Typen “{id}” findes ikke.", f"There is no type “{id}” in the catalogue."
    )
