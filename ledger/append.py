"""Appends to a stream inside the caller's transaction: one UPDATE of the head serialises, chains and fences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.chain import GENESIS, Entry, link
from ledger.errors import Fenced
from ledger.schema import ledger, ledger_head, ledger_payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a stream ends (`seq` rows, the last one's hash) and who may extend it."""

    epoch: int
    seq: int
    hash: bytes
    holder: str
    beat: int


_COLUMNS = (ledger_head.c.epoch, ledger_head.c.seq, ledger_head.c.hash, ledger_head.c.holder, ledger_head.c.beat)
_READ = select(*_COLUMNS).where(ledger_head.c.stream == bindparam("of"))
_LOCK = _READ.with_for_update()
_ADVANCE = (
    update(ledger_head)
    .where(
        ledger_head.c.stream == bindparam("of"),
        ledger_head.c.epoch == bindparam("in_epoch"),
        ledger_head.c.seq == bindparam("after"),
    )
    .values(seq=bindparam("to"), hash=bindparam("head"))
)
_NEW_HEAD = {"epoch": 0, "seq": 0, "hash": GENESIS, "holder": "", "beat": 0}


def read_head(connection: Connection, stream: str, *, lock: bool = False) -> Head | None:
    """The stream's head, or None when it has none; `lock` keeps other writers out until the transaction ends."""
    row = connection.execute(_LOCK if lock else _READ, {"of": stream}).one_or_none()
    if row is None:
        return None
    return Head(epoch=row.epoch, seq=row.seq, hash=row.hash, holder=row.holder, beat=row.beat)


def open_stream(connection: Connection, stream: str) -> None:
    """Give the stream a head if it has none: empty, released, in epoch 0."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(ledger_head).on_conflict_do_nothing(), {"stream": stream, **_NEW_HEAD})


def append(connection: Connection, stream: str, epoch: int, entries: Sequence[Entry]) -> tuple[int, int, bytes]:
    """Append `entries` to the stream in the transaction that `connection` is in; the caller commits.

    Without entries it only checks the fence. A stream that several processes share (each in epoch 0) is serialised
    by the lock on its head.

    Returns
    -------
    The numbers of the first and the last new row and the hash of the head; without entries the first number is one
    more than the last.

    Raises
    ------
    Fenced
        The head is not in this epoch; the caller must roll back.
    """
    head = read_head(connection, stream, lock=True)
    if head is None or head.epoch != epoch:
        raise _fenced(stream, epoch, head)
    rows = link(stream, head.seq, head.hash, entries)
    last, end = (rows[-1].seq, rows[-1].hash) if rows else (head.seq, head.hash)
    advanced = connection.execute(
        _ADVANCE, {"of": stream, "in_epoch": epoch, "after": head.seq, "to": last, "head": end}
    )
    if advanced.rowcount != 1:
        raise _fenced(stream, epoch, read_head(connection, stream))
    if rows:
        connection.execute(insert(ledger), [msgspec.structs.asdict(row) for row in rows])
        connection.execute(
            insert(ledger_payload),
            [
                {"stream": stream, "seq": row.seq, "payload": entry.payload}
                for row, entry in zip(rows, entries, strict=True)
            ],
        )
    return head.seq + 1, last, end


def _fenced(stream: str, epoch: int, head: Head | None) -> Fenced:
    return Fenced(stream, epoch, head.holder if head else "", head.epoch if head else None)
