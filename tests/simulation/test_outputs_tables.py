"""Tables of the week and of waiting add up over replications without growing, and say what they counted."""

from __future__ import annotations

import subprocess
import sys
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.engines.replication import Replication
from simulation.experiment.outcome import add_tables
from simulation.flow.plan import Aside, Branch, Fixed, Pathway, Plan, Repeat, Seize, Together
from simulation.flow.schema.outputs import Output
from simulation.outputs import TIME_EDGES_S, bottlenecks, times_of, week_of, weekly_tables
from simulation.ticks import DAY, HOUR, MINUTE, TICKS_PER_S
from tests.simulation.replications_by_hand import NEVER, SEEN, TRIAGED, output, plan, replication

WEDNESDAY = 48
THURSDAY = 72


def to_seen(name: str = "to_seen", **said: object) -> Output:
    return output(id=name, measure="time", to="seen", statistic="p90", **said)


def busy(of: Plan, used: dict[int, int], queue: dict[int, int]) -> Replication:
    """Beds in use and queueing at some hours of the run."""
    hours = of.horizon // HOUR
    both = [np.zeros((hours, 2), np.int32) for _ in range(2)]
    for table, numbers in zip(both, (used, queue), strict=True):
        for hour, number in numbers.items():
            table[hour, 0] = number
    return replication(of, hourly_used=both[0], hourly_queue=both[1])


def test_each_counted_hour_stands_at_its_hour_of_the_week() -> None:
    """The run begins on a Wednesday; its first day is warm-up. Thursday 07:00 has 3 beds in use and 2 waiting."""
    tables = weekly_tables(plan(), busy(plan(), {7: 9, 31: 3}, {31: 2}))
    assert tables["used/bed"].shape == (168, 4)
    assert tables["used/bed"][THURSDAY + 7].tolist() == [0, 0, 0, 1]
    assert tables["queue/bed"][THURSDAY + 7].tolist() == [0, 0, 1]
    assert tables["used/bed"][WEDNESDAY + 7].sum() == 0
    assert tables["used/bed"].sum() == 48
    assert tables["capacity/bed"][THURSDAY + 7] == 4


def test_the_week_of_a_resource_is_read_from_merged_tables() -> None:
    """Four Thursdays at 07:00 with 0, 1, 1 and 4 in use: mean 1.5, half have at most 1, nine tenths at most 4."""
    of = plan()
    tables = reduce(
        add_tables, (weekly_tables(of, busy(of, {31: number}, {31: 10 * number})) for number in (4, 0, 1, 1))
    )
    week = week_of(tables, "bed")
    hour = THURSDAY + 7
    assert (week.used_mean[hour], week.used_p50[hour], week.used_p90[hour]) == (1.5, 1, 4)
    assert (week.queue_mean[hour], week.queue_p50[hour], week.queue_p90[hour]) == (15.0, 10, 40)
    assert week.capacity_mean[hour] == 4.0
    assert (week.used_mean[0], week.used_p90[0], week.capacity_mean[0]) == (0.0, 0, 0.0)
    with pytest.raises(KeyError):
        week_of(tables, "mri")


def test_a_queue_that_grows_without_end_does_not_make_a_table_grow_so() -> None:
    """From 1,024 on they are counted together."""
    tables = weekly_tables(plan(), busy(plan(), {}, {31: 5_000_000}))
    assert tables["queue/bed"].shape == (168, 1025)
    assert tables["queue/bed"][THURSDAY + 7, 1024] == 1


@settings(max_examples=25, deadline=None)
@given(numbers=st.lists(st.integers(0, 12), min_size=1, max_size=8), order=st.permutations(range(8)))
def test_tables_are_the_same_in_whatever_order_they_are_added(numbers: list[int], order: list[int]) -> None:
    """Whole numbers: any order and any grouping, however many columns each has."""
    of = plan()
    single = [weekly_tables(of, busy(of, {31: number}, {50: number})) for number in numbers]
    forward = reduce(add_tables, single)
    shuffled = reduce(add_tables, [single[number] for number in order if number < len(single)])
    assert forward.keys() == shuffled.keys()
    assert all(np.array_equal(forward[name], shuffled[name]) for name in forward)
    assert forward["counted"].tolist() == [len(numbers), len(numbers) * 2 * 86_400]


# --- times over the week -----------------------------------------------------------------------------------------


def test_times_stand_at_the_hour_of_their_beginning_in_their_class() -> None:
    """Who came at Thursday 08:00 and was seen after 59 min 59.9 s is in the class from 45 min, after 60 in the next."""
    of = plan()
    at = DAY + 8 * HOUR
    run = replication(
        of, arrival=[at, at, at + HOUR], marked={SEEN: [at + HOUR - 1, at + HOUR, NEVER], TRIAGED: [NEVER] * 3}
    )
    counts = weekly_tables(of, run, [to_seen()])["times/to_seen"]
    assert counts.sum() == 2
    assert counts[THURSDAY + 8, TIME_EDGES_S.index(45 * 60)] == 1
    assert counts[THURSDAY + 8, TIME_EDGES_S.index(60 * 60)] == 1


def test_quantiles_of_the_week_lie_on_a_straight_line_within_their_class() -> None:
    """Ten patients in the class from 60 to 75 minutes: the median is in its middle, 67.5 minutes."""
    of = plan()
    at = DAY + 8 * HOUR
    run = replication(of, arrival=[at] * 10, marked={SEEN: [at + 62 * MINUTE] * 10})
    times = times_of(weekly_tables(of, run, [to_seen()]), "to_seen")
    hour = THURSDAY + 8
    assert times.count[hour] == 10
    assert (times.p10_s[hour], times.p50_s[hour], times.p90_s[hour]) == (61.5 * 60, 67.5 * 60, 73.5 * 60)
    assert times.p50_s[0] is None


