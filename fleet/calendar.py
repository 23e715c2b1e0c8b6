"""A day of the site expanded to UTC: shifts, opening hours and rounds. Pure; intervals are subtracted in UTC."""

from __future__ import annotations

import datetime as dt
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from fleet.events import CalendarPublished, RoundRun
from fleet.hospital import Hospital
from site_models.schema.base import EVERY_DAY
from site_models.schema.demand import Round


def instant_ms(day: dt.date, time: str, zone: ZoneInfo) -> int:
    """UTC milliseconds of a time of day (`HH:MM`, also `24:00`) in the site's zone."""
    hours, minutes = (int(part) for part in time.split(":"))
    day, hours = (day + dt.timedelta(days=1), 0) if hours == 24 else (day, hours)
    local = dt.datetime.combine(day, dt.time(hours, minutes), zone)
    return int(local.timestamp() * 1000)


def local_day(now_ms: int, zone: ZoneInfo) -> dt.date:
    """The date in the site's zone."""
    return dt.datetime.fromtimestamp(now_ms / 1000, zone).date()


def publish(hospital: Hospital, day: dt.date) -> CalendarPublished:
    """Everything that the calendar says of one day.

    A shift over midnight is published by the day it begins on; shifts of yesterday that still run are included.
    """
    zone = ZoneInfo(hospital.site.site.timezone)
    tomorrow = day + dt.timedelta(days=1)
    return CalendarPublished(
        day=day.isoformat(),
        next_day_ms=instant_ms(tomorrow, "00:00", zone),
        shifts=_shifts(hospital, day, zone),
        windows=_windows(hospital, day, zone),
        rounds=tuple(
            run
            for round_ in hospital.site.rounds
            if EVERY_DAY[day.weekday()] in round_.weekdays
            for run in _runs(hospital, round_, day, zone)
        ),
    )


def _interval(day: dt.date, start: str, end: str, zone: ZoneInfo) -> tuple[int, int]:
    last = day if end > start else day + dt.timedelta(days=1)
    return instant_ms(day, start, zone), instant_ms(last, end, zone)


def _shifts(hospital: Hospital, day: dt.date, zone: ZoneInfo) -> dict[str, tuple[tuple[int, int], ...]]:
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    for shift in hospital.site.porters.shifts:
        intervals = tuple(
            _interval(on, shift.start, shift.end, zone)
            for on in (day - dt.timedelta(days=1), day, day + dt.timedelta(days=1))
            if EVERY_DAY[on.weekday()] in shift.weekdays
        )
        for number in range(1, shift.count + 1):
            found[f"{shift.id}-{number:02d}"] = intervals
    return found


def _windows(hospital: Hospital, day: dt.date, zone: ZoneInfo) -> dict[str, tuple[tuple[int, int], ...]]:
    return {
        id: tuple(
            _interval(day + dt.timedelta(days=offset), station.opens[:5], station.opens[6:], zone)
            for offset in (-1, 0, 1)
        )
        for id, station in sorted(hospital.layout.stations.items())
        if station.opens is not None
    }


def matching(hospital: Hospital, patterns: list[str]) -> list[str]:
    """Open stations that match any of the patterns, sorted."""
    return sorted(s for s in hospital.layout.stations if any(fnmatchcase(s, pattern) for pattern in patterns))


def _runs(hospital: Hospital, round_: Round, day: dt.date, zone: ZoneInfo) -> list[RoundRun]:
    pairs = [
        (origin, destination)
        for origin in matching(hospital, round_.origins)
        for destination in matching(hospital, round_.destinations)
        if origin != destination
    ]
    runs = []
    for time in round_.times:
        start_ms = instant_ms(day, time, zone)
        for number, (origin, destination) in enumerate(pairs):
            ready_ms = start_ms + round(round_.spread_min * 60_000 * number / len(pairs))
            runs.append(
                RoundRun(
                    id=f"{round_.id}-{day.isoformat()}-{time.replace(':', '')}-{number}",
                    load=round_.load,
                    origin=origin,
                    destination=destination,
                    ready_ms=ready_ms,
                    due_ms=ready_ms + round(round_.within_min * 60_000),
                )
            )
    return runs
