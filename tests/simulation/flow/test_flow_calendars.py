"""Capacities, rates and times over the horizon of a run."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.flow import plan
from simulation.flow.resolve.calendars import capacity, clock, hourly, in_window, listed
from simulation.flow.schema.arrivals import Arrivals, Pattern
from simulation.flow.schema.durations import Clock
from simulation.flow.schema.resources import Resource
from simulation.ticks import DAY, HOUR, MINUTE, WEEK
from site_models.schema.base import EVERY_DAY
from tests.simulation.flow.declared_in_words import bed, minutes, seconds

MONDAY = dt.date(2027, 1, 4)


def staff(**more: Any) -> Resource:
    return Resource.model_validate({"id": "nurse", "kind": "staff", "name": "nurse", "source": "assumed"} | more)


def in_hours(levels: tuple[tuple[int, int], ...]) -> list[tuple[float, int]]:
    return [(at / HOUR, units) for at, units in levels]


def arrivals(**more: Any) -> Arrivals:
    return Arrivals.model_validate({"id": "come", "pathway": "p", "source": "assumed"} | more)


def test_a_count_never_changes() -> None:
    """Three scanners are three all the time."""
    assert capacity(staff(count=3), MONDAY, WEEK) == ((0, 3),)


def test_capacity_is_the_sum_of_the_shifts_that_cover_the_moment() -> None:
    """2 at night (from Sunday's shift on), 4 by day, 1 more from 12 to 20; the evening has none of its own."""
    shifts = [
        {"window": "23:00-07:00", "count": 2},
        {"window": "07:00-15:00", "count": 4},
        {"window": "12:00-20:00", "count": 1},
    ]
    assert in_hours(capacity(staff(shifts=shifts), MONDAY, DAY)) == [(0, 2), (7, 4), (12, 5), (15, 1), (20, 0), (23, 2)]


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    """A shift of Mondays from 23 to 7 covers Tuesday's first hours, not Monday's."""
    shifts = [{"window": "23:00-07:00", "count": 2, "days": ["mon"]}]
    assert in_hours(capacity(staff(shifts=shifts), MONDAY, 2 * DAY)) == [(0, 0), (23, 2), (31, 0)]


def test_a_break_takes_units_away_but_never_more_than_there_are() -> None:
    """Of one nurse from 8 on, two are sent to lunch for half an hour from 11:30: none is there."""
    pause = [{"at": "11:30", "for": "30 min", "count": 2}]
    found = capacity(staff(shifts=[{"window": "08:00-24:00", "count": 1}], breaks=pause), MONDAY, DAY)
    assert in_hours(found) == [(0, 0), (8, 1), (11.5, 0), (12, 1)]


def test_closed_beds_are_gone_from_the_first_day_to_the_last() -> None:
    """From 5 to 6 January two of five beds are closed: on Tuesday and Wednesday, hours 24 to 72."""
    ward = Resource.model_validate(bed("ward", staffed=5, closed=[{"from": "01-05", "to": "01-06", "count": 2}]))
    assert in_hours(capacity(ward, MONDAY, WEEK)) == [(0, 5), (24, 3), (72, 5)]


def test_a_closure_may_last_over_new_year() -> None:
    """From 24 December to 4 January: on the run's first day still, and each year anew."""
    ward = Resource.model_validate(bed("ward", staffed=5, closed=[{"from": "12-24", "to": "01-04", "count": 5}]))
    # 24 December 2027 is day 354 after 4 January 2027; 5 January 2028 is day 366.
    assert capacity(ward, MONDAY, 370 * DAY) == ((0, 0), (DAY, 5), (354 * DAY, 0), (366 * DAY, 5))


windows = st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda pair: pair[0] != pair[1])
shifts_of_any_kind = st.lists(
    st.tuples(windows, st.integers(0, 5), st.sets(st.sampled_from(EVERY_DAY), min_size=1)), min_size=1, max_size=5
)


@settings(max_examples=40, deadline=None)
@given(shifts=shifts_of_any_kind, begins=st.integers(0, 6))
def test_every_hour_has_the_units_of_its_shifts(
    shifts: list[tuple[tuple[int, int], int, set[str]]], begins: int
) -> None:
    """Whatever the shifts: in each hour of a week stand as many as one counts by hand, and changes do change."""
    written = [
        {"window": f"{first:02}:00-{last:02}:00", "count": count, "days": sorted(days, key=EVERY_DAY.index)}
        for (first, last), count, days in shifts
    ]
    first_day = MONDAY + dt.timedelta(days=begins)
    levels = capacity(staff(shifts=written), first_day, WEEK)
    assert levels[0][0] == 0
    assert all(early[0] < late[0] and early[1] != late[1] for early, late in pairwise(levels))
    for hour in range(7 * 24):
        by_hand = 0
        for (first, last), count, days in shifts:
            for back in (0, 24):  # the shift of today, or of yesterday
                day = (hour - back) // 24
                began = day * 24 + first
                ended = day * 24 + last + (24 if last < first else 0)
                weekday = EVERY_DAY[(first_day + dt.timedelta(days=day)).weekday()]
                by_hand += count if weekday in days and began <= hour < ended else 0
        assert [units for at, units in levels if at <= hour * HOUR][-1] == by_hand


