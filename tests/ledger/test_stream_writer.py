"""The writer of a stream: state and ledger change together or not at all, and only one process writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, LargeBinary, MetaData, String, Table, select, text

from ledger.append import read_head
from ledger.chain import Entry
from ledger.database import open_engine
from ledger.errors import Conflict, DatabaseBusy, DatabaseLost, Fenced, Held
from ledger.schema import ledger
from ledger.verify import Anchor, verify
from ledger.writer import StateChange, StreamWriter
from tests.support.databases import drop_database, new_database
from tests.support.slept_clock import SleptClock

STREAM = "room"
STATE = Table(
    "room_state",
    MetaData(),
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
EVENT = Entry(at_ms=0, actor="p1", kind="room.happened")
HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """With the state table of a room of its own."""
    STATE.create(engine)
    return engine


def writer_of(engine: Engine, holder: str = "room 1") -> StreamWriter:
    clock = SleptClock()
    return StreamWriter(engine, holder, stream=STREAM, state=STATE, sleep=clock.sleep, monotonic=clock.monotonic)


@pytest.fixture
def writer(engine: Engine) -> Iterator[StreamWriter]:
    with writer_of(engine) as opened:
        yield opened


def rows(engine: Engine) -> list[list[tuple[object, ...]]]:
    """Every row that the writer may write."""
    with engine.connect() as connection:
        return [
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (STATE, ledger)
        ]


def test_what_was_committed_is_there_after_a_restart(engine: Engine) -> None:
    """The next writer loads the state of the last one, sorted, in the next epoch."""
    with writer_of(engine) as first:
        first.commit([EVENT], [StateChange("job", "j2", b"two"), StateChange("job", "j1", b"one")])
        first.commit([EVENT], [StateChange("carrier", "r1", b"robot"), StateChange("job", "j2", None)])
        assert first.epoch == 1
    with writer_of(engine, "room 2") as second:
        assert second.epoch == 2
        loaded = second.load()
    assert loaded == {"carrier": {"r1": b"robot"}, "job": {"j1": b"one"}}
    assert list(loaded) == ["carrier", "job"]


def test_a_commit_says_which_ledger_rows_it_made(writer: StreamWriter) -> None:
    """Two events are rows 1 and 2; a change without an event makes none; the next event is row 3."""
    assert writer.commit([EVENT, EVENT]) == (1, 2)
    assert writer.commit([], [StateChange("carrier", "r1", b"x")]) == (3, 2)
    assert writer.commit([EVENT]) == (3, 3)


def test_the_last_of_several_changes_counts(writer: StreamWriter) -> None:
    """Within a group a row may be written, deleted and written again."""
    changes = [StateChange("job", "j1", body) for body in (b"a", None, b"b")]
    writer.commit([], [*changes, StateChange("job", "j2", b"c"), StateChange("job", "j2", None)])
    assert writer.load() == {"job": {"j1": b"b"}}


def test_a_refused_row_takes_the_whole_group_with_it(writer: StreamWriter, engine: Engine) -> None:
    """A row of the room's own breaks a rule of the schema: neither event nor state is kept, and the writer goes on."""
    writer.commit([EVENT], [StateChange("job", "j1", b"x")])
    before, head = rows(engine), writer.head
    with pytest.raises(Conflict), writer._group([EVENT], [StateChange("job", "j2", b"x")]) as group:
        group.connection.execute(STATE.insert(), {"kind": "job", "id": "j1", "body": b"twice"})
    assert rows(engine) == before
    assert writer.head == head
    assert writer.commit([EVENT]) == (2, 2)


def test_a_second_writer_is_refused_while_the_first_lives(engine: Engine) -> None:
    """It waits, sees the beat move, and says whose stream it is; the first goes on."""
    first = writer_of(engine, "room 4711")
    first.open()
    second = StreamWriter(
        engine, "room 2", stream=STREAM, state=STATE, sleep=lambda _: first.renew_beat(), monotonic=lambda: 0.0
    )
    with pytest.raises(Held, match=r"is held by a running process, room 4711\. Stop that process first"):
        second.open()
    assert first.commit([EVENT]) == (1, 1)
    first.close()


