"""Ruuvi gateways: over HTTP all tags of the last interval in one object, over MQTT one message a tag."""

from __future__ import annotations

import msgspec

from equipment_tracking.formats.decode import MOST_ROWS, UNREADABLE, Oversized, check_size, level, refused
from equipment_tracking.readings import Batch, Instant, Reject, instant_ms, plain_id


class _Heard(msgspec.Struct, gc=False):
    rssi: float
    timestamp: Instant | None = None


class _Data(msgspec.Struct):
    gw_mac: str
    tags: dict[str, msgspec.Raw]


class _Http(msgspec.Struct):
    data: _Data


class _Mqtt(msgspec.Struct):
    gw_mac: str
    rssi: float
    ts: Instant | None = None


_HTTP = msgspec.json.Decoder(_Http)
_MQTT = msgspec.json.Decoder(_Mqtt)
_HEARD = msgspec.json.Decoder(_Heard)


def parse(body: bytes, arrived_ms: int, topic: str = "") -> Batch:
    """Read a message; over MQTT the tag is the last level of the topic `ruuvi/<gateway>/<tag>`.

    Gateways may be set to send no times: such readings are stamped on arrival.
    """
    try:
        check_size(body)
        return _one_tag(body, arrived_ms, topic) if topic else _all_tags(body, arrived_ms)
    except UNREADABLE as error:
        return refused(error, level(topic, -2))


def _one_tag(body: bytes, arrived_ms: int, topic: str) -> Batch:
    message = _MQTT.decode(body)
    at_ms = arrived_ms if message.ts is None else instant_ms(message.ts)
    gateway, tag = plain_id(message.gw_mac), plain_id(topic.rsplit("/", 1)[-1])
    return Batch(gateways=[gateway], tags=[tag], rssi_dbm=[message.rssi], at_ms=[at_ms])


def _all_tags(body: bytes, arrived_ms: int) -> Batch:
    data = _HTTP.decode(body).data
    if len(data.tags) > MOST_ROWS:
        raise Oversized
    gateway = plain_id(data.gw_mac)
    batch = Batch(heard=[gateway])
    bad = 0
    for address, raw in data.tags.items():
        try:
            heard = _HEARD.decode(raw)
            at_ms = arrived_ms if heard.timestamp is None else instant_ms(heard.timestamp)
            tag = plain_id(address)
        except UNREADABLE:
            bad += 1
            continue
        batch.gateways.append(gateway)
        batch.tags.append(tag)
        batch.rssi_dbm.append(heard.rssi)
        batch.at_ms.append(at_ms)
    if bad:
        batch.rejects.append(Reject(gateway, "malformed", bad))
    return batch
