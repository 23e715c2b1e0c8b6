"""The reference engine's ways: arms and asides, rounds, batches, clocks, branches, and the end of a run.

The stories use ticks as if they were minutes; the helper `told` writes the log as `tick patient WHAT step value`.
"""

from __future__ import annotations

import numpy as np
import pytest

from simulation.engines.reference import run_reference
from simulation.engines.replication import Kind, Replication
from simulation.flow.plan import Free, InWindow, Plan, Queue
from simulation.ticks import DAY
from tests.simulation.engines.plans import Builder, Come, rebooking, sample_of, told, which_bed


def run(plan: Plan, *comers: Come) -> Replication:
    return run_reference(plan, sample_of(plan, comers), log=True)


def test_together_goes_on_when_the_last_arm_has_ended() -> None:
    """All arms begin at once, behind those who come at this tick, and share what the patient holds."""
    b = Builder()
    room = b.resource("room", 1)
    b.source(
        b.seize(room),
        b.together((b.delay(3), b.release(0)), (b.delay(5),), ()),
        b.leave(),
    )
    plan = b.plan()
    assert told(plan, run(plan, Come(0), Come(1)), patient=0)[3:] == [
        "0 p0 FORK together 3",
        "0 p0 DELAY delay 0",
        "0 p0 DELAY delay 0",
        "3 p0 RELEASE release 0 0",
        "5 p0 JOINED together 0",
        "5 p0 LEAVE leave home 0",
    ]


def test_aside_goes_on_by_itself() -> None:
    """The room is cleaned while its patient is gone already; the next one waits for that."""
    b = Builder()
    room = b.resource("room", 1)
    b.source(b.seize(room), b.delay(5), b.aside(b.delay(4), b.release()), b.leave())
    plan = b.plan()
    result = run(plan, Come(0), Come(1))
    assert result.left_at.tolist() == [5, 14]
    assert [line.split()[:2] for line in told(plan, result, Kind.GRANT)] == [["0", "p0"], ["9", "p1"]]


def test_what_is_seized_anew_does_not_meet_the_cleaning_of_what_was_left() -> None:
    """An aside takes over what it gives back, so the next round may seize into the same place."""
    plan, sample = rebooking()
    result = run_reference(plan, sample, log=True)
    # The third patient's first room is given back by its cleaning at 12, the second at 19, the third at 22.
    assert [line.split()[0] for line in told(plan, result, Kind.RELEASE, patient=2) if " release 1 " in line] == [
        "12",
        "19",
        "22",
    ]
    assert [line.split()[-1] for line in told(plan, result, Kind.AGAIN, patient=2)] == ["1", "2", "3"]
    assert plan.outcomes[result.outcome[2]] == "elsewhere"


def test_each_round_has_its_own_draws() -> None:
    """In round r a slot of the loop is r rows of the loop further on; loops within loops count both."""
    b = Builder()
    outer, inner = b.drawn(), b.drawn()
    for _ in range(4):
        b.drawn()
    # rows: outer round 0 (outer, inner 0, inner 1), outer round 1 (outer, inner 0, inner 1)
    inside = b.repeat(b.delay(inner), b.again(), at_most=2, first_slot=inner.slot, slots=1)
    b.source(b.repeat(b.delay(outer), inside, b.again(), at_most=2, first_slot=outer.slot, slots=3), b.leave())
    plan = b.plan()
    result = run(plan, Come(0, (1, 10, 100, 6, 20, 200)))
    ticks = [int(line.split()[0]) for line in told(plan, result, Kind.DELAY)]
    assert np.diff([*ticks, result.left_at[0]]).tolist() == [1, 10, 100, 6, 20, 200]


def test_a_batch_goes_on_in_the_order_of_coming() -> None:
    """The one who fills it enters all in the present, itself last; when time is up those there go on."""
    b = Builder()
    b.source(b.batch(3, at_most=20), b.leave())
    plan = b.plan()
    assert told(plan, run(plan, *(Come(at) for at in (0, 1, 2, 5, 9, 30))), Kind.BATCH, Kind.BATCHED) == [
        "0 p0 BATCH batch 1",
        "1 p1 BATCH batch 2",
        "2 p2 BATCH batch 3",
        "2 p0 BATCHED batch 0",
        "2 p1 BATCHED batch 0",
        "2 p2 BATCHED batch 0",
        "5 p3 BATCH batch 1",
        "9 p4 BATCH batch 2",
        "25 p3 BATCHED batch 0",
        "25 p4 BATCHED batch 0",
        "30 p5 BATCH batch 1",
        "50 p5 BATCHED batch 0",
    ]


def test_a_batch_that_is_full_is_not_sent_again_by_its_clock() -> None:
    """The time-out of a batch that has gone does nothing to the next one."""
    b = Builder()
    b.source(b.batch(2, at_most=20), b.leave())
    assert run(b.plan(), Come(0), Come(1), Come(19)).left_at.tolist() == [1, 1, 39]


