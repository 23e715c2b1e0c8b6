"""Timers that are due: reservations expire, loans are reminded of, service falls due, hoarding is looked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from equipment_tracking.pool.asked.common import give_up
from equipment_tracking.pool.asked.registering import watch_service
from equipment_tracking.pool.available import free_rows
from equipment_tracking.pool.events import TimerFired
from equipment_tracking.pool.facts.holding import LoanReminded
from equipment_tracking.pool.model import Timer, TimerKind
from equipment_tracking.pool.turn import Turn


def fired(turn: Turn, event: TimerFired) -> None:
    """Do what the timer was set for; one that is gone or moved does nothing."""
    timer = turn.state.timers.get(event.timer)
    if timer is None or timer.due_ms > turn.now_ms:
        return
    turn.clear_timer(timer.id)
    ACTIONS[timer.what](turn, timer)


def _reservation(turn: Turn, timer: Timer) -> None:
    reservation = turn.state.reservations.get(timer.subject)
    if reservation is not None:
        give_up(turn, turn.state.items[reservation.asset], "expired")


def _loan(turn: Turn, timer: Timer) -> None:
    """Remind the borrower, now and again until it is back."""
    loan = turn.state.loans.get(timer.subject)
    if loan is None:
        return
    turn.emit(LoanReminded(loan.asset, turn.now_ms, loan.id, loan.ward))
    turn.alarm("loan", loan.id, on=True)
    turn.set_timer(timer.id, turn.now_ms + turn.rules.reminder_ms, "loan", loan.id)


def _service(turn: Turn, timer: Timer) -> None:
    asset = turn.state.assets.get(timer.subject)
    if asset is not None:
        watch_service(turn, asset)


def _sweep(turn: Turn, timer: Timer) -> None:
    """Look for wards that hold far more than their par, ready and unused; as long as there are par levels."""
    pars = [level for level in turn.state.levels.values() if level.of == "par"]
    if not pars:
        return
    since_ms = turn.now_ms - turn.rules.hoarding_ms
    stock = turn.state.stock
    long_there = np.maximum(stock.rows["since_ms"], stock.rows["ward_since_ms"]) <= since_ms
    idle = stock.count(free_rows(stock, turn.now_ms) & long_there)
    for level in pars:
        hoards = idle[level.where, level.type] > level.count * turn.rules.hoarding_factor
        turn.alarm("hoarding", f"{level.where}/{level.type}", on=hoards)
    turn.set_timer(timer.id, turn.now_ms + turn.rules.sweep_ms, "sweep")


ACTIONS: Final[dict[TimerKind, Callable[[Turn, Timer], None]]] = {
    "reservation": _reservation,
    "loan": _loan,
    "service": _service,
    "sweep": _sweep,
}
