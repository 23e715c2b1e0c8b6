"""How far a follower has read the fleet's stream: a state row, written with what it read led to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ledger.writer import StateChange

KIND: Final = "cursor"


class Cursor(msgspec.Struct, frozen=True):
    """The number of the last row of `stream` that has been taken into account."""

    stream: str
    seq: int = 0

    def rows(self) -> tuple[StateChange, ...]:
        """The row to write."""
        return (StateChange(KIND, self.stream, msgspec.msgpack.encode(self)),)

    @staticmethod
    def of(rows: Mapping[str, Mapping[str, bytes]], stream: str) -> Cursor:
        """As it was written last; at the beginning when it never was."""
        body = rows.get(KIND, {}).get(stream)
        return Cursor(stream) if body is None else msgspec.msgpack.decode(body, type=Cursor)
