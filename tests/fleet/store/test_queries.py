"""What the pages read of the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine
from sqlalchemy import event as event_api

from fleet.store.queries import BadCursor, JobFilter, get_job, job_history, list_jobs, open_reader
from fleet.store.writer import FleetWriter, JobRow
from fleet.views import HistoryEntry
from ledger.database import open_engine
from tests.support.databases import KINDS, drop_database, new_database
from tests.support.fleet_rows import event, job_view, write_jobs

STATES = ("waiting", "under_way", "delivered")
JOBS = tuple(
    # Two are created in each second, so that the order needs the id as well.
    job_view(
        f"j{n:02}",
        created_ms=n // 2 * 1000,
        state=STATES[n % 3],
        priority="acute" if n % 4 == 0 else "normal",
        load="meal" if n % 5 == 0 else "blood_sample",
        carrier=f"robot-{n % 3}" if n % 2 else None,
        origin=f"ward-{n % 6}E",
        destination="kitchen_100%" if n % 5 == 0 else "laboratory",
        requester="p1" if n < 10 else "Åse",
    )
    for n in range(20)
)


@pytest.fixture(scope="module", params=KINDS)
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Twenty jobs, read only."""
    url = new_database(request.param, Path(tmp_path_factory.mktemp("jobs")))
    writing = open_engine(url)
    with FleetWriter(writing, "dispatcher 1") as writer:
        write_jobs(writer, *JOBS)
    writing.dispose()
    opened = open_reader(url)
    yield opened
    opened.dispose()
    drop_database(url)


@pytest.fixture
def connection(reader: Engine) -> Iterator[Connection]:
    with reader.connect() as opened:
        yield opened


def ids(connection: Connection, **filters: Any) -> list[str]:
    return [job.id for job in list_jobs(connection, JobFilter(**filters)).jobs]


def wanted(keep: Any) -> list[str]:
    """The ids of the jobs that `keep` says, the newest first."""
    return [job.id for job in sorted(JOBS, key=lambda job: (job.created_ms, job.id), reverse=True) if keep(job)]


def test_the_newest_jobs_come_first(connection: Connection) -> None:
    """Of those created at the same instant the greater id is first."""
    assert ids(connection)[:4] == ["j19", "j18", "j17", "j16"]


@settings(deadline=None)
@given(limit=st.integers(1, 25))
def test_pages_hold_every_job_once_and_in_order(reader: Engine, limit: int) -> None:
    """Whatever the size of the page, following the cursors gives the whole list, and the last page has none."""
    seen: list[str] = []
    cursor: str | None = None
    with reader.connect() as connection:
        while True:
            page = list_jobs(connection, JobFilter(limit=limit, cursor=cursor))
            assert 0 < len(page.jobs) <= limit
            seen += [job.id for job in page.jobs]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == wanted(lambda _: True)


def test_a_cursor_holds_its_place_when_newer_jobs_arrive(engine: Engine) -> None:
    """The second page goes on where the first ended, although there is a new job at the top."""
    with FleetWriter(engine, "dispatcher 1") as writer:
        write_jobs(writer, *JOBS[:6])
        with engine.connect() as connection:
            cursor = list_jobs(connection, JobFilter(limit=3)).next_cursor
        write_jobs(writer, job_view("j99", created_ms=99_000))
    with engine.connect() as connection:
        assert ids(connection, cursor=cursor) == ["j02", "j01", "j00"]


