"""The tube's control, through the real core and the simulated plant: what is sent when, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.tube.judge import conflicts
from benchmarks.tube.orders import Send
from benchmarks.tube.plant import BEGIN_MS, Outcome, TubePlant
from fleet.facts.tubes import CapsuleStuck, SendHeld
from fleet.hospital import Hospital
from fleet.project import carrier_view, counts, job_view, tube_times
from fleet.requests import CarrierBack, Close, ConfirmWhereabouts, CreateJob
from fleet.simulated.cores.faults import Jam
from fleet.views import Reason
from site_models.load import load_site
from site_models.schema import Site
from tests.fleet.obedient import Clinic
from tests.fleet.test_replay import story

CLINIC = load_site("clinic_small")
MINUTE_MS = 60_000


def site(*, shared: int = 1, patience_min: float = 0, **tube: Any) -> Site:
    """The clinic with another tube, `shared` samples a capsule, and routine samples that wait so long for others."""
    (system,) = CLINIC.tubes
    stops = {stop: tube.pop(stop) for stop in ("capsules_at", "baskets_at") if stop in tube}
    lines = [
        line.model_copy(
            update={
                "stations": [
                    stop.model_copy(
                        update={
                            "capsules": stops.get("capsules_at", {}).get(stop.station),
                            "basket": stops.get("baskets_at", {}).get(stop.station),
                        }
                    )
                    for stop in line.stations
                ]
            }
        )
        for line in system.lines
    ]
    loads = [
        load.model_copy(update={"per_capsule": shared if load.specimen_table else 1, "modes": ["tube"]})
        if "tube" in load.modes
        else load
        for load in CLINIC.loads
    ]
    waits = [
        priority.model_copy(update={"share_wait_min": patience_min if priority.id == "routine" else 0})
        for priority in CLINIC.priorities
    ]
    tubes = [system.model_copy(update={"lines": lines, **tube})]
    return CLINIC.model_copy(update={"tubes": tubes, "loads": loads, "priorities": waits})


def sample(at_min: float, priority: str = "routine", origin: str = "s1-tube", **more: Any) -> Send:
    """A sample for the laboratory."""
    order = CreateJob("blood_sample", origin, "lab-tube", priority=priority, specimen="routine_blood", **more)
    return Send(group="lab", at_ms=round(at_min * MINUTE_MS), order=order)


def reasons(outcome: Outcome) -> list[tuple[str, Reason]]:
    """Why legs waited: leg and reason, as people were told."""
    return [(fact.leg, fact.reason) for _, fact in outcome.facts if isinstance(fact, SendHeld) and fact.reason]


def loaded(outcome: Outcome) -> list[tuple[str, ...]]:
    """What was in each capsule that was not empty, in order of sending."""
    return [flight.legs for flight in outcome.flights if flight.legs]


def arrived_s(outcome: Outcome) -> Iterator[float]:
    """Seconds from ready to arrival, in order of the jobs."""
    for job in sorted(outcome.jobs.values(), key=lambda job: job.id):
        assert job.delivered_ms is not None
        yield (job.delivered_ms - job.ready_ms) / 1000


def capsules(plant: TubePlant | Clinic) -> int:
    """All capsules: at stations, in baskets, in the tube."""
    stocks = plant.state.stocks.values()
    return sum(stock.capsules + len(stock.basket) for stock in stocks) + len(list(plant.state.flights.values()))


def test_a_send_alone_takes_its_way_and_nothing_more() -> None:
    """Loading 15 s, 51 m at 4 m/s, 25 s of transfer, 12 m: 55.75 s; and the basket is emptied 90 s later."""
    plant = TubePlant(site())
    outcome = plant.run([sample(0, "urgent")], 3)
    assert list(arrived_s(outcome)) == [55.75]
    assert conflicts(plant.hospital.site.tubes[0], outcome.trips) == []
    assert capsules(plant) == 16
    assert [times.emptied_p95_s for times in tube_times(plant.state, plant.hospital)] == [145.0] * 3


def test_urgent_goes_before_routine() -> None:
    """Three routine samples and an urgent one are ready together: it goes first, though it was ordered last."""
    plant = TubePlant(site(capsules=30))
    outcome = plant.run([*(sample(0) for _ in range(3)), sample(0.01, "life_critical")], 20)
    order = [legs[0].partition(".")[0] for legs in loaded(outcome)]
    assert order.index(max(outcome.jobs)) == 1  # the first was away already
    assert {reason.code for _, reason in reasons(outcome)} == {"waiting_for_tube"}


def test_routine_samples_wait_for_one_another_and_leave_together() -> None:
    """Three fit: the first waits for 2 more and would leave after 10 minutes, the third lets all go at once."""
    plant = TubePlant(site(shared=3, patience_min=10))
    outcome = plant.run([sample(0), sample(2), sample(4)], 30)
    (together,) = loaded(outcome)
    assert len(together) == 3
    first = reasons(outcome)[0][1]
    assert first == Reason("waiting_to_share", {"missing": 2, "leaves_ms": BEGIN_MS + 10 * MINUTE_MS})
    assert list(arrived_s(outcome)) == [240 + 55.75, 120 + 55.75, 55.75]


def test_who_waits_for_others_is_told_until_when() -> None:
    """The board shows the reason of the leg that the tube holds."""
    plant = TubePlant(site(shared=3, patience_min=10))
    plant.run([sample(0)], 5)
    (job,) = plant.state.jobs.values()
    shown = job_view(plant.state, job).reason
    assert shown is not None
    assert shown.code == "waiting_to_share"
    assert job.promised_ms == BEGIN_MS + 10 * MINUTE_MS + 55_750


def test_a_sample_is_held_only_while_its_deadline_allows() -> None:
    """Due in 8 minutes: with 56 s of way and 5 minutes kept in hand it leaves after 2 minutes and 4 seconds."""
    plant = TubePlant(site(shared=3, patience_min=10))
    outcome = plant.run([sample(0, due_ms=BEGIN_MS + 8 * MINUTE_MS)], 30)
    (wait_s,) = arrived_s(outcome)
    assert wait_s == 8 * 60 - 5 * 60


def test_an_urgent_sample_takes_the_waiting_ones_along() -> None:
    """Nobody holds it up, and it is one capsule less."""
    plant = TubePlant(site(shared=3, patience_min=10))
    outcome = plant.run([sample(0), sample(1, "urgent")], 30)
    assert [len(legs) for legs in loaded(outcome)] == [2]
    assert list(arrived_s(outcome))[1] == 55.75


def test_blood_and_medicine_never_share() -> None:
    """One patient a transport: each has a capsule of its own."""
    plant = TubePlant(site(shared=3, patience_min=10))
    order = CreateJob("medicine", "medicine-hatch", "s1-tube", priority="routine")
    outcome = plant.run([Send(group="pharmacy", at_ms=0, order=order) for _ in range(3)], 30)
    assert [len(legs) for legs in loaded(outcome)] == [1, 1, 1]


def test_nothing_is_sent_to_a_full_basket() -> None:
    """Room for one: the second leaves when somebody has emptied the first, 90 s after its arrival at 55.75 s."""
    plant = TubePlant(site(baskets_at={"lab-tube": 1}))
    outcome = plant.run([sample(0, "urgent"), sample(0.1, "urgent")], 30)
    assert ("waiting_for_basket", {"station": "lab-tube"}) in [(why.code, why.args) for _, why in reasons(outcome)]
    started = [flight.start_ms - BEGIN_MS for flight in outcome.flights if flight.legs]
    assert started == [0, 55_750 + 90_000]


def test_a_load_without_capsule_gets_one_from_where_there_is_one_to_spare() -> None:
    """Ward S1 has one capsule and two samples: an empty one comes, is taken out of the basket, and goes."""
    there = {"lab-tube": 14, "lab-blood": 0, "medicine-hatch": 0, "imaging-tube": 0, "s0-tube": 1, "s1-tube": 1}
    plant = TubePlant(site(capsules_at=there))
    outcome = plant.run([sample(0, "urgent"), sample(0, "urgent")], 60)
    assert "waiting_for_capsule" in outcome.waited
    assert len(outcome.jobs) == 2
    assert any(not flight.legs and flight.destination == "s1-tube" for flight in outcome.flights)
    assert capsules(plant) == 16
    assert conflicts(plant.hospital.site.tubes[0], outcome.trips) == []


def test_a_station_whose_capsules_somebody_took_away_gets_others() -> None:
    """The service believes in three at ward S1, the tube knows of none: the sample waits for one, and comes through."""
    plant = TubePlant(site(), stock={"s1-tube": 0})
    outcome = plant.run([sample(0, "urgent")], 30)
    assert plant.state.stocks["s1-tube"].capsules >= 0
    assert len(outcome.jobs) == 1
    fetched = next(flight for flight in outcome.flights if flight.destination == "s1-tube")
    assert fetched.legs == ()
    assert [flight.origin for flight in outcome.flights if flight.legs] == ["s1-tube", "s1-tube"]


def test_empty_capsules_come_back_before_a_station_runs_out() -> None:
    """Twenty samples in two hours from a station with four capsules: none waits for a capsule."""
    there = {"lab-tube": 4, "lab-blood": 2, "medicine-hatch": 2, "imaging-tube": 2, "s0-tube": 2, "s1-tube": 4}
    plant = TubePlant(site(capsules_at=there))
    outcome = plant.run([sample(6 * number, "urgent") for number in range(20)], 240)
    assert len(outcome.jobs) == 20
    assert "waiting_for_capsule" not in outcome.waited
    assert capsules(plant) == 16


def test_a_stuck_capsule_is_a_question_and_closes_its_line_until_it_is_found() -> None:
    """The wards' line jams: the sample in it is in doubt, what comes later has no way; a person's word frees both."""
    plant = TubePlant(site(), (Jam(place="tube-wards", at_ms=BEGIN_MS, until_ms=BEGIN_MS + 20 * MINUTE_MS),))
    outcome = plant.run([sample(0, "urgent"), sample(5, "urgent")], 15)
    stuck = [fact.place for _, fact in outcome.facts if isinstance(fact, CapsuleStuck)]
    assert stuck == ["tube-wards"]
    first, second = sorted(plant.state.jobs.values(), key=lambda job: job.id)
    assert (first.state, second.state) == ("trouble", "trouble")
    assert second.reason == Reason("tube_down")
    plant.ask(ConfirmWhereabouts(first.id, "destination"))
    outcome = plant.run([], 60)
    assert set(outcome.jobs) == {first.id, second.id}
    assert capsules(plant) == 16


def test_a_person_clears_a_line_and_says_later_where_the_sample_is() -> None:
    """Until then the tube is shown in trouble; then the line is used again, and only the sample is still a question."""
    plant = TubePlant(site(), (Jam(place="tube-wards", at_ms=BEGIN_MS, until_ms=BEGIN_MS + 20 * MINUTE_MS),))
    plant.run([sample(0, "urgent"), sample(5, "urgent")], 25)
    view = carrier_view(plant.state, plant.hospital, plant.state.carriers["tube"], None, 0, plant.now_ms)
    assert (view.status, view.reason) == ("trouble", Reason("capsule_stuck", {"line": "tube-wards"}))
    plant.ask(CarrierBack("tube-wards"))
    outcome = plant.run([], 60)
    assert len(outcome.jobs) == 1
    assert [job.reason.code for job in plant.state.jobs.values() if job.reason and job.state == "trouble"] == [
        "in_doubt"
    ]
    assert capsules(plant) == 16


def lost_capsule() -> TubePlant:
    """A sample is on its way when the tube's word is lost; ten minutes later another is ordered."""
    plant = TubePlant(site())
    plant.run([sample(0, "urgent")], 0.1)
    plant.lose_word()
    plant.run([sample(10, "urgent")], 11)
    return plant


