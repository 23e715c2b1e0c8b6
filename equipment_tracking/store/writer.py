"""The only writer of equipment tracking: a group of events, their ledger rows and answers in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Self

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from equipment_tracking.pool.draft import Rows
from equipment_tracking.register.answers import Accepted
from equipment_tracking.store.records import Answered, StateChange
from equipment_tracking.store.tables import equipment_answer, equipment_state
from ledger import lease, migrate
from ledger.append import append, read_head
from ledger.chain import GENESIS, Entry
from ledger.errors import DatabaseLost, Fenced, translate

STREAM: Final = "equipment"
"""The chain of equipment tracking in the ledger."""


class EquipmentWriter:
    """Holds the equipment stream and writes it over one connection; not for use by several threads.

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
        state = dialect.insert(equipment_state)
        self._put_state = state.on_conflict_do_update(
            index_elements=[equipment_state.c.kind, equipment_state.c.id], set_={"body": state.excluded.body}
        )
        self._drop_state = delete(equipment_state).where(
            equipment_state.c.kind == bindparam("of_kind"), equipment_state.c.id == bindparam("of_id")
        )
        self._put_answer = dialect.insert(equipment_answer)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def epoch(self) -> int:
        """The epoch of this writer."""
        return self._epoch

    @property
    def head(self) -> tuple[int, bytes]:
        """Number and hash of the ledger's last row as of the last commit: an anchor for `ledger.verify`."""
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
        self._epoch = lease.acquire(self._engine, STREAM, self._holder, self._sleep, self._monotonic)
        self._opened = self._engine.connect()
        with self._transaction() as connection:
            head = read_head(connection, STREAM)
        if head is not None:
            self._head = (head.seq, head.hash)
        return self._epoch

    def load(self) -> Rows:
        """The state by kind and id, both in alphabetical order: what `pool.draft.State` is made from."""
        rows: dict[str, dict[str, bytes]] = {}
        query = select(equipment_state.c.kind, equipment_state.c.id, equipment_state.c.body)
        with self._transaction() as connection:
            found = sorted((row.kind, row.id, row.body) for row in connection.execute(query))
        for kind, id, body in found:
            rows.setdefault(kind, {})[id] = body
        return rows

    def commit(
        self, entries: Sequence[Entry], changes: Sequence[StateChange] = (), answers: Sequence[Answered] = ()
    ) -> tuple[int, int]:
        """Write all of it or, with an error, nothing; of several changes to one row the last one counts.

        Returns
        -------
        The numbers of the first and last new ledger rows; without entries the first is one more than the last.

        Raises
        ------
        ledger.errors.Fenced
            Another process has taken the stream over.
        ledger.errors.DiskFull, ledger.errors.DatabaseBusy, ledger.errors.Conflict
            Nothing was written (a conflict: the key of an answer is there already); the writer can go on.
        ledger.errors.DatabaseLost
            The connection broke; whether the group was kept is unknown, so every later call is refused too.
        """
        with self._transaction() as connection:
            first, last, end = append(connection, STREAM, self._epoch, entries)
            self._write_state(connection, changes)
            if answers:
                connection.execute(self._put_answer, [_columns(answer) for answer in answers])
        self._head = (last, end)
        return first, last

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

    def renew_beat(self) -> None:
        """Say that this writer lives; at least once a second.

        Raises
        ------
        ledger.errors.Fenced
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
        put = [{"kind": kind, "id": id, "body": body} for (kind, id), body in last.items() if body is not None]
        drop = [{"of_kind": kind, "of_id": id} for (kind, id), body in last.items() if body is None]
        if put:
            connection.execute(self._put_state, put)
        if drop:
            connection.execute(self._drop_state, drop)


_DECODER: Final = msgspec.msgpack.Decoder(Accepted)
_ENCODER: Final = msgspec.msgpack.Encoder()


def _columns(answered: Answered) -> dict[str, object]:
    return {
        "key": answered.key,
        "at_ms": answered.at_ms,
        "request_sha256": answered.request,
        "body": _ENCODER.encode(answered.answer),
    }
