"""OpenMQTTGateway: an MQTT message a reading on `home/home_presence/<gateway>`, without a time."""

from __future__ import annotations

import msgspec

from equipment_tracking.formats.decode import UNREADABLE, check_size, level, refused
from equipment_tracking.readings import Batch, is_percent, plain_id


class _Message(msgspec.Struct, gc=False):
    id: str
    rssi: float
    batt: float | None = None


_MESSAGE = msgspec.json.Decoder(_Message)


def parse(body: bytes, arrived_ms: int, topic: str = "") -> Batch:
    """Read a message of the presence topic, or of `home/<gateway>/BTtoMQTT/<address>`. Stamped on arrival."""
    gateway = _gateway(topic)
    try:
        check_size(body)
        message = _MESSAGE.decode(body)
        tag, gateway = plain_id(message.id), plain_id(gateway)
    except UNREADABLE as error:
        return refused(error, gateway)
    return Batch(
        gateways=[gateway],
        tags=[tag],
        rssi_dbm=[message.rssi],
        at_ms=[arrived_ms],
        batteries={tag: message.batt} if is_percent(message.batt) else {},
    )


def _gateway(topic: str) -> str:
    levels = topic.strip("/").split("/")
    if levels[-2:-1] == ["home_presence"]:
        return level(topic, -1)
    return level(topic, -3) if levels[-2:-1] == ["BTtoMQTT"] else ""
