"""Verification finds every break, says where, and finds none where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, insert, update

from ledger.append import append, open_stream
from ledger.chain import GENESIS, Entry, Row, expected_hash, link
from ledger.database import open_engine
from ledger.schema import ledger, ledger_head, ledger_payload
from ledger.verify import Anchor, Break, verify
from tests.support.databases import KINDS, drop_database, new_database

ROWS = 12


@contextmanager
def tampering(engine: Engine) -> Iterator[Connection]:
    """A transaction that is never kept, so that each example starts from the same good chain."""
    with engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module", params=KINDS)
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Twelve rows of `fleet` and three of `equipment`."""
    url = new_database(request.param, Path(tmp_path_factory.mktemp("chain")))
    opened = open_engine(url)
    with opened.begin() as connection:
        for stream, count in (("fleet", ROWS), ("equipment", 3)):
            open_stream(connection, stream)
            written = [
                Entry(at_ms=n * 1000, actor=f"p{n % 3}", kind="job.created", subject=f"j{n}", payload=b'{"n":%d}' % n)
                for n in range(count)
            ]
            append(connection, stream, 0, written)
    yield opened
    opened.dispose()
    drop_database(url)


def rules(breaks: list[Break]) -> list[tuple[int, str]]:
    return [(found.seq, found.rule) for found in breaks]


def test_a_good_chain_has_no_break_and_progress_reaches_the_end(chain: Engine) -> None:
    """Whoever waits sees how far it is: the last call says all 15 of 15."""
    seen: list[tuple[int, int]] = []
    with chain.connect() as connection:
        assert verify(connection, progress=lambda done, total: seen.append((done, total))) == []
    assert seen[-1] == (15, 15)


TEXT_FIELDS = st.sampled_from(["actor", "kind", "subject"])
NUMBER_FIELDS = st.sampled_from(["at_ms", "version"])
HASH_FIELDS = st.sampled_from(["payload_sha256", "prev_hash", "hash"])
CHANGES = st.one_of(
    st.tuples(TEXT_FIELDS, st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=6)),
    st.tuples(NUMBER_FIELDS, st.integers(-(2**31), 2**31 - 1)),
    st.tuples(HASH_FIELDS, st.binary(max_size=32)),
    st.tuples(st.just("seq"), st.integers(ROWS + 1, 99) | st.integers(-5, 0)),
    st.tuples(st.just("stream"), st.sampled_from(["", "access", "fleet2"])),
)


@settings(deadline=None)
@given(seq=st.integers(1, ROWS), change=CHANGES)
def test_any_change_of_any_field_of_any_row_is_found(chain: Engine, seq: int, change: tuple[str, object]) -> None:
    """Whatever is written into a row afterwards, at least one break is reported; the same value again is none."""
    field, value = change
    here = (ledger.c.stream == "fleet", ledger.c.seq == seq)
    with tampering(chain) as connection:
        before = connection.scalar(ledger.select().with_only_columns(ledger.c[field]).where(*here))
        connection.execute(update(ledger).where(*here).values({field: value}))
        assert bool(verify(connection)) == (before != value)


@settings(deadline=None)
@given(seq=st.integers(1, ROWS), payload=st.binary(max_size=12))
def test_any_change_of_a_payload_is_found_in_its_row(chain: Engine, seq: int, payload: bytes) -> None:
    """Exactly one break, at the row whose payload it is."""
    here = (ledger_payload.c.stream == "fleet", ledger_payload.c.seq == seq)
    with tampering(chain) as connection:
        connection.execute(update(ledger_payload).where(*here).values(payload=payload))
        same = payload == b'{"n":%d}' % (seq - 1)
        assert rules(verify(connection)) == ([] if same else [(seq, "payload")])


@settings(deadline=None)
@given(gone=st.sets(st.integers(1, ROWS), min_size=1))
def test_every_row_that_is_missing_is_named(chain: Engine, gone: set[int]) -> None:
    """A gap is one break with its first number; neighbouring rows that are gone make one gap."""
    with tampering(chain) as connection:
        for table in (ledger, ledger_payload):
            connection.execute(delete(table).where(table.c.stream == "fleet", table.c.seq.in_(gone)))
        starts = [(seq, "missing") for seq in sorted(gone) if seq - 1 not in gone]
        assert rules(verify(connection)) == starts


def test_two_breaks_are_both_reported(chain: Engine) -> None:
    """The first does not hide the second: rows 3 and 9 of `fleet` were changed."""
    with tampering(chain) as connection:
        connection.execute(update(ledger).where(ledger.c.stream == "fleet", ledger.c.seq.in_([3, 9])).values(actor="x"))
        breaks = verify(connection)
    assert rules(breaks) == [(3, "hash"), (9, "hash")]
    assert str(breaks[0]) == "fleet:3: the row is not what was written: its hash differs"


def test_a_row_rewritten_with_a_hash_of_its_own_breaks_at_the_next_row(chain: Engine) -> None:
    """Whoever hashes the changed row anew still leaves the following row pointing at the old one."""
    with tampering(chain) as connection:
        stored = connection.execute(ledger.select().where(ledger.c.stream == "fleet", ledger.c.seq == 5)).one()
        forged = msgspec.structs.replace(Row(**stored._mapping), actor="somebody else")
        values = {"actor": forged.actor, "hash": expected_hash(forged)}
        connection.execute(update(ledger).where(ledger.c.stream == "fleet", ledger.c.seq == 5).values(values))
        assert rules(verify(connection)) == [(6, "prev_hash")]


