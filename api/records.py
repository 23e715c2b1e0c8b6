"""Committed rows as the routes ask for them, read away from the event loop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

import anyio.to_thread
from sqlalchemy import Connection, Engine

from api.problems import refuse
from fleet.store import queries
from fleet.store.queries import BadCursor, JobFilter, Page
from fleet.views import HistoryEntry, JobView
from ledger.errors import StoreError

T = TypeVar("T")


class Records(Protocol):
    """What the routes read: pages of jobs, one job, its history."""

    async def jobs(self, wanted: JobFilter) -> Page:
        """One page, the newest first. Raises `BadCursor`."""
        ...

    async def job(self, id: str) -> tuple[JobView, tuple[HistoryEntry, ...]] | None:
        """The job and its history, or None."""
        ...


class StoreRecords:
    """Reads the database of the fleet, read-only; it is opened at first use, when the dispatcher has made it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    async def jobs(self, wanted: JobFilter) -> Page:
        """One page, the newest first. Raises `Problem` 422 for a cursor that is none, 503 without a database."""
        try:
            return await self.read(lambda connection: queries.list_jobs(connection, wanted))
        except BadCursor as wrong:
            raise bad_cursor() from wrong

    async def job(self, id: str) -> tuple[JobView, tuple[HistoryEntry, ...]] | None:
        """The job and its history, or None. Raises `Problem` 503 without a database."""

        def read(connection: Connection) -> tuple[JobView, tuple[HistoryEntry, ...]] | None:
            found = queries.get_job(connection, id)
            return None if found is None else (found, queries.job_history(connection, id))

        return await self.read(read)

    def close(self) -> None:
        """Give back the connections."""
        if self._engine is not None:
            self._engine.dispose()

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query away from the event loop. Raises `Problem` 503 without a database."""

        def work() -> T:
            with self._open().connect() as connection:
                return query(connection)

        try:
            return await anyio.to_thread.run_sync(work)
        except StoreError as away:
            raise refuse(
                503,
                "database_away",
                "",
                da="Databasen kan ikke læses lige nu. Prøv igen om lidt.",
                en="The database cannot be read just now. Try again shortly.",
                retry_s=5,
            ) from away

    def _open(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = queries.open_reader(self._url)
            return self._engine


def bad_cursor() -> Exception:
    """Say that a cursor was not given out by a list of jobs."""
    return refuse(
        422,
        "bad_cursor",
        "cursor",
        da="Markøren er ikke en, som en opgaveliste har givet. Begynd forfra uden den.",
        en="The cursor is not one that a list of jobs gave out. Start again without it.",
    )