def states(plant: TubePlant) -> list[tuple[str, str]]:
    """State and reason of the jobs that have not ended, in order."""
    jobs = sorted(plant.state.jobs.values(), key=lambda job: job.id)
    return [(job.state, job.reason.code if job.reason else "") for job in jobs if job.state != "delivered"]


def test_a_capsule_that_does_not_come_is_a_question_and_what_is_behind_it_is_told_so() -> None:
    """Nobody knows that its line is clear, so the second sample has no way; the late word settles both."""
    plant = lost_capsule()
    assert states(plant) == [("trouble", "in_doubt"), ("trouble", "tube_down")]
    view = carrier_view(plant.state, plant.hospital, plant.state.carriers["tube"], None, 0, plant.now_ms)
    assert (view.status, view.reason) == ("trouble", Reason("capsule_missing", {"line": "tube-services"}))
    plant.be_heard()
    outcome = plant.run([], 60)
    assert (len(outcome.jobs), states(plant), capsules(plant)) == (2, [], 16)


def test_a_person_clears_the_line_of_a_missing_capsule_and_its_late_word_still_counts() -> None:
    """The line is used again at once; the first sample stays a question until its tube is heard."""
    plant = lost_capsule()
    plant.ask(CarrierBack("tube-services"))
    plant.run([], 12)
    assert states(plant)[0] == ("trouble", "in_doubt")
    plant.be_heard()
    outcome = plant.run([], 60)
    assert (len(outcome.jobs), states(plant), capsules(plant)) == (2, [], 16)