def test_a_deleted_payload_is_no_break(chain: Engine) -> None:
    """Retention deletes payloads; the rows keep their hashes."""
    with tampering(chain) as connection:
        connection.execute(delete(ledger_payload))
        assert verify(connection) == []


def test_rows_cut_off_at_the_end_are_found_by_the_head(chain: Engine) -> None:
    """Without the head nobody could tell that there were two more."""
    with tampering(chain) as connection:
        for table in (ledger, ledger_payload):
            connection.execute(delete(table).where(table.c.stream == "fleet", table.c.seq > ROWS - 2))
        breaks = verify(connection)
    assert [found.message for found in breaks] == ["rows 11 to 12 are missing"]


def test_a_head_set_back_is_found(chain: Engine) -> None:
    """The rows behind it are reported, and its hash is not that of the row it points at."""
    with tampering(chain) as connection:
        connection.execute(update(ledger_head).where(ledger_head.c.stream == "fleet").values(seq=ROWS - 1))
        assert rules(verify(connection)) == [(11, "head"), (12, "beyond_head")]


def test_a_stream_whose_head_is_gone_is_found(chain: Engine) -> None:
    """All of its rows stand behind a head that is not there; the other stream still holds."""
    with tampering(chain) as connection:
        connection.execute(delete(ledger_head).where(ledger_head.c.stream == "equipment"))
        assert [(found.stream, found.rule) for found in verify(connection)] == [("equipment", "beyond_head")]
        assert verify(connection, "fleet") == []


def test_a_payload_without_a_row_is_found(chain: Engine) -> None:
    """Nothing may lie in the second table that the chain does not know."""
    with tampering(chain) as connection:
        connection.execute(insert(ledger_payload), {"stream": "fleet", "seq": 40, "payload": b"{}"})
        assert rules(verify(connection)) == [(40, "orphan_payload")]


def test_a_chain_rewritten_from_end_to_end_is_found_by_a_noted_hash_alone(chain: Engine) -> None:
    """Somebody takes p1 out of all twelve rows and hashes them anew: only the head noted in the log gives it away."""
    with tampering(chain) as connection:
        rows = connection.execute(ledger.select().where(ledger.c.stream == "fleet").order_by(ledger.c.seq)).all()
        noted = Anchor(stream="fleet", seq=ROWS, hash=rows[-1].hash)
        assert verify(connection, anchors=[noted]) == []
        payloads = [b'{"n":%d}' % n for n in range(ROWS)]
        forged = link(
            "fleet",
            0,
            GENESIS,
            [
                Entry(at_ms=row.at_ms, actor="p0", kind=row.kind, subject=row.subject, payload=payload)
                for row, payload in zip(rows, payloads, strict=True)
            ],
        )
        connection.execute(delete(ledger).where(ledger.c.stream == "fleet"))
        connection.execute(insert(ledger), [msgspec.structs.asdict(row) for row in forged])
        connection.execute(update(ledger_head).where(ledger_head.c.stream == "fleet").values(hash=forged[-1].hash))
        assert verify(connection) == []
        assert rules(verify(connection, anchors=[noted])) == [(ROWS, "anchor")]


def test_one_stream_can_be_verified_alone(chain: Engine) -> None:
    """A break elsewhere is not its business."""
    with tampering(chain) as connection:
        connection.execute(update(ledger).where(ledger.c.stream == "equipment").values(actor="x"))
        assert verify(connection, "fleet") == []
        assert len(verify(connection, "equipment")) == 3


def test_a_value_of_another_type_is_a_break_and_no_crash(tmp_path: Path) -> None:
    """SQLite stores what it is given: a text as time, a number as payload."""
    engine = open_engine(new_database("sqlite", tmp_path))
    with engine.begin() as connection:
        open_stream(connection, "fleet")
        append(connection, "fleet", 0, [Entry(at_ms=1, actor="p", kind="k"), Entry(at_ms=2, actor="p", kind="k")])
        connection.exec_driver_sql("UPDATE ledger SET at_ms = 'noon' WHERE seq = 1")
        connection.exec_driver_sql("UPDATE ledger_payload SET payload = 7 WHERE seq = 2")
        assert rules(verify(connection)) == [(1, "hash"), (2, "payload")]
    engine.dispose()


def test_batches_change_nothing(tmp_path: Path) -> None:
    """More rows than a batch holds: a break far behind the first batch is found where it is."""
    engine = open_engine(new_database("sqlite", tmp_path))
    with engine.begin() as connection:
        open_stream(connection, "fleet")
        append(connection, "fleet", 0, [Entry(at_ms=n, actor="p", kind="k") for n in range(4_500)])
        seen: list[int] = []
        assert verify(connection, progress=lambda done, _: seen.append(done)) == []
        assert seen == [2_000, 4_000, 4_500]
        connection.exec_driver_sql("UPDATE ledger SET kind = 'x' WHERE seq = 4100")
        assert rules(verify(connection)) == [(4_100, "hash")]
    engine.dispose()
