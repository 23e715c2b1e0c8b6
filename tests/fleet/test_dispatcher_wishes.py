"""The dispatcher follows another room's stream in a real file: one wish is one job, whenever anybody is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from equipment_tracking.store.writer import EquipmentWriter
from fleet.draft import State
from fleet.events import Event, Followed
from fleet.hospital import Hospital
from fleet.orchestrator import core
from fleet.orchestrator.turn import Decision
from fleet.planner import Planner
from fleet.requests import CreateJob
from fleet.store.queries import open_reader
from fleet.store.writer import JobRow
from ledger import vocabulary
from ledger.chain import Entry
from ledger.database import open_engine
from ledger.errors import DatabaseBusy
from ledger.read import follow
from ledger.verify import verify
from ledger.vocabulary import TransportWanted, TransportWithdrawn
from ledger.writer import StateChange
from tests.fleet.house import House

WISH = TransportWanted(key="K1", load="equipment", origin="s0-clean", destination="s1-clean", thing="pump-7")
WITHDRAWN = TransportWithdrawn(key="K1", reason="not_needed")
REPORTED = ("job.created", "job.delivered", "job.cancelled", "transport.refused")


class Killed(BaseException):
    """The process is no more."""


@pytest.fixture
def house(clinic_site: Hospital, tmp_path: Path) -> Iterator[House]:
    """The small clinic before anybody has come to work."""
    with House(clinic_site, tmp_path, carriers=False) as house:
        yield house


@pytest.fixture
def room(house: House) -> Iterator[EquipmentWriter]:
    """Equipment tracking, which writes its stream in the same file."""
    engine = open_engine(house.url)
    with EquipmentWriter(engine, "tracker 1") as writer:
        yield writer
    engine.dispose()


def say(room: EquipmentWriter, *said: vocabulary.Event, version: int | None = None) -> None:
    """Rows of the room's stream, in one transaction."""
    rows = [vocabulary.entry(event, at_ms=0, actor="anna", subject="pump-7") for event in said]
    room.commit(rows if version is None else [replace(row, version=version) for row in rows])


def answers(house: House, key: str = "K1") -> list[str]:
    """The kinds of what the fleet has said with this key, read as the other room reads it; the chains hold."""
    found = []
    reader = open_reader(house.url)
    with reader.connect() as connection:
        assert list(verify(connection)) == []
        for row in follow(connection, "fleet", kinds=REPORTED):
            kinds = {kind.kind: kind for kind in vocabulary.VOCABULARY}
            assert row.payload is not None
            event: Any = vocabulary.decode(kinds[row.kind], row.version, row.payload)
            if (event.created if row.kind == "job.created" else event).key == key:
                found.append(row.kind)
    reader.dispose()
    return found


def read_so_far(house: House, seq: int) -> Callable[[], bool]:
    """Whether the row counts as read."""
    return lambda: (cursor := house.state.cursors.get("equipment")) is not None and cursor.seq >= seq


@contextmanager
def killed(house: House, *, after_commit: bool) -> Iterator[None]:
    """The dispatcher dies at the commit that has the wish's job in it: right before, or right after."""
    commit = house.writer.commit

    def dying(
        entries: Sequence[Entry], changes: Sequence[StateChange] = (), jobs: Sequence[JobRow] = ()
    ) -> tuple[int, int]:
        if not any(entry.kind == "job.created" and entry.actor == "equipment" for entry in entries):
            return commit(entries, changes, jobs)
        if after_commit:
            commit(entries, changes, jobs)
        raise Killed

    house.writer.commit = dying  # type: ignore[method-assign]
    with pytest.raises(Killed):
        yield


def test_a_wish_is_one_job_however_often_it_is_repeated(house: House, room: EquipmentWriter) -> None:
    """Twice in one transaction, and once more later: the job is listed as the room's order."""
    say(room, WISH, WISH)
    house.run_until(read_so_far(house, 2))
    say(room, WISH)
    house.run_until(read_so_far(house, 3))
    (job,) = (job for job in house.jobs().values() if job.requester == "equipment")
    assert (job.load, job.origin, job.destination) == ("equipment", "s0-clean", "s1-clean")
    assert answers(house) == ["job.created"]


def test_a_withdrawn_wish_is_cancelled_and_no_repetition_brings_it_back(house: House, room: EquipmentWriter) -> None:
    """A wish with the key of a cancelled job is refused, so that nobody waits for it."""
    say(room, WISH)
    house.run_until(read_so_far(house, 1))
    say(room, WITHDRAWN, WISH)
    house.run_until(read_so_far(house, 3))
    assert answers(house) == ["job.created", "job.cancelled", "transport.refused"]


