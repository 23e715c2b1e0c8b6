"""The dispatcher with everything real: bus, file and carriers; what is answered is kept, what is refused never was."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy.engine import make_url

from bus.messages import Done
from fleet.draft import State
from fleet.events import Asked, Event
from fleet.hospital import Hospital
from fleet.orchestrator import core
from fleet.orchestrator.turn import Decision
from fleet.planner import Planner
from fleet.requests import Accepted, CancelJob, Close, CreateJob, Refusal
from fleet.store.writer import JobRow
from ledger.chain import Entry
from ledger.writer import StateChange
from tests.fleet.house import House

SAMPLE = CreateJob(load="blood_sample", origin="s1-tube", destination="lab-tube", specimen="routine_blood")
TUBE_CUSTODY = [
    "job.created",
    "job.mode_chosen",
    "leg.assigned",
    "leg.offered",
    "leg.accepted",
    "leg.picked_up",
    "leg.delivered",
    "job.delivered",
]


@pytest.fixture
def house(clinic_site: Hospital, tmp_path: Path) -> Iterator[House]:
    """The small clinic, two hundred times as fast."""
    with House(clinic_site, tmp_path) as house:
        yield house


@pytest.fixture
def empty_house(clinic_site: Hospital, tmp_path: Path) -> Iterator[House]:
    """The small clinic before anybody has come to work."""
    with House(clinic_site, tmp_path, carriers=False) as house:
        yield house


def count(house: House, table: str) -> int:
    """How many rows a table has."""
    with contextlib.closing(sqlite3.connect(str(make_url(house.url).database))) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a table of ours


# --- an order --------------------------------------------------------------------------------------------------------


def test_an_order_is_carried_and_signed_for(house: House) -> None:
    """From the bus to the tube and back: custody is in the ledger, in order, and the chain holds."""
    house.run_until(lambda: "tube" in house.state.carriers)
    job = house.order()
    house.run_until(lambda: house.delivered(job))
    assert house.kinds(job) == TUBE_CUSTODY


def test_a_robot_carries_over_two_floors(house: House) -> None:
    """Drive, lift, drive, hand-over: all by commands and reports on the bus."""
    house.run_until(lambda: "R01" in house.state.carriers)
    job = house.order("store-out", load="linen", to="s1-clean")
    house.run_until(lambda: house.delivered(job))
    view = house.jobs()[job]
    assert view.mode == "robot"
    assert view.delivered_ms is not None


def test_the_answer_holds_the_job_and_is_given_after_the_commit(empty_house: House) -> None:
    """Whoever is answered finds the job in the list at once."""
    ((status, answer),) = empty_house.ask(SAMPLE)
    assert status == 201
    assert isinstance(answer, Accepted)
    assert answer.job is not None
    assert answer.job.id in empty_house.jobs()
    assert answer.job.requester == "anna"


def test_the_same_key_twice_is_one_job(empty_house: House) -> None:
    """The second answer is the first one's job, and says that it is a repetition."""
    ((_, first),) = empty_house.ask(SAMPLE, key="k1")
    ((status, second),) = empty_house.ask(SAMPLE, key="k1")
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert (status, second.id, second.repeated) == (200, first.id, True)
    assert list(empty_house.jobs()) == [first.id]


def test_the_same_key_twice_at_once_is_one_job(empty_house: House) -> None:
    """Both lie in the inbox together: one orders, the other hears of it."""
    answers = empty_house.ask(SAMPLE, SAMPLE, key="k1")
    assert sorted(status for status, _ in answers) == [200, 201]
    assert len({answer.id for _, answer in answers if isinstance(answer, Accepted)}) == 1
    assert count(empty_house, "job") == 1


def test_a_key_is_remembered_over_a_restart(empty_house: House) -> None:
    """The key stands with the job in the file."""
    first = empty_house.order(key="k1")
    empty_house.restart()
    ((status, answer),) = empty_house.ask(SAMPLE, key="k1")
    assert isinstance(answer, Accepted)
    assert (status, answer.id) == (200, first)


