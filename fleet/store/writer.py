"""The only writer of the fleet's state: a group of events, their ledger rows and their jobs in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from fleet.store.tables import fleet_state, job, job_note
from fleet.views import JobView
from ledger import lease, migrate
from ledger.append import append, read_head
from ledger.chain import GENESIS, Entry
from ledger.errors import Conflict, DatabaseBusy, DatabaseLost, DiskFull, Fenced, Held, StoreError, translate

__all__ = [
    "STREAM",
    "Conflict",
    "DatabaseBusy",
    "DatabaseLost",
    "DiskFull",
    "Entry",
    "Fenced",
    "FleetWriter",
    "Held",
    "JobRow",
    "Ordered",
    "StateChange",
    "StoreError",
]

STREAM: Final = "fleet"
"""The fleet's chain in the ledger."""


class StateChange(msgspec.Struct, frozen=True):
    """A state row to write (`body`, msgpack) or, with None, to delete."""

    kind: str
    id: str
    body: bytes | None


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


class FleetWriter:
    """Holds the fleet's stream and writes it over one connection; not for use by several threads.

    After `DiskFull`, `DatabaseBusy` or `Conflict` nothing is changed and the writer can go on. After `Fenced` or
    `DatabaseLost` the process must end: what was kept is read by the next one.
    """

    def __init__(
        self,
        engine: Engine,
        holder: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._holder = holder
        self._sleep = sleep
        self._monotonic = monotonic
        self._opened: Connection | None = None
        self._lost: DatabaseLost | None = None
        self._epoch = 0
        self._head = (0, GENESIS)
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        state = dialect.insert(fleet_state)
        self._put_state = state.on_conflict_do_update(
            index_elements=[fleet_state.c.kind, fleet_state.c.id], set_={"body": state.excluded.body}
        )
        self._drop_state = delete(fleet_state).where(
            fleet_state.c.kind == bindparam("of_kind"), fleet_state.c.id == bindparam("of_id")
        )
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

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def epoch(self) -> int:
        """The epoch of this writer; every command it sends carries it."""
        return self._epoch

    @property
    def head(self) -> tuple[int, bytes]:
        """Number and hash of the ledger's last row as of the last commit.

        Written elsewhere from time to time (log, backup) it is an anchor for `ledger.verify`: without one a chain that
        somebody rewrote from end to end would verify.
        """
        return self._head

    def open(self) -> int:
        """Take the stream and return the epoch; waits up to 3 s for a holder that may be dead.

        Raises
        ------
        Held
            Another process writes this database.
        ledger.migrate.WrongSchema
            The database is not migrated.
        """
        migrate.require_current(self._engine)
        self._epoch = lease.acquire(self._engine, STREAM, self._holder, self._sleep, self._monotonic)
        self._opened = self._engine.connect()
        with self._transaction() as connection:
            head = read_head(connection, STREAM)
        if head is not None:
            self._head = (head.seq, head.hash)
        return self._epoch

    def load(self) -> dict[str, dict[str, bytes]]:
        """The state by kind and id, both in alphabetical order."""
        state: dict[str, dict[str, bytes]] = {}
        query = select(fleet_state.c.kind, fleet_state.c.id, fleet_state.c.body)
        with self._transaction() as connection:
            found = sorted((row.kind, row.id, row.body) for row in connection.execute(query))
        for kind, name, body in found:
            state.setdefault(kind, {})[name] = body
        return state

    def commit(
        self, entries: Sequence[Entry], changes: Sequence[StateChange] = (), jobs: Sequence[JobRow] = ()
    ) -> tuple[int, int]:
        """Write all of it or, with an error, nothing.

        Of several changes to one state row or job in the group the last one counts.

        Returns
        -------
        The numbers of the first and last new ledger rows; without entries the first is one more than the last.

        Raises
        ------
        Fenced
            Another process has taken the stream over.
        DiskFull, DatabaseBusy, Conflict
            Nothing was written; the writer can go on.
        DatabaseLost
            The connection broke; whether the group was kept is unknown, so every later call is refused too.
        """
        with self._transaction() as connection:
            first, last, end = append(connection, STREAM, self._epoch, entries)
            self._write_state(connection, changes)
            self._write_jobs(connection, jobs, last)
        self._head = (last, end)
        return first, last

    def job_by_key(self, key: str) -> Ordered | None:
        """The job that was ordered with this idempotency key, with its note."""
        with self._transaction() as connection:
            row = connection.execute(self._by_key, {"of": key}).one_or_none()
        return None if row is None else Ordered(decode_job(row.body, row.note), row.order_sha256)

    def renew_beat(self) -> None:
        """Say that this writer lives; at least once a second.

        Raises
        ------
        Fenced
            Another process has taken the stream over.
        """
        with self._transaction() as connection:
            lease.renew(connection, STREAM, self._epoch)

    def close(self) -> None:
        """Let the stream go, unless another process has taken it over, and end the connection."""
        if self._opened is None:
            return
        try:
            with self._transaction() as connection:
                lease.release(connection, STREAM, self._epoch)
        except (Fenced, DatabaseLost):
            pass  # it is somebody else's now, or will be when the beat has stood still for long enough
        finally:
            self._opened.close()
            self._opened = None

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._opened is None:
            raise RuntimeError("The writer is not open.")
        if self._lost is not None:
            raise self._lost
        try:
            with self._opened.begin():
                yield self._opened
        except DBAPIError as error:
            refusal = translate(error)
            if isinstance(refusal, DatabaseLost):
                # The driver would connect anew, and a group whose commit was kept could be written twice.
                self._lost = refusal
            raise refusal from error

    def _write_state(self, connection: Connection, changes: Sequence[StateChange]) -> None:
        last = {(change.kind, change.id): change.body for change in changes}
        put = [{"kind": kind, "id": name, "body": body} for (kind, name), body in last.items() if body is not None]
        drop = [{"of_kind": kind, "of_id": name} for (kind, name), body in last.items() if body is None]
        if put:
            connection.execute(self._put_state, put)
        if drop:
            connection.execute(self._drop_state, drop)

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
