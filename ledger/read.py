"""Reads what happened: a stream from a number on, or everything about one subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, and_, select

from ledger.schema import ledger, ledger_payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as it stands in the ledger; `payload` is None where retention has deleted it."""

    stream: str
    seq: int
    at_ms: int
    actor: str
    kind: str
    version: int
    subject: str
    payload: bytes | None


_JOIN = ledger.outerjoin(
    ledger_payload, and_(ledger_payload.c.stream == ledger.c.stream, ledger_payload.c.seq == ledger.c.seq)
)
_READ = select(
    ledger.c.stream,
    ledger.c.seq,
    ledger.c.at_ms,
    ledger.c.actor,
    ledger.c.kind,
    ledger.c.version,
    ledger.c.subject,
    ledger_payload.c.payload,
).select_from(_JOIN)


def follow(
    connection: Connection, stream: str, *, after: int = 0, kinds: Sequence[str] = (), limit: int = 1_000
) -> tuple[Recorded, ...]:
    """The stream's next events after number `after`, at most `limit`, of these kinds or (empty) of all.

    Numbers are given out and committed in order, so a follower that keeps the last one it has seen misses nothing.
    """
    query = _READ.where(ledger.c.stream == stream, ledger.c.seq > after)
    if kinds:
        query = query.where(ledger.c.kind.in_(kinds))
    return _fetch(connection, query.order_by(ledger.c.seq).limit(limit))


def about(connection: Connection, stream: str, subject: str, *, newest: int | None = None) -> tuple[Recorded, ...]:
    """Everything in the stream about one subject, oldest first; with `newest` only so many, the last ones."""
    query = _READ.where(ledger.c.stream == stream, ledger.c.subject == subject)
    if newest is None:
        return _fetch(connection, query.order_by(ledger.c.seq))
    return _fetch(connection, query.order_by(ledger.c.seq.desc()).limit(newest))[::-1]


def between(connection: Connection, stream: str, first_ms: int, before_ms: int) -> tuple[Recorded, ...]:
    """The stream's events from `first_ms` on and before `before_ms` (milliseconds UTC), in their order."""
    query = _READ.where(ledger.c.stream == stream, ledger.c.at_ms >= first_ms, ledger.c.at_ms < before_ms)
    return _fetch(connection, query.order_by(ledger.c.seq))


def _fetch(
    connection: Connection, query: Select[tuple[str, int, int, str, str, int, str, bytes]]
) -> tuple[Recorded, ...]:
    return tuple(Recorded(**row) for row in connection.execute(query).mappings())
