"""The fleet's writer: state, jobs and ledger change together or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from fleet.store.queries import get_job
from fleet.store.writer import FleetWriter, JobRow, Ordered
from fleet.views import LegView, Reason
from ledger.errors import Conflict, Fenced
from ledger.verify import verify
from ledger.writer import StateChange
from tests.support.fleet_rows import event, everything, job_view, write_jobs
from tests.support.slept_clock import SleptClock


def writer_of(engine: Engine, holder: str = "dispatcher 1") -> FleetWriter:
    clock = SleptClock()
    return FleetWriter(engine, holder, sleep=clock.sleep, monotonic=clock.monotonic)


@pytest.fixture
def writer(engine: Engine) -> Iterator[FleetWriter]:
    with writer_of(engine) as opened:
        yield opened


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


def test_jobs_of_a_writer_that_was_replaced_are_refused(engine: Engine) -> None:
    """It slept for longer than the lease: neither job nor note of its group is written."""
    first, second = writer_of(engine), writer_of(engine, "dispatcher 2")
    first.open()
    write_jobs(first, job_view("j1"))
    second.open()
    before = everything(engine)
    with pytest.raises(Fenced, match="epoch 2 is held by dispatcher 2"):
        write_jobs(first, job_view("j2"), note="hej")
    first.close()
    assert everything(engine) == before
    write_jobs(second, job_view("j3"))
    second.close()


def test_a_refused_row_takes_the_whole_group_with_it(writer: FleetWriter, engine: Engine) -> None:
    """A key that another job has breaks a rule of the schema: neither events nor state are kept, and it goes on."""
    write_jobs(writer, job_view("j1"))
    before = everything(engine)
    taken = JobRow(job_view("j2"), key="key of j1")
    with pytest.raises(Conflict, match="key"):
        writer.commit([event("j2")], [StateChange("job", "j2", b"x")], [taken])
    assert everything(engine) == before
    write_jobs(writer, job_view("j2"))


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
