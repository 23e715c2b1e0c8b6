"""The greatest capacity that a declared resource ever has."""

from __future__ import annotations

import datetime as dt

from simulation.flow.schema.resources import Closed, Resource
from site_models.schema.base import EVERY_DAY

DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN
LEAP_YEAR = 2024
"""A year with every day in it."""


def most_units(resource: Resource) -> int:
    """The greatest number of units at any time of the week and the year, breaks and closed units taken off."""
    steady = resource.count if resource.count is not None else resource.staffed
    weekly = [(0, WEEK_MIN, steady)] if steady is not None else []
    for shift in resource.shifts or ():
        begin, end = (_minutes(text) for text in shift.window.split("-"))
        lasts = end - begin if end > begin else end - begin + DAY_MIN
        weekly += [(begin + EVERY_DAY.index(day) * DAY_MIN, lasts, shift.count) for day in shift.days]
    for pause in resource.breaks:
        lasts = min(round(pause.for_ / 60), WEEK_MIN)
        begins = (_minutes(pause.at) + EVERY_DAY.index(day) * DAY_MIN for day in pause.days)
        weekly += [(begin, lasts, -pause.count) for begin in begins]
    edges = {begin % WEEK_MIN for begin, _, _ in weekly} | {(begin + lasts) % WEEK_MIN for begin, lasts, _ in weekly}
    levels = [
        sum(units for begin, lasts, units in weekly if (edge - begin) % WEEK_MIN < lasts) for edge in sorted(edges)
    ]
    return max(0, max(levels, default=0) - _always_closed(resource.closed))


def _always_closed(closed: tuple[Closed, ...]) -> int:
    """Units that are closed on every day of the year."""
    if not closed:
        return 0
    days = (dt.date(LEAP_YEAR, 1, 1) + dt.timedelta(days=k) for k in range(366))
    return min(sum(one.count for one in closed if _covers(one, f"{day:%m-%d}")) for day in days)


def _covers(closed: Closed, day: str) -> bool:
    if closed.from_ <= closed.to:
        return closed.from_ <= day <= closed.to
    return day >= closed.from_ or day <= closed.to


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
