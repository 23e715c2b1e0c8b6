"""What gateways report, whatever their make: columns of readings, batteries, ready-made fixes and what was refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, TypeGuard, get_args

import msgspec

Reason = Literal[
    "malformed",
    "unknown_gateway",
    "unknown_tag",
    "late",
    "future",
    "duplicate",
    "weak_clock",
    "out_of_range",
    "oversized",
]
"""Why a reading or a whole message was not taken."""
REASONS: tuple[Reason, ...] = get_args(Reason)

Instant = str | int | float
"""An instant as gateways write it: ISO 8601, or seconds or milliseconds since 1970, as a number or in quotes."""

MOST_ID = 80
"""Characters of the longest id taken: an iBeacon's UUID with major and minor has 48."""
FIRST_MS = 100_000_000_000
"""A number below it is seconds (it would be the year 5138), one from it on milliseconds (from March 1973)."""
LAST_MS = 253_402_300_800_000
"""The year 10000, where ISO 8601 ends."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SEPARATORS = str.maketrans("", "", ":-. ")
_HEX = re.compile(r"(?:[0-9a-f]{2}){6,}")


class Reject(msgspec.Struct, frozen=True):
    """`count` rows that were refused for one reason; `gateway` is empty where nobody can say whose they were."""

    gateway: str
    reason: Reason
    count: int = 1


class Fix(msgspec.Struct, frozen=True):
    """Where another system says a trackable is: metres if `crs` is "local", else degrees (`x` longitude).

    `source` is the system that says so, `accuracy_m` the radius it vouches for.
    """

    source: str
    trackable: str
    x: float
    y: float
    floor: float
    crs: str
    accuracy_m: float | None
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one message said. The first four columns have one entry a reading; `at_ms` is by the gateway's own clock.

    `heard` are gateways that speak in it, also those that hear no tag; `batteries` are in per cent by tag.
    """

    gateways: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    rssi_dbm: list[float] = field(default_factory=list)
    at_ms: list[int] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    batteries: dict[str, float] = field(default_factory=dict)
    fixes: list[Fix] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


@lru_cache(maxsize=65_536)
def plain_id(text: str) -> str:
    """An id as it is compared: addresses and UUIDs in lower-case hex without separators, names in lower case.

    Raises ValueError for none or one that is too long.
    """
    plain = text.strip().lower() if len(text) <= MOST_ID else ""
    if not plain:
        raise ValueError(f"an id of {len(text)} characters: give 1 to {MOST_ID}")
    bare = plain.translate(_SEPARATORS)
    return bare if _HEX.fullmatch(bare) else plain


def instant_ms(value: Instant) -> int:
    """Milliseconds UTC of an instant; one in ISO 8601 without a zone is UTC.

    Raises ValueError for what is no instant from 1970 to the year 9999.
    """
    if isinstance(value, str):
        if value[19:20] == "." and value[20:23].isdecimal() and value[23:] == "Z":
            return _second_ms(value[:19]) + int(value[20:23])
        if value[4:5] == "-":
            return _iso_ms(value)
        value = float(value)
    if not 0 <= value < LAST_MS:
        raise ValueError(f"{value} is no instant: give ISO 8601, or seconds or milliseconds since 1970")
    return int(value) if value >= FIRST_MS else round(value * 1000)


@lru_cache(maxsize=256)
def _second_ms(value: str) -> int:
    """Of a whole second in the form most gateways write: those of one batch share a few."""
    if value[13:14] != ":":
        raise ValueError(f"{value} is no second: give year to second, as in 2026-03-16T07:00:00")
    return _iso_ms(value)


def _iso_ms(value: str) -> int:
    at = datetime.fromisoformat(value)
    since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH
    if since < timedelta():
        raise ValueError("an instant before 1970: set the gateway's clock")
    return since // _MILLISECOND


def is_percent(value: float | None) -> TypeGuard[float]:
    """Whether a battery level says something: a tag that still sends is never at 0, which means *not known*."""
    return value is not None and 0 < value <= 100
