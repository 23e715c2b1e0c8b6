"""ESPresense nodes: an MQTT message a reading on `espresense/devices/<id>/<node>`, without a time."""

from __future__ import annotations

import msgspec

from equipment_tracking.formats.decode import UNREADABLE, check_size, level, refused
from equipment_tracking.readings import Batch, is_percent, plain_id


class _Message(msgspec.Struct, gc=False):
    rssi: float
    mac: str = ""
    id: str = ""
    batt: float | None = None


_MESSAGE = msgspec.json.Decoder(_Message)
_LEVELS = 4


def parse(body: bytes, arrived_ms: int, topic: str = "") -> Batch:
    """Read a message; the tag is its address, or the id that the node gave it. Stamped on arrival."""
    levels = topic.strip("/").split("/")
    gateway = level(topic, -1) if len(levels) >= _LEVELS and levels[-3] == "devices" else ""
    try:
        check_size(body)
        message = _MESSAGE.decode(body)
        tag, gateway = plain_id(message.mac or message.id), plain_id(gateway)
    except UNREADABLE as error:
        return refused(error, gateway)
    return Batch(
        gateways=[gateway],
        tags=[tag],
        rssi_dbm=[message.rssi],
        at_ms=[arrived_ms],
        batteries={tag: message.batt} if is_percent(message.batt) else {},
    )
