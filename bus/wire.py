"""How a message becomes frames and frames a message: `[type/version, msgpack]`, decoded to typed structs.

An update's first frame begins with its topic, so that a subscriber may ask for some alone: `[topic/update/version, …]`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bus.messages import PROTOCOL, AgentMessage, DispatcherMessage, Message, Reply, Request, Update

Inbound = AgentMessage | Request
Outbound = DispatcherMessage | Reply

_VERSION = str(PROTOCOL).encode()
_encoder = msgspec.msgpack.Encoder()
_inbound = msgspec.msgpack.Decoder(Inbound)
_outbound = msgspec.msgpack.Decoder(Outbound)
_update = msgspec.msgpack.Decoder(Update)


class Malformed(ValueError):
    """Frames that are no message of this protocol; `reason` is a code: `frames`, `version` or `body`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def pack(message: Message) -> list[bytes]:
    """The two frames of a message."""
    head = str(message.__struct_config__.tag).encode() + b"/" + _VERSION
    if isinstance(message, Update):
        head = subscription(message.topic) + head
    return [head, _encoder.encode(message)]


def subscription(topic: str) -> bytes:
    """What a subscriber asks for to hear one topic alone."""
    return topic.encode() + b"/"


def body(value: object) -> msgspec.Raw:
    """Any struct as the body of a request, reply or update."""
    return msgspec.Raw(_encoder.encode(value))


def unpack_inbound(frames: Sequence[bytes]) -> Inbound:
    """What a peer said to the dispatcher. Raises `Malformed`."""
    payload = _payload(frames)
    try:
        inbound: Inbound = _inbound.decode(payload)
    except msgspec.DecodeError as problem:
        raise Malformed("body") from problem
    return inbound


def unpack_outbound(frames: Sequence[bytes]) -> Outbound:
    """What the dispatcher said to a peer. Raises `Malformed`."""
    payload = _payload(frames)
    try:
        outbound: Outbound = _outbound.decode(payload)
    except msgspec.DecodeError as problem:
        raise Malformed("body") from problem
    return outbound


def unpack_update(frames: Sequence[bytes]) -> Update:
    """What the dispatcher published. Raises `Malformed`."""
    payload = _payload(frames)
    try:
        return _update.decode(payload)
    except msgspec.DecodeError as problem:
        raise Malformed("body") from problem


def _payload(frames: Sequence[bytes]) -> bytes:
    if len(frames) != 2:
        raise Malformed("frames")
    if frames[0].rpartition(b"/")[2] != _VERSION:
        raise Malformed("version")
    return frames[1]