def test_two_streams_of_one_database_have_each_their_writer(engine: Engine) -> None:
    """Neither keeps the other out, and each chain holds by itself."""
    other = StreamWriter(engine, "other 1", stream="other", state=STATE)
    with writer_of(engine) as writer, other:
        assert writer.commit([EVENT, EVENT]) == (1, 2)
        assert other.commit([EVENT]) == (1, 1)
    with engine.connect() as connection:
        assert verify(connection) == []


def test_a_writer_that_was_replaced_is_fenced(engine: Engine) -> None:
    """It slept for longer than the lease: its group is refused as a whole, and its closing takes nothing away."""
    first, second = writer_of(engine), writer_of(engine, "room 2")
    first.open()
    first.commit([EVENT], [StateChange("job", "j1", b"x")])
    second.open()
    before = rows(engine)
    with pytest.raises(Fenced, match="epoch 2 is held by room 2"):
        first.commit([EVENT], [StateChange("job", "j2", b"x")])
    with pytest.raises(Fenced):
        first.commit([], [StateChange("carrier", "r1", b"x")])
    with pytest.raises(Fenced):
        first.renew_beat()
    first.close()
    assert rows(engine) == before
    second.commit([EVENT])
    second.close()
    with engine.connect() as connection:
        assert verify(connection) == []


def test_a_lock_held_for_too_long_is_busy_and_the_writer_goes_on(engine: Engine, database_url: str) -> None:
    """Somebody keeps the head locked: nothing of the group is kept, and afterwards the same group is written."""
    impatient = open_engine(database_url, lock_wait_ms=50)
    with writer_of(impatient) as writer:
        before = rows(engine)
        with engine.begin() as blocking:
            read_head(blocking, STREAM, lock=True)
            with pytest.raises(DatabaseBusy, match="kept the database locked for too long"):
                writer.commit([EVENT], [StateChange("job", "j1", b"x")])
        assert rows(engine) == before
        writer.commit([EVENT], [StateChange("job", "j1", b"x")])
    impatient.dispose()


def test_a_database_that_is_locked_all_the_time_is_held(engine: Engine, database_url: str) -> None:
    """Whoever keeps the lock while another process starts is a running process."""
    writer_of(engine).open()
    impatient = open_engine(database_url, lock_wait_ms=50)
    with engine.begin() as blocking:
        read_head(blocking, STREAM, lock=True)
        with pytest.raises(Held, match="keeps the database locked"):
            writer_of(impatient, "room 2").open()
    impatient.dispose()


def test_a_writer_whose_connection_broke_writes_no_more(tmp_path: Path) -> None:
    """Whether its last group was kept is unknown, so it must not write it again: it refuses until it is restarted."""
    url = new_database("postgresql", tmp_path)
    engine, other = open_engine(url), open_engine(url)
    STATE.create(engine)
    with writer_of(engine) as writer:
        writer.commit([EVENT], [StateChange("job", "j1", b"x")])
        with other.connect() as connection:
            connection.execute(text(f"{HANG_UP} AND pid <> pg_backend_pid()"))
        for _ in range(2):
            with pytest.raises(DatabaseLost, match="Start again once the database answers"):
                writer.commit([EVENT], [StateChange("job", "j2", b"x")])
    with writer_of(other) as restarted:
        assert list(restarted.load()["job"]) == ["j1"]
    for opened in (engine, other):
        opened.dispose()
    drop_database(url)


def test_the_writer_knows_the_head_to_note_elsewhere(engine: Engine) -> None:
    """After a commit, and from the start after a restart: the anchor that verification can hold the chain against."""
    with writer_of(engine) as writer:
        writer.commit([EVENT, EVENT])
        seq, digest = writer.head
    assert seq == 2
    with writer_of(engine) as restarted:
        assert restarted.head == (seq, digest)
    with engine.connect() as connection:
        assert verify(connection, anchors=[Anchor(stream=STREAM, seq=seq, hash=digest)]) == []


def test_a_writer_that_is_not_open_says_so(engine: Engine) -> None:
    """Nothing is written without the lease; closing twice is harmless."""
    writer = writer_of(engine)
    with pytest.raises(RuntimeError, match="not open"):
        writer.commit([EVENT])
    writer.close()
