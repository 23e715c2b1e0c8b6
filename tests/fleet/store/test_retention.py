"""Retention: what is old enough is erased, what is chained stays, and every chain still verifies."""

from __future__ import annotations

from sqlalchemy import Engine

from fleet.store.queries import get_job, job_history
from fleet.store.retention import Swept, sweep
from fleet.store.writer import STREAM, FleetWriter
from ledger.verify import verify
from tests.support.fleet_rows import everything, job_view, write_jobs


def fill(engine: Engine) -> None:
    """Ten delivered jobs a second apart, each with a note, and an old one that still waits."""
    with FleetWriter(engine, "dispatcher 1") as writer:
        delivered = [job_view(f"j{n}", created_ms=n * 1000, state="delivered") for n in range(10)]
        write_jobs(writer, job_view("j-old"), *delivered, note="Ring the bell")


def test_payloads_before_an_instant_are_erased_and_the_chain_holds(engine: Engine) -> None:
    """Rows at 0, 0, 1, 2 and 3 s lose their payload; those from 4 s on keep it; no row of the ledger goes."""
    fill(engine)
    assert sweep(engine, STREAM, payloads_before_ms=4000, notes_before_ms=0) == Swept(payloads=5, notes=0)
    rows = everything(engine)
    assert len(rows["ledger"]) == 11
    assert [seq for _, seq, _ in rows["ledger_payload"]] == [6, 7, 8, 9, 10, 11]
    with engine.connect() as connection:
        assert verify(connection) == []
        assert [entry.args for entry in job_history(connection, "j0")] == [{}]


def test_notes_of_ended_jobs_are_erased_and_those_of_open_ones_stay(engine: Engine) -> None:
    """The job that still waits keeps its note however old it is."""
    fill(engine)
    assert sweep(engine, STREAM, payloads_before_ms=0, notes_before_ms=9000) == Swept(payloads=0, notes=9)
    assert [job for job, _ in everything(engine)["job_note"]] == ["j-old", "j9"]
    with engine.connect() as connection:
        job = get_job(connection, "j3")
    assert job is not None
    assert job.note == ""


def test_small_batches_erase_the_same(engine: Engine) -> None:
    """Three at a time: eleven payloads and ten notes go in several transactions."""
    fill(engine)
    swept = sweep(engine, STREAM, payloads_before_ms=60_000, notes_before_ms=60_000, batch=3)
    assert swept == Swept(payloads=11, notes=10)


def test_sweeping_again_finds_nothing(engine: Engine) -> None:
    """It may run every night."""
    fill(engine)
    sweep(engine, STREAM, payloads_before_ms=60_000, notes_before_ms=60_000)
    assert sweep(engine, STREAM, payloads_before_ms=60_000, notes_before_ms=60_000) == Swept(payloads=0, notes=0)


def test_another_streams_payloads_stay(engine: Engine) -> None:
    """Each stream has a time of its own to keep."""
    fill(engine)
    assert sweep(engine, "access", payloads_before_ms=60_000, notes_before_ms=0) == Swept(payloads=0, notes=0)
