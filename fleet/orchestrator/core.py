"""The orchestrator: an event and the state of now become facts and commands. No clock, socket or chance of its own."""

from __future__ import annotations

from fleet.draft import State
from fleet.events import (
    Asked,
    BatterySeen,
    CalendarPublished,
    Event,
    Followed,
    Greeted,
    Jumped,
    Lost,
    Proposed,
    Reported,
    StandsElsewhere,
    TimerFired,
)
from fleet.hospital import Hospital
from fleet.orchestrator.agents import battery_seen, greeted, lost, stands_elsewhere
from fleet.orchestrator.assign import assign, estimate
from fleet.orchestrator.choose import choose_modes
from fleet.orchestrator.clockwork import calendar, fired, jumped
from fleet.orchestrator.drive import reserve
from fleet.orchestrator.people import asked
from fleet.orchestrator.proposals import proposed
from fleet.orchestrator.reports import reported
from fleet.orchestrator.returns import order_due
from fleet.orchestrator.tube_control import control_tubes
from fleet.orchestrator.turn import Decision, Turn
from fleet.orchestrator.wishes import followed
from fleet.planner import Planner

MAX_ROUNDS = 4
"""A job without a way is chosen anew in the same turn, at most so often."""

_SETTLE = {
    Asked: asked,
    Followed: followed,
    Reported: reported,
    Greeted: greeted,
    Lost: lost,
    BatterySeen: battery_seen,
    StandsElsewhere: stands_elsewhere,
    TimerFired: fired,
    CalendarPublished: calendar,
    Jumped: jumped,
    Proposed: proposed,
}


def handle(state: State, event: Event, now_ms: int, hospital: Hospital, planner: Planner) -> Decision:
    """Decide what follows from an event.

    `state` is the draft: it changes only by the facts of the decision, and a roll-back leaves no trace. `planner` is a
    cache of insertion arrays beside it. The phases: settle (with guard), order what is due, choose modes, assign,
    reserve and command.
    """
    turn = Turn(state=state, hospital=hospital, planner=planner, now_ms=now_ms)
    _SETTLE[type(event)](turn, event)  # type: ignore[operator]  # each handler takes its own event type
    settled = len(turn.facts)
    order_due(turn)
    for _ in range(MAX_ROUNDS):
        choose_modes(turn)
        assign(turn)
        reserve(turn)
        control_tubes(turn)
        turn.choose, turn.late_choose = turn.late_choose, set()
        if not turn.choose and not turn.assign:
            break
    estimate(turn)
    return Decision(
        facts=tuple(turn.facts),
        sends=tuple(turn.sends),
        solve=turn.solve,
        answer=turn.answer,
        actor=turn.actor,
        settled=settled,
    )
