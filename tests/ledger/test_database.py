"""Opening databases: settings that durability rests on, and sentences when it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text
from sqlalchemy.exc import DBAPIError

from ledger import migrate
from ledger.database import BadUrl, describe, open_engine, parse_url
from ledger.errors import DatabaseLost, translate
from tests.support.databases import drop_database, new_database


def pragma(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_commit_on_sqlite_survives_a_power_cut(tmp_path: Path) -> None:
    """Write-ahead log with full synchronisation (2), foreign keys, and five seconds of patience with locks."""
    engine = open_engine(f"sqlite:///{tmp_path / 'portor.sqlite'}")
    settings = [pragma(engine, name) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")]
    engine.dispose()
    assert settings == ["wal", 2, 1, 5000]


def test_a_commit_on_postgresql_survives_a_power_cut(tmp_path: Path) -> None:
    """PostgreSQL answers a commit when it is on disk, and a lock is waited for as long as on SQLite."""
    url = new_database("postgresql", tmp_path)
    engine = open_engine(url)
    with engine.connect() as connection:
        settings = [connection.scalar(text(f"SHOW {name}")) for name in ("synchronous_commit", "lock_timeout")]
    engine.dispose()
    drop_database(url)
    assert settings == ["on", "5s"]


def test_a_reader_cannot_write(database_url: str) -> None:
    """Whatever a page does, the database refuses it."""
    reader = open_engine(database_url, read_only=True)
    with reader.connect() as connection, pytest.raises(DBAPIError, match=r"read-?only"):
        connection.exec_driver_sql("DELETE FROM ledger")
    reader.dispose()


def test_a_reader_does_not_make_a_database(tmp_path: Path) -> None:
    """A mistyped name gives an error and no empty file."""
    path = tmp_path / "mistyped.sqlite"
    reader = open_engine(f"sqlite:///{path}", read_only=True)
    with pytest.raises(DatabaseLost, match="Check that its folder exists"):
        migrate.require_current(reader)
    assert not path.exists()


def test_a_reader_sees_what_is_committed_while_somebody_writes(engine: Engine, database_url: str) -> None:
    """Neither waits for the other, and nothing half-done is seen."""
    reader = open_engine(database_url, read_only=True)
    count = text("SELECT count(*) FROM fleet_state")
    with engine.begin() as writing:
        writing.execute(text("INSERT INTO fleet_state VALUES ('job', 'j1', :body)"), {"body": b"x"})
        with reader.connect() as reading:
            assert reading.scalar(count) == 0
    with reader.connect() as reading:
        assert reading.scalar(count) == 1
    reader.dispose()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("portor.sqlite", r"'portor\.sqlite' is no database URL\. Use sqlite:///"),
        ("mysql://host/portor", r"'mysql' is not a database that is supported\. Use sqlite:///"),
        ("sqlite://", r"in memory cannot be shared between processes\. Name a file\."),
        ("sqlite:///:memory:", r"in memory cannot be shared between processes\. Name a file\."),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_the_way_out(url: str, sentence: str) -> None:
    """The sentence shows how a usable one looks."""
    with pytest.raises(BadUrl, match=sentence):
        parse_url(url)


def test_a_password_is_never_shown() -> None:
    """The name of the database stands in errors and logs."""
    engine = open_engine("postgresql://portor:secret@db.example/portor")
    assert describe(engine) == "postgresql+psycopg://portor:***@db.example/portor"


def test_a_folder_that_is_not_there_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    """Said before anything is begun."""
    engine = open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'portor.sqlite'}")
    with pytest.raises(DatabaseLost, match=r"unable to open database file\. Check that its folder exists"):
        migrate.upgrade(engine)


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    """Somebody named the wrong file: it is told, and nothing is written into it."""
    path = tmp_path / "letter.txt"
    path.write_text("Kære portør, " * 200, encoding="utf-8")
    before = path.read_bytes()
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(DatabaseLost, match="name another one, or restore"):
        migrate.upgrade(engine)
    engine.dispose()
    assert path.read_bytes() == before


def test_a_name_with_odd_letters_is_a_name_like_any_other(tmp_path: Path) -> None:
    """Spaces, Danish letters, question marks and percent signs do not end the path."""
    path = tmp_path / "Køge 50% færdig?.sqlite"
    engine = open_engine(URL.create("sqlite", database=str(path)))
    migrate.upgrade(engine)
    engine.dispose()
    assert path.exists()


def test_a_broken_foreign_key_is_a_conflict_on_both_databases(engine: Engine) -> None:
    """A note without its job is refused by the schema, and the error says by which rule."""
    insert = text("INSERT INTO job_note VALUES ('j9', 'hej')")
    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        connection.execute(insert)
    assert "foreign key" in str(translate(caught.value)).lower()


def test_a_server_that_does_not_answer_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    """No server listens in this folder."""
    engine = open_engine(f"postgresql://postgres@/portor?host={tmp_path}")
    with pytest.raises(DatabaseLost, match="Start again once the database answers"):
        migrate.upgrade(engine)