@pytest.mark.parametrize(
    "other",
    [
        CreateJob(load="blood_sample", origin="s0-tube", destination="lab-tube", specimen="routine_blood"),
        CreateJob(load="blood_sample", origin="s1-tube", destination="lab-tube", specimen="urine"),
        CreateJob(load="blood_sample", origin="s1-tube", destination="lab-tube", specimen="routine_blood", mass_kg=1.5),
        CreateJob(
            load="blood_sample",
            origin="s1-tube",
            destination="lab-tube",
            specimen="routine_blood",
            precaution="contact",
        ),
        replace(SAMPLE, within_min=200.0),
        replace(SAMPLE, priority="urgent"),
        replace(SAMPLE, oxygen=True),
    ],
    ids=["origin", "specimen", "mass", "precaution", "deadline", "priority", "needs"],
)
def test_a_key_used_for_something_else_is_refused(empty_house: House, other: CreateJob) -> None:
    """Otherwise the second order would be lost with a friendly answer."""
    empty_house.order(key="k1")
    ((status, answer),) = empty_house.ask(other, key="k1")
    assert status == 422
    assert isinstance(answer, Refusal)
    assert [violation.rule for violation in answer.violations] == ["key_reused"]
    assert count(empty_house, "job") == 1


def test_a_wrong_order_hears_every_broken_rule_and_changes_nothing(empty_house: House) -> None:
    """Unknown station, same station, no mass: three sentences in one answer, and not a row in the file."""
    before = count(empty_house, "ledger"), count(empty_house, "fleet_state")
    wrong = CreateJob(load="linen", origin="nowhere", destination="nowhere", mass_kg=0)
    ((status, answer),) = empty_house.ask(wrong)
    assert status == 422
    assert isinstance(answer, Refusal)
    assert {violation.rule for violation in answer.violations} == {
        "unknown_station",
        "same_station",
        "mass_out_of_range",
    }
    assert before[0] == count(empty_house, "ledger")
    assert empty_house.jobs() == {}


def test_what_is_not_there_is_404_and_what_has_ended_409(empty_house: House) -> None:
    """The statuses of HTTP, so that the API only passes them on."""
    job = empty_house.order()
    assert [status for status, _ in empty_house.ask(CancelJob(job), Close("nowhere", reason=""))] == [200, 422]
    assert [status for status, _ in empty_house.ask(CancelJob(job))] == [409]


def test_a_note_is_kept_beside_the_job_and_not_in_the_chain(empty_house: House) -> None:
    """Free text can be erased; what is chained cannot."""
    ((_, answer),) = empty_house.ask(
        CreateJob(load="linen", origin="store-out", destination="s1-clean", note="ask for Mrs. Hansen")
    )
    assert isinstance(answer, Accepted)
    assert count(empty_house, "job_note") == 1
    path = str(make_url(empty_house.url).database)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        payloads = [bytes(row[0]) for row in connection.execute("SELECT payload FROM ledger_payload")]
    assert not any(b"Hansen" in payload for payload in payloads)


# --- a full disk -----------------------------------------------------------------------------------------------------


def test_a_full_disk_refuses_whole_and_works_again_when_there_is_room(clinic_site: Hospital, tmp_path: Path) -> None:
    """507, nothing changed in file or state; after notes were deleted the same order is taken."""
    wordy = CreateJob(load="linen", origin="store-out", destination="s1-clean", note="x" * 6000)
    with House(clinic_site, tmp_path, carriers=False, pages=140) as house:
        status = 201
        while status == 201:
            before = house.jobs(), count(house, "ledger"), house.state.snapshot()["job"]
            ((status, answer),) = house.ask(wordy)
        assert status == 507
        assert isinstance(answer, Refusal)
        assert (answer.violations[0].rule, answer.retry_s is not None) == ("disk_full", True)
        assert (house.jobs(), count(house, "ledger"), house.state.snapshot()["job"]) == before
        with contextlib.closing(sqlite3.connect(str(make_url(house.url).database))) as connection, connection:
            connection.execute("DELETE FROM job_note")
        ((status, answer),) = house.ask(wordy)
        assert status == 201
        assert isinstance(answer, Accepted)
        assert house.kinds(answer.id)[0] == "job.created"


# --- a mistake in the core -------------------------------------------------------------------------------------------


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """The core fails at every order from ward S0, half-way through; returns what it failed at."""
    failed: list[Event] = []

    def handle(state: State, event: Event, now_ms: int, hospital: Hospital, planner: Planner) -> Decision:
        decision = core.handle(state, event, now_ms, hospital, planner)
        if isinstance(event, Asked) and isinstance(event.request, CreateJob) and event.request.origin == "s0-tube":
            failed.append(event)
            raise ZeroDivisionError("a mistake")
        return decision

    monkeypatch.setattr("fleet.service.dispatcher.handle", handle)
    return failed


