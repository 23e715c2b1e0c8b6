"""Appending: numbered, chained, fenced, all or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select

from ledger.append import append, open_stream, read_head
from ledger.chain import GENESIS, Entry
from ledger.errors import Fenced
from ledger.schema import ledger, ledger_payload
from ledger.verify import verify


def entries(count: int) -> list[Entry]:
    return [Entry(at_ms=number, actor="p1", kind="job.created", subject=f"j{number}") for number in range(count)]


def rows(engine: Engine) -> tuple[int, int]:
    """How many rows and payloads the ledger has."""
    with engine.connect() as connection:
        counts = [connection.scalar(select(func.count()).select_from(table)) for table in (ledger, ledger_payload)]
    return int(counts[0] or 0), int(counts[1] or 0)


def test_numbers_go_on_from_transaction_to_transaction(engine: Engine) -> None:
    """Three rows and then two are numbered 1 to 3 and 4 to 5, and the head has the hash of the last."""
    with engine.begin() as connection:
        open_stream(connection, "fleet")
        assert append(connection, "fleet", 0, entries(3))[:2] == (1, 3)
    with engine.begin() as connection:
        first, last, end = append(connection, "fleet", 0, entries(2))
        head = read_head(connection, "fleet")
    assert (first, last) == (4, 5)
    assert head is not None
    assert (head.seq, head.hash) == (5, end)
    with engine.connect() as connection:
        assert connection.scalars(select(ledger.c.seq).order_by(ledger.c.seq)).all() == [1, 2, 3, 4, 5]
        assert verify(connection) == []


def test_opening_a_stream_twice_changes_nothing(engine: Engine) -> None:
    """The head of a stream that has rows stays where it is."""
    with engine.begin() as connection:
        open_stream(connection, "access")
        append(connection, "access", 0, entries(2))
        open_stream(connection, "access")
        head = read_head(connection, "access")
    assert head is not None
    assert head.seq == 2


def test_appending_nothing_checks_the_fence_alone(engine: Engine) -> None:
    """A transaction of state without events is fenced too, and the head stays."""
    with engine.begin() as connection:
        open_stream(connection, "fleet")
        assert append(connection, "fleet", 0, []) == (1, 0, GENESIS)
        with pytest.raises(Fenced):
            append(connection, "fleet", 1, [])


def test_an_older_epoch_is_refused_and_told_who_holds_the_stream(engine: Engine) -> None:
    """The writer of epoch 0 learns of epoch 1 in one sentence, and nothing of its group is kept."""
    with engine.begin() as connection:
        open_stream(connection, "fleet")
        raised = "UPDATE ledger_head SET epoch = 1, holder = 'dispatcher 4711'"
        connection.exec_driver_sql(raised)
    with (
        pytest.raises(Fenced, match=r"opened in epoch 0, but now epoch 1 is held by dispatcher 4711"),
        engine.begin() as c,
    ):
        append(c, "fleet", 0, entries(2))
    assert rows(engine) == (0, 0)


def test_a_stream_without_a_head_is_refused(engine: Engine) -> None:
    """A chain that nobody has opened is not begun by the way."""
    with pytest.raises(Fenced, match="no head"), engine.begin() as connection:
        append(connection, "fleet", 0, entries(1))


def test_a_rollback_leaves_nothing(engine: Engine) -> None:
    """Rows, payloads and head all go back together."""
    with engine.begin() as connection:
        open_stream(connection, "fleet")
    with engine.connect() as connection:
        append(connection, "fleet", 0, entries(5))
        connection.rollback()
        head = read_head(connection, "fleet")
    assert rows(engine) == (0, 0)
    assert head is not None
    assert (head.seq, head.hash) == (0, GENESIS)


def test_streams_are_chains_of_their_own(engine: Engine) -> None:
    """Each stream counts from 1."""
    with engine.begin() as connection:
        for stream in ("fleet", "equipment"):
            open_stream(connection, stream)
            assert append(connection, stream, 0, entries(2))[:2] == (1, 2)
        assert verify(connection) == []


def test_writers_of_a_shared_stream_wait_for_one_another(engine: Engine) -> None:
    """Two threads that append ten times each to one stream in epoch 0 make one chain of twenty rows."""
    with engine.begin() as connection:
        open_stream(connection, "access")

    def write(_: int) -> None:
        with engine.begin() as connection:
            append(connection, "access", 0, entries(1))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(20)))
    assert rows(engine) == (20, 20)
    with engine.connect() as connection:
        assert verify(connection) == []


def test_a_process_killed_between_append_and_commit_leaves_nothing(engine: Engine, database_url: str) -> None:
    """After SIGKILL the ledger is as it was, and the next writer goes on at once."""
    with engine.begin() as connection:
        open_stream(connection, "fleet")
        append(connection, "fleet", 0, entries(2))
    program = textwrap.dedent(
        """
        import os, signal, sys
        from ledger.append import append
        from ledger.chain import Entry
        from ledger.database import open_engine
        with open_engine(sys.argv[1]).begin() as connection:
            append(connection, "fleet", 0, [Entry(at_ms=9, actor="p1", kind="job.created")] * 50)
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, database_url], env={**os.environ, "PYTHONPATH": "."}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert rows(engine) == (2, 2)
    with engine.begin() as connection:
        assert append(connection, "fleet", 0, entries(1))[:2] == (3, 3)
        assert verify(connection) == []
