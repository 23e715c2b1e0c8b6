"""Porters are people: they take a task after a while, once, and a patient may not be ready."""

from __future__ import annotations

from statistics import median

from bus.messages import Ack, Cancel, Done, Drop, Failed, Pick
from tests.fleet.simulated.small_world import move, porter, porters, said

RULES = porters()
HOUR_MS = 3_600_000


def pick(number: int, *, person: bool = False) -> Pick:
    return Pick(number, 1, "day-01", leg="j1.1", station="a", duration_s=30, person=person)


def test_half_of_the_tasks_are_taken_within_twenty_seconds() -> None:
    """The median over 400 offers is near 20 s, and nobody answers before being asked."""
    waits = []
    for number in range(1, 401):
        state, _ = RULES.accept({"day-01": porter()}, move(number, "st:b", carrier="day-01", leg="j1.1"), 1000)
        waits.append((RULES.next_due(state) or 0) - 1000)
    assert min(waits) > 0
    assert 17_000 < median(waits) < 23_000


def test_the_task_begins_when_it_is_taken() -> None:
    """Taken after t, 10 m at 1 m/s: done 10 s after the acknowledgement."""
    state, reports = RULES.accept({"day-01": porter()}, move(1, "st:b", carrier="day-01", leg="j1.1"), 0)
    assert reports == ()
    _, reports = RULES.advance(state, HOUR_MS)
    assert [type(report) for report in reports] == [Ack, Done]
    assert reports[1].at_ms == reports[0].at_ms + 10_000


def test_a_leg_is_taken_once() -> None:
    """After the walk to the patient, pick, walk and drop of the same leg need no further answer."""
    state, _ = RULES.accept({"day-01": porter(node="st:b")}, move(1, "st:a", carrier="day-01", leg="j1.1"), 0)
    state, _ = RULES.advance(state, HOUR_MS)
    for number, command in enumerate(
        (
            pick(2),
            move(3, "st:b", carrier="day-01", leg="j1.1"),
            Drop(4, 1, "day-01", leg="j1.1", station="b", duration_s=30),
        ),
        start=1,
    ):
        state, reports = RULES.accept(state, command, HOUR_MS * number)
        assert said(reports) == [("ack", command.number, HOUR_MS * number)]
        state, reports = RULES.advance(state, HOUR_MS * number + HOUR_MS // 2)
        assert isinstance(reports[-1], Done)
    assert state["day-01"].taken == ()


def test_a_walk_without_a_leg_needs_no_answer() -> None:
    """Back to the base."""
    _, reports = RULES.accept({"day-01": porter()}, move(1, "st:b", carrier="day-01"), 5)
    assert said(reports) == [("ack", 1, 5)]


def test_an_offer_that_is_withdrawn_was_never_taken() -> None:
    """Cancelled before anybody answered: failed, and no acknowledgement of it."""
    state, _ = RULES.accept({"day-01": porter()}, move(1, "st:b", carrier="day-01", leg="j1.1"), 0)
    state, reports = RULES.accept(state, Cancel(2, 1, "day-01", command=1), 100)
    assert said(reports) == [("ack", 2, 100), ("failed", 1, 100), ("done", 2, 100)]
    assert RULES.next_due(state) is None


def test_a_patient_may_not_be_ready() -> None:
    """At a share of 30 % about 120 of 400 patient moves fail at the pick, and no load ever does."""
    rules = porters(not_ready=0.3)
    failed = 0
    for number in range(1, 401):
        state, _ = rules.accept({"day-01": porter()}, pick(number, person=True), 0)
        state, reports = rules.advance(state, HOUR_MS)
        failed += isinstance(reports[-1], Failed) and reports[-1].reason == "not_ready"
        assert (state["day-01"].loads == ()) == isinstance(reports[-1], Failed)
        state, _ = rules.accept({"day-01": porter()}, pick(number), 0)
        _, reports = rules.advance(state, HOUR_MS)
        assert isinstance(reports[-1], Done)
    assert 90 < failed < 150


def test_a_hand_over_is_known_from_the_person() -> None:
    """The porter taps the phone."""
    state, _ = RULES.accept({"day-01": porter()}, pick(1), 0)
    _, reports = RULES.advance(state, HOUR_MS)
    assert isinstance(reports[-1], Done)
    assert reports[-1].evidence == "person"
