"""The writer: state, jobs and ledger change together or not at all, and only one process writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, text

from fleet.store.queries import get_job
from fleet.store.writer import (
    STREAM,
    Conflict,
    DatabaseBusy,
    DatabaseLost,
    Fenced,
    FleetWriter,
    Held,
    JobRow,
    Ordered,
    StateChange,
)
from fleet.views import LegView, Reason
from ledger.append import read_head
from ledger.database import open_engine
from ledger.verify import Anchor, verify
from tests.support.databases import drop_database, new_database
from tests.support.fleet_rows import event, everything, job_view, write_jobs

HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"


class Clock:
    """A clock that only sleeping moves."""

    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s


def writer_of(engine: Engine, holder: str = "dispatcher 1") -> FleetWriter:
    clock = Clock()
    return FleetWriter(engine, holder, sleep=clock.sleep, monotonic=clock.monotonic)


@pytest.fixture
def writer(engine: Engine) -> Iterator[FleetWriter]:
    with writer_of(engine) as opened:
        yield opened


def test_what_was_committed_is_there_after_a_restart(engine: Engine) -> None:
    """The next writer loads the state of the last one, sorted, in the next epoch."""
    with writer_of(engine) as first:
        first.commit([event()], [StateChange("job", "j2", b"two"), StateChange("job", "j1", b"one")])
        first.commit([event()], [StateChange("carrier", "r1", b"robot"), StateChange("job", "j2", None)])
        assert first.epoch == 1
    with writer_of(engine, "dispatcher 2") as second:
        assert second.epoch == 2
        assert second.load() == {"carrier": {"r1": b"robot"}, "job": {"j1": b"one"}}


def test_a_commit_says_which_ledger_rows_it_made(writer: FleetWriter) -> None:
    """Two events are rows 1 and 2; a change without an event makes none; the next event is row 3."""
    assert writer.commit([event(), event()]) == (1, 2)
    assert writer.commit([], [StateChange("carrier", "r1", b"x")]) == (3, 2)
    assert writer.commit([event()]) == (3, 3)


def test_the_last_of_several_changes_counts(writer: FleetWriter) -> None:
    """Within a group a row may be written, deleted and written again."""
    changes = [StateChange("job", "j1", body) for body in (b"a", None, b"b")]
    writer.commit([], [*changes, StateChange("job", "j2", b"c"), StateChange("job", "j2", None)])
    assert writer.load() == {"job": {"j1": b"b"}}


def test_a_job_is_found_by_its_key_with_all_it_has(writer: FleetWriter) -> None:
    """The read model comes back field by field, legs and reason and note included."""
    leg = LegView(id="j1-1", mode="porter", state="planned", origin="a", destination="b", carriers=("p1", "p2"))
    view = job_view(mode="porter", carrier="p1", legs=(leg,), reason=Reason("nearest", {"walk_s": 40}), mass_kg=2.5)
    writer.commit([event()], jobs=[JobRow(view, key="k1", order=b"digest", note="Ring the bell")])
    noted = replace(view, note="Ring the bell")
    assert writer.job_by_key("k1") == Ordered(noted, b"digest")
    assert writer.job_by_key("k2") is None


def test_a_later_row_keeps_key_order_and_note_unless_it_brings_others(writer: FleetWriter, engine: Engine) -> None:
    """Updates need not know them; an empty note erases."""
    writer.commit([event()], jobs=[JobRow(job_view(), key="k1", order=b"digest", note="Ring the bell")])
    writer.commit([event()], jobs=[JobRow(job_view(state="assigned"))])
    found = writer.job_by_key("k1")
    assert found is not None
    assert found == Ordered(job_view(state="assigned", note="Ring the bell"), b"digest")
    writer.commit([event()], jobs=[JobRow(job_view(state="delivered"), note="")])
    with engine.connect() as connection:
        assert get_job(connection, "j1") == job_view(state="delivered")


def test_a_note_lies_in_its_own_table_alone(writer: FleetWriter, engine: Engine) -> None:
    """Also when it comes within the read model: neither the job's body nor the chain has its words."""
    writer.commit([event()], jobs=[JobRow(job_view(note="Hanne er bange"), note="Hanne er bange")])
    rows = everything(engine)
    assert rows["job_note"] == [("j1", "Hanne er bange")]
    del rows["job_note"]
    assert "Hanne" not in str(rows)


def test_a_second_writer_is_refused_while_the_first_lives(engine: Engine) -> None:
    """It waits, sees the beat move, and says whose database it is; the first goes on."""
    first = writer_of(engine, "dispatcher 4711")
    first.open()
    second = FleetWriter(engine, "dispatcher 2", sleep=lambda _: first.renew_beat(), monotonic=lambda: 0.0)
    with pytest.raises(Held, match=r"is held by a running process, dispatcher 4711\. Stop that process first"):
        second.open()
    assert first.commit([event()]) == (1, 1)
    first.close()


