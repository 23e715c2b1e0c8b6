"""The only writer of a stream: a group of events, their ledger rows and the state's rows in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import msgspec
from sqlalchemy import Connection, Engine, Table, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from ledger import lease, migrate
from ledger.append import append, read_head
from ledger.chain import GENESIS, Entry
from ledger.errors import DatabaseLost, Fenced, translate


class StateChange(msgspec.Struct, frozen=True):
    """A state row to write (`body`, msgpack) or, with None, to delete."""

    kind: str
    id: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Group:
    """A transaction that has its ledger rows, `first` to `last`, and its state rows, and takes the room's own."""

    connection: Connection
    first: int
    last: int


class StreamWriter:
    """Holds a stream and writes it over one connection; not for use by several threads.

    `state` is the room's table of state rows, with the columns kind, id and body. After `DiskFull`, `DatabaseBusy` or
    `Conflict` nothing is changed and the writer can go on. After `Fenced` or `DatabaseLost` the process must end: what
    was kept is read by the next one.
    """

    def __init__(
        self,
        engine: Engine,
        holder: str,
        *,
        stream: str,
        state: Table,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._holder = holder
        self._stream = stream
        self._sleep = sleep
        self._monotonic = monotonic
        self._opened: Connection | None = None
        self._lost: DatabaseLost | None = None
        self._epoch = 0
        self._head = (0, GENESIS)
        put = (postgresql if engine.dialect.name == "postgresql" else sqlite).insert(state)
        self._get_state = select(state.c.kind, state.c.id, state.c.body)
        self._put_state = put.on_conflict_do_update(
            index_elements=[state.c.kind, state.c.id], set_={"body": put.excluded.body}
        )
        self._drop_state = delete(state).where(state.c.kind == bindparam("of_kind"), state.c.id == bindparam("of_id"))

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
        """Number and hash of the stream's last row as of the last commit.

        Written elsewhere from time to time (log, backup) it is an anchor for `ledger.verify`: without one a chain that
        somebody rewrote from end to end would verify.
        """
        return self._head

    def open(self) -> int:
        """Take the stream and return the epoch; waits up to 3 s for a holder that may be dead.

        Raises
        ------
        ledger.errors.Held
            Another process writes this stream.
        ledger.migrate.WrongSchema
            The database is not migrated.
        """
        migrate.require_current(self._engine)
        self._epoch = lease.acquire(self._engine, self._stream, self._holder, self._sleep, self._monotonic)
        self._opened = self._engine.connect()
        with self._transaction() as connection:
            head = read_head(connection, self._stream)
        if head is not None:
            self._head = (head.seq, head.hash)
        return self._epoch

    def load(self) -> dict[str, dict[str, bytes]]:
        """The state by kind and id, both in alphabetical order."""
        state: dict[str, dict[str, bytes]] = {}
        with self._transaction() as connection:
            found = sorted((row.kind, row.id, row.body) for row in connection.execute(self._get_state))
        for kind, id, body in found:
            state.setdefault(kind, {})[id] = body
        return state

    def commit(self, entries: Sequence[Entry], changes: Sequence[StateChange] = ()) -> tuple[int, int]:
        """Write all of it or, with an error, nothing; of several changes to one state row the last one counts.

        Returns
        -------
        The numbers of the first and last new ledger rows; without entries the first is one more than the last.

        Raises
        ------
        ledger.errors.Fenced
            Another process has taken the stream over.
        ledger.errors.DiskFull, ledger.errors.DatabaseBusy, ledger.errors.Conflict
            Nothing was written; the writer can go on.
        ledger.errors.DatabaseLost
            The connection broke; whether the group was kept is unknown, so every later call is refused too.
        """
        with self._group(entries, changes) as group:
            return group.first, group.last

    def renew_beat(self) -> None:
        """Say that this writer lives; at least once a second.

        Raises
        ------
        ledger.errors.Fenced
            Another process has taken the stream over.
        """
        with self._transaction() as connection:
            lease.renew(connection, self._stream, self._epoch)

    def close(self) -> None:
        """Let the stream go, unless another process has taken it over, and end the connection."""
        if self._opened is None:
            return
        try:
            with self._transaction() as connection:
                lease.release(connection, self._stream, self._epoch)
        except (Fenced, DatabaseLost):
            pass  # it is somebody else's now, or will be when the beat has stood still for long enough
        finally:
            self._opened.close()
            self._opened = None

    @contextmanager
    def _group(self, entries: Sequence[Entry], changes: Sequence[StateChange]) -> Iterator[Group]:
        """The ledger's and the state's rows are in the transaction; what the body adds is committed with them."""
        with self._transaction() as connection:
            first, last, end = append(connection, self._stream, self._epoch, entries)
            self._write_state(connection, changes)
            yield Group(connection, first, last)
        self._head = (last, end)

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
        put = [{"kind": kind, "id": id, "body": body} for (kind, id), body in last.items() if body is not None]
        drop = [{"of_kind": kind, "of_id": id} for (kind, id), body in last.items() if body is None]
        if put:
            connection.execute(self._put_state, put)
        if drop:
            connection.execute(self._drop_state, drop)
