"""The reference engine does what the rules of the engines say, to the order of events within one tick.

The stories use ticks as if they were minutes; the helper `told` writes the log as `tick patient WHAT step value`.
"""

from __future__ import annotations

from simulation.engines.reference import run_reference
from simulation.engines.replication import Kind, Replication
from simulation.flow.plan import Clock, Plan
from simulation.ticks import DAY, HOUR
from tests.simulation.engines.plans import Builder, Come, sample_of, told

WHO = (Kind.GRANT, Kind.RESUMED)


def run(plan: Plan, *comers: Come) -> Replication:
    return run_reference(plan, sample_of(plan, comers), log=True)


def served(plan: Plan, replication: Replication) -> list[tuple[int, int]]:
    """Tick and patient of each grant, in order."""
    lines = [line.split() for line in told(plan, replication, *WHO)]
    return [(int(at), int(patient[1:])) for at, patient, *_ in lines]


def test_a_patient_is_served_and_goes_home() -> None:
    """Each event of a simple visit stands in the log once, with its tick, step and value."""
    b = Builder()
    clerk = b.resource("clerk", 1)
    b.source(*b.hold(clerk, 10), b.mark("served"), b.leave())
    plan = b.plan()
    assert told(plan, run(plan, Come(3))) == [
        "3 p0 ARRIVE -1 0",
        "3 p0 REQUEST seize clerk 5",
        "3 p0 GRANT seize clerk 0",
        "3 p0 DELAY delay 0",
        "13 p0 RELEASE release 0 0",
        "13 p0 MARK mark served 0",
        "13 p0 LEAVE leave home 0",
    ]


def test_a_grant_goes_on_behind_those_who_came_at_the_same_tick() -> None:
    """All who come at a tick begin before the first who was granted goes on: begins are urgent, grants are present."""
    b = Builder()
    clerk = b.resource("clerk", 1)
    b.source(*b.hold(clerk, 0), b.leave())
    plan = b.plan()
    assert told(plan, run(plan, Come(0), Come(0)), Kind.REQUEST, Kind.GRANT, Kind.DELAY) == [
        "0 p0 REQUEST seize clerk 5",
        "0 p0 GRANT seize clerk 0",
        "0 p1 REQUEST seize clerk 5",
        "0 p0 DELAY delay 0",
        "0 p1 GRANT seize clerk 0",
        "0 p1 DELAY delay 0",
    ]


def test_the_next_arrival_stands_before_what_the_present_one_starts() -> None:
    """Who comes at tick 10 is entered when the one of tick 0 comes, so before the delay that ends at tick 10."""
    b = Builder()
    clerk = b.resource("clerk", 1)
    b.source(*b.hold(clerk, 10), b.leave())
    plan = b.plan()
    # Were it the other way round, the second would find the clerk free and be granted by its own request.
    assert told(plan, run(plan, Come(0), Come(10)), Kind.ARRIVE, Kind.REQUEST, Kind.RELEASE, Kind.GRANT)[3:] == [
        "10 p1 ARRIVE -1 0",
        "10 p1 REQUEST seize clerk 5",
        "10 p0 RELEASE release 0 0",
        "10 p1 GRANT seize clerk 0",
        "20 p1 RELEASE release 0 0",
    ]


def test_first_come_first_served_within_a_priority() -> None:
    """The queue is by priority, then by order of entry; a request may have a priority of its own."""
    b = Builder()
    clerk = b.resource("clerk", 1)
    triage = b.attribute("triage", "red", "green", "child")
    b.source(
        b.priority(b.by(triage, 1, None, None)),
        *b.hold(clerk, 10, priority=b.by(triage, None, None, 0)),
        b.leave(),
    )
    plan = b.plan()
    result = run(plan, *(Come(at, (), 0, (value,)) for at, value in enumerate((1, 1, 0, 1, 0, 2))))
    # 0 is being served; then the child (0), the reds in order (1), the greens in order (5).
    assert served(plan, result) == [(0, 0), (10, 5), (20, 2), (30, 4), (40, 1), (50, 3)]