@pytest.mark.parametrize(
    ("filters", "keep"),
    [
        ({"states": ("waiting", "under_way")}, lambda job: job.state != "delivered"),
        ({"priority": "acute"}, lambda job: job.priority == "acute"),
        ({"load": "meal"}, lambda job: job.load == "meal"),
        ({"carrier": "robot-1"}, lambda job: job.carrier == "robot-1"),
        ({"station": "ward-3E"}, lambda job: job.origin == "ward-3E"),
        ({"station": "laboratory"}, lambda job: job.destination == "laboratory"),
        ({"since_ms": 7000}, lambda job: job.created_ms >= 7000),
        ({"text": "WARD-2e"}, lambda job: job.origin == "ward-2E"),
        ({"text": "robot meal"}, lambda job: job.carrier is not None and job.load == "meal"),
        ({"text": "100%"}, lambda job: job.destination == "kitchen_100%"),
        ({"text": "i_c"}, lambda _: False),
        ({"text": "j07"}, lambda job: job.id == "j07"),
        ({"states": ("delivered",), "load": "meal"}, lambda job: (job.state, job.load) == ("delivered", "meal")),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_filters_keep_the_jobs_that_pass_all_of_them(
    connection: Connection, filters: dict[str, Any], keep: Any
) -> None:
    """Words are found anywhere, A to Z in either case; percent sign and underscore are letters like any other."""
    assert ids(connection, **filters) == wanted(keep)


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "bm90IGEgY3Vyc29y", "\u00e6"])
def test_a_cursor_of_somebody_else_is_refused(connection: Connection, cursor: str) -> None:
    """The error says to begin again."""
    with pytest.raises(BadCursor, match="Start again without it"):
        list_jobs(connection, JobFilter(cursor=cursor))


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_a_sensible_size(connection: Connection, limit: int) -> None:
    """Neither nothing nor the whole database."""
    with pytest.raises(ValueError, match="1 to 500 jobs"):
        list_jobs(connection, JobFilter(limit=limit))


def test_one_job_is_read_by_its_id(connection: Connection) -> None:
    """All of it, or None."""
    assert get_job(connection, "j07") == JOBS[7]
    assert get_job(connection, "j77") is None


def test_the_history_tells_who_did_what_with_its_figures(engine: Engine) -> None:
    """Texts and numbers at any depth, lists left out, other jobs' rows too, in the order of the ledger."""
    delivered = (
        b'{"carrier":"r1","on_time":true,"late":null,"reason":{"code":"nearest","args":{"walk_s":41.5}},"legs":[1]}'
    )
    with FleetWriter(engine, "dispatcher 1") as writer:
        writer.commit([event("j1"), event("j2")], jobs=[JobRow(job_view())])
        writer.commit([event("j1", "job.delivered", at_ms=9000, payload=delivered)])
    with engine.connect() as connection:
        assert job_history(connection, "j1") == (
            HistoryEntry(at_ms=0, actor="p1", kind="job.created", seq=1),
            HistoryEntry(
                at_ms=9000,
                actor="p1",
                kind="job.delivered",
                seq=3,
                args={"carrier": "r1", "on_time": 1, "reason.code": "nearest", "reason.args.walk_s": 41.5},
            ),
        )
        assert job_history(connection, "j3") == ()


def test_a_note_is_read_with_its_job(engine: Engine) -> None:
    """In the list, and alone."""
    with FleetWriter(engine, "dispatcher 1") as writer:
        write_jobs(writer, job_view(), note="Ring the bell")
    with engine.connect() as connection:
        (listed,) = list_jobs(connection, JobFilter()).jobs
        assert listed == get_job(connection, "j1") == job_view(note="Ring the bell")


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"states": ("waiting", "trouble")},
        {"carrier": "robot-1"},
        {"station": "ward-3E"},
        {"since_ms": 7000},
        {"cursor": "NTAwMCBqMDE="},
    ],
    ids=str,
)
def test_no_filter_of_the_board_reads_the_table_from_end_to_end(reader: Engine, filters: dict[str, Any]) -> None:
    """A hospital's year is two million jobs; the very statement that is sent finds its way by an index."""
    sent: list[tuple[str, Any]] = []

    def remember(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    with reader.connect() as connection:
        if postgresql := reader.dialect.name == "postgresql":
            # So small a table is read as a whole unless the planner may not.
            connection.exec_driver_sql("SET enable_seqscan = off")
        event_api.listen(connection, "before_cursor_execute", remember)
        list_jobs(connection, JobFilter(**filters))
        event_api.remove(connection, "before_cursor_execute", remember)
        explain = "EXPLAIN " if postgresql else "EXPLAIN QUERY PLAN "
        steps = [str(row[-1]) for sql, values in sent for row in connection.exec_driver_sql(explain + sql, values)]
    assert steps
    assert not [step for step in steps if "Seq Scan" in step or ("SCAN job" in step and "INDEX" not in step)]
