"""What is written in times of day, days and months, laid over the horizon of a run."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from simulation.flow import plan
from simulation.flow.schema.arrivals import Arrivals, Pattern
from simulation.flow.schema.durations import Clock
from simulation.flow.schema.resources import Closed, Resource
from simulation.ticks import DAY, HOUR, MINUTE, TICKS_PER_S, WEEK
from site_models.schema.base import EVERY_DAY, Weekday

WEEKEND = 5
"""The number of Saturday."""


def ticks(seconds_: float) -> int:
    """Seconds as the nearest whole ticks."""
    return round(seconds_ * TICKS_PER_S)


@lru_cache(maxsize=4096)
def time_of_day(text: str) -> int:
    """A time of day (`06:30`, `24:00`) in ticks after midnight."""
    hours, minutes = text.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE


@lru_cache(maxsize=4096)
def span_of_day(window: str) -> tuple[int, int]:
    """Begin and end of a window in ticks after the midnight before it begins; the end may lie on the next day."""
    begin, end = (time_of_day(text) for text in window.split("-"))
    return begin, end if end > begin else end + DAY


def clock(written: Clock) -> plan.Clock:
    """Times of the week."""
    days = {EVERY_DAY.index(day) for day in written.days}
    return plan.Clock(tuple(sorted({(day * DAY + time_of_day(text)) % WEEK for day in days for text in written.times})))


def in_window(window: str, days: Iterable[Weekday]) -> plan.InWindow:
    """A window on some days as spans of the week, cut where the week ends."""
    begin, end = span_of_day(window)
    spans = []
    for day in sorted({EVERY_DAY.index(name) for name in days}):
        first, last = day * DAY + begin, day * DAY + end
        spans.append((first, min(last, WEEK)))
        if last > WEEK:
            spans.append((0, last - WEEK))
    return plan.InWindow(tuple(sorted(spans)))


def capacity(resource: Resource, begins: dt.date, horizon: int) -> tuple[tuple[int, int], ...]:
    """Units of a resource (of a bed: staffed ones) as they change over the horizon, never under zero."""
    steps: defaultdict[int, int] = defaultdict(int)
    steps[0] += resource.count or resource.staffed or 0
    days = -(-horizon // DAY)
    for day in range(-1, days):
        weekday = EVERY_DAY[(begins + dt.timedelta(days=day)).weekday()]
        for shift in resource.shifts or ():
            if weekday in shift.days:
                begin, end = span_of_day(shift.window)
                _during(steps, day * DAY + begin, day * DAY + end, shift.count)
        for pause in resource.breaks:
            if weekday in pause.days:
                begin = day * DAY + time_of_day(pause.at)
                _during(steps, begin, begin + ticks(pause.for_), -pause.count)
    for closed in resource.closed:
        for day in range(days):
            if _is_closed(closed, begins + dt.timedelta(days=day)):
                _during(steps, day * DAY, (day + 1) * DAY, -closed.count)
    return _levels(steps, horizon)


def always(units: int) -> tuple[tuple[int, int], ...]:
    """A capacity that does not change."""
    return ((0, units),)


def _during(steps: defaultdict[int, int], begin: int, end: int, units: int) -> None:
    if end > 0:
        steps[max(begin, 0)] += units
        steps[end] -= units


def _levels(steps: defaultdict[int, int], horizon: int) -> tuple[tuple[int, int], ...]:
    levels: list[tuple[int, int]] = []
    total = 0
    for at in sorted(steps):
        total += steps[at]
        if at < horizon and (not levels or max(total, 0) != levels[-1][1]):
            levels.append((at, max(total, 0)))
    return tuple(levels)


def _is_closed(closed: Closed, day: dt.date) -> bool:
    today = f"{day:%m-%d}"
    if closed.from_ <= closed.to:
        return closed.from_ <= today <= closed.to
    return today >= closed.from_ or today <= closed.to


def hourly(per_day: float, pattern: Pattern | None, begins: dt.date, horizon: int) -> tuple[float, ...]:
    """Arrivals an hour in each hour of the horizon: an average day of an average month brings `per_day`.

    Weights of hours are shares of their day, those of weekdays and months are divided by their means.
    """
    weekday_hours = _shares(pattern.hours if pattern else None, 24)
    weekend_hours = _shares(pattern.weekend_hours, 24) if pattern and pattern.weekend_hours else weekday_hours
    weekdays = _shares(pattern.weekdays if pattern else None, 7)
    months = _shares(pattern.months if pattern else None, 12)
    hours_in_all = -(-horizon // HOUR)
    rates: list[float] = []
    for number in range(-(-hours_in_all // 24)):
        day = begins + dt.timedelta(days=number)
        of_the_day = per_day * weekdays[day.weekday()] * 7 * months[day.month - 1] * 12
        rates += [of_the_day * share for share in (weekend_hours if day.weekday() >= WEEKEND else weekday_hours)]
    return tuple(rates[:hours_in_all])


def _shares(weights: tuple[float, ...] | None, count: int) -> tuple[float, ...]:
    if weights is None:
        return (1 / count,) * count
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def listed(source: Arrivals, begins: dt.date, horizon: int) -> tuple[int, ...]:
    """The ticks of arrivals by schedule, surge or log that lie within the horizon, not decreasing."""
    found: list[int] = []
    if source.schedule is not None:
        schedule = source.schedule
        for day in range(-(-horizon // DAY)):
            if EVERY_DAY[(begins + dt.timedelta(days=day)).weekday()] in schedule.days:
                for text in schedule.times:
                    found += [day * DAY + time_of_day(text)] * schedule.each
    elif source.surge is not None:
        surge = source.surge
        first = surge.day * DAY + time_of_day(surge.at)
        found = [first + ticks(surge.over * number / surge.count) for number in range(surge.count)]
    elif isinstance(source.log, tuple):
        midnight = dt.datetime.combine(begins, dt.time())
        spans = (moment.replace(tzinfo=None) - midnight for moment in source.log)
        found = [ticks(span.total_seconds()) for span in spans]
    return tuple(sorted(at for at in found if 0 <= at < horizon))
