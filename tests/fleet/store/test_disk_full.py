"""A full disk: the group that did not fit changes nothing, and writing goes on as soon as there is room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from fleet.store.retention import sweep
from fleet.store.writer import STREAM, FleetWriter, JobRow
from ledger.database import open_engine
from ledger.errors import DiskFull
from ledger.verify import verify
from ledger.writer import StateChange
from tests.support.databases import drop_database, new_database
from tests.support.fleet_rows import event, everything, job_view

PAGES = 120
"""Of 4 KiB: the empty schema takes about 25 of them."""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[FleetWriter, Engine]]:
    """A writer whose database may not grow beyond 120 pages, and an engine without that limit."""
    url = new_database("sqlite", tmp_path)
    limited, free = open_engine(url, max_page_count=PAGES), open_engine(url)
    with FleetWriter(limited, "dispatcher 1") as writer:
        yield writer, free
    limited.dispose()
    free.dispose()


def write_group(writer: FleetWriter, group: int) -> None:
    """Five jobs with 1,000 bytes of payload each."""
    views = [job_view(f"j{group}-{n}", created_ms=group * 1000) for n in range(5)]
    payload = b'{"text":"%s"}' % (b"x" * 1000)
    writer.commit(
        [event(view.id, at_ms=group * 1000, payload=payload) for view in views],
        [StateChange("job", view.id, b"state" * 40) for view in views],
        [JobRow(view, key=view.id, note="hej") for view in views],
    )


def fill(writer: FleetWriter, engine: Engine) -> tuple[int, dict[str, list[tuple[object, ...]]]]:
    """Write groups until one does not fit: its number, and everything that was there before it."""
    for group in range(1_000):
        before: dict[str, list[tuple[object, ...]]] = everything(engine)
        try:
            write_group(writer, group)
        except DiskFull:
            return group, before
    raise AssertionError("the database was never full")


def test_a_group_that_does_not_fit_changes_nothing(small: tuple[FleetWriter, Engine]) -> None:
    """Ledger, head, state, jobs and notes are those of the group before, and the chain holds."""
    writer, engine = small
    group, before = fill(writer, engine)
    assert group > 1
    assert everything(engine) == before
    with engine.connect() as connection:
        assert verify(connection) == []


def test_the_error_says_that_nothing_is_lost_and_what_to_do(small: tuple[FleetWriter, Engine]) -> None:
    """The same every time it is tried, and the lease is still kept alive."""
    writer, engine = small
    group, before = fill(writer, engine)
    for _ in range(3):
        with pytest.raises(DiskFull, match=r"full: nothing was written and nothing is lost\. Free some space"):
            write_group(writer, group)
    assert everything(engine) == before
    writer.renew_beat()


def test_writing_works_again_after_old_payloads_were_erased(small: tuple[FleetWriter, Engine]) -> None:
    """Retention makes room; the very same group then fits, as the next rows of the same chain."""
    writer, engine = small
    group, before = fill(writer, engine)
    swept = sweep(engine, STREAM, payloads_before_ms=group * 500, notes_before_ms=0)
    assert swept.payloads > 0
    write_group(writer, group)
    assert len(everything(engine)["job"]) == len(before["job"]) + 5
    with engine.connect() as connection:
        assert verify(connection) == []


def test_a_full_disk_under_postgresql_is_the_same_error(tmp_path: Path) -> None:
    """The server answers with its own code for a full disk (53100) in the middle of the group."""
    url = new_database("postgresql", tmp_path)
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
            )
        )
    with FleetWriter(engine, "dispatcher 1") as writer:
        write_group(writer, 0)
        with engine.begin() as connection:
            connection.execute(text("CREATE TRIGGER full_disk BEFORE INSERT ON job EXECUTE FUNCTION no_room()"))
        before = everything(engine)
        with pytest.raises(DiskFull):
            write_group(writer, 1)
        assert everything(engine) == before
        with engine.begin() as connection:
            connection.execute(text("DROP TRIGGER full_disk ON job"))
        write_group(writer, 1)
    engine.dispose()
    drop_database(url)
