"""Asked: a fault is reported, technical service receives, repairs, tests and releases; things are lost and found."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from equipment_tracking.pool.asked.common import leave, not_coded, person_needed, stepping, withdraw_recalled
from equipment_tracking.pool.asked.registering import watch_service
from equipment_tracking.pool.facts.base import Fact
from equipment_tracking.pool.facts.cycle import (
    BENCH,
    AssetChanged,
    DeclaredLost,
    Defective,
    Found,
    Quarantined,
    Received,
    Released,
    Repaired,
    SafetyTested,
    SafetyTestFailed,
)
from equipment_tracking.pool.facts.watching import TransportWithdrawn
from equipment_tracking.pool.requests import (
    Receive,
    Release,
    Repair,
    ReportDefect,
    ReportFound,
    ReportLost,
    TestSafety,
)
from equipment_tracking.pool.turn import Turn
from equipment_tracking.register.answers import Accepted, Refusal, Violation
from equipment_tracking.register.assets import LAST_MS

NOT_RELEASED: Final = "not_released"
"""The fault of what was lost on the bench during its planned service."""


def report_defect(turn: Turn, request: ReportDefect) -> Accepted | Refusal:
    """Out of the pool until technical service has released it."""
    item = stepping(turn, request.asset, "report_defect", *not_coded(fault=request.fault))
    if isinstance(item, Refusal):
        return item
    leave(turn, item, "defective")
    turn.emit(Defective(item.id, turn.now_ms, request.fault, request.picture))
    withdraw_recalled(turn, item.id)
    return Accepted(item.id)


def receive(turn: Turn, request: Receive) -> Accepted | Refusal:
    """On the bench, for repair or for its planned service."""
    item = stepping(turn, request.asset, "receive", *person_needed(turn))
    if isinstance(item, Refusal):
        return item
    leave(turn, item)
    turn.emit(Received(item.id, turn.now_ms, turn.actor))
    withdraw_recalled(turn, item.id)
    return Accepted(item.id)


def repair(turn: Turn, request: Repair) -> Accepted | Refusal:
    """Repaired, but not yet tested."""
    item = stepping(
        turn, request.asset, "repair", *person_needed(turn), *(not_coded(work=request.work) if request.work else ())
    )
    if isinstance(item, Refusal):
        return item
    return _done(turn, Repaired(item.id, turn.now_ms, turn.actor, request.work))


def test_safety(turn: Turn, request: TestSafety) -> Accepted | Refusal:
    """Passed, or back on the bench."""
    item = stepping(turn, request.asset, "pass_test" if request.passed else "fail_test", *person_needed(turn))
    if isinstance(item, Refusal):
        return item
    result = SafetyTested if request.passed else SafetyTestFailed
    return _done(turn, result(item.id, turn.now_ms, turn.actor))


def release(turn: Turn, request: Release) -> Accepted | Refusal:
    """Back to the pool, answered for by name; a recall that waits for it comes first."""
    due_ms = request.service_due_ms
    item = stepping(turn, request.asset, "release", *person_needed(turn), *_due_faults(turn, due_ms))
    if isinstance(item, Refusal):
        return item
    turn.emit(Released(item.id, turn.now_ms, turn.actor))
    asset = turn.state.assets[item.id]
    if due_ms is not None and due_ms != asset.service_due_ms:
        serviced = replace(asset, service_due_ms=due_ms)
        turn.emit(AssetChanged(serviced, turn.now_ms))
        watch_service(turn, serviced)
    withdraw_recalled(turn, item.id)
    return Accepted(item.id)


def report_lost(turn: Turn, request: ReportLost) -> Accepted | Refusal:
    """Nobody finds it."""
    item = stepping(turn, request.asset, "report_lost")
    if isinstance(item, Refusal):
        return item
    leave(turn, item, "lost")
    if item.transport in turn.state.transports:
        turn.emit(TransportWithdrawn(item.transport, item.id, "lost"))
    turn.emit(DeclaredLost(item.id, turn.now_ms))
    withdraw_recalled(turn, item.id)
    return Accepted(item.id)


def report_found(turn: Turn, request: ReportFound) -> Accepted | Refusal:
    """It turned up; nobody knows what has been done with it. What was out of use before is so again."""
    item = stepping(turn, request.asset, "report_found")
    if isinstance(item, Refusal):
        return item
    turn.emit(Found(item.id, turn.now_ms))
    if item.was == "quarantined":
        turn.emit(Quarantined(item.id, turn.now_ms, item.reason), by_service=True)
    elif item.was in BENCH:
        turn.emit(Defective(item.id, turn.now_ms, item.reason or NOT_RELEASED, item.picture), by_service=True)
    withdraw_recalled(turn, item.id)
    return Accepted(item.id)


def _due_faults(turn: Turn, due_ms: int | None) -> list[Violation]:
    if due_ms is None or turn.now_ms < due_ms <= LAST_MS:
        return []
    return [
        Violation(
            "service_due",
            "service_due_ms",
            "Næste service skal ligge i fremtiden. Vælg en senere dato.",
            "The next service lies in the future. Choose a later date.",
        )
    ]


def _done(turn: Turn, fact: Fact) -> Accepted:
    turn.emit(fact)
    return Accepted(fact.subject)
