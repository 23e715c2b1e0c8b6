"""Who may write a stream: acquired once, renewed by a beat, taken over only from a holder whose beat stands still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import DBAPIError

from ledger.append import Head, open_stream, read_head
from ledger.database import describe
from ledger.errors import DatabaseBusy, Fenced, Held, translate
from ledger.schema import ledger_head

PATIENCE_S: Final = 3.0
"""A beat that stands still for so long, by the waiting process's own clock, belongs to a dead holder."""

_LOOK_EVERY_S: Final = 0.25


def acquire(
    engine: Engine, stream: str, holder: str, sleep: Callable[[float], None], monotonic: Callable[[], float]
) -> int:
    """Become the stream's writer and return the new epoch, one above the last.

    A released stream and one held under the same `holder` (a supervisor's restarted child) are taken at once.
    Otherwise the head is watched for 3 s of this process's monotonic clock: if it stands still its holder is dead.

    Parameters
    ----------
    engine
        A writer's engine on a migrated database.
    stream
        The chain to hold.
    holder
        Names this process for people and tells it from others, for example `dispatcher 4711 at host, 09:12`.
    sleep, monotonic
        The clock, in seconds.

    Raises
    ------
    Held
        Another process's head moved, or it kept the database locked.
    """
    if not holder:
        raise ValueError("A holder needs a name: the empty name means released.")
    try:
        with engine.begin() as connection:
            open_stream(connection, stream)
            seen = _head(connection, stream)
            if seen.holder in {"", holder} and _take(connection, stream, holder, seen):
                return seen.epoch + 1
        began = monotonic()
        while (waited := monotonic() - began) < PATIENCE_S:
            sleep(min(_LOOK_EVERY_S, PATIENCE_S - waited))
            with engine.begin() as connection:
                now = _head(connection, stream)
                if not now.holder and _take(connection, stream, holder, now):
                    return now.epoch + 1
            if _moved(seen, now):
                raise Held(stream, now.holder, describe(engine))
        with engine.begin() as connection:
            if _take(connection, stream, holder, seen):
                return seen.epoch + 1
            now = _head(connection, stream)
    except DBAPIError as error:
        refusal = translate(error)
        if isinstance(refusal, DatabaseBusy):
            raise Held(stream, "which keeps the database locked", describe(engine)) from error
        raise refusal from error
    raise Held(stream, now.holder, describe(engine))


def renew(connection: Connection, stream: str, epoch: int) -> None:
    """Bump the beat in the caller's transaction.

    Raises
    ------
    Fenced
        Another process has taken the stream over.
    """
    _change(connection, stream, epoch, beat=ledger_head.c.beat + 1)


def release(connection: Connection, stream: str, epoch: int) -> None:
    """Let the stream go in the caller's transaction, so that the next process need not wait.

    Raises
    ------
    Fenced
        Another process has taken the stream over.
    """
    _change(connection, stream, epoch, holder="")


def _head(connection: Connection, stream: str) -> Head:
    head = read_head(connection, stream)
    if head is None:
        raise Fenced(stream, 0, "", None)
    return head


def _moved(seen: Head, now: Head) -> bool:
    return (seen.epoch, seen.beat, seen.seq) != (now.epoch, now.beat, now.seq)


def _take(connection: Connection, stream: str, holder: str, seen: Head) -> bool:
    """Take the stream over if its head is still as seen."""
    taken = connection.execute(
        update(ledger_head)
        .where(
            ledger_head.c.stream == stream,
            ledger_head.c.epoch == seen.epoch,
            ledger_head.c.beat == seen.beat,
            ledger_head.c.seq == seen.seq,
        )
        .values(epoch=seen.epoch + 1, beat=seen.beat + 1, holder=holder)
    )
    return taken.rowcount == 1


def _change(connection: Connection, stream: str, epoch: int, **values: object) -> None:
    changed = connection.execute(
        update(ledger_head).where(ledger_head.c.stream == stream, ledger_head.c.epoch == epoch).values(**values)
    )
    if changed.rowcount != 1:
        head = read_head(connection, stream)
        raise Fenced(stream, epoch, head.holder if head else "", head.epoch if head else None)