def test_deadlines_count_within_a_priority_where_the_queue_goes_by_them() -> None:
    """By priority, then deadline, and who has no deadline comes last; elsewhere deadlines mean nothing."""
    for by_deadline, order in ((True, [0, 3, 2, 1, 4]), (False, [0, 1, 2, 3, 4])):
        b = Builder()
        theatre = b.resource("theatre", 1, by_deadline=by_deadline)
        within = b.attribute("within", "never", "long", "short")
        b.source(b.deadline(b.by(within, None, 80, 20)), *b.hold(theatre, 10), b.leave())
        plan = b.plan()
        result = run(plan, *(Come(at, (), 0, (value,)) for at, value in enumerate((2, 0, 1, 2, 0))))
        assert [patient for _, patient in served(plan, result)] == order


def test_who_wants_two_units_is_not_overtaken() -> None:
    """A request for more units than are free keeps those behind it waiting."""
    b = Builder()
    bed = b.resource("bed", 2)
    b.source(*b.hold(bed, 10), b.leave())
    b.source(b.seize(bed, units=2), b.delay(5), b.release(), b.leave())
    plan = b.plan()
    result = run(plan, Come(0), Come(1, (), 1), Come(2))
    assert served(plan, result) == [(0, 0), (10, 1), (15, 2)]
    # 2 units for 5 ticks, 1 unit for 10 + 10
    assert result.level.tolist() == [[1000 - 25, 20, 5]]


def test_the_first_choice_that_grants_is_taken_and_the_other_queue_is_left() -> None:
    """A request stands in the queues of all its choices until one grants."""
    b = Builder()
    own, borrowed = b.resource("own", 1), b.resource("borrowed", 1)
    b.source(*b.hold((own, borrowed), b.drawn()), b.leave())
    plan = b.plan()
    result = run(plan, Come(0, (10,)), Come(0, (4,)), Come(1, (3,)), Come(1, (1,)))
    assert [line.split()[1:] for line in told(plan, result, Kind.GRANT)] == [
        ["p0", "GRANT", "seize", "own|borrowed", "0"],
        ["p1", "GRANT", "seize", "own|borrowed", "1"],
        ["p2", "GRANT", "seize", "own|borrowed", "1"],  # at 4
        ["p3", "GRANT", "seize", "own|borrowed", "1"],  # at 7
    ]
    assert result.left_at.tolist() == [10, 4, 7, 8]
    assert result.queued.tolist() == [3 + 6, 3 + 6]  # both waiters stood in both queues


def test_another_may_be_granted_by_my_request() -> None:
    """A unit that came back at this tick goes to the first of the queue, whoever asks."""
    b = Builder()
    clerk = b.resource("clerk", 1)
    b.source(*b.hold(clerk, 10), *b.hold(clerk, 1), b.leave())
    plan = b.plan()
    # At tick 10 the first gives the clerk back and asks again at once: the second, who waited, is granted by that.
    assert told(plan, run(plan, Come(0), Come(1)), Kind.RELEASE, Kind.REQUEST, Kind.GRANT)[3:7] == [
        "10 p0 RELEASE release 0 0",
        "10 p0 REQUEST seize clerk 5",
        "10 p1 GRANT seize clerk 0",
        "20 p1 RELEASE release 0 0",
    ]


def test_patience_ends_and_the_patient_goes_elsewhere() -> None:
    """Who gives up leaves the queue, is looked after otherwise in the same breath, and goes on after the step."""
    b = Builder()
    doctor = b.resource("doctor", 1)
    mood = b.attribute("mood", "calm", "hasty")
    b.source(
        b.seize(doctor, patience=b.by(mood, None, 6), otherwise=(b.mark("unseen"), b.leave("unseen"))),
        b.delay(20),
        b.release(),
        b.leave(),
    )
    plan = b.plan()
    result = run(plan, Come(0, (), 0, (0,)), Come(1, (), 0, (1,)), Come(2, (), 0, (0,)))
    assert told(plan, result, patient=1) == [
        "1 p1 ARRIVE -1 0",
        "1 p1 REQUEST seize doctor 5",
        "7 p1 GIVE_UP seize doctor 0",
        "7 p1 MARK mark unseen 0",
        "7 p1 LEAVE leave unseen 0",
    ]
    assert served(plan, result) == [(0, 0), (20, 2)]
    assert (result.asked.tolist(), result.granted.tolist(), result.gave_up.tolist()) == ([3], [2], [1])
    assert result.waited.tolist() == [18]
    assert result.queued.tolist() == [18 + 6]


