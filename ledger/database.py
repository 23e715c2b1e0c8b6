"""Opens the database: SQLite in WAL mode with full synchronisation, or PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from ledger.errors import StoreError

LOCK_WAIT_MS: Final = 5_000
"""How long a statement waits for a lock before it gives up."""

READS: Final = "portor_reads"
"""Execution option of a writer's connection whose transactions only read: on SQLite they take no write lock."""

_CACHE_KIB: Final = 16_384


class BadUrl(StoreError):
    """The database URL cannot be used."""


def parse_url(url: str | URL) -> URL:
    """The URL with its driver: `sqlite:///file` or `postgresql://user@host/name`.

    Raises
    ------
    BadUrl
        Not a URL, another kind of database, or a SQLite URL without a file.
    """
    ways = "Use sqlite:///path/to/file.sqlite or postgresql://user@host/name."
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadUrl(f"{url!r} is no database URL. {ways}") from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise BadUrl(f"{backend!r} is not a database that is supported. {ways}")
    if not parsed.database or parsed.database == ":memory:":
        raise BadUrl("An SQLite database in memory cannot be shared between processes. Name a file.")
    return parsed.set(drivername="sqlite+pysqlite")


def describe(engine: Engine) -> str:
    """The database for people, without its password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True)


def open_engine(
    url: str | URL, *, read_only: bool = False, max_page_count: int | None = None, lock_wait_ms: int = LOCK_WAIT_MS
) -> Engine:
    """An engine for the database behind `url`; nothing is opened before the first connection.

    SQLite: WAL, `synchronous=FULL`, foreign keys, a busy time-out, and every transaction of a writer takes the write
    lock when it begins, so reading and then writing never fails half-way. PostgreSQL: a lock time-out.

    Parameters
    ----------
    url
        `sqlite:///path` or `postgresql://…`.
    read_only
        Refuse every write; on SQLite the file must exist.
    max_page_count
        SQLite only: the greatest size of the file in pages, so that a full disk can be provoked.
    lock_wait_ms
        How long a statement waits for another process's lock.

    Raises
    ------
    BadUrl
        The URL cannot be used.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        options = f"-c lock_timeout={lock_wait_ms}"
        if read_only:
            options += " -c default_transaction_read_only=on"
        return create_engine(parsed, connect_args={"options": options}, pool_pre_ping=read_only)
    return _sqlite_engine(parsed, read_only, max_page_count, lock_wait_ms)


def _sqlite_engine(url: URL, read_only: bool, max_page_count: int | None, lock_wait_ms: int) -> Engine:
    address = f"{Path(str(url.database)).absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=lock_wait_ms / 1000, check_same_thread=False)

    engine = create_engine(url, creator=connect)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        # SQLAlchemy's own begin, below, decides when a transaction starts; the driver must not.
        connection.isolation_level = None
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        if max_page_count is not None:
            connection.execute(f"PRAGMA max_page_count = {int(max_page_count)}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = read_only or connection.get_execution_options().get(READS, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