def test_a_mistake_in_the_core_costs_only_the_event_that_shows_it(empty_house: House, poison: list[Event]) -> None:
    """Three orders in one group, the second breaks the core: two jobs, one 500, and nothing of the broken one."""
    broken = CreateJob(load="blood_sample", origin="s0-tube", destination="lab-tube", specimen="routine_blood")
    answers = empty_house.ask(SAMPLE, broken, SAMPLE)
    assert poison
    assert [status for status, _ in answers] == [201, 500, 201]
    jobs = empty_house.jobs()
    assert sorted(jobs) == sorted(answer.id for _, answer in answers if isinstance(answer, Accepted))
    assert {job.origin for job in jobs.values()} == {"s1-tube"}
    assert all(empty_house.kinds(job)[0] == "job.created" for job in jobs)


def test_after_a_mistake_the_next_order_is_taken(empty_house: House, poison: list[Event]) -> None:
    """The numbers go on without a hole."""
    broken = CreateJob(load="blood_sample", origin="s0-tube", destination="lab-tube", specimen="routine_blood")
    ((status, _),) = empty_house.ask(broken)
    assert (status, len(poison) > 0) == (500, True)
    assert empty_house.order() == "J00001"


def test_a_report_that_breaks_the_core_is_not_sent_for_ever(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number is taken all the same, so that the reports behind it are heard."""
    house.run_until(lambda: "tube" in house.state.carriers)
    failed: list[int] = []

    def handle(state: State, event: Any, now_ms: int, hospital: Hospital, planner: Planner) -> Decision:
        report = getattr(event, "report", None)
        if isinstance(report, Done) and getattr(event, "agent", "") == "sim-tube" and report.number not in failed[1:]:
            failed.append(report.number)
            raise ZeroDivisionError("a mistake")
        return core.handle(state, event, now_ms, hospital, planner)

    monkeypatch.setattr("fleet.service.dispatcher.handle", handle)
    first = house.order()
    house.run_until(lambda: bool(failed) and house.state.agents["sim-tube"].last_report >= failed[0])
    monkeypatch.setattr("fleet.service.dispatcher.handle", core.handle)
    house.run_until(lambda: house.state.jobs[first].state == "trouble")
    second = house.order()
    house.run_until(lambda: house.delivered(second))
    assert not house.delivered(first)


# --- a restart -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("load", ["linen", "patient"])
def test_another_dispatcher_on_the_same_file_goes_on(house: House, load: str) -> None:
    """Ended in the middle of the job: the next one hears the agents, and the load is handed over once each."""
    house.run_until(lambda: {"R01", "day-01"} <= set(house.state.carriers.ids()))
    origin, to = ("store-out", "s1-clean") if load == "linen" else ("s1-beds", "imaging-desk")
    job = house.order(origin, load=load, to=to)
    house.run_until(lambda: house.state.jobs[job].state == "under_way")
    epoch = house.broker.epoch
    house.restart()
    assert house.broker.epoch > epoch
    house.run_until(lambda: house.delivered(job))
    kinds = house.kinds(job)
    assert kinds.count("leg.picked_up") == kinds.count("leg.delivered") == kinds.count("job.delivered") == 1


def test_after_a_restart_nobody_is_told_anything_before_he_is_heard(house: House) -> None:
    """Every agent is silent until it says hello anew."""
    house.run_until(lambda: len(house.state.agents.ids()) == 4)
    house.restart()
    assert [agent.id for agent in house.state.agents.values() if agent.connected] == []
    house.run_until(lambda: all(agent.connected for agent in house.state.agents.values()))


# --- ended and swept in one group ------------------------------------------------------------------------------------


def test_a_job_that_ends_and_leaves_in_one_group_is_listed_as_delivered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report of the arrival and the hourly sweep come together: people find the job all the same."""
    house.run_until(lambda: "tube" in house.state.carriers)
    job = house.order()
    house.run_until(lambda: house.state.jobs[job].state == "under_way")
    groups: list[tuple[list[str], list[StateChange]]] = []
    commit = house.writer.commit

    def noted(
        entries: Sequence[Entry], changes: Sequence[StateChange] = (), jobs: Sequence[JobRow] = ()
    ) -> tuple[int, int]:
        groups.append(([entry.kind for entry in entries if entry.subject == job], list(changes)))
        return commit(entries, changes, jobs)

    monkeypatch.setattr(house.writer, "commit", noted)
    assert house.carriers is not None
    link = house.carriers.links["sim-tube"]
    while not any(isinstance(report, Done) for report in link.unprocessed):
        house.carriers.turn()
    sweep_ms = house.state.timers["sweep"].due_ms
    while house.clock.now_ms() < sweep_ms:
        house.carriers.turn()
    house.run_until(lambda: job not in house.state.jobs)
    (together,) = [changes for kinds, changes in groups if "job.delivered" in kinds]
    assert any((change.kind, change.id, change.body) == ("job", job, None) for change in together)
    assert house.delivered(job)
    assert house.kinds(job) == TUBE_CUSTODY