def test_who_gives_up_lets_those_behind_be_looked_at() -> None:
    """The one in front wants two units, of which one is free; when it gives up, the one behind gets that."""
    b = Builder()
    bed = b.resource("bed", 2)
    b.source(*b.hold(bed, 50), b.leave())
    b.source(b.seize(bed, units=2, patience=5, otherwise=(b.leave("elsewhere"),)), b.release(), b.leave())
    plan = b.plan()
    result = run(plan, Come(0), Come(1, (), 1), Come(2))
    assert served(plan, result) == [(0, 0), (6, 2)]


def test_no_patience_at_all_still_lets_the_present_pass() -> None:
    """Patience of nothing ends in the present: a unit that is given back before in the same tick is still taken."""
    b = Builder()
    bed = b.resource("bed", 1)
    b.source(b.seize(bed, patience=0, otherwise=(b.leave("elsewhere"),)), b.delay(5), b.release(), b.leave())
    plan = b.plan()
    # The third comes at 5, as the bed is given back: its arrival stands before that (entered at 1), its patience after.
    result = run(plan, Come(0), Come(1), Come(5))
    assert result.outcome.tolist() == [1, 0, 1]


def test_patience_until_a_time_of_day_is_until_its_next_time() -> None:
    """At that time itself it is the one after; the clock runs from Monday midnight, the flow begins when it says."""
    b = Builder(horizon=9 * DAY)
    bed = b.resource("bed", [(0, 1), (1, 0)])
    b.source(b.seize(bed, patience=Clock((14 * HOUR, 38 * HOUR))), b.leave())
    result = run(b.plan(), Come(2), Come(14 * HOUR), Come(39 * HOUR))
    # Monday 14:00, Tuesday 14:00, Monday after.
    assert result.left_at.tolist() == [14 * HOUR, 38 * HOUR, 7 * DAY + 14 * HOUR]


def test_a_shift_that_ends_takes_nobodys_unit() -> None:
    """Use beyond capacity is overtime; it is felt when units come back; more units are granted at once."""
    b = Builder()
    nurse = b.resource("nurse", [(0, 2), (10, 1), (30, 3)])
    b.source(*b.hold(nurse, b.drawn()), b.leave())
    plan = b.plan()
    result = run(plan, Come(0, (15,)), Come(0, (12,)), Come(5, (40,)), Come(6, (20,)), Come(7, (20,)))
    # At 12 one of two comes back, which leaves 1 of 1 in use; at 15 the other; at 30 both who wait are granted.
    assert served(plan, result) == [(0, 0), (0, 1), (15, 2), (30, 3), (30, 4)]
    assert result.over.tolist() == [2]  # two of one from 10 to 12
    assert result.offered.tolist() == [2 * 10 + 1 * 20 + 3 * 970]


def test_capacity_changes_before_what_was_entered_later() -> None:
    """The calendar's next change is entered first of all: at its tick it acts before a delay that ends then."""
    b = Builder()
    nurse, clerk = b.resource("nurse", [(0, 1), (10, 0)]), b.resource("clerk", [(0, 0), (10, 1)])
    b.source(*b.hold(nurse, 10), b.leave())
    b.source(*b.hold(clerk, 1), b.leave())
    plan = b.plan()
    assert told(plan, run(plan, Come(0), Come(1, (), 1), Come(2)))[6:] == [
        "2 p2 ARRIVE -1 0",
        "2 p2 REQUEST seize nurse 5",
        "10 p-1 CAPACITY 0 0",
        "10 p-1 CAPACITY 1 1",
        "10 p1 GRANT seize clerk 1",
        "10 p0 RELEASE release 0 0",  # the nurse's shift is over
        "10 p0 LEAVE leave home 0",
        "10 p1 DELAY delay 0",
        "11 p1 RELEASE release 0 1",
        "11 p1 LEAVE leave home 0",
    ]


def test_a_release_while_nobody_waits_enters_nothing() -> None:
    """Only who waits when units come back is looked at for that; who asks later in the same tick is not."""
    b = Builder()
    nurse, lift = b.resource("nurse", [(0, 2), (5, 1)]), b.resource("lift", 1)
    b.source(*b.hold(nurse, 10), b.delay(0), *b.hold(nurse, 1), b.leave())
    b.source(*b.hold(lift, 10), *b.hold(nurse, 1), b.leave())
    plan = b.plan()
    result = run(plan, Come(0), Come(0, (), 1), Come(0))
    # At 10 there is one nurse too many. When p0 gives one back nobody waits. Then p1 asks in vain, 1 of 1 is in use.
    # When p2 gives back p1 waits, so that enters a look at the queue, behind p0's delay of nothing.
    assert told(plan, result, Kind.RELEASE, Kind.REQUEST, Kind.GRANT)[6:12] == [
        "10 p0 RELEASE release 0 0",
        "10 p1 RELEASE release 0 1",
        "10 p1 REQUEST seize nurse 5",
        "10 p2 RELEASE release 0 0",
        "10 p0 REQUEST seize nurse 5",
        "10 p1 GRANT seize nurse 0",
    ]


