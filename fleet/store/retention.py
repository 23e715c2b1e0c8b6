"""Erases what has been kept for long enough: payloads of the ledger and notes of jobs; every chain still verifies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, delete, exists, select
from sqlalchemy.exc import DBAPIError

from fleet.store.tables import job, job_note
from fleet.views import OPEN_STATES
from ledger.errors import translate
from ledger.schema import ledger, ledger_payload

BATCH: Final = 1_000
"""Rows a transaction: few enough that the writer hardly waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many payloads and notes were erased."""

    payloads: int
    notes: int


def sweep(engine: Engine, stream: str, *, payloads_before_ms: int, notes_before_ms: int, batch: int = BATCH) -> Swept:
    """Erase the stream's payloads and the ended jobs' notes from before these instants (milliseconds UTC).

    It goes in batches of a transaction each, so that it may run beside the writer; stopped in the middle it has erased
    a part and goes on the next time.

    Raises
    ------
    ledger.errors.StoreError
        The database refused; what was erased before stays erased.
    """
    payloads = notes = 0
    try:
        while True:
            with engine.begin() as connection:
                count = erase_payloads(connection, stream, payloads_before_ms, batch)
            payloads += count
            if count < batch:
                break
        while True:
            with engine.begin() as connection:
                count = erase_notes(connection, notes_before_ms, batch)
            notes += count
            if count < batch:
                break
    except DBAPIError as error:
        raise translate(error) from error
    return Swept(payloads=payloads, notes=notes)


def erase_payloads(connection: Connection, stream: str, before_ms: int, limit: int = BATCH) -> int:
    """Delete at most `limit` payloads of events from before `before_ms`, the oldest first; how many there were."""
    old = (
        select(ledger.c.seq)
        .where(ledger.c.stream == stream, ledger.c.at_ms < before_ms)
        .where(exists().where(ledger_payload.c.stream == ledger.c.stream, ledger_payload.c.seq == ledger.c.seq))
        .order_by(ledger.c.at_ms, ledger.c.seq)
        .limit(limit)
    )
    return connection.execute(
        delete(ledger_payload).where(ledger_payload.c.stream == stream, ledger_payload.c.seq.in_(old))
    ).rowcount


def erase_notes(connection: Connection, before_ms: int, limit: int = BATCH) -> int:
    """Delete at most `limit` notes of ended jobs created before `before_ms`; how many there were."""
    old = (
        select(job_note.c.job)
        .join(job, job.c.id == job_note.c.job)
        .where(job.c.created_ms < before_ms, job.c.state.not_in(OPEN_STATES))
        .order_by(job.c.created_ms, job.c.id)
        .limit(limit)
    )
    return connection.execute(delete(job_note).where(job_note.c.job.in_(old))).rowcount
