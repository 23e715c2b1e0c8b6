"""Hears what the fleet answers to wishes for transport: follows its stream in the ledger."""

from __future__ import annotations

import logging
from typing import Final

import msgspec

from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Told
from equipment_tracking.service.cursor import Cursor
from ledger.follower import Follower
from ledger.read import Recorded
from ledger.upcast import UnknownVersion
from ledger.vocabulary import JobCancelled, JobCreated, JobDelivered, TransportRefused, decode

log = logging.getLogger(__name__)

STREAM: Final = "fleet"
_TYPES: Final = {event.kind: event for event in (JobCreated, JobDelivered, JobCancelled, TransportRefused)}
KINDS: Final = tuple(_TYPES)
"""What is followed."""
PAGE: Final = 2_000


class FleetFollower:
    """`cursor` is how far it had come when the state was stored."""

    def __init__(self, follower: Follower, cursor: Cursor) -> None:
        self._follower = follower
        self._cursor = cursor

    def read(self, state: State) -> tuple[list[Told], Cursor]:
        """Answers to the wishes that are open, and the cursor that goes with them.

        The cursor is to be written with what the answers lead to. Rows about other people's jobs are read over; that
        they are read again after a restart does no harm. A row that cannot be read is logged and read over.
        """
        rows = [row for row in self._follower.poll(lambda _: self._cursor.seq, PAGE) if row.stream == STREAM]
        if rows:
            self._cursor = Cursor(STREAM, rows[-1].seq)
        told = [answer for row in rows if (answer := _read(row)) is not None]
        return [answer for answer in told if _key(answer) in state.transports], self._cursor


def _read(row: Recorded) -> Told | None:
    if row.payload is None:
        return None
    try:
        return Told(decode(_TYPES[row.kind], row.version, row.payload))  # type: ignore[arg-type]  # one of the four
    except (UnknownVersion, msgspec.ValidationError, msgspec.DecodeError) as problem:
        log.warning("row %d of the fleet cannot be read: %s", row.seq, problem)
        return None


def _key(told: Told) -> str:
    return told.answer.created.key if isinstance(told.answer, JobCreated) else told.answer.key