def test_nobody_looks_for_a_capsule_while_its_tube_is_silent() -> None:
    """Its word comes when the tube is heard again; a silent tube sends nothing meanwhile."""
    plant = TubePlant(site())
    plant.run([sample(0, "urgent")], 0.1)
    plant.lose_word()
    plant.fall_silent()
    plant.run([], 30)
    assert [state for state, _ in states(plant)] == ["under_way"]
    plant.be_heard()
    outcome = plant.run([], 60)
    assert (len(outcome.jobs), states(plant), capsules(plant)) == (1, [], 16)


def test_a_closed_transfer_unit_stops_the_sends_over_it_and_its_opening_lets_them_go() -> None:
    """The clinic has one: the second sample, which waits for the first, has no way until it is open again."""
    plant = TubePlant(site())
    plant.run([sample(0, "urgent"), sample(0, "urgent")], 0.1)
    plant.ask(Close("tube-exchange", reason="", until_ms=BEGIN_MS + 10 * MINUTE_MS))
    assert [job.reason for job in plant.state.jobs.values() if job.state == "trouble"] == [Reason("tube_down")]
    outcome = plant.run([], 30)
    assert list(arrived_s(outcome)) == [55.75, 600 + 55.75]


def test_with_two_units_a_closed_one_is_gone_round() -> None:
    """A second unit beside the first: what waits goes over it."""
    (system,) = CLINIC.tubes
    units = [*system.transfers, system.transfers[0].model_copy(update={"id": "tube-exchange-2"})]
    plant = TubePlant(site(transfers=units))
    plant.run([sample(0, "urgent"), sample(0, "urgent")], 0.1)
    plant.ask(Close("tube-exchange", reason=""))
    outcome = plant.run([], 30)
    assert [flight.units for flight in outcome.flights if flight.legs] == [("tube-exchange",), ("tube-exchange-2",)]
    assert conflicts(plant.hospital.site.tubes[0], outcome.trips) == []


