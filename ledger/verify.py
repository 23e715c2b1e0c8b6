"""Proves the chains: walks every row in batches and reports every break, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, and_, func, or_, select, type_coerce
from sqlalchemy.types import NULLTYPE

from ledger.append import read_head
from ledger.chain import GENESIS, Row, expected_hash, payload_hash
from ledger.schema import ledger, ledger_head, ledger_payload

_BATCH: Final = 2_000

Rule = Literal["missing", "number", "prev_hash", "hash", "payload", "orphan_payload", "head", "beyond_head", "anchor"]
Progress = Callable[[int, int], None]
"""Called with the number of rows done and of all rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A place where a chain does not hold: the rule it breaks, the row, and a sentence."""

    stream: str
    seq: int
    rule: Rule
    message: str

    def __str__(self) -> str:
        return f"{self.stream}:{self.seq}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The hash of a row as it was noted elsewhere, in a log or a backup, when it was written."""

    stream: str
    seq: int
    hash: bytes


def verify(
    connection: Connection,
    stream: str | None = None,
    progress: Progress | None = None,
    anchors: Sequence[Anchor] = (),
) -> list[Break]:
    """Every break in one stream, or in all; an empty list means that the chains hold.

    The chain alone shows whether rows fit together; only `anchors` show that nobody has rewritten all of them.
    A payload that retention has deleted is no break: the row keeps its hash. May run beside the writer: rows that are
    appended meanwhile are left for the next time.
    """
    streams = [stream] if stream is not None else _streams(connection)
    heads = {name: read_head(connection, name) for name in streams}
    total = sum(head.seq for head in heads.values() if head is not None)
    breaks: list[Break] = []
    done = 0
    for name in streams:
        head = heads[name]
        end = head.seq if head is not None else 0
        seq, last = 0, GENESIS
        for batch in _batches(connection, name, end):
            for row, payload in batch:
                breaks += _judge(row, payload, seq, last)
                seq, last = row.seq, row.hash
            done += len(batch)
            if progress is not None:
                progress(done, total)
        if seq < end:
            breaks.append(_missing(name, seq + 1, end))
        elif head is not None and last != head.hash:
            breaks.append(
                Break(stream=name, seq=end, rule="head", message="the head's hash is not that of the last row")
            )
        breaks += _beyond(connection, name)
        breaks += _orphans(connection, name)
        breaks += _loose(connection, [anchor for anchor in anchors if anchor.stream == name])
    return breaks


def _streams(connection: Connection) -> list[str]:
    # Rows of a stream without a head are a break, so every table is asked.
    names = select(ledger_head.c.stream).union(select(ledger.c.stream), select(ledger_payload.c.stream))
    return sorted(connection.scalars(names))


def _batches(connection: Connection, stream: str, end: int) -> Iterator[Sequence[tuple[Row, object]]]:
    join = ledger.outerjoin(
        ledger_payload, and_(ledger_payload.c.stream == ledger.c.stream, ledger_payload.c.seq == ledger.c.seq)
    )
    # Untyped: SQLite would give back whatever was put into a column, and that is a break, not a crash.
    columns = [type_coerce(column, NULLTYPE) for column in (*ledger.c, ledger_payload.c.payload)]
    last: int | None = None
    while True:
        query = select(*columns).select_from(join).where(ledger.c.stream == stream, ledger.c.seq <= end)
        if last is not None:
            query = query.where(ledger.c.seq > last)
        found = connection.execute(query.order_by(ledger.c.seq).limit(_BATCH)).all()
        if not found:
            return
        batch: list[tuple[Row, object]] = []
        for row in found:
            *fields, payload = row
            batch.append((Row(**dict(zip(ledger.c.keys(), fields, strict=True))), payload))
        yield batch
        last = batch[-1][0].seq


def _judge(row: Row, payload: object, seq: int, last: bytes) -> Iterator[Break]:
    """The breaks of one row, after row `seq` with hash `last`. Each is judged by what is stored before it."""
    name = row.stream
    if row.seq > seq + 1:
        yield _missing(name, seq + 1, row.seq - 1)
    elif row.seq <= seq:
        yield Break(stream=name, seq=row.seq, rule="number", message="the number is below 1, where no row can be")
    elif row.prev_hash != last:
        yield Break(stream=name, seq=row.seq, rule="prev_hash", message="it does not follow the row before it")
    if not _well_typed(row) or row.hash != expected_hash(row):
        yield Break(stream=name, seq=row.seq, rule="hash", message="the row is not what was written: its hash differs")
    if payload is not None and (not isinstance(payload, bytes) or payload_hash(payload) != row.payload_sha256):
        yield Break(stream=name, seq=row.seq, rule="payload", message="the payload is not what was written")


def _well_typed(row: Row) -> bool:
    texts = (row.stream, row.actor, row.kind, row.subject)
    numbers = (row.seq, row.at_ms, row.version)
    hashes = (row.payload_sha256, row.prev_hash, row.hash)
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(number, int) for number in numbers)
        and all(isinstance(digest, bytes) for digest in hashes)
    )


def _missing(stream: str, first: int, last: int) -> Break:
    rows = f"row {first} is" if first == last else f"rows {first} to {last} are"
    return Break(stream=stream, seq=first, rule="missing", message=f"{rows} missing")


def _beyond(connection: Connection, stream: str) -> Iterator[Break]:
    # One statement, so that a writer's commit between two reads is not mistaken for a break.
    join = ledger.outerjoin(ledger_head, ledger_head.c.stream == ledger.c.stream)
    query = (
        select(func.count(), func.min(ledger.c.seq))
        .select_from(join)
        .where(ledger.c.stream == stream, or_(ledger_head.c.seq.is_(None), ledger.c.seq > ledger_head.c.seq))
    )
    count, first = connection.execute(query).one()
    if count:
        message = f"{count} row(s) from here on stand behind the head"
        yield Break(stream=stream, seq=first, rule="beyond_head", message=message)


def _orphans(connection: Connection, stream: str) -> Iterator[Break]:
    join = ledger_payload.outerjoin(
        ledger, and_(ledger.c.stream == ledger_payload.c.stream, ledger.c.seq == ledger_payload.c.seq)
    )
    query = (
        select(ledger_payload.c.seq)
        .select_from(join)
        .where(ledger_payload.c.stream == stream, ledger.c.seq.is_(None))
        .order_by(ledger_payload.c.seq)
    )
    for seq in connection.scalars(query):
        yield Break(stream=stream, seq=seq, rule="orphan_payload", message="a payload without its row")


def _loose(connection: Connection, anchors: Sequence[Anchor]) -> Iterator[Break]:
    for anchor in anchors:
        stored = connection.scalar(
            select(ledger.c.hash).where(ledger.c.stream == anchor.stream, ledger.c.seq == anchor.seq)
        )
        if stored != anchor.hash:
            message = "the row is not the one whose hash was noted: the chain has been rewritten or cut off"
            yield Break(stream=anchor.stream, seq=anchor.seq, rule="anchor", message=message)
