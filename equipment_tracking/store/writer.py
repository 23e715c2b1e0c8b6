"""The only writer of equipment tracking: a group of events, their ledger rows and answers in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Engine, delete, insert, select

from equipment_tracking.register.answers import Accepted
from equipment_tracking.store.records import Answered
from equipment_tracking.store.tables import equipment_answer, equipment_state
from ledger.chain import Entry
from ledger.writer import StateChange, StreamWriter

STREAM: Final = "equipment"
"""The chain of equipment tracking in the ledger."""


class EquipmentWriter(StreamWriter):
    """Writes the equipment stream: state and events, and what was answered to idempotency keys."""

    def __init__(
        self,
        engine: Engine,
        holder: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(engine, holder, stream=STREAM, state=equipment_state, sleep=sleep, monotonic=monotonic)

    def commit(
        self, entries: Sequence[Entry], changes: Sequence[StateChange] = (), answers: Sequence[Answered] = ()
    ) -> tuple[int, int]:
        """As every writer; `Conflict` when the key of an answer is there already."""
        with self._group(entries, changes) as group:
            if answers:
                group.connection.execute(insert(equipment_answer), [_columns(answer) for answer in answers])
            return group.first, group.last

    def answer_to(self, key: str) -> Answered | None:
        """What was answered under this idempotency key."""
        query = select(equipment_answer).where(equipment_answer.c.key == key)
        with self._transaction() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Answered(row.key, row.at_ms, row.request_sha256, _DECODER.decode(row.body))

    def forget_answers(self, before_ms: int) -> int:
        """Delete answers from before this instant (milliseconds UTC); how many there were."""
        with self._transaction() as connection:
            return connection.execute(delete(equipment_answer).where(equipment_answer.c.at_ms < before_ms)).rowcount


_DECODER: Final = msgspec.msgpack.Decoder(Accepted)
_ENCODER: Final = msgspec.msgpack.Encoder()


def _columns(answered: Answered) -> dict[str, object]:
    return {
        "key": answered.key,
        "at_ms": answered.at_ms,
        "request_sha256": answered.request,
        "body": _ENCODER.encode(answered.answer),
    }
