"""Omlox hubs: locations that another positioning system has worked out (omlox hub API, `Location`)."""

from __future__ import annotations

import msgspec

from equipment_tracking.formats.decode import UNREADABLE, Rows, malformed, readable, refused, whose
from equipment_tracking.readings import Batch, Fix, Instant, instant_ms, plain_id

MOST_TRACKABLES = 64
"""Of one location: a provider is mounted on one thing, or on a few that belong together."""


class _Point(msgspec.Struct, tag="Point"):
    coordinates: list[float]


class _Location(msgspec.Struct):
    position: _Point
    source: str
    provider_id: str
    provider_type: str = "unknown"
    trackables: list[str] = []
    timestamp_generated: Instant | None = None
    crs: str = "local"
    accuracy: float | None = None
    floor: float = 0.0


_ROWS = Rows(_Location)


def parse(body: bytes, arrived_ms: int, topic: str = "") -> Batch:  # noqa: ARG001  # a location says all itself
    """Read a list of locations, or one. A location without trackables is that of its provider."""
    try:
        rows, unread = _ROWS.read(body)
    except UNREADABLE as error:
        return refused(error)
    batch = Batch()
    bad = [whose(row, "source") for row in unread]
    for row in rows:
        try:
            batch.fixes.extend(_fixes(row, arrived_ms))
        except ValueError:
            bad.append(readable(row.source))
    batch.rejects.extend(malformed(bad))
    return batch


def _fixes(row: _Location, arrived_ms: int) -> list[Fix]:
    if len(row.position.coordinates) not in {2, 3} or len(row.trackables) > MOST_TRACKABLES:
        raise ValueError("a location has two or three coordinates and a few trackables")
    x, y = row.position.coordinates[:2]
    at_ms = arrived_ms if row.timestamp_generated is None else instant_ms(row.timestamp_generated)
    source, crs = plain_id(row.source), row.crs.strip()
    return [
        Fix(source, plain_id(trackable), x, y, row.floor, crs, row.accuracy, at_ms)
        for trackable in row.trackables or [row.provider_id]
    ]
