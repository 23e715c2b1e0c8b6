"""Reading what happened."""

from __future__ import annotations

from sqlalchemy import Engine, delete

from ledger.append import append, open_stream
from ledger.chain import Entry
from ledger.read import Recorded, about, between, follow
from ledger.schema import ledger_payload


def write(engine: Engine) -> None:
    """Rows 1 to 6, a second apart: created and delivered in turn, about j0, j0, j1, j1, j2, j2."""
    kinds = ("job.created", "job.delivered")
    with engine.begin() as connection:
        for stream in ("fleet", "equipment"):
            open_stream(connection, stream)
        written = [
            Entry(at_ms=n * 1000, actor="p1", kind=kinds[n % 2], subject=f"j{n // 2}", payload=b'{"n":%d}' % n)
            for n in range(6)
        ]
        append(connection, "fleet", 0, written)
        append(connection, "equipment", 0, written[:1])


def numbers(rows: tuple[Recorded, ...]) -> list[int]:
    return [row.seq for row in rows]


def test_a_follower_goes_on_where_it_stopped(engine: Engine) -> None:
    """Two at a time from the beginning, then the rest, then nothing."""
    write(engine)
    with engine.connect() as connection:
        assert numbers(follow(connection, "fleet", limit=2)) == [1, 2]
        assert numbers(follow(connection, "fleet", after=2)) == [3, 4, 5, 6]
        assert follow(connection, "fleet", after=6) == ()


def test_a_follower_may_ask_for_some_kinds_only(engine: Engine) -> None:
    """Deliveries are rows 2, 4 and 6."""
    write(engine)
    with engine.connect() as connection:
        assert numbers(follow(connection, "fleet", kinds=["job.delivered"])) == [2, 4, 6]


def test_everything_about_a_subject_is_found_with_its_payload(engine: Engine) -> None:
    """Rows 3 and 4 are about j1; another stream's rows are not."""
    write(engine)
    with engine.connect() as connection:
        rows = about(connection, "fleet", "j1")
    assert numbers(rows) == [3, 4]
    assert rows[0] == Recorded(
        stream="fleet",
        seq=3,
        at_ms=2000,
        actor="p1",
        kind="job.created",
        version=1,
        subject="j1",
        payload=b'{"n":2}',
    )


def test_the_last_events_about_a_subject_come_in_their_order(engine: Engine) -> None:
    """Row 4 is the newest about j1; all of them are there when more are asked for."""
    write(engine)
    with engine.connect() as connection:
        assert numbers(about(connection, "fleet", "j1", newest=1)) == [4]
        assert numbers(about(connection, "fleet", "j1", newest=9)) == [3, 4]


def test_a_span_of_time_holds_its_first_instant_and_not_its_last(engine: Engine) -> None:
    """From 1 s to before 4 s are rows 2, 3 and 4."""
    write(engine)
    with engine.connect() as connection:
        assert numbers(between(connection, "fleet", 1000, 4000)) == [2, 3, 4]


def test_a_row_whose_payload_was_erased_is_still_read(engine: Engine) -> None:
    """It says that something happened and when, no more."""
    write(engine)
    with engine.begin() as connection:
        connection.execute(delete(ledger_payload))
        assert [row.payload for row in about(connection, "fleet", "j1")] == [None, None]
