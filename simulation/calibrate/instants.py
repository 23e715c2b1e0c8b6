"""Instants as logs write them: ISO 8601, day or month first, 24 or 12 hours, with or without offset."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

Order = Literal["ymd", "dmy", "mdy"]
ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")

_INSTANT = re.compile(
    r"\s*(?P<date>\d{1,4}([-/.])\d{1,2}\2\d{1,4})[T ]\s*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?\s*(?P<half>[AaPp][Mm])?\s*"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?\s*",
    re.ASCII,
)
_CENTURY = 100
_NEW_CENTURY = 70
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_DAY_S = 86_400
LONGEST_TEXT = 64


class Instant(NamedTuple):
    """A wall time in seconds from 1970, and its offset from UTC if that was written."""

    wall_s: float
    offset_s: int | None


class Ambiguous(ValueError):
    """All dates can be read with the day first and with the month first."""


def order_of(texts: Iterable[str]) -> Order:
    """Whether dates begin with year, day or month: whatever most of them can be.

    Raises
    ------
    Ambiguous
        If day first and month first are equally possible and differ.
    """
    dates = {found["date"] for text in texts if len(text) <= LONGEST_TEXT and (found := _INSTANT.fullmatch(text))}
    readable = {order: sum(_day(date, order) is not None for date in sorted(dates)) for order in ORDERS}
    best = max(ORDERS, key=lambda order: readable[order])
    rival: Order = "mdy" if best == "dmy" else "dmy"
    if best != "ymd" and readable[best] == readable[rival]:
        differing = next((date for date in sorted(dates) if _day(date, best) != _day(date, rival)), None)
        if differing is not None:
            raise Ambiguous(differing)
    return best


def read_instant(text: str, order: Order) -> Instant | None:
    """The instant that is written, None if it is none."""
    found = _INSTANT.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    day = _day(found["date"], order) if found else None
    if found is None or day is None:
        return None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (found["half"].lower() == "pm")
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = float(f"0.{found['fraction']}") if found["fraction"] else 0.0
    wall = (day - _EPOCH_DAY) * _DAY_S + hour * 3600 + minute * 60 + second + fraction
    return Instant(wall, _offset(found["zone"]))


def in_zone(instant: Instant, zone: ZoneInfo) -> tuple[float, float]:
    """Wall time in a time zone, and seconds UTC; a wall time that comes twice is taken as the first."""
    if instant.offset_s is None:
        written = dt.datetime.fromtimestamp(instant.wall_s, dt.UTC).replace(tzinfo=zone)
        return instant.wall_s, instant.wall_s - _utc_offset(written)
    utc = instant.wall_s - instant.offset_s
    return utc + _utc_offset(dt.datetime.fromtimestamp(utc, zone)), utc


def _utc_offset(moment: dt.datetime) -> float:
    offset = moment.utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


@lru_cache(maxsize=65_536)
def _day(date: str, order: Order) -> int | None:
    first, second, third = (int(part) for part in re.split(r"[-/.]", date))
    year_first = len(re.split(r"[-/.]", date)[0]) == 4
    if year_first != (order == "ymd"):
        return None
    year, month, day = {"ymd": (first, second, third), "dmy": (third, second, first), "mdy": (third, first, second)}[
        order
    ]
    if year < _CENTURY:
        year += 2000 if year < _NEW_CENTURY else 1900
    try:
        return dt.date(year, month, day).toordinal()
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _offset(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds
