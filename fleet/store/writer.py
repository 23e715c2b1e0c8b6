"""The only writer of the fleet's state: a group of events, their ledger rows and their jobs in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from fleet.store.tables import fleet_state, job, job_note
from fleet.views import JobView
from ledger.chain import Entry
from ledger.writer import StateChange, StreamWriter

STREAM: Final = "fleet"
"""The fleet's chain in the ledger."""


class JobRow(msgspec.Struct, frozen=True):
    """A job as it is to be listed. `order` is the digest of the order (`CreateJob.digest`).

    A `key`, `order` or `note` of None leaves the one that is stored; an empty note erases it.
    """

    view: JobView
    key: str | None = None
    order: bytes | None = None
    note: str | None = None


class Ordered(msgspec.Struct, frozen=True):
    """A job and the digest of the order that it was made from."""

    view: JobView
    order: bytes | None


class FleetWriter(StreamWriter):
    """Writes the fleet's stream: state and events, and jobs as they are listed."""

    def __init__(
        self,
        engine: Engine,
        holder: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(engine, holder, stream=STREAM, state=fleet_state, sleep=sleep, monotonic=monotonic)
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        rows = dialect.insert(job)
        changed = {column.name: rows.excluded[column.name] for column in job.c if column.name != "id"}
        kept = {name: func.coalesce(rows.excluded[name], job.c[name]) for name in ("key", "order_sha256")}
        self._put_job = rows.on_conflict_do_update(index_elements=[job.c.id], set_={**changed, **kept})
        notes = dialect.insert(job_note)
        self._put_note = notes.on_conflict_do_update(
            index_elements=[job_note.c.job], set_={"note": notes.excluded.note}
        )
        self._drop_note = delete(job_note).where(job_note.c.job == bindparam("of"))
        self._by_key = (
            select(job.c.body, job.c.order_sha256, job_note.c.note)
            .select_from(job.outerjoin(job_note, job_note.c.job == job.c.id))
            .where(job.c.key == bindparam("of"))
        )

    def commit(
        self, entries: Sequence[Entry], changes: Sequence[StateChange] = (), jobs: Sequence[JobRow] = ()
    ) -> tuple[int, int]:
        """As every writer; of several rows of one job in the group the last one counts."""
        with self._group(entries, changes) as group:
            self._write_jobs(group.connection, jobs, group.last)
            return group.first, group.last

    def job_by_key(self, key: str) -> Ordered | None:
        """The job that was ordered with this idempotency key, with its note."""
        with self._transaction() as connection:
            row = connection.execute(self._by_key, {"of": key}).one_or_none()
        return None if row is None else Ordered(decode_job(row.body, row.note), row.order_sha256)

    def _write_jobs(self, connection: Connection, jobs: Sequence[JobRow], seq: int) -> None:
        if not jobs:
            return
        keys = {row.view.id: row.key for row in jobs if row.key is not None}
        orders = {row.view.id: row.order for row in jobs if row.order is not None}
        last = {row.view.id: row.view for row in jobs}
        notes = {row.view.id: row.note for row in jobs if row.note is not None}
        rows = [
            {**_columns(view, seq), "key": keys.get(name), "order_sha256": orders.get(name)}
            for name, view in last.items()
        ]
        connection.execute(self._put_job, rows)
        if written := [{"job": name, "note": note} for name, note in notes.items() if note]:
            connection.execute(self._put_note, written)
        if erased := [{"of": name} for name, note in notes.items() if not note]:
            connection.execute(self._drop_note, erased)


def decode_job(body: bytes, note: str | None) -> JobView:
    """The read model as stored, with its note."""
    view = _DECODER.decode(body)
    return msgspec.structs.replace(view, note=note) if note else view


_DECODER: Final = msgspec.json.Decoder(JobView)
_ENCODER: Final = msgspec.json.Encoder()


def _columns(view: JobView, seq: int) -> dict[str, Any]:
    bare = msgspec.structs.replace(view, note="") if view.note else view
    return {
        "id": view.id,
        "state": view.state,
        "priority": view.priority,
        "load": view.load,
        "origin": view.origin,
        "destination": view.destination,
        "carrier": view.carrier,
        "mode": view.mode,
        "requester": view.requester,
        "ready_ms": view.ready_ms,
        "due_ms": view.due_ms,
        "created_ms": view.created_ms,
        "promised_ms": view.promised_ms,
        "delivered_ms": view.delivered_ms,
        "seq": seq,
        "body": _ENCODER.encode(bare),
    }
