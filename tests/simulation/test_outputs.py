"""Outputs mean what the flow's declaration says they mean: small cases, each worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.engines.replication import Replication, levels
from simulation.flow.plan import Plan
from simulation.outputs import measure
from simulation.outputs.quantile import quantile
from simulation.ticks import DAY, HOUR, MINUTE
from tests.simulation.replications_by_hand import NEVER, ON_WARD, SEEN, TRIAGED, output, plan, replication


def figure(of: Plan, run: Replication, **said: Any) -> float:
    return measure([output(**said)], of, run)["x"]


def minutes(*figures: int, after: int = DAY) -> list[int]:
    return [after + number * MINUTE for number in figures]


# --- times -------------------------------------------------------------------------------------------------------


def test_a_mean_time_is_of_the_counted_patients_who_have_it() -> None:
    """10, 20 and 60 minutes: 30. The fourth never came to triage, the fifth (day one) belongs to the warm-up."""
    of = plan()
    arrival = [0, *minutes(0, 0, 0, 5)]
    run = replication(of, arrival=arrival, marked={TRIAGED: [DAY, *minutes(10, 20, 60), NEVER]})
    assert figure(of, run, measure="time", to="triaged", statistic="mean") == 30.0
    assert figure(of, run, measure="time", to="triaged", statistic="mean", unit="h") == 0.5


def test_a_patient_counts_from_the_very_tick_at_which_the_warm_up_ends() -> None:
    """At the tick before: not; at the tick itself: yes."""
    of = plan()
    run = replication(of, arrival=[DAY - 1, DAY], marked={TRIAGED: [DAY - 1 + HOUR, DAY + 2 * HOUR]})
    assert figure(of, run, measure="time", to="triaged", statistic="mean", unit="h") == 2.0


def test_quantiles_go_by_straight_line_between_order_statistics() -> None:
    """Of 10, 20, 30, 40 minutes: the median is 25, p90 is at place 2.7: 30 + 0.7 · 10 = 37."""
    of = plan()
    run = replication(of, arrival=[DAY] * 4, marked={TRIAGED: minutes(40, 10, 30, 20)})
    said = {"measure": "time", "to": "triaged"}
    assert figure(of, run, **said, statistic="p50") == 25.0
    assert figure(of, run, **said, statistic="p90") == pytest.approx(37.0)
    assert figure(of, run, **said, statistic="p95") == pytest.approx(38.5)


def test_a_time_may_lie_between_two_marks_and_ends_with_leaving_unless_said() -> None:
    """Triaged at 10, seen at 40, left at 100 minutes."""
    of = plan()
    run = replication(of, arrival=[DAY], left=minutes(100), marked={TRIAGED: minutes(10), SEEN: minutes(40)})
    assert figure(of, run, measure="time", **{"from": "triaged"}, to="seen", statistic="mean") == 30.0
    assert figure(of, run, measure="time", statistic="mean") == 100.0


def test_a_mark_set_before_the_first_one_makes_no_time() -> None:
    """Seen, and then triaged anew in another round: there is no time from triage to doctor."""
    of = plan()
    run = replication(of, arrival=[DAY], marked={TRIAGED: minutes(50), SEEN: minutes(40)})
    assert math.isnan(figure(of, run, measure="time", **{"from": "triaged"}, to="seen", statistic="mean"))


def test_the_share_within_a_limit_counts_who_left_without_as_outside() -> None:
    """Two within an hour (one exactly), one later, one who left without being seen: 2 of 4; of those seen 2 of 3."""
    of = plan()
    run = replication(of, arrival=[DAY] * 4, marked={SEEN: [*minutes(60, 30, 61), NEVER]})
    said = {"measure": "time", "to": "seen", "statistic": "share_within", "limit": "1 h"}
    assert figure(of, run, **said) == 0.5
    assert figure(of, run, **said, reached=True) == pytest.approx(2 / 3)


def test_the_share_within_a_limit_leaves_out_those_of_whom_it_cannot_be_known() -> None:
    """Of the last hour before the horizon nobody knows; who came exactly an hour before and waits still is outside."""
    of = plan()
    arrival = [DAY, 3 * DAY - HOUR, 3 * DAY - HOUR + 1]
    run = replication(of, arrival=arrival, left=[2 * DAY, NEVER, NEVER], marked={SEEN: [DAY + 1, NEVER, NEVER]})
    assert figure(of, run, measure="time", to="seen", statistic="share_within", limit="1 h") == 0.5


def test_hours_a_day_are_those_that_fall_in_the_counted_time() -> None:
    """Two counted days: 2 h of who came before the warm-up ended, 3 h, 1 h until leaving, 4 h until the horizon."""
    of = plan()
    seen = [DAY - HOUR, DAY, DAY, 3 * DAY - 4 * HOUR]
    on_ward = [DAY + 2 * HOUR, DAY + 3 * HOUR, NEVER, NEVER]
    run = replication(
        of,
        arrival=[DAY - HOUR, DAY, DAY, DAY],
        left=[2 * DAY, 2 * DAY, DAY + HOUR, NEVER],
        marked={SEEN: seen, ON_WARD: on_ward},
    )
    said = {"measure": "time", "from": "seen", "to": "on_ward"}
    assert figure(of, run, **said, statistic="hours_per_day") == (2 + 3 + 1 + 4) / 2


def test_how_many_a_day_counts_those_who_come_to_the_second_mark_in_the_counted_time() -> None:
    """Three marks, one of them set during the warm-up: two in two days."""
    of = plan()
    run = replication(of, arrival=[0, 0, DAY], marked={TRIAGED: [DAY - 1, DAY, 3 * DAY - 1]})
    assert figure(of, run, measure="time", to="triaged", statistic="per_day") == 1.0


@pytest.mark.parametrize(
    ("where", "mean"),
    [
        ({}, 25.0),
        ({"triage": ["red"]}, 15.0),
        ({"triage": ["red", "green"]}, 25.0),
        ({"arrivals": ["ambulance"]}, 30.0),
        ({"triage": ["red"], "arrivals": ["ambulance"]}, 20.0),
    ],
    ids=str,
)
def test_where_narrows_by_attributes_and_by_arrivals(where: dict[str, list[str]], mean: float) -> None:
    """10 and 20 minutes red, 30 and 40 green; the second and the last came by ambulance."""
    of = plan()
    run = replication(
        of,
        arrival=[DAY] * 4,
        marked={TRIAGED: minutes(10, 20, 30, 40)},
        triage=[0, 0, 1, 1],
        source=[0, 1, 0, 1],
    )
    assert figure(of, run, measure="time", to="triaged", statistic="mean", where=where) == mean


@pytest.mark.parametrize("where", [{"triage": ["blue"]}, {"age": ["old"]}, {"arrivals": ["helicopter"]}], ids=str)
def test_nobody_is_whom_the_flow_does_not_know(where: dict[str, list[str]]) -> None:
    """A scenario may leave a source out: its figures are missing, not zero."""
    of = plan()
    run = replication(of, arrival=[DAY], marked={TRIAGED: minutes(10)})
    assert math.isnan(figure(of, run, measure="time", to="triaged", statistic="mean", where=where))


# --- outcomes ----------------------------------------------------------------------------------------------------


def test_the_share_of_an_outcome_is_of_the_counted_patients_who_have_left() -> None:
    """Of four who left one unseen: 0.25; the one still inside and the one of the warm-up are left out."""
    of = plan()
    run = replication(of, arrival=[0, *[DAY] * 5], left=[DAY, *[DAY + HOUR] * 4, NEVER], outcome=[1, 1, 0, 0, 0, NEVER])
    said = {"measure": "outcome", "outcome": "left_unseen"}
    assert figure(of, run, **said, statistic="share") == 0.25
    # who came during the warm-up left as it ended: two in two days
    assert figure(of, run, **said, statistic="per_day") == 1.0


def test_an_outcome_may_be_narrowed_too() -> None:
    """Of two reds one left unseen, of the green nobody."""
    of = plan()
    run = replication(of, arrival=[DAY] * 3, outcome=[1, 0, 0], triage=[0, 0, 1])
    said = {"measure": "outcome", "outcome": "left_unseen"}
    assert figure(of, run, **said, statistic="share", where={"triage": ["red"]}) == 0.5
    assert figure(of, run, **said, statistic="share", where={"triage": ["green"]}) == 0.0
    assert figure(of, run, **said, statistic="per_day", where={"triage": ["red"]}) == 0.5


# --- resources ---------------------------------------------------------------------------------------------------


def test_a_mean_wait_is_of_the_requests_granted_at_that_point() -> None:
    """Four granted at the scanner, 60 minutes together: 15 minutes."""
    of = plan()
    run = replication(of, asked=[9, 5], granted=[9, 4], waited=[0, HOUR])
    assert figure(of, run, measure="wait", step="ed/ct") == 15.0
    assert figure(of, run, measure="wait", step="ed/bed") == 0.0


def occupied(of: Plan, **at: int) -> Replication:
    """Beds in use and queueing at 07:00 of days 0, 1, …; a hundred at every other hour."""
    used = np.full((-(-of.horizon // HOUR), 2), 100, np.int32)
    used[7::24, 0] = [at[f"day{day}"] for day in range(len(at))]
    return replication(of, hourly_used=used)


def test_occupancy_is_read_at_that_hour_of_the_counted_days() -> None:
    """Days 1 to 5 have 1, 2, 3, 4, 10 beds in use at 07:00 (day 0 is warm-up): mean 4, p90 4 + 0.6 · 6 = 7.6."""
    of = plan(days=6)
    run = occupied(of, day0=99, day1=1, day2=2, day3=3, day4=4, day5=10)
    said = {"measure": "occupancy", "resource": "bed", "at": "07:00"}
    assert figure(of, run, **said, statistic="mean") == 4.0
    assert figure(of, run, **said, statistic="p90") == pytest.approx(7.6)


def test_a_day_is_over_when_those_in_beds_and_those_waiting_exceed_the_capacity() -> None:
    """Capacity 4. Day 1: 4 in use, 0 waiting: full, not over. Day 2: 4 and 1. Day 3: 3 and 1: not over."""
    of = plan(days=4)
    used, queue = np.zeros((96, 2), np.int32), np.zeros((96, 2), np.int32)
    used[23::24, 0], queue[23::24, 0] = [4, 4, 4, 3], [9, 0, 1, 1]
    run = replication(of, hourly_used=used, hourly_queue=queue)
    said = {"measure": "occupancy", "resource": "bed", "at": "23:00", "statistic": "days_over"}
    assert figure(of, run, **said) == pytest.approx(1 / 3)


def test_occupancy_between_the_hours_is_refused() -> None:
    """Engines note what is in use on the hour."""
    of = plan()
    with pytest.raises(ValueError, match="known on the hour: 07:00, not 07:30"):
        figure(of, replication(of), measure="occupancy", resource="bed", at="07:30", statistic="mean")


def test_utilisation_is_of_the_capacity_and_use_beyond_it_is_overtime() -> None:
    """48 h × 4 beds offered; 10 h with 4 in use and 2 h with 3, of which 4 bed-hours were overtime: (46 − 4)/192."""
    of = plan()
    level = np.zeros((2, 5), np.int64)
    level[0] = [36 * HOUR, 0, 0, 2 * HOUR, 10 * HOUR]
    run = replication(of, level=level, over=[4 * HOUR, 0], offered=[192 * HOUR, 0])
    assert figure(of, run, measure="utilisation", resource="bed") == 42 / 192
    assert figure(of, run, measure="overtime", resource="bed") == 2.0
    assert math.isnan(figure(of, run, measure="utilisation", resource="ct"))


def test_utilisation_of_a_very_large_resource_is_read_on_the_hour() -> None:
    """The levels of 2,000 units are counted together from 1,024 on; 1,500 in use at every hour are still 0.75."""
    of = plan(capacity=2000)
    used = np.full((72, 2), 1500, np.int32)
    level = np.zeros((2, levels(of)), np.int64)
    level[0, -1] = 48 * HOUR
    run = replication(of, hourly_used=used, level=level, offered=[2000 * 48 * HOUR, 0])
    assert figure(of, run, measure="utilisation", resource="bed") == 0.75


@pytest.mark.parametrize(
    "said",
    [
        {"measure": "time", "to": "healed", "statistic": "mean"},
        {"measure": "time", "to": "seen", "statistic": "p90"},
        {"measure": "time", "to": "seen", "statistic": "share_within", "limit": "1 h"},
        {"measure": "outcome", "outcome": "home", "statistic": "share"},
        {"measure": "outcome", "outcome": "elsewhere", "statistic": "share"},
        {"measure": "wait", "step": "ed/ct"},
        {"measure": "wait", "step": "ed/nowhere"},
        {"measure": "occupancy", "resource": "mri", "at": "07:00", "statistic": "mean"},
        {"measure": "utilisation", "resource": "mri"},
        {"measure": "overtime", "resource": "mri"},
    ],
    ids=str,
)
def test_a_figure_of_nobody_and_nothing_is_missing(said: dict[str, Any]) -> None:
    """NaN, so that no scenario looks perfect because nobody came."""
    of = plan()
    assert math.isnan(figure(of, replication(of), **said))


def test_a_limit_that_is_a_waiting_right_must_have_been_looked_up() -> None:
    """The days of a right depend on when the flow begins."""
    of = plan()
    run = replication(of, arrival=[DAY])
    with pytest.raises(TypeError, match="waiting right"):
        figure(of, run, measure="time", statistic="share_within", limit={"right": "cancer"})


# --- properties --------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.integers(0, 2**45), min_size=1, max_size=200), percent=st.integers(0, 100))
def test_a_quantile_is_numpy_s_linear_quantile(values: list[int], percent: int) -> None:
    """Found without a sort, and in whole numbers as far as they go."""
    found = quantile(np.array(values, np.int64), percent)
    assert found == pytest.approx(np.percentile(np.array(values, float), percent), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    spans=st.lists(st.integers(-HOUR, 10 * HOUR), min_size=1, max_size=40),
    order=st.randoms(use_true_random=False),
)
def test_figures_do_not_depend_on_the_order_of_patients(spans: list[int], order: Any) -> None:
    """All sums are of whole ticks: shuffled, every figure is equal to the last bit. Quantiles lie within the range."""
    of = plan()
    outputs = [
        output(id=statistic, measure="time", to="seen", statistic=statistic, limit=limit)
        for statistic, limit in [
            *((name, None) for name in ("mean", "p50", "p90", "p95", "hours_per_day", "per_day")),
            ("share_within", "4 h"),
        ]
    ]
    figures = []
    for _ in range(2):
        seen = [DAY + span if span >= 0 else NEVER for span in spans]
        figures.append(measure(outputs, of, replication(of, arrival=[DAY] * len(spans), marked={SEEN: seen})))
        order.shuffle(spans)
    assert str(figures[0]) == str(figures[1])
    there = [span / MINUTE for span in spans if span >= 0]
    if there:
        assert min(there) <= figures[0]["p50"] <= figures[0]["p90"] <= figures[0]["p95"] <= max(there)
        assert figures[0]["share_within"] == sum(span <= 240 for span in there) / len(spans)
