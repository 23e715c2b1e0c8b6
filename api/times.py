"""Instants at the edge: milliseconds UTC inside, ISO 8601 with the site's offset and 24-hour times outside."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
MINUTE_MS = 60_000
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3])[:.]?([0-5]\d)")


def to_datetime(instant_ms: int, zone: ZoneInfo) -> dt.datetime:
    """Return the instant as an aware datetime of the site."""
    return dt.datetime.fromtimestamp(instant_ms / 1000, tz=zone)


def to_iso(instant_ms: int, zone: ZoneInfo) -> str:
    """Write the instant as ISO 8601 with the site's offset, to the second or, where it has them, milliseconds."""
    spec = "seconds" if instant_ms % 1000 == 0 else "milliseconds"
    return to_datetime(instant_ms, zone).isoformat(timespec=spec)


def to_ms(moment: dt.datetime) -> int:
    """Return an aware datetime as milliseconds UTC.

    Raises
    ------
    ValueError
        When the datetime has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("Expected a time with its zone, such as 2026-03-01T10:45:00+01:00.")
    return round(moment.timestamp() * 1000)


def next_time_of_day(text: str, now_ms: int, zone: ZoneInfo) -> int:
    """Return the instant at which the clock on the wall next shows the time: `10:45`, `10.45`, `9:05` or `1045`.

    A time up to six hours back counts as that time today (and so as past); earlier than that means tomorrow.

    Raises
    ------
    ValueError
        When the text is no time of day.
    """
    found = _TIME_OF_DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError("Expected a time of day such as 10:45.")
    wanted = dt.time(int(found[1]), int(found[2]))
    now = to_datetime(now_ms, zone)
    moment = dt.datetime.combine(now.date(), wanted, tzinfo=zone)
    if now - moment > dt.timedelta(hours=6):
        moment = dt.datetime.combine(now.date() + dt.timedelta(days=1), wanted, tzinfo=zone)
    elif moment - now > dt.timedelta(hours=18):
        moment = dt.datetime.combine(now.date() - dt.timedelta(days=1), wanted, tzinfo=zone)
    return to_ms(moment)
