"""Jobs and state rows as the store's tests write them."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Engine, select

from fleet.store import tables
from fleet.store.writer import FleetWriter, JobRow
from fleet.views import JobView
from ledger import schema
from ledger.chain import Entry
from ledger.writer import StateChange

ALL_TABLES = (
    schema.ledger_head,
    schema.ledger,
    schema.ledger_payload,
    tables.fleet_state,
    tables.job,
    tables.job_note,
)

_JOB = JobView(
    id="j1",
    state="waiting",
    load="blood_sample",
    origin="ward-4E",
    destination="laboratory",
    priority="normal",
    ready_ms=0,
    due_ms=1_800_000,
    created_ms=0,
    requester="p1",
)


def job_view(job_id: str = "j1", **changes: Any) -> JobView:
    """A blood sample from ward 4E to the laboratory, created at 0 and due in half an hour, with these changes."""
    return msgspec.structs.replace(_JOB, id=job_id, **changes)


def event(subject: str = "j1", kind: str = "job.created", at_ms: int = 0, payload: bytes = b"{}") -> Entry:
    """A row for the ledger about a job."""
    return Entry(at_ms=at_ms, actor="p1", kind=kind, subject=subject, payload=payload)


def write_jobs(writer: FleetWriter, *views: JobView, note: str | None = None) -> None:
    """Commit these jobs, each with one event, one state row and perhaps a note."""
    writer.commit(
        [event(view.id, at_ms=view.created_ms) for view in views],
        [StateChange("job", view.id, b"state of " + view.id.encode()) for view in views],
        [JobRow(view, key=f"key of {view.id}", note=note) for view in views],
    )


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, to compare before and after."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in ALL_TABLES
        }