def test_the_longest_times_are_counted_as_thirty_days_and_more() -> None:
    """A waiting list may hold somebody for a year."""
    of = plan(days=400)
    run = replication(of, arrival=[DAY], marked={SEEN: [380 * DAY]})
    tables = weekly_tables(of, run, [to_seen()])
    assert tables["times/to_seen"][THURSDAY, -1] == 1
    assert times_of(tables, "to_seen").p50_s[THURSDAY] == 30 * 86_400


def test_only_outputs_of_times_have_times_over_the_week() -> None:
    """Alike ones are counted alike, narrowed ones for themselves."""
    of = plan()
    run = replication(of, arrival=[DAY, DAY], marked={SEEN: [DAY + HOUR] * 2}, triage=[0, 1])
    outputs = [
        to_seen("a"),
        to_seen("b"),
        to_seen("red", where={"triage": ["red"]}),
        output(id="n", measure="time", to="seen", statistic="per_day"),
        output(id="u", measure="utilisation", resource="bed"),
    ]
    tables = weekly_tables(of, run, outputs)
    assert {name for name in tables if name.startswith("times/")} == {"times/a", "times/b", "times/red"}
    assert np.array_equal(tables["times/a"], tables["times/b"])
    assert (tables["times/a"].sum(), tables["times/red"].sum()) == (2, 1)


@settings(max_examples=60, deadline=None)
@given(spans_s=st.lists(st.integers(0, 4_000_000), min_size=1, max_size=30))
def test_every_time_is_in_the_class_whose_ends_enclose_it(spans_s: list[int]) -> None:
    """Begin inclusive, end exclusive."""
    of = plan(days=50)
    run = replication(of, arrival=[DAY] * len(spans_s), marked={SEEN: [DAY + span * TICKS_PER_S for span in spans_s]})
    counts = weekly_tables(of, run, [to_seen()])["times/to_seen"][THURSDAY]
    expected = np.histogram(spans_s, bins=[*TIME_EDGES_S, np.inf])[0]
    assert counts.tolist() == expected.tolist()


# --- bottlenecks -------------------------------------------------------------------------------------------------


def test_waiting_points_are_listed_by_the_hours_waited_there() -> None:
    """Two counted days and two replications: at the scanner 8 patients wait 40 h, at the bed 20 wait 10 h."""
    of = plan()
    run = replication(
        of, asked=[10, 5], granted=[10, 4], gave_up=[0, 1], waited=[5 * HOUR, 20 * HOUR], queued=[0, 24 * HOUR]
    )
    found = bottlenecks(of, add_tables(weekly_tables(of, run), weekly_tables(of, run)))
    scanner, bed = found.waiting
    assert (scanner.step, scanner.resources) == ("ed/ct", ("ct",))
    assert (scanner.requests_per_day, scanner.gave_up_per_day) == (2.5, 0.5)
    assert (scanner.mean_wait_s, scanner.waited_h_per_day) == (5 * 3600, 10.0)
    assert (bed.step, bed.mean_wait_s, bed.waited_h_per_day) == ("ed/bed", 1800, 2.5)


def test_resources_are_listed_by_their_queue() -> None:
    """The scanner: 36 of 48 h used of which 12 h overtime, one waiting half of the time. Nobody waits for a bed."""
    of = plan()
    level = np.zeros((2, 5), np.int64)
    level[1] = [12 * HOUR, 36 * HOUR, 0, 0, 0]
    run = replication(of, level=level, over=[0, 12 * HOUR], offered=[192 * HOUR, 30 * HOUR], queued=[0, 24 * HOUR])
    scanner, bed = bottlenecks(of, weekly_tables(of, run)).loads
    assert (scanner.resource, scanner.mean_queue, scanner.mean_in_use) == ("ct", 0.5, 0.75)
    assert (scanner.utilisation, scanner.overtime_h_per_day) == (0.8, 6.0)
    assert (bed.resource, bed.utilisation, bed.mean_queue) == ("bed", 0.0, 0.0)


def test_a_point_at_which_nobody_was_granted_has_no_mean_wait() -> None:
    """And a resource without capacity no utilisation."""
    found = bottlenecks(plan(), weekly_tables(plan(), replication(plan())))
    assert [point.mean_wait_s for point in found.waiting] == [None, None]
    assert [load.utilisation for load in found.loads] == [None, None]


def test_a_waiting_point_is_found_however_deep_it_lies() -> None:
    """Within branches, arms, asides, loops and what is done after giving up."""
    first = Seize(at=0, choices=(0, 1), hold=0, wait=0)
    second = Seize(at=1, choices=(1,), hold=1, wait=1, patience=Fixed(0), otherwise=(first,))
    deep = Repeat(
        at=2,
        at_most=2,
        steps=(Together(at=3, arms=((Aside(at=4, steps=(Branch(at=5, arms=((), (second,))),)),), ())),),
    )
    of = plan()
    of = Plan(
        **{name: getattr(of, name) for name in Plan.__dataclass_fields__ if name != "pathways"},
        pathways=(Pathway(id="ed", steps=(deep,), slots=(), holds=2),),
    )
    found = bottlenecks(of, weekly_tables(of, replication(of)))
    assert {point.step: point.resources for point in found.waiting} == {"ed/bed": ("bed", "ct"), "ed/ct": ("ct",)}


def test_results_are_read_without_the_kernels() -> None:
    """Pages read tables in a process that has no use for a compiler."""
    script = "import simulation.outputs, sys; print('numba' in sys.modules)"
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
