"""What the pages read: committed jobs with filters, one job, and its history; nothing here writes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, Engine, Select, or_, select, tuple_

from fleet.store.tables import job, job_note
from fleet.store.writer import STREAM, decode_job
from fleet.views import HistoryEntry, JobState, JobView
from ledger import migrate
from ledger.database import open_engine
from ledger.figures import figures
from ledger.read import about

MAX_LIMIT = 500
_TEXT_COLUMNS = (job.c.id, job.c.load, job.c.origin, job.c.destination, job.c.carrier, job.c.requester)


class BadCursor(ValueError):
    """The cursor is not one that a page of jobs gave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Jobs, newest first, and the cursor of the next page; None when this is the last."""

    jobs: tuple[JobView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs are listed, and how many at a time; a filter that is not given lets all pass.

    Parameters
    ----------
    states
        Any of these; empty means all.
    priority, load, carrier
        Exactly this one.
    station
        The job's origin or destination.
    text
        Every word of it stands in the job's id, load, stations, carrier or requester; A to Z in either case.
    since_ms
        Created then or later, milliseconds UTC.
    limit
        Jobs a page, 1 to 500; ValueError for another.
    cursor
        `next_cursor` of the page before.
    """

    states: Sequence[JobState] = ()
    priority: str | None = None
    load: str | None = None
    carrier: str | None = None
    station: str | None = None
    text: str | None = None
    since_ms: int | None = None
    limit: int = 50
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise ValueError(f"A page has 1 to {MAX_LIMIT} jobs, not {self.limit}.")


def open_reader(url: str | URL) -> Engine:
    """A read-only engine on a database that has this version's schema.

    Raises
    ------
    ledger.errors.StoreError
        The URL cannot be used, the database is not there, or it is of another version.
    """
    engine = open_engine(url, read_only=True)
    migrate.require_current(engine)
    return engine


def list_jobs(connection: Connection, wanted: JobFilter) -> Page:
    """One page of the jobs that pass every filter, the newest first.

    Raises
    ------
    BadCursor
        The cursor was not given out by this function.
    """
    query = _jobs().order_by(job.c.created_ms.desc(), job.c.id.desc()).limit(wanted.limit + 1)
    if wanted.states:
        query = query.where(job.c.state.in_(wanted.states))
    for column, only in ((job.c.priority, wanted.priority), (job.c.load, wanted.load), (job.c.carrier, wanted.carrier)):
        if only is not None:
            query = query.where(column == only)
    if wanted.station is not None:
        query = query.where(or_(job.c.origin == wanted.station, job.c.destination == wanted.station))
    for word in (wanted.text or "").split():
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in _TEXT_COLUMNS)))
    if wanted.since_ms is not None:
        query = query.where(job.c.created_ms >= wanted.since_ms)
    if wanted.cursor is not None:
        query = query.where(tuple_(job.c.created_ms, job.c.id) < tuple_(*_decode(wanted.cursor)))
    rows = connection.execute(query).all()
    jobs = tuple(decode_job(row.body, row.note) for row in rows[: wanted.limit])
    return Page(jobs=jobs, next_cursor=_encode(jobs[-1]) if len(rows) > wanted.limit else None)


def get_job(connection: Connection, job_id: str) -> JobView | None:
    """The job with its note, or None."""
    row = connection.execute(_jobs().where(job.c.id == job_id)).one_or_none()
    return None if row is None else decode_job(row.body, row.note)


def job_history(connection: Connection, job_id: str) -> tuple[HistoryEntry, ...]:
    """What the ledger says about the job, oldest first; without figures where retention has deleted the payload."""
    return tuple(
        HistoryEntry(at_ms=row.at_ms, actor=row.actor, kind=row.kind, seq=row.seq, args=figures(row))
        for row in about(connection, STREAM, job_id)
    )


def _jobs() -> Select[Any]:
    return select(job.c.body, job_note.c.note).select_from(job.outerjoin(job_note, job_note.c.job == job.c.id))


def _encode(last: JobView) -> str:
    return base64.urlsafe_b64encode(f"{last.created_ms} {last.id}".encode()).decode()


def _decode(cursor: str) -> tuple[int, str]:
    try:
        created, name = base64.b64decode(cursor, altchars=b"-_", validate=True).decode().split(" ", 1)
        return int(created), name
    except (binascii.Error, ValueError):
        raise BadCursor("The cursor is not one that a list of jobs gave out. Start again without it.") from None