def test_a_wish_withdrawn_before_the_fleet_read_it_ends_at_once(house: House, room: EquipmentWriter) -> None:
    """Both lie in the stream together: nobody is sent for it."""
    say(room, WISH, WITHDRAWN)
    house.run_until(read_so_far(house, 2))
    assert answers(house) == ["job.created", "job.cancelled"]
    assert [job.state for job in house.jobs().values()] == ["cancelled"]


def test_a_wish_that_breaks_rules_is_refused_with_all_of_them(house: House, room: EquipmentWriter) -> None:
    """The room reads the codes from the fleet's stream; there is no job."""
    say(room, TransportWanted(key="K1", load="anvil", origin="nowhere", destination="nowhere"))
    house.run_until(read_so_far(house, 1))
    assert house.jobs() == {}
    reader = open_reader(house.url)
    with reader.connect() as connection:
        (row,) = follow(connection, "fleet", kinds=["transport.refused"])
    reader.dispose()
    assert row.payload is not None
    refused = vocabulary.decode(vocabulary.TransportRefused, row.version, row.payload)
    assert (refused.key, refused.rules) == ("K1", ("unknown_station", "same_station", "unknown_load"))


@pytest.mark.parametrize("after_commit", [False, True], ids=["before the commit", "after the commit"])
def test_a_dispatcher_killed_at_the_commit_makes_one_job(
    house: House, room: EquipmentWriter, *, after_commit: bool
) -> None:
    """Job and cursor are kept together or not at all, so the next one goes on exactly where the file says."""
    say(room, WISH)
    with killed(house, after_commit=after_commit):
        house.run_until(lambda: False)
    house.restart()
    house.run_until(read_so_far(house, 1))
    say(room, replace(WISH, key="K2"))
    house.run_until(read_so_far(house, 2))
    assert (answers(house, "K1"), answers(house, "K2")) == (["job.created"], ["job.created"])


def test_what_was_wished_while_nobody_dispatched_is_not_missed(house: House, room: EquipmentWriter) -> None:
    """A wish and a withdrawal of an earlier one, written during the restart."""
    say(room, WISH)
    house.run_until(read_so_far(house, 1))
    house._close()
    say(room, WITHDRAWN, replace(WISH, key="K2"))
    house._open(house.clock)
    house.run_until(read_so_far(house, 3))
    assert answers(house, "K1") == ["job.created", "job.cancelled"]
    assert answers(house, "K2") == ["job.created"]


def test_a_busy_database_delays_a_wish(house: House, room: EquipmentWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The group was refused: the row is read again a second later."""
    commit, refused = house.writer.commit, []

    def busy_once(
        entries: Sequence[Entry], changes: Sequence[StateChange] = (), jobs: Sequence[JobRow] = ()
    ) -> tuple[int, int]:
        if not refused and any(entry.kind == "job.created" for entry in entries):
            refused.append(1)
            raise DatabaseBusy
        return commit(entries, changes, jobs)

    monkeypatch.setattr(house.writer, "commit", busy_once)
    monkeypatch.setattr("fleet.service.dispatcher.PAUSE_S", 0.0)
    say(room, WISH)
    house.run_until(read_so_far(house, 1))
    assert refused
    assert answers(house) == ["job.created"]


def test_rows_that_cannot_be_read_are_counted_and_skipped(house: House, room: EquipmentWriter) -> None:
    """A later version of the program wrote one, another has no payload any more; the wish behind them is taken."""
    say(room, WISH, version=9)
    room.commit([Entry(at_ms=0, actor="anna", kind="transport.wanted", subject="pump-7", payload=b"{")])
    say(room, replace(WISH, key="K2"))
    house.run_until(read_so_far(house, 3))
    assert house.wishes.unreadable == {"equipment": 2}
    assert answers(house, "K2") == ["job.created"]


def test_a_wish_that_breaks_the_core_is_refused_and_not_read_for_ever(
    house: House, room: EquipmentWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of the program costs only the wish that shows it, and the room hears of it."""

    def handle(state: State, event: Event, now_ms: int, hospital: Hospital, planner: Planner) -> Decision:
        decision = core.handle(state, event, now_ms, hospital, planner)
        if isinstance(event, Followed) and event.said is not None and event.said.key == "K1":
            raise ZeroDivisionError("a mistake")
        return decision

    monkeypatch.setattr("fleet.service.dispatcher.handle", handle)
    say(room, WISH, replace(WISH, key="K2"))
    house.run_until(read_so_far(house, 2))
    assert (answers(house, "K1"), answers(house, "K2")) == (["transport.refused"], ["job.created"])


def test_a_key_that_a_person_used_is_not_taken_for_the_wish(house: House, room: EquipmentWriter) -> None:
    """Even for the very same order: the room would wait for an answer that was given before it asked."""
    house.ask(CreateJob(load="equipment", origin="s0-clean", destination="s1-clean"), key="K1")
    say(room, WISH)
    house.run_until(read_so_far(house, 1))
    assert answers(house) == ["job.created", "transport.refused"]
    assert len(house.jobs()) == 1
