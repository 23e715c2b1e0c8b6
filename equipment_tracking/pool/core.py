"""The pool's core: an event and the state of now become facts and an answer. No clock, socket or chance of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from equipment_tracking.pool import requests as ask
from equipment_tracking.pool.asked import (
    carrying,
    cleaning,
    finding,
    levels,
    registering,
    repairing,
    suggesting,
    taking,
    withdrawing,
)
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Asked, Event, Seen, TagHeard, TimerFired, Told
from equipment_tracking.pool.observed import seen, tag_heard, told
from equipment_tracking.pool.rules import Rules
from equipment_tracking.pool.timers import fired
from equipment_tracking.pool.turn import Decision, Turn
from equipment_tracking.register.answers import Accepted, Refusal


def handle(state: State, event: Event, now_ms: int, rules: Rules) -> Decision:
    """Decide what follows from an event.

    `state` is the draft: it changes only by the facts of the decision, and a roll-back leaves no trace. A refused
    request leaves no fact.
    """
    turn = Turn(state=state, rules=rules, now_ms=now_ms)
    _SETTLE[type(event)](turn, event)
    return Decision(facts=tuple(turn.facts), answer=turn.answer)


def _asked(turn: Turn, event: Asked) -> None:
    turn.actor = event.actor
    turn.answer = _HANDLERS[type(event.request)](turn, event.request)


_SETTLE: dict[type, Callable[[Turn, Any], None]] = {
    Asked: _asked,
    Seen: seen,
    TagHeard: tag_heard,
    Told: told,
    TimerFired: fired,
}

_HANDLERS: dict[type, Callable[[Turn, Any], Accepted | Refusal]] = {
    ask.Register: registering.register,
    ask.Retire: registering.retire,
    ask.Take: taking.take,
    ask.Reserve: taking.reserve,
    ask.CancelReservation: taking.cancel_reservation,
    ask.Lend: taking.lend,
    ask.GiveBack: taking.give_back,
    ask.PutDown: cleaning.put_down,
    ask.SendToCleaning: cleaning.send_to_cleaning,
    ask.MarkCleaned: cleaning.mark_cleaned,
    ask.Confirm: cleaning.confirm,
    ask.Quarantine: withdrawing.quarantine,
    ask.LiftQuarantine: withdrawing.lift_quarantine,
    ask.StartRecall: withdrawing.start_recall,
    ask.EndRecall: withdrawing.end_recall,
    ask.ReportDefect: repairing.report_defect,
    ask.Receive: repairing.receive,
    ask.Repair: repairing.repair,
    ask.TestSafety: repairing.test_safety,
    ask.Release: repairing.release,
    ask.ReportLost: repairing.report_lost,
    ask.ReportFound: repairing.report_found,
    ask.SayWhere: finding.say_where,
    ask.ConfirmSuggestion: suggesting.confirm_suggestion,
    ask.DismissSuggestion: suggesting.dismiss_suggestion,
    ask.SetPar: levels.set_par,
    ask.SetEmergency: levels.set_emergency,
    ask.SeeAlarm: levels.see_alarm,
    ask.AskTransport: carrying.ask_transport,
    ask.WithdrawTransport: carrying.withdraw_transport,
}