def test_a_writer_that_was_replaced_is_fenced(engine: Engine) -> None:
    """It slept for longer than the lease: its group is refused as a whole, and its closing takes nothing away."""
    first, second = writer_of(engine), writer_of(engine, "dispatcher 2")
    first.open()
    write_jobs(first, job_view("j1"))
    second.open()
    before = everything(engine)
    with pytest.raises(Fenced, match="epoch 2 is held by dispatcher 2"):
        write_jobs(first, job_view("j2"))
    with pytest.raises(Fenced):
        first.commit([], [StateChange("carrier", "r1", b"x")])
    with pytest.raises(Fenced):
        first.renew_beat()
    first.close()
    assert everything(engine) == before
    write_jobs(second, job_view("j3"))
    second.close()
    with engine.connect() as connection:
        assert verify(connection) == []


def test_a_refused_row_takes_the_whole_group_with_it(writer: FleetWriter, engine: Engine) -> None:
    """A key that another job has breaks a rule of the schema: neither events nor state are kept, and it goes on."""
    write_jobs(writer, job_view("j1"))
    before = everything(engine)
    taken = JobRow(job_view("j2"), key="key of j1")
    with pytest.raises(Conflict, match="key"):
        writer.commit([event("j2")], [StateChange("job", "j2", b"x")], [taken])
    assert everything(engine) == before
    write_jobs(writer, job_view("j2"))


def test_a_lock_held_for_too_long_is_busy_and_the_writer_goes_on(engine: Engine, database_url: str) -> None:
    """Somebody keeps the head locked: nothing of the group is kept, and afterwards the same group is written."""
    impatient = open_engine(database_url, lock_wait_ms=50)
    with writer_of(impatient) as writer:
        with engine.begin() as blocking:
            read_head(blocking, STREAM, lock=True)
            with pytest.raises(DatabaseBusy, match="kept the database locked for too long"):
                write_jobs(writer, job_view())
        assert everything(engine)["job"] == []
        write_jobs(writer, job_view())
    impatient.dispose()


def test_a_database_that_is_locked_all_the_time_is_held(engine: Engine, database_url: str) -> None:
    """Whoever keeps the lock while another process starts is a running process."""
    writer_of(engine).open()
    impatient = open_engine(database_url, lock_wait_ms=50)
    with engine.begin() as blocking:
        read_head(blocking, STREAM, lock=True)
        with pytest.raises(Held, match="keeps the database locked"):
            writer_of(impatient, "dispatcher 2").open()
    impatient.dispose()


def test_a_writer_whose_connection_broke_writes_no_more(tmp_path: Path) -> None:
    """Whether its last group was kept is unknown, so it must not write it again: it refuses until it is restarted."""
    url = new_database("postgresql", tmp_path)
    engine, other = open_engine(url), open_engine(url)
    with writer_of(engine) as writer:
        write_jobs(writer, job_view("j1"))
        with other.connect() as connection:
            connection.execute(text(f"{HANG_UP} AND pid <> pg_backend_pid()"))
        for _ in range(2):
            with pytest.raises(DatabaseLost, match="Start again once the database answers"):
                write_jobs(writer, job_view("j2"))
    with writer_of(other) as restarted:
        assert list(restarted.load()["job"]) == ["j1"]
    for opened in (engine, other):
        opened.dispose()
    drop_database(url)


def test_the_writer_knows_the_head_to_note_elsewhere(engine: Engine) -> None:
    """After a commit, and from the start after a restart: the anchor that verification can hold the chain against."""
    with writer_of(engine) as writer:
        write_jobs(writer, job_view("j1"), job_view("j2"))
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
        writer.commit([event()])
    writer.close()


def test_a_dispatcher_killed_while_it_works_leaves_whole_groups(engine: Engine, database_url: str) -> None:
    """SIGKILL in the middle of many commits: each group is there with its events, state and job, or not at all."""
    program = textwrap.dedent(
        """
        import sys
        from fleet.store.writer import FleetWriter
        from ledger.database import open_engine
        from tests.support.fleet_rows import job_view, write_jobs
        writer = FleetWriter(open_engine(sys.argv[1]), "dispatcher 1")
        writer.open()
        for group in range(100_000):
            write_jobs(writer, *(job_view(f"j{group}-{n}") for n in range(5)), note="hej")
            print(group, flush=True)
        """
    )
    environment = {**os.environ, "PYTHONPATH": "."}
    command = [sys.executable, "-c", program, database_url]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as working:
        assert working.stdout is not None
        for line in working.stdout:
            if int(line) >= 20:
                working.send_signal(signal.SIGKILL)
                break
    with writer_of(engine) as restarted:  # the same holder, so it need not wait
        jobs = len(restarted.load()["job"])
        rows = everything(engine)
    assert jobs >= 21 * 5
    assert jobs % 5 == 0
    assert {len(rows[name]) for name in ("ledger", "ledger_payload", "fleet_state", "job", "job_note")} == {jobs}
    with engine.connect() as connection:
        assert verify(connection) == []
