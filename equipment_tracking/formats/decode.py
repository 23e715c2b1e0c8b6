"""Decoding so that a bad row costs itself alone: all rows at once if they are sound, else each for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from equipment_tracking.readings import Batch, Reject, plain_id

MOST_BYTES = 4 * 1024 * 1024
"""Of one body."""
MOST_ROWS = 65_536
"""Of one body; a row of 64 bytes would be shorter than any that says who heard whom, when and how strongly."""
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises for bytes that are not what they should be."""

_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NAME = msgspec.json.Decoder(str)
_NOTHING = msgspec.Raw(b'""')

Row = TypeVar("Row", bound=msgspec.Struct)


class Oversized(ValueError):
    """The body has more bytes or rows than are taken."""


class Rows(Generic[Row]):
    """Decodes a list of rows, or a single row, of one shape."""

    def __init__(self, shape: type[Row]) -> None:
        self._one = msgspec.json.Decoder(shape)
        self._all = msgspec.json.Decoder(list[shape])  # type: ignore[valid-type]  # the shape is known at run time
        self._each = msgspec.json.Decoder(list[msgspec.Raw])

    def read(self, body: bytes) -> tuple[list[Row], list[bytes]]:
        """The rows that can be read, and the others as they came.

        Raises Oversized for too much, and one of UNREADABLE for a body that is no JSON list or object.
        """
        check_size(body)
        try:
            rows = [self._one.decode(body)] if body.lstrip()[:1] == b"{" else self._all.decode(body)
        except UNREADABLE:
            return self._read_each(body)
        if len(rows) > MOST_ROWS:
            raise Oversized
        return rows, []

    def _read_each(self, body: bytes) -> tuple[list[Row], list[bytes]]:
        raws = self._each.decode(body)
        if len(raws) > MOST_ROWS:
            raise Oversized
        rows: list[Row] = []
        unread: list[bytes] = []
        for raw in raws:
            try:
                rows.append(self._one.decode(raw))
            except UNREADABLE:
                unread.append(bytes(raw))
        return rows, unread


def check_size(body: bytes) -> None:
    """Raises Oversized for a body over the limit."""
    if len(body) > MOST_BYTES:
        raise Oversized


def refused(error: Exception, gateway: str = "") -> Batch:
    """The batch that a body comes to which cannot be read at all."""
    return Batch(rejects=[Reject(gateway, "oversized" if isinstance(error, Oversized) else "malformed")])


def malformed(gateways: Iterable[str]) -> list[Reject]:
    """One entry a gateway for rows that could not be read."""
    return [Reject(gateway, "malformed", count) for gateway, count in sorted(Counter(gateways).items())]


def whose(row: bytes, name: str) -> str:
    """What field `name` says of whose a row is that cannot be read as a whole; nothing where it says nothing."""
    try:
        return readable(_NAME.decode(_FIELDS.decode(row).get(name, _NOTHING)))
    except UNREADABLE:
        return ""


def readable(text: str) -> str:
    """A plain id, or nothing for what is none."""
    try:
        return plain_id(text)
    except ValueError:
        return ""


def level(topic: str, place: int) -> str:
    """A level of an MQTT topic as a plain id, or nothing where there is none."""
    levels = topic.strip("/").split("/")
    return readable(levels[place]) if -len(levels) <= place < len(levels) else ""
