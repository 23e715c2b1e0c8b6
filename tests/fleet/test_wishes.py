"""What other rooms want carried: one wish is one job, or is refused with every broken rule."""

from __future__ import annotations

import msgspec
import pytest

from fleet.events import Followed
from fleet.facts.base import Fact
from fleet.facts.jobs import JobCancelled, JobCreated, JobDelivered
from fleet.facts.wishes import TransportRefused
from fleet.model import Job
from fleet.orchestrator.clockwork import WITHDRAWAL_KEPT_MS
from fleet.orchestrator.turn import SERVICE, Decision
from fleet.service.wishes import Unreadable, said_in
from ledger.read import Recorded
from ledger.vocabulary import TransportWanted, TransportWithdrawn
from tests.fleet.obedient import Clinic

WISH = TransportWanted(key="K1", load="equipment", origin="s0-clean", destination="s1-clean", thing="pump-7")
WITHDRAWN = TransportWithdrawn(key="K1", reason="not_needed")


class Room:
    """Equipment tracking, as the fleet reads its stream."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.seq = 0

    def says(self, said: TransportWanted | TransportWithdrawn | None, **more: object) -> Decision:
        self.seq += 1
        return self.clinic.handle(Followed("equipment", self.seq, said, **more))  # type: ignore[arg-type]


@pytest.fixture
def room(clinic: Clinic) -> Room:
    return Room(clinic)


def answers(clinic: Clinic) -> list[Fact]:
    """What the room hears from the fleet about its wish."""
    kinds = (JobDelivered, JobCancelled, TransportRefused)
    facts = [fact for _, _, fact in clinic.facts]
    return [
        fact
        for fact in facts
        if (isinstance(fact, JobCreated) and fact.created.key == "K1") or (isinstance(fact, kinds) and fact.key == "K1")
    ]


def the_job(clinic: Clinic) -> Job:
    (created,) = (fact for fact in answers(clinic) if isinstance(fact, JobCreated))
    return clinic.job(created.job)


# --- a wish ----------------------------------------------------------------------------------------------------------


def test_a_wish_becomes_a_job_that_is_carried_and_answered_with_its_key(clinic: Clinic, room: Room) -> None:
    """Ordered by the room, as any order; each answer has the key."""
    room.says(WISH)
    job = the_job(clinic)
    assert (job.requester, job.key, job.load, job.origin, job.destination) == (
        "equipment",
        "K1",
        "equipment",
        "s0-clean",
        "s1-clean",
    )
    clinic.run(240)
    created, delivered = answers(clinic)
    assert isinstance(created, JobCreated)
    assert isinstance(delivered, JobDelivered)
    assert (created.created.key, delivered.key) == ("K1", "K1")


def test_what_a_wish_leaves_open_is_as_in_an_order_without_it(clinic: Clinic, room: Room) -> None:
    """Priority, ready time and deadline are the site's."""
    ordered = clinic.order("equipment", "s0-clean", "s1-clean")
    room.says(WISH)
    wished = next(job for job in clinic.state.jobs.values() if job.key)
    assert (wished.priority, wished.ready_ms, wished.due_ms) == (ordered.priority, ordered.ready_ms, ordered.due_ms)


def test_what_a_wish_says_is_the_order(clinic: Clinic, room: Room) -> None:
    """Its own priority, ready time and deadline hold."""
    ready_ms, due_ms = clinic.now_ms + 60_000, clinic.now_ms + 3_600_000
    room.says(msgspec.structs.replace(WISH, priority="urgent", ready_ms=ready_ms, due_ms=due_ms))
    job = the_job(clinic)
    assert (job.priority, job.ready_ms, job.due_ms) == ("urgent", ready_ms, due_ms)


def test_a_row_that_was_read_before_changes_nothing(clinic: Clinic) -> None:
    """Not even when it comes again, or one before it."""
    for seq in (5, 5, 4):
        clinic.handle(Followed("equipment", seq, WISH))
    assert len(answers(clinic)) == 1
    assert clinic.state.cursors["equipment"].seq == 5


def test_every_broken_rule_stands_in_the_refusal(clinic: Clinic, room: Room) -> None:
    """The service refuses; no job, and the row counts as read."""
    wrong = TransportWanted(key="K1", load="anvil", origin="nowhere", destination="nowhere", priority="vital", due_ms=1)
    decision = room.says(wrong)
    (refused,) = answers(clinic)
    assert isinstance(refused, TransportRefused)
    assert refused.key == "K1"
    assert refused.rules == (
        "unknown_station",
        "same_station",
        "unknown_priority",
        "deadline_passed",
        "unknown_load",
    )
    assert {actor for actor, _ in decision.authored()} == {SERVICE}
    assert clinic.state.cursors["equipment"].seq == 1