def test_waiting_until_a_time_at_that_time_is_no_wait() -> None:
    """The clock is of the week; whoever is there at its time goes on at once, the others wait for the next."""
    b = Builder(horizon=8 * DAY)
    b.source(b.until(10, 2 * DAY), b.leave())
    plan = b.plan()
    result = run(plan, Come(0), Come(10), Come(11), Come(3 * DAY))
    assert result.left_at.tolist() == [10, 10, 2 * DAY, 7 * DAY + 10]
    assert [line.split()[1] for line in told(plan, result, Kind.DELAY)] == ["p0", "p2", "p3"]


@pytest.mark.parametrize(
    ("condition", "arms"),
    # Six patients come for three beds: 3, 2, 1, 0, 0, 0 are free and 0, 0, 0, 0, 1, 2 wait.
    [(InWindow(((2, 4),)), "BBAABB"), (Free(0, 2), "AABBBB"), (Queue(0, 2), "BBBBBA")],
    ids=["during", "free", "queue"],
)
def test_the_way_depends_on_the_state_of_now(condition: InWindow | Free | Queue, arms: str) -> None:
    """During a span of the week; while so many units are free; while so many wait."""
    b = Builder()
    bed = b.resource("bed", 3)
    b.source(b.branch((b.mark("A"),), (b.mark("B"),), conditions=(condition,)), *b.hold(bed, 50), b.leave())
    result = run(b.plan(), *(Come(at) for at in range(6)))
    assert "".join("AB"[int(np.argmax(marked))] for marked in result.marked.T) == arms


def test_the_way_depends_on_what_was_granted() -> None:
    """Of two kinds of beds, or of none when patience ended."""
    plan, sample = which_bed()
    result = run_reference(plan, sample)
    went = [plan.marks[number] for number in result.marked.argmax(axis=0)]
    # medical 0-10; surgical 0-6, cleaned until 9. Those of 1 and 5 give up after 4 (at 9 patience, entered at 5, stands
    # before the cleaning, entered at 6); that of 6 gets the surgical bed at 9, that of 7 the medical one at 10.
    assert went == ["medical", "surgical", "neither", "neither", "surgical", "medical", "neither"]


def test_a_branch_by_draw_and_by_attribute() -> None:
    """A draw is the number of the arm; an attribute is looked up, and what it does not name takes the last arm."""
    b = Builder()
    kind = b.attribute("kind", "a", "b", "c")
    drawn = b.choice(0.5, 0.5)
    b.source(
        b.branch((b.mark("one"),), (b.mark("two"),), choice=drawn),
        b.branch((b.leave("x"),), (b.leave("y"),), (b.leave("z"),), choice=b.by(kind, 1, 0, None)),
    )
    result = run(b.plan(), Come(0, (0,), 0, (0,)), Come(0, (1,), 0, (1,)), Come(0, (1,), 0, (2,)))
    assert result.marked.tolist() == [[0, -1, -1], [-1, 0, 0]]
    assert result.outcome.tolist() == [1, 0, 2]


def test_the_run_ends_before_the_first_event_at_the_horizon() -> None:
    """Who would leave at the horizon is still inside."""
    b = Builder(horizon=10)
    bed = b.resource("bed", 1)
    b.source(*b.hold(bed, b.drawn()), b.leave())
    result = run(b.plan(), Come(0, (9,)), Come(0, (1,)), Come(0, (1,)))
    assert result.left_at.tolist() == [9, -1, -1]
    assert result.outcome.tolist() == [0, -1, -1]
    assert result.queued.tolist() == [9 + 10]


def test_the_order_of_future_capacity_and_arrivals_at_the_first_tick() -> None:
    """Who comes at tick 0 finds the capacity of tick 0; nobody coming and nothing changing is a run as well."""
    b = Builder()
    bed = b.resource("bed", [(0, 1)])
    b.source(*b.hold(bed, 1), b.leave())
    plan = b.plan()
    assert run(plan, Come(0)).left_at.tolist() == [1]
    empty = run(plan)
    assert empty.log is not None
    assert len(empty.log.at) == 0
    assert empty.level.tolist() == [[1000, 0]]


def test_a_plan_that_gives_back_what_is_not_held_is_an_error() -> None:
    """The engine says who released what is not held, and where; the check of flows finds it before."""
    b = Builder()
    b.resource("bed", 1)
    b.source(b.release(), b.leave())
    with pytest.raises(RuntimeError, match="release 0: patient 0 releases what is not held"):
        run(b.plan(), Come(0))


def test_a_plan_that_seizes_into_a_taken_place_is_an_error() -> None:
    """Nothing is lost silently: a place holds one grant."""
    b = Builder()
    bed = b.resource("bed", 2)
    b.source(b.seize(bed), b.seize(bed), b.leave())
    with pytest.raises(RuntimeError, match="seize bed: patient 0 seizes into a place that is taken"):
        run(b.plan(), Come(0))
