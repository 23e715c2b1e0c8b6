"""Kontakt.io gateways and streams: a JSON list of readings, each with its tag, source and time."""

from __future__ import annotations

import msgspec

from equipment_tracking.formats.decode import UNREADABLE, Rows, malformed, readable, refused, whose
from equipment_tracking.readings import Batch, Instant, instant_ms, is_percent, plain_id


class _Row(msgspec.Struct, gc=False, rename="camel"):
    tracking_id: str
    source_id: str
    timestamp: Instant
    rssi: float
    battery_level: float | None = None


_ROWS = Rows(_Row)


def parse(body: bytes, arrived_ms: int, topic: str = "") -> Batch:  # noqa: ARG001  # rows say all themselves
    """Read a message: a list of readings, or one."""
    try:
        rows, unread = _ROWS.read(body)
    except UNREADABLE as error:
        return refused(error)
    batch = Batch()
    bad = [whose(row, "sourceId") for row in unread]
    for row in rows:
        try:
            gateway, tag, at_ms = plain_id(row.source_id), plain_id(row.tracking_id), instant_ms(row.timestamp)
        except ValueError:
            bad.append(readable(row.source_id))
            continue
        batch.gateways.append(gateway)
        batch.tags.append(tag)
        batch.rssi_dbm.append(row.rssi)
        batch.at_ms.append(at_ms)
        if is_percent(row.battery_level):
            batch.batteries[tag] = row.battery_level
    batch.rejects.extend(malformed(bad))
    return batch
