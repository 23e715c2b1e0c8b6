"""Following other streams: every row of the wanted kinds once the cursor is written, and little work in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from ledger.append import append, open_stream
from ledger.chain import Entry
from ledger.database import open_engine
from ledger.follower import Follower

KINDS = ("transport.wanted", "transport.withdrawn")


def say(engine: Engine, stream: str, *kinds: str) -> None:
    with engine.begin() as connection:
        open_stream(connection, stream)
        append(connection, stream, 0, [Entry(at_ms=1, actor="p1", kind=kind, payload=b"{}") for kind in kinds])


@pytest.fixture
def reader(engine: Engine, database_url: str) -> Iterator[Engine]:
    opened = open_engine(database_url, read_only=True)
    yield opened
    opened.dispose()


@pytest.fixture
def follower(reader: Engine) -> Follower:
    return Follower(reader, "fleet", KINDS)


def poll(follower: Follower, cursors: dict[str, int], limit: int = 24) -> list[tuple[str, int]]:
    return [(row.stream, row.seq) for row in follower.poll(lambda stream: cursors.get(stream, 0), limit)]


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement != "BEGIN":
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", remember)
    yield sent
    event.remove(engine, "before_cursor_execute", remember)


def test_other_streams_are_read_in_order_and_the_own_is_not(engine: Engine, follower: Follower) -> None:
    """By stream, then by number; other kinds are left out."""
    say(engine, "supply", "transport.wanted")
    say(engine, "equipment", "asset.ready", "transport.wanted", "transport.withdrawn")
    say(engine, "fleet", "transport.wanted")
    assert poll(follower, {}) == [("equipment", 2), ("equipment", 3), ("supply", 1)]


def test_what_was_not_written_down_is_read_again(engine: Engine, follower: Follower) -> None:
    """The commit failed, so the cursor stands; once it has moved the row does not come back."""
    say(engine, "equipment", "transport.wanted")
    assert poll(follower, {}) == poll(follower, {}) == [("equipment", 1)]
    assert poll(follower, {"equipment": 1}) == []


def test_a_long_queue_is_read_in_parts(engine: Engine, follower: Follower) -> None:
    """So that no group of events grows without bound."""
    say(engine, "equipment", *["transport.wanted"] * 5)
    assert poll(follower, {}, limit=2) == [("equipment", 1), ("equipment", 2)]
    assert poll(follower, {"equipment": 2}, limit=2) == [("equipment", 3), ("equipment", 4)]
    assert poll(follower, {"equipment": 4}, limit=2) == [("equipment", 5)]


def test_a_thousand_other_rows_are_looked_through_once(engine: Engine, reader: Engine, follower: Follower) -> None:
    """Then a poll is one query of the heads, until somebody says something new."""
    say(engine, "equipment", *["asset.entered"] * 1000)
    assert poll(follower, {}) == []
    with statements(reader) as sent:
        assert poll(follower, {}) == []
    assert len(sent) == 1
    say(engine, "equipment", "asset.entered", "transport.wanted")
    assert poll(follower, {}) == [("equipment", 1002)]


def test_a_database_that_does_not_answer_is_asked_again(engine: Engine, reader: Engine, follower: Follower) -> None:
    """The table is away for a moment: nothing is read, nothing breaks, and nothing is missed."""
    say(engine, "equipment", "transport.wanted")
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ledger_payload RENAME TO away")
    assert poll(follower, {}) == []
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO ledger_payload")
    assert poll(follower, {}) == [("equipment", 1)]
