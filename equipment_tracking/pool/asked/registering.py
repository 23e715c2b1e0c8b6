"""Asked: assets are added to the register or described anew, all of a list or none."""

from __future__ import annotations

from equipment_tracking.pool.asked.common import (
    end_reservation,
    give_up,
    not_coded,
    refused,
    unknown_asset,
    withdraw_recalled,
)
from equipment_tracking.pool.facts.cycle import AssetChanged, AssetRegistered, AssetRetired
from equipment_tracking.pool.facts.holding import RecallMet
from equipment_tracking.pool.model import AlarmKind
from equipment_tracking.pool.recalls import concerns
from equipment_tracking.pool.requests import Register, Retire
from equipment_tracking.pool.turn import Turn
from equipment_tracking.register.answers import Accepted, Refusal, Violation
from equipment_tracking.register.assets import Asset, asset_faults
from equipment_tracking.register.shared import clashes

ASSET_ALARMS: tuple[AlarmKind, ...] = ("exit", "battery", "service", "recall", "transport")
"""Alarms whose subject is an asset."""


def register(turn: Turn, request: Register) -> Accepted | Refusal:
    """Add and change; what is as it was leaves no trace."""
    known = turn.rules.known
    faults = [_named(asset, fault) for asset in request.assets for fault in asset_faults(asset, known)]
    existing = {asset.id: asset for asset in turn.state.assets.values()}
    faults += [_named(request.assets[clash.number], clash.violation) for clash in clashes(request.assets, existing)]
    if faults:
        return refused(faults)
    changed = False
    for asset in request.assets:
        before = existing.get(asset.id)
        if before == asset:
            continue
        changed = True
        if before is None:
            turn.emit(AssetRegistered(asset, turn.now_ms))
        else:
            if before.type != asset.type:
                give_up(turn, turn.state.items[asset.id], "not_ready")
            turn.emit(AssetChanged(asset, turn.now_ms))
            if before.tag != asset.tag:
                turn.alarm("battery", asset.id, on=False)
        watch_service(turn, asset)
        if before is None or _product(before) != _product(asset):
            _meet_recalls(turn, asset)
    return Accepted(request.assets[0].id if request.assets else "", repeated=not changed)


def retire(turn: Turn, request: Retire) -> Accepted | Refusal:
    """Out of register and pool, unless somebody has it or it is being carried."""
    item = turn.state.items.get(request.asset)
    faults = not_coded(reason=request.reason)
    if item is None:
        return refused([unknown_asset(request.asset), *faults])
    if item.state == "in_use" or item.transport:
        faults.append(
            Violation(
                "still_needed",
                "asset",
                f"{item.id} er i brug eller bestilt til transport. Afslut det først.",
                f"{item.id} is in use, or its transport is ordered. End that first.",
            )
        )
    if faults:
        return refused(faults)
    end_reservation(turn, item, "not_ready")
    turn.clear_timer(f"service:{item.id}")
    for what in ASSET_ALARMS:
        turn.alarm(what, item.id, on=False)
    turn.emit(AssetRetired(item.id, turn.now_ms, request.reason))
    return Accepted(item.id)


def watch_service(turn: Turn, asset: Asset) -> None:
    """Wake up when its service is overdue; if it is already, say so and keep it for nobody."""
    timer = f"service:{asset.id}"
    overdue = asset.overdue(turn.now_ms)
    if asset.service_due_ms is None or overdue:
        turn.clear_timer(timer)
    else:
        turn.set_timer(timer, asset.service_due_ms, "service", asset.id)
    if overdue:
        give_up(turn, turn.state.items[asset.id], "overdue", by_service=True)
    turn.alarm("service", asset.id, on=overdue)


def _meet_recalls(turn: Turn, asset: Asset) -> None:
    for recall in list(turn.state.recalls.values()):
        if concerns(recall, asset) and recall.id not in turn.state.items[asset.id].recalls:
            turn.emit(RecallMet(asset.id, turn.now_ms, recall.id), by_service=True)
    if turn.state.items[asset.id].recalls:
        withdraw_recalled(turn, asset.id)


def _product(asset: Asset) -> tuple[str, str, str]:
    """What recalls go by; who was let back after a recall is not called back again for a new tag."""
    return asset.type, asset.gtin, asset.serial


def _named(asset: Asset, fault: Violation) -> Violation:
    """A list may be long: say of which asset."""
    name = asset.id or "?"
    return Violation(fault.rule, f"assets.{name}.{fault.field}", f"{name}: {fault.da}", f"{name}: {fault.en}")
