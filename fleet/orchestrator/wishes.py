"""Settle: another room wants something carried, or does not want it any more."""

from __future__ import annotations

from fleet.draft import State
from fleet.events import Followed
from fleet.facts.base import Fact
from fleet.facts.wishes import StreamFollowed, TransportRefused, WishWithdrawn
from fleet.orchestrator.changes import cancel
from fleet.orchestrator.orders import create
from fleet.orchestrator.turn import SERVICE, Decision, Turn
from fleet.requests import CancelJob, CreateJob, Refusal
from fleet.views import OPEN_STATES
from ledger.vocabulary import TransportWanted, TransportWithdrawn


def followed(turn: Turn, event: Followed) -> None:
    """Make one job of a wish or say why not, cancel what is withdrawn; the row counts as read in any case."""
    cursor = turn.state.cursors.get(event.stream)
    if cursor is not None and event.seq <= cursor.seq:
        return
    turn.emit(StreamFollowed(event.stream, seq=event.seq))
    if isinstance(event.said, TransportWanted):
        _wanted(turn, event, event.said)
    elif isinstance(event.said, TransportWithdrawn):
        _withdrawn(turn, event.stream, event.said)


def order_of(wish: TransportWanted) -> CreateJob:
    """The order that a wish is; what it leaves open the site fills in, as for a person."""
    return CreateJob(
        load=wish.load,
        origin=wish.origin,
        destination=wish.destination,
        due_ms=wish.due_ms,
        ready_ms=wish.ready_ms,
        priority=wish.priority,
    )


def passed_over(state: State, event: Followed) -> Decision:
    """What is left to say of a row that the core failed at: it counts as read, and a wish is refused."""
    facts: list[Fact] = [StreamFollowed(event.stream, seq=event.seq)]
    if isinstance(event.said, TransportWanted):
        facts.append(TransportRefused(event.said.key, ("internal",)))
    for fact in facts:
        fact.apply(state)
    return Decision(facts=tuple(facts), sends=(), solve=None, answer=None, actor=SERVICE, settled=0)


def _wanted(turn: Turn, event: Followed, wish: TransportWanted) -> None:
    if event.known == "same":
        return
    if event.known == "other":
        turn.emit(TransportRefused(wish.key, ("key_reused",)))
        return
    if _wish(event.stream, wish.key) in turn.state.withdrawals:
        turn.emit(TransportRefused(wish.key, ("withdrawn",)))
        return
    turn.actor, turn.key = event.stream, wish.key
    turn.answer = create(turn, order_of(wish))
    if isinstance(turn.answer, Refusal):
        turn.actor = SERVICE
        rules = dict.fromkeys(violation.rule for violation in turn.answer.violations)
        turn.emit(TransportRefused(wish.key, tuple(rules)))


def _withdrawn(turn: Turn, stream: str, said: TransportWithdrawn) -> None:
    for job in turn.state.jobs.values():
        if (job.requester, job.key) == (stream, said.key):
            if job.state in OPEN_STATES and not job.cancelling:
                turn.actor = stream
                cancel(turn, CancelJob(job.id))  # refused where nobody knows who has the load: then it goes on
            return
    turn.emit(WishWithdrawn(_wish(stream, said.key), at_ms=turn.now_ms))


def _wish(stream: str, key: str) -> str:
    return f"{stream}:{key}"
