"""Asked: a fault is reported, technical service receives, repairs, tests and releases; things are lost and found."""

from __future__ import annotations

from equipment_tracking.pool.asked.common import leave, not_coded, person_needed, stepping, withdraw_recalled
from equipment_tracking.pool.facts.base import Fact
from equipment_tracking.pool.facts.cycle import (
    DeclaredLost,
    Defective,
    Found,
    Received,
    Released,
    Repaired,
    SafetyTested,
    SafetyTestFailed,
)
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
from equipment_tracking.register.answers import Accepted, Refusal


def report_defect(turn: Turn, request: ReportDefect) -> Accepted | Refusal:
    """Out of the pool until technical service has released it."""
    item = stepping(turn, request.asset, "report_defect", *not_coded(fault=request.fault))
    if isinstance(item, Refusal):
        return item
    leave(turn, item, "defective")
    turn.emit(Defective(item.id, turn.now_ms, request.fault, request.picture))
    return Accepted(item.id)


def receive(turn: Turn, request: Receive) -> Accepted | Refusal:
    """On the bench."""
    item = stepping(turn, request.asset, "receive", *person_needed(turn))
    return item if isinstance(item, Refusal) else _done(turn, Received(item.id, turn.now_ms, turn.actor))


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
    item = stepping(turn, request.asset, "release", *person_needed(turn))
    if isinstance(item, Refusal):
        return item
    turn.emit(Released(item.id, turn.now_ms, turn.actor))
    withdraw_recalled(turn, item.id)
    return Accepted(item.id)


def report_lost(turn: Turn, request: ReportLost) -> Accepted | Refusal:
    """Nobody finds it."""
    item = stepping(turn, request.asset, "report_lost")
    if isinstance(item, Refusal):
        return item
    leave(turn, item, "lost")
    turn.emit(DeclaredLost(item.id, turn.now_ms))
    return Accepted(item.id)


def report_found(turn: Turn, request: ReportFound) -> Accepted | Refusal:
    """It turned up; nobody knows what has been done with it."""
    item = stepping(turn, request.asset, "report_found")
    if isinstance(item, Refusal):
        return item
    turn.emit(Found(item.id, turn.now_ms))
    withdraw_recalled(turn, item.id)
    return Accepted(item.id)


def _done(turn: Turn, fact: Fact) -> Accepted:
    turn.emit(fact)
    return Accepted(fact.subject)
