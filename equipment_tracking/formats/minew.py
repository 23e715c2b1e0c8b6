"""Minew gateways (G1 and later): a JSON list, each gateway's own row before those of the tags it heard."""

from __future__ import annotations

import msgspec

from equipment_tracking.formats.decode import UNREADABLE, Rows, level, refused
from equipment_tracking.readings import Batch, Instant, Reject, instant_ms, is_percent, plain_id


class _Row(msgspec.Struct, gc=False):
    timestamp: Instant
    mac: str
    type: str = ""
    rssi: float | None = None
    battery: float | None = None


_ROWS = Rows(_Row)


def parse(body: bytes, arrived_ms: int, topic: str = "") -> Batch:  # noqa: ARG001  # rows carry their time
    """Read a message; rows before any gateway's own belong to the gateway of the topic `/gw/<mac>/status`."""
    gateway = level(topic, 1)
    try:
        rows, unread = _ROWS.read(body)
    except UNREADABLE as error:
        return refused(error, gateway)
    batch = Batch()
    gateways, tags, rssi_dbm, times_ms, batteries = (
        batch.gateways,
        batch.tags,
        batch.rssi_dbm,
        batch.at_ms,
        batch.batteries,
    )
    bad = len(unread)
    for row in rows:
        try:
            if row.type == "Gateway":
                gateway = plain_id(row.mac)
                batch.heard.append(gateway)
                continue
            tag, at_ms = plain_id(row.mac), instant_ms(row.timestamp)
        except ValueError:
            bad += 1
            continue
        if row.rssi is None or not gateway:
            bad += 1
            continue
        gateways.append(gateway)
        tags.append(tag)
        rssi_dbm.append(row.rssi)
        times_ms.append(at_ms)
        if is_percent(row.battery):
            batteries[tag] = row.battery
    if bad:
        batch.rejects.append(Reject(gateway, "malformed", bad))
    return batch
