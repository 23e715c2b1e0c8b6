"""Settle, part four: timers that are due, a new day, a jump of the clock."""

from __future__ import annotations

from fleet.events import CalendarPublished, Jumped, TimerFired
from fleet.facts.carriers import ClockJumped, JobForeseen, ShiftsKnown
from fleet.facts.jobs import DayBegan, JobForgotten
from fleet.facts.wishes import WithdrawalForgotten
from fleet.model import PendingJob, Timer, TimerKind
from fleet.orchestrator.cut_off import hand_on
from fleet.orchestrator.operations import reopen, retry_waiting
from fleet.orchestrator.orders import HORIZON_MS
from fleet.orchestrator.parking import LOOK_EVERY_MS, spread_fleets
from fleet.orchestrator.proposals import ask_solver
from fleet.orchestrator.replan import unassign
from fleet.orchestrator.returns import order
from fleet.orchestrator.reweigh import reweigh
from fleet.orchestrator.stages import forget_other_lanes
from fleet.orchestrator.tube_reports import capsule_overdue
from fleet.orchestrator.turn import SERVICE, Turn
from fleet.planner import on_duty
from fleet.views import OPEN_STATES, Reason

SWEEP_MS = 60_000
WITHDRAWAL_KEPT_MS = 86_400_000
SOLVE_EVERY_MS = 60_000
REWEIGH_EVERY_MS = 60_000
REGULAR: tuple[tuple[TimerKind, int], ...] = (
    ("sweep", SWEEP_MS),
    ("solve", SOLVE_EVERY_MS),
    ("reweigh", REWEIGH_EVERY_MS),
    ("park", LOOK_EVERY_MS),
)


def fired(turn: Turn, event: TimerFired) -> None:
    """Do what the timer was set for; a timer that is gone or moved does nothing."""
    timer = turn.state.timers.get(event.timer)
    if timer is None or timer.due_ms > turn.now_ms:
        return
    turn.clear_timer(timer.id)
    ACTIONS[timer.what](turn, timer)


def _release(turn: Turn, timer: Timer) -> None:
    job = turn.state.jobs.get(timer.subject)
    if job is not None and job.state == "waiting":
        turn.choose.add(job.id)


def _accept(turn: Turn, timer: Timer) -> None:
    leg = turn.state.legs.get(timer.subject)
    if leg is None or leg.state != "offered":
        return
    unassign(turn, leg, Reason("no_answer", {"carrier": leg.carriers[0]}), refused_by=leg.carriers)
    turn.assign.add(leg.id)


def _retry(turn: Turn, timer: Timer) -> None:
    leg = turn.state.legs.get(timer.subject)
    if leg is None or leg.state != "planned":
        return
    turn.assign.add(leg.id)


def _tube(turn: Turn, timer: Timer) -> None:
    turn.tubes.add(timer.subject)


def _free(turn: Turn, timer: Timer) -> None:
    turn.touch(timer.subject)


def _shift(turn: Turn, timer: Timer) -> None:
    """A shift begins or ends: what its porter has not accepted goes to others."""
    carrier = turn.state.carriers.get(timer.subject)
    if carrier is None:
        return
    if not on_duty(carrier, turn.now_ms):
        for id in dict.fromkeys(stop.leg for stop in carrier.stops):
            leg = turn.state.legs[id]
            if leg.state in ("planned", "offered"):
                unassign(turn, leg, Reason("shift_ends", {"carrier": carrier.id}))
                turn.assign.add(leg.id)
    turn.touch(carrier.id)
    retry_waiting(turn)


def _closure(turn: Turn, timer: Timer) -> None:
    closure = turn.state.closures.get(timer.subject)
    if closure is not None:
        reopen(turn, closure)


def _order(turn: Turn, timer: Timer) -> None:
    """Order a job that a round or a return foresaw."""
    pending = turn.state.pending.get(timer.subject)
    if pending is None:
        return
    turn.actor = "calendar" if timer.what == "round" else SERVICE
    order(turn, pending, turn.actor)


def _sweep(turn: Turn, _timer: Timer) -> None:
    """Finished jobs and old withdrawals leave the working state."""
    for job in list(turn.state.jobs.values()):
        if job.state not in OPEN_STATES:
            turn.emit(JobForgotten(job.id))
    for withdrawal in list(turn.state.withdrawals.values()):
        if withdrawal.at_ms + WITHDRAWAL_KEPT_MS <= turn.now_ms:
            turn.emit(WithdrawalForgotten(withdrawal.id))
    turn.set_timer("sweep", turn.now_ms + SWEEP_MS, "sweep")


def _reassign(turn: Turn, _timer: Timer) -> None:
    retry_waiting(turn)


def _reweigh(turn: Turn, _timer: Timer) -> None:
    reweigh(turn)
    turn.set_timer("reweigh", turn.now_ms + REWEIGH_EVERY_MS, "reweigh")


def _solve(turn: Turn, _timer: Timer) -> None:
    ask_solver(turn)
    turn.set_timer("solve", turn.now_ms + SOLVE_EVERY_MS, "solve")


def _park(turn: Turn, _timer: Timer) -> None:
    spread_fleets(turn)
    turn.set_timer("park", turn.now_ms + LOOK_EVERY_MS, "park")


ACTIONS = {
    "release": _release,
    "accept": _accept,
    "retry": _retry,
    "free": _free,
    "shift": _shift,
    "closure": _closure,
    "round": _order,
    "return": _order,
    "sweep": _sweep,
    "reassign": _reassign,
    "reweigh": _reweigh,
    "solve": _solve,
    "tube": _tube,
    "missing": capsule_overdue,
    "cut": hand_on,
    "park": _park,
}


def calendar(turn: Turn, event: CalendarPublished) -> None:
    """A day's shifts, opening hours and rounds. Publishing a day again changes nothing that has happened."""
    forget_other_lanes(turn)
    begun = turn.state.meta.day == event.day
    turn.emit(DayBegan(event.day, windows=event.windows, shifts=event.shifts))
    for carrier in list(turn.state.carriers.values()):
        shifts = event.shifts.get(carrier.id, ())
        if carrier.mode == "porter" and shifts != carrier.shifts:
            turn.emit(ShiftsKnown(carrier.id, shifts=shifts))
            turn.touch(carrier.id)
    for id, shifts in sorted(event.shifts.items()):
        for start_ms, end_ms in shifts:
            for edge, at_ms in (("start", start_ms), ("end", end_ms)):
                if at_ms > turn.now_ms:
                    turn.set_timer(f"shift:{id}:{edge}:{at_ms}", at_ms, "shift", id)
    for run in () if begun else event.rounds:
        if run.due_ms > turn.now_ms:
            turn.emit(
                JobForeseen(
                    PendingJob(
                        id=run.id,
                        load=run.load,
                        origin=run.origin,
                        destination=run.destination,
                        ready_ms=run.ready_ms,
                        due_ms=run.due_ms,
                    )
                )
            )
            turn.set_timer(run.id, max(turn.now_ms, run.ready_ms - HORIZON_MS), "round", run.id)
    for what, every_ms in REGULAR:
        if what not in turn.state.timers:
            turn.set_timer(what, turn.now_ms + every_ms, what)
    retry_waiting(turn)


def jumped(turn: Turn, event: Jumped) -> None:
    """Time-outs move with the clock; deadlines do not."""
    turn.emit(ClockJumped(from_ms=event.from_ms, to_ms=event.to_ms))