def test_the_board_counts_todays_sends_from_door_to_door() -> None:
    """Two samples and a medicine: the typical time of all, and each specimen, load and priority by itself."""
    plant = TubePlant(site())
    medicine = Send(group="pharmacy", at_ms=0, order=CreateJob("medicine", "s0-tube", "s1-tube", priority="planned"))
    plant.run([medicine, sample(3, "urgent"), sample(10, "urgent")], 30)
    found = {(times.group, times.id): times for times in tube_times(plant.state, plant.hospital)}
    assert sorted(found) == [
        ("all", ""),
        ("load", "medicine"),
        ("priority", "planned"),
        ("priority", "urgent"),
        ("specimen", "routine_blood"),
    ]
    assert (found["all", ""].sends, found["all", ""].on_time, found["all", ""].p95_s) == (3, 3, 55)
    assert found["specimen", "routine_blood"].median_s == 55
    assert counts(plant.state, plant.hospital, plant.now_ms).tube_median_s == 55


def test_what_the_tube_would_bring_too_late_somebody_else_carries() -> None:
    """Forty urgent samples at once and few capsules: the tube takes what it can bring in half an hour, others the rest.

    What people are told at once, long before most of the capsules have come back, holds to the minute.
    """
    clinic = Clinic(Hospital.of(CLINIC))
    jobs = [
        clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood", priority="urgent")
        for _ in range(40)
    ]
    by_tube = [job for job in jobs if job.mode == "tube"]
    assert 20 < len(by_tube) < 40
    clinic.run(60)
    for job in by_tube:
        delivered_ms = clinic.job(job.id).delivered_ms
        assert delivered_ms is not None
        assert job.promised_ms is not None
        assert abs(delivered_ms - job.promised_ms) < MINUTE_MS
        assert delivered_ms <= job.due_ms + 2 * MINUTE_MS


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_in_the_house_no_capsule_is_lost(clinic_site: Hospital, seed: int) -> None:
    """Three random hours with cancelled jobs, closures and reloads: as many as the system has, and none below zero."""
    clinic = Clinic(clinic_site)
    story(clinic, seed, reload_each=5)
    assert capsules(clinic) == 16
    assert all(stock.capsules >= 0 for stock in clinic.state.stocks.values())