def test_two_units_given_back_are_two_looks_at_the_queue() -> None:
    """A release of two units triggers twice: two who wait for one each are granted."""
    b = Builder()
    bed = b.resource("bed", 2)
    b.source(b.seize(bed, units=2), b.delay(10), b.release(), b.leave())
    b.source(*b.hold(bed, 10), b.leave())
    plan = b.plan()
    assert served(plan, run(plan, Come(0), Come(1, (), 1), Come(1, (), 1), Come(2, (), 1))) == [
        (0, 0),
        (10, 1),
        (10, 2),
        (20, 3),
    ]


def test_the_more_urgent_takes_the_unit_and_the_rest_is_served_later() -> None:
    """The victim keeps what is left of its time, waits in front of its priority, and goes on when granted again."""
    b = Builder()
    scanner = b.resource("scanner", 1)
    triage = b.attribute("triage", "red", "green")
    b.source(
        b.priority(b.by(triage, 0, 7)),
        b.seize(scanner, preempt=True),
        b.delay(b.drawn(), preemptible=0),
        b.release(),
        b.leave(),
    )
    plan = b.plan()
    result = run(plan, Come(0, (10,), 0, (1,)), Come(1, (10,), 0, (1,)), Come(4, (3,), 0, (0,)))
    assert told(plan, result)[6:] == [
        "4 p2 ARRIVE -1 0",
        "4 p2 REQUEST seize scanner 0",
        "4 p0 PREEMPTED delay 0",
        "4 p2 GRANT seize scanner 0",
        "4 p2 DELAY delay 0",
        "7 p2 RELEASE release 0 0",
        "7 p2 LEAVE leave home 0",
        "7 p0 RESUMED delay 0",
        "7 p0 DELAY delay 0",
        "13 p0 RELEASE release 0 0",  # 4 before, 6 now
        "13 p0 LEAVE leave home 0",
        "13 p1 GRANT seize scanner 0",
        "13 p1 DELAY delay 0",
        "23 p1 RELEASE release 0 0",
        "23 p1 LEAVE leave home 0",
    ]
    assert result.queued.tolist() == [(7 - 4) + (13 - 1)]
    assert result.waited.tolist() == [12]  # waiting to go on is no wait of the request


def test_the_least_urgent_and_latest_begun_loses_its_unit() -> None:
    """Of those less urgent than the request: the greatest number, of these the one whose delay began last."""
    b = Builder()
    scanner = b.resource("scanner", 3)
    triage = b.attribute("triage", "red", "orange", "green")
    b.source(
        b.priority(b.by(triage, 0, 3, 7)),
        b.seize(scanner, preempt=True),
        b.delay(20, preemptible=0),
        b.release(),
        b.leave(),
    )
    plan = b.plan()
    comers = [Come(at, (), 0, (value,)) for at, value in ((0, 2), (1, 2), (2, 1), (3, 0), (4, 0), (5, 0), (6, 0))]
    assert told(plan, run(plan, *comers), Kind.PREEMPTED) == [
        "3 p1 PREEMPTED delay 0",
        "4 p0 PREEMPTED delay 0",
        "5 p2 PREEMPTED delay 0",
    ]  # and the red who comes at 6 takes nothing from reds


def test_victims_go_on_the_latest_first() -> None:
    """Each victim is put in front of its priority, so before the victims of before."""
    b = Builder()
    scanner = b.resource("scanner", 2)
    triage = b.attribute("triage", "red", "green")
    b.source(
        b.priority(b.by(triage, 0, 7)),
        b.seize(scanner, preempt=True),
        b.delay(20, preemptible=0),
        b.release(),
        b.leave(),
    )
    plan = b.plan()
    result = run(plan, *(Come(at, (), 0, (value,)) for at, value in ((0, 1), (1, 1), (2, 0), (3, 0), (4, 1))))
    # p1 loses its unit at 2, p0 at 3; at 22 and 23 p0, p1 go on for 17 and 19 more; then p4.
    assert served(plan, result)[4:] == [(22, 0), (23, 1), (39, 4)]