def test_a_key_that_means_something_else_is_refused(clinic: Clinic, room: Room) -> None:
    """And one that is this wish's already makes nothing."""
    room.says(WISH, known="same")
    room.says(WISH, known="other")
    assert answers(clinic) == [TransportRefused("K1", ("key_reused",))]


def test_a_row_that_cannot_be_read_only_moves_the_cursor(clinic: Clinic, room: Room) -> None:
    """Nothing else of the state changes."""
    before = clinic.state.snapshot()
    room.says(None)
    after = clinic.state.snapshot()
    assert {kind for kind in after if after[kind] != before[kind]} == {"cursor"}


# --- withdrawn -------------------------------------------------------------------------------------------------------


def test_a_withdrawn_wish_cancels_its_job(clinic: Clinic, room: Room) -> None:
    """Nobody has fetched it yet: it ends at once, by the room that withdrew it."""
    room.says(WISH)
    decision = room.says(WITHDRAWN)
    cancelled = answers(clinic)[-1]
    assert isinstance(cancelled, JobCancelled)
    assert (cancelled.key, cancelled.custodian) == ("K1", "station:s0-clean")
    assert ("equipment", cancelled) in list(decision.authored())


def test_what_is_aboard_is_brought_back(clinic: Clinic, room: Room) -> None:
    """As when a person cancels; withdrawing twice changes nothing more."""
    room.says(WISH)
    while the_job(clinic).state != "under_way":
        clinic.run(0.5)
    room.says(WITHDRAWN)
    room.says(WITHDRAWN)
    clinic.run(240)
    cancelled = answers(clinic)[-1]
    assert isinstance(cancelled, JobCancelled)
    assert (cancelled.key, cancelled.custodian) == ("K1", "station:s0-clean")


def test_what_is_delivered_stays_delivered(clinic: Clinic, room: Room) -> None:
    """Too late: the answer was given."""
    room.says(WISH)
    while the_job(clinic).state != "delivered":
        clinic.run(0.5)
    before = answers(clinic)
    room.says(WITHDRAWN)
    assert answers(clinic) == before


def test_what_was_withdrawn_before_there_was_a_job_never_becomes_one(clinic: Clinic, room: Room) -> None:
    """The wish is refused; after a day nobody wishes for it any more and it is forgotten."""
    room.says(WITHDRAWN)
    room.says(WISH)
    assert answers(clinic) == [TransportRefused("K1", ("withdrawn",))]
    clinic.run(WITHDRAWAL_KEPT_MS / 60_000 + 2)
    assert clinic.state.withdrawals.ids() == []


def test_nobody_withdraws_what_another_ordered(clinic: Clinic, room: Room) -> None:
    """The same key of another room is another wish."""
    room.says(WISH)
    clinic.handle(Followed("supply", 1, WITHDRAWN))
    assert the_job(clinic).state != "cancelled"


# --- rows ------------------------------------------------------------------------------------------------------------


def row(payload: bytes | None, kind: str = "transport.wanted", version: int = 1) -> Recorded:
    return Recorded(
        stream="equipment", seq=7, at_ms=0, actor="anna", kind=kind, version=version, subject="p", payload=payload
    )


def test_a_row_is_read_in_the_shared_words() -> None:
    """Whatever else the room writes into it."""
    assert said_in(row(msgspec.json.encode({**msgspec.to_builtins(WISH), "purpose": "bring"}))) == WISH
    assert said_in(row(msgspec.json.encode(WITHDRAWN), "transport.withdrawn")) == WITHDRAWN


@pytest.mark.parametrize(
    ("unreadable", "why"),
    [
        (row(None), "erased"),
        (row(msgspec.json.encode(WISH), version=2), "reads up to version 1"),
        (row(b"{"), "truncated"),
        (row(b"[1]"), "Expected `object`"),
        (row(b'{"key":"K1"}'), "missing required field"),
        (row(b'\xff{"key"'), "malformed"),
        (row(b'{"key":"\xff\xfe"}'), "utf-8"),
        (row(msgspec.json.encode(msgspec.structs.replace(WISH, key=""))), "no key"),
    ],
    ids=["erased", "later", "cut", "list", "fields", "bytes", "text", "key"],
)
def test_a_row_that_says_nothing_here_says_why(unreadable: Recorded, why: str) -> None:
    """Whoever reads the log knows what to do; nothing worse comes of it."""
    with pytest.raises(Unreadable, match=why):
        said_in(unreadable)