def test_without_a_pattern_arrivals_are_even() -> None:
    """48 a day are 2 an hour."""
    assert hourly(48, None, MONDAY, 5 * HOUR) == pytest.approx((2.0,) * 5)


def test_an_average_day_of_an_average_month_brings_as_many_as_said() -> None:
    """Rates of the hours are shares of the day; Monday weighs 3 of 9, so 7/3 of the mean; a month as the mean."""
    pattern = Pattern.model_validate(
        {
            "id": "x",
            "hours": [1] * 12 + [3] * 12,
            "weekend_hours": [0] * 23 + [5],
            "weekdays": [3, 1, 1, 1, 1, 1, 1],
            "months": [1] * 12,
            "source": "assumed",
        }
    )
    rates = hourly(96, pattern, MONDAY, WEEK)
    assert len(rates) == 168
    # Monday: 96 · 3/9·7 = 224 a day; the first twelve hours have 12 of 48 parts: 224/48 = 4.667 each, then thrice that.
    assert rates[:24] == pytest.approx([224 / 48] * 12 + [3 * 224 / 48] * 12)
    # Saturday: 96 · 1/9·7 = 74.67, all of it in its last hour.
    assert rates[5 * 24 : 6 * 24] == pytest.approx([0.0] * 23 + [96 * 7 / 9])
    assert sum(rates) == pytest.approx(7 * 96)


def test_months_weigh_against_their_mean() -> None:
    """Twice as many in February as in the other months: 12 · 2/13 of the mean then, 12/13 in January."""
    pattern = Pattern.model_validate({"id": "x", "months": [1, 2] + [1] * 10, "source": "assumed"})
    rates = hourly(24, pattern, dt.date(2027, 1, 31), 2 * DAY)
    assert rates == pytest.approx([12 / 13] * 24 + [24 / 13] * 24)


def test_a_schedule_lists_its_times_on_its_days() -> None:
    """Two at 07:30 and two at 10:00 on Mondays and Wednesdays: eight a week."""
    source = arrivals(schedule={"days": ["mon", "wed"], "times": ["10:00", "07:30"], "each": 2})
    found = listed(source, MONDAY, WEEK)
    assert [at / HOUR for at in found] == [7.5, 7.5, 10, 10, 55.5, 55.5, 58, 58]


def test_a_surge_is_spread_evenly_over_its_time() -> None:
    """Three within 90 minutes from 10:00 on day 1: at 34, 34.5 and 35 hours."""
    source = arrivals(surge={"day": 1, "at": "10:00", "count": 3, "over": "90 min"})
    assert [at / HOUR for at in listed(source, MONDAY, WEEK)] == [34, 34.5, 35]


def test_a_log_is_laid_over_the_run() -> None:
    """What lies before its first day or behind its end is left out; the rest is in order of time."""
    log = ["2027-01-04T00:00:01.5", "2027-01-03T23:59:59", "2027-01-04T00:00:01", "2027-01-11T00:00:00"]
    assert listed(arrivals(log=log), MONDAY, WEEK) == (seconds(1), seconds(1.5))


def test_a_clock_holds_times_of_the_week_in_order() -> None:
    """14:00 and 24:00 on Mondays and Sundays: Sunday's midnight is Monday's, the first of the week."""
    found = clock(Clock.model_validate({"until": ["24:00", "14:00"], "days": ["sun", "mon"]}))
    assert found == plan.Clock((0, 14 * HOUR, DAY, 6 * DAY + 14 * HOUR))


def test_a_window_over_midnight_is_cut_at_the_end_of_the_week() -> None:
    """22 to 6 on Sundays is true in the week's last two hours and its first six."""
    found = in_window("22:00-06:00", ["sun"])
    assert found == plan.InWindow(((0, 6 * HOUR), (6 * DAY + 22 * HOUR, WEEK)))


def test_minutes_are_exact() -> None:
    """06:30 is 390 minutes of 60 · 2²⁰ ticks."""
    assert in_window("06:30-06:31", ["mon"]).spans == ((minutes(390), minutes(390) + MINUTE),)
