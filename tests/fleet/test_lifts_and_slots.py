"""Lifts one rider at a time, slots one robot each, home bays to wait and to charge in: nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bus.messages import CarrierReport, Charge
from fleet.events import BatterySeen, Lost
from fleet.facts.legs import LegPickedUp
from fleet.hospital import Hospital
from fleet.requests import Accepted, CancelJob, CarrierBack, CarrierOut, ChooseCarrier, Close, Reopen
from fleet.views import Reason
from site_models.load import load_site
from site_models.schema import Site
from site_models.schema.building import Station
from tests.fleet.obedient import Clinic

ROBOTS = ("R01", "R02", "R03")


def quiet(**more: object) -> Site:
    """The small clinic without rounds, so that only these tests want its robots."""
    return load_site("clinic_small").model_copy(update={"rounds": [], **more})


@pytest.fixture(scope="module")
def quiet_clinic() -> Hospital:
    """The quiet clinic, built once."""
    return Hospital.of(quiet())


@pytest.fixture
def clinic(quiet_clinic: Hospital) -> Clinic:
    """The quiet clinic at seven on a Monday."""
    return Clinic(quiet_clinic)


@pytest.fixture(scope="module")
def two_lifts() -> Hospital:
    """The clinic with a second lift for robots, a few metres from the first."""
    lifts = quiet().lifts
    second = lifts[0].model_copy(update={"id": "E3", "at": (15.0, 3.6)})
    return Hospital.of(quiet(lifts=[*lifts, second]))


def with_stations(change: Callable[[Station], Station]) -> Hospital:
    """The clinic with other figures for its stations."""
    hospital = Hospital.of(quiet())
    hospital.layout.stations.update({id: change(station) for id, station in hospital.layout.stations.items()})
    return hospital


def sent(clinic: Clinic, robot: str, load: str, origin: str, destination: str) -> str:
    """A job that a person gives to one robot."""
    job = clinic.order(load, origin, destination)
    assert isinstance(clinic.ask(ChooseCarrier(job.id, reason="a test", carrier=robot)), Accepted)
    return job.id


def upstairs(clinic: Clinic, *robots: str) -> list[str]:
    """Each of these robots brings linen to the first floor."""
    return [sent(clinic, robot, "linen", "store-out", "s1-clean") for robot in robots]


def delivered(clinic: Clinic, jobs: list[str]) -> list[str]:
    """Those of the jobs that are delivered."""
    return [job for job in jobs if clinic.job(job).state == "delivered"]


def in_cabin(clinic: Clinic, lift: str) -> list[str]:
    """Robots that are in the cabin or on their way into it."""
    found = []
    for robot in clinic.hospital.robots:
        carrier = clinic.state.carriers[robot]
        entering = bool(carrier.steps) and carrier.steps[0].node.startswith(f"lift:{lift}@")
        if (entering and carrier.steps[0].command) or carrier.node.startswith(f"lift:{lift}@"):
            found.append(robot)
    return found


def floor(clinic: Clinic, robot: str) -> str:
    """Where a robot is."""
    return clinic.hospital.floor_of[clinic.state.carriers[robot].node]


def in_lift(clinic: Clinic) -> bool:
    """Whether a robot has called a lift and not left it yet."""
    return any(lift.holder is not None or lift.queue for lift in clinic.state.lifts.values())


def until(clinic: Clinic, so: Callable[[], bool]) -> None:
    """Time passes until it is so, an hour at most."""
    for _ in range(3600):
        if so():
            return
        clinic.run(1 / 60)
    raise AssertionError("waited in vain")


def watch(clinic: Clinic, minutes: float, each: Callable[[], None]) -> None:
    """Let time pass and look every second."""
    for _ in range(round(minutes * 60)):
        clinic.run(1 / 60)
        each()


# --- lifts -----------------------------------------------------------------------------------------------------------


def test_one_robot_a_lift_at_a_time(clinic: Clinic) -> None:
    """Whoever is in the cabin is the one who holds the lift, at every second of three rides."""
    jobs = upstairs(clinic, *ROBOTS)

    def alone() -> None:
        riders = in_cabin(clinic, "E1")
        assert riders == [] or riders == [clinic.state.lifts["E1"].holder]

    watch(clinic, 20, alone)
    assert delivered(clinic, jobs) == jobs


@pytest.mark.parametrize("robots", [2, 3, 4])
def test_who_comes_second_waits_in_the_lobby_and_rides_next(clinic: Clinic, robots: int) -> None:
    """In the order in which they came: nobody is forgotten in the queue, however many wait."""
    jobs = upstairs(clinic, *ROBOTS[: min(robots, 3)])
    if robots == 4:
        jobs.append(sent(clinic, "C01", "mail", "store-out", "s1-clean"))
    arrived: list[str] = []
    rode: list[str] = []

    def note() -> None:
        lift = clinic.state.lifts["E1"]
        arrived.extend(id for id in (lift.holder, *lift.queue) if id is not None and id not in arrived)
        if lift.holder is not None and lift.holder not in rode:
            rode.append(lift.holder)
        for id in lift.queue:
            waiting = clinic.state.carriers[id].waiting
            assert waiting is not None
            assert (waiting.code, waiting.args) == ("waiting_for_lift", {"lift": "E1"})

    watch(clinic, 25, note)
    assert delivered(clinic, jobs) == jobs
    assert len(rode) == robots
    assert rode == arrived


def test_who_calls_again_before_the_doors_are_shut_keeps_the_lift(clinic: Clinic) -> None:
    """Out on the first floor the load is cancelled, the robot turns round: the doors shut while it has called again."""
    clinic.lift_ms = 300_000
    (job,) = upstairs(clinic, "R01")
    robot = clinic.state.carriers["R01"]
    while not robot.node.startswith("lift:E1@1") or not any(step.act == "leave" for step in robot.steps):
        clinic.run(1 / 60)
        robot = clinic.state.carriers["R01"]
    while any(step.act == "leave" for step in clinic.state.carriers["R01"].steps):
        clinic.run(1 / 60)
    clinic.ask(CancelJob(job))
    called: list[str | None] = []

    def held() -> None:
        lift, carrier = clinic.state.lifts["E1"], clinic.state.carriers["R01"]
        if in_cabin(clinic, "E1") or (carrier.steps and carrier.steps[0].act == "call" and carrier.steps[0].command):
            called.append(lift.holder)

    watch(clinic, 40, held)
    assert set(called) == {"R01"}
    assert clinic.job(job).state == "cancelled"
    assert clinic.state.lifts["E1"].holder is None


def test_who_comes_second_takes_a_free_lift_of_the_same_group(two_lifts: Hospital) -> None:
    """Two lifts, two robots: both are used, nobody waits."""
    clinic = Clinic(two_lifts)
    jobs = upstairs(clinic, "R01", "R02")
    used: set[str] = set()
    waited: list[str] = []

    def note() -> None:
        for lift in clinic.state.lifts.values():
            used.update({lift.id} if lift.holder else ())
            waited.extend(lift.queue)

    watch(clinic, 15, note)
    assert delivered(clinic, jobs) == jobs
    assert used == {"E1", "E3"}
    assert waited == []


def test_a_turn_ends_however_robots_call_one_another(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one round a turn whoever is called again looks a second later: all still arrive."""
    monkeypatch.setattr("fleet.orchestrator.drive.MOST_ROUNDS", 1)
    jobs = upstairs(clinic, *ROBOTS)
    clinic.run(30)
    assert delivered(clinic, jobs) == jobs
    assert all(clinic.state.carriers[id].node == clinic.hospital.home_node(id) for id in ROBOTS)


def test_a_porter_needs_no_lift_of_ours(clinic: Clinic) -> None:
    """People press the button themselves."""
    job = clinic.order("patient", "s1-beds", "imaging-desk")
    watch(clinic, 30, lambda: None)
    assert clinic.job(job.id).state == "delivered"
    assert clinic.state.lifts["E2"].holder is None


def until_waiting(clinic: Clinic) -> str:
    """Time passes until a robot waits for the lift, which is slow."""
    clinic.lift_ms = 90_000
    until(clinic, lambda: bool(clinic.state.lifts["E1"].queue))
    return clinic.state.lifts["E1"].queue[0]


def test_a_lift_that_closes_while_a_robot_waits_is_waited_out(clinic: Clinic) -> None:
    """Its load stays aboard, it says why it stands, and goes on when the lift opens again."""
    jobs = upstairs(clinic, "R01", "R02")
    waiting = until_waiting(clinic)
    closed = clinic.ask(Close("E1", reason="inspection"))
    assert isinstance(closed, Accepted)
    clinic.run(10)
    reason = clinic.state.carriers[waiting].waiting
    assert reason == Reason("no_way", {"places": "E1"})
    assert waiting not in clinic.state.lifts["E1"].queue
    clinic.ask(Reopen(closed.id))
    clinic.run(15)
    assert delivered(clinic, jobs) == jobs


def test_a_lift_that_closes_while_a_robot_waits_is_left_for_another(two_lifts: Hospital) -> None:
    """With a second lift in the house the robot drives over to it."""
    clinic = Clinic(two_lifts)
    clinic.lift_ms = 90_000
    jobs = [*upstairs(clinic, "R01", "R03"), sent(clinic, "R02", "waste", "s1-soiled", "soiled-in")]
    until(clinic, lambda: any(lift.queue for lift in clinic.state.lifts.values()))
    full = next(lift.id for lift in clinic.state.lifts.values() if lift.queue)
    clinic.ask(Close(full, reason="inspection"))
    clinic.run(20)
    assert delivered(clinic, jobs) == jobs


def test_every_lift_of_a_group_is_used() -> None:
    """Where the lobbies of the two nearest are taken, a robot goes by the third."""
    (first, *others) = quiet().lifts
    group = [first.model_copy(update={"id": id, "at": (x_m, 3.6)}) for id, x_m in (("E3", 15.0), ("E4", 26.0))]
    clinic = Clinic(Hospital.of(quiet(lifts=[first, *group, *others])))
    clinic.lift_ms = 180_000
    upstairs(clinic, "R01", "R03")
    sent(clinic, "R02", "waste", "s1-soiled", "soiled-in")
    until(clinic, lambda: {clinic.state.lifts[id].holder for id in ("E1", "E3", "E4")} == set(ROBOTS))


def test_a_robot_inside_a_lift_that_closes_rides_to_its_floor(clinic: Clinic) -> None:
    """Nobody turns round in a shaft: it leaves on the far floor, and the lift is empty then."""
    (job,) = upstairs(clinic, "R01")
    while not clinic.state.carriers["R01"].node.startswith("lift:"):
        clinic.run(0.02)
    clinic.ask(Close("E1", reason="inspection"))
    clinic.run(15)
    assert clinic.state.lifts["E1"].holder is None
    assert delivered(clinic, [job]) == [job]


def test_a_robot_in_a_lift_whose_job_is_withdrawn_fetches_nothing(clinic: Clinic) -> None:
    """The load goes with a porter, or nowhere; the robot leaves the lift and drives home."""
    taken = sent(clinic, "R01", "waste", "s1-soiled", "soiled-in")
    gone = sent(clinic, "R02", "waste", "s1-soiled", "soiled-in")
    rode: list[str] = []
    while len(rode) < 2:
        clinic.run(0.02)
        for robot in in_cabin(clinic, "E1"):
            if robot not in rode:
                rode.append(robot)
                clinic.ask(
                    ChooseCarrier(taken, reason="in haste", mode="porter") if robot == "R01" else CancelJob(gone)
                )
    clinic.run(60)
    assert delivered(clinic, [taken]) == [taken]
    assert clinic.job(gone).state == "cancelled"
    fetched = [(fact.leg, fact.carrier) for _, _, fact in clinic.facts if isinstance(fact, LegPickedUp)]
    assert [leg.split(".")[0] for leg, carrier in fetched if carrier not in ROBOTS] == [taken]
    assert len(fetched) == 1
    assert all(clinic.state.carriers[id].node == clinic.hospital.home_node(id) for id in ("R01", "R02"))


def test_a_robot_taken_out_of_service_in_the_queue_does_not_hold_up_the_others(clinic: Clinic) -> None:
    """What it has aboard it delivers; the others ride past or after it."""
    jobs = upstairs(clinic, *ROBOTS)
    first = until_waiting(clinic)
    clinic.ask(CarrierOut(first, reason="it smokes"))
    clinic.run(20)
    assert delivered(clinic, jobs) == jobs


def test_a_lift_with_a_broken_robot_in_it_is_held_until_a_person_has_helped(clinic: Clinic) -> None:
    """No other robot is sent into a cabin that is not known to be empty."""
    jobs = upstairs(clinic, "R01", "R02")
    while not any(in_cabin(clinic, "E1")):
        clinic.run(0.02)
    (inside,) = in_cabin(clinic, "E1")
    clinic.broken[inside] = "fault"
    watch(clinic, 10, lambda: None)
    if clinic.state.carriers[inside].status == "trouble":
        assert clinic.state.lifts["E1"].holder == inside
        clinic.ask(CarrierBack(inside))
    clinic.run(20)
    assert delivered(clinic, jobs) == jobs


def test_robots_that_fall_silent_in_the_queue_are_served_when_they_are_heard(clinic: Clinic) -> None:
    """The agent was away for ten minutes; its robots ride in their old order."""
    jobs = upstairs(clinic, *ROBOTS)
    until_waiting(clinic)
    clinic.handle(Lost("sim-robots"))
    clinic.restart("sim-robots")
    clinic.run(25)
    assert delivered(clinic, jobs) == jobs


# --- slots -----------------------------------------------------------------------------------------------------------


def one_slot(station: Station) -> Station:
    """A station with room for one robot."""
    return station.model_copy(update={"slots": 1})


def holders(clinic: Clinic) -> dict[str, tuple[str, ...]]:
    """Who holds which slots."""
    return {slots.id: slots.holders for slots in clinic.state.slots.values() if slots.holders}


def test_no_station_holds_more_robots_than_it_has_slots(clinic: Clinic) -> None:
    """Six loads for a store of two slots."""
    jobs = [clinic.order("linen", "store-out", "s1-clean").id for _ in range(6)]

    def room() -> None:
        for id, there in holders(clinic).items():
            assert len(there) <= clinic.hospital.layout.stations[id].slots

    watch(clinic, 60, room)
    assert delivered(clinic, jobs) == jobs


def test_robots_give_their_slots_back(clinic: Clinic) -> None:
    """When all is done and everybody is home, every slot is free."""
    upstairs(clinic, *ROBOTS)
    clinic.run(40)
    assert holders(clinic) == {}
    assert all(clinic.state.carriers[robot].slot is None for robot in ROBOTS)


def test_two_robots_that_want_each_others_station_do_not_lock() -> None:
    """Each holds the only slot that the other needs: they step aside, and both arrive."""
    clinic = Clinic(with_stations(one_slot))
    jobs = [
        sent(clinic, "R01", "equipment", "s0-clean", "s1-clean"),
        sent(clinic, "R02", "equipment", "s1-clean", "s0-clean"),
    ]
    met: list[bool] = []

    def note() -> None:
        held = holders(clinic)
        met.append(held.get("s0-clean") == ("R01",) and held.get("s1-clean") == ("R02",))

    watch(clinic, 40, note)
    assert any(met)
    assert delivered(clinic, jobs) == jobs


def slow_store(station: Station) -> Station:
    """One robot at a time, and ten minutes at the store's counter."""
    return station.model_copy(update={"slots": 1, "handover_s": 600 if station.id == "store-out" else 30})


def test_a_robot_that_waits_for_a_slot_stands_at_home() -> None:
    """Not in the corridor before the counter: in its bay, charging, and it says what it waits for."""
    clinic = Clinic(with_stations(slow_store))
    sent(clinic, "R01", "linen", "store-out", "s0-clean")
    sent(clinic, "R02", "linen", "store-out", "s0-clean")
    clinic.run(5)
    assert holders(clinic) == {"store-out": ("R01",)}
    waiting = clinic.state.carriers["R02"]
    assert waiting.waiting is not None
    assert (waiting.waiting.code, waiting.waiting.args) == ("waiting_for_slot", {"station": "store-out"})
    assert waiting.node == clinic.hospital.home_node("R02")
    assert waiting.charging


def test_a_robot_on_its_way_that_finds_no_slot_goes_home_to_wait() -> None:
    """Called back from its way home for a station that is full, it does not stop in the corridor."""
    clinic = Clinic(with_stations(slow_store))
    first = sent(clinic, "R02", "mail", "s0-clean", "imaging-desk")
    while clinic.job(first).state != "delivered":
        clinic.run(0.1)
    clinic.run(0.2)
    assert clinic.state.carriers["R02"].purpose == "home"
    sent(clinic, "R01", "linen", "store-out", "s0-clean")
    clinic.run(0.02)
    second = sent(clinic, "R02", "linen", "store-out", "s0-clean")
    clinic.run(8)
    assert clinic.state.carriers["R02"].node == clinic.hospital.home_node("R02")
    clinic.run(40)
    assert clinic.job(second).state == "delivered"


def test_who_waited_for_a_slot_is_called_when_it_is_free() -> None:
    """Three robots, one slow counter: one after the other, without anybody's help."""
    clinic = Clinic(with_stations(slow_store))
    jobs = [sent(clinic, robot, "linen", "store-out", "s0-clean") for robot in ROBOTS]
    clinic.run(60)
    assert delivered(clinic, jobs) == jobs


def test_robots_that_wait_for_a_slot_at_home_let_each_other_pass_a_lift() -> None:
    """Both are called by the lift that takes them home, from two floors: neither gives the place up to the other."""
    (bays, *couriers) = quiet().bays
    upper = bays.model_copy(update={"id": "upper-bay", "floor": "1", "at": (28.0, -2.6), "count": 1})
    hospital = Hospital.of(quiet(bays=[bays.model_copy(update={"count": 2}), upper, *couriers]))
    counter = hospital.layout.stations["soiled-in"]
    hospital.layout.stations["soiled-in"] = counter.model_copy(update={"slots": 1, "handover_s": 3600})
    clinic = Clinic(hospital)
    assert clinic.hospital.floor_of[clinic.hospital.home_node("R03")] == "1"
    first = sent(clinic, "R01", "waste", "s0-soiled", "soiled-in")
    until(clinic, lambda: holders(clinic).get("soiled-in") == ("R01",))
    jobs = [
        sent(clinic, "R02", "waste", "s1-soiled", "soiled-in"),
        sent(clinic, "R03", "waste", "s0-soiled", "soiled-in"),
    ]
    until(clinic, lambda: (floor(clinic, "R02"), floor(clinic, "R03"), in_lift(clinic)) == ("1", "0", False))
    clinic.handle(Lost("sim-lifts"))
    until(clinic, lambda: set(clinic.state.lifts["E1"].queue) == {"R02", "R03"})
    clinic.restart("sim-lifts")
    clinic.run(5)
    assert {clinic.state.carriers[id].node for id in ("R02", "R03")} == {
        clinic.hospital.home_node(id) for id in ("R02", "R03")
    }
    clinic.run(240)
    assert delivered(clinic, [first, *jobs]) == [first, *jobs]


# --- home and battery ------------------------------------------------------------------------------------------------


def test_an_idle_robot_charges_at_home(clinic: Clinic) -> None:
    """Half an hour after its last job it stands in the bay it owns and charges."""
    upstairs(clinic, "R01")
    clinic.run(40)
    robot = clinic.state.carriers["R01"]
    assert robot.node == clinic.hospital.home_node("R01")
    assert robot.charging
    assert [c.carrier for c in clinic.state.commands.values() if isinstance(c.message, Charge)].count("R01") == 1


def test_a_full_robot_needs_no_charging(clinic: Clinic) -> None:
    """At 99 % it just stands at home."""
    clinic.handle(BatterySeen(CarrierReport("R01", "", battery=0.99)))
    upstairs(clinic, "R01")
    clinic.run(40)
    assert not clinic.state.carriers["R01"].charging


def test_a_robot_with_a_low_battery_gets_nothing_new(clinic: Clinic) -> None:
    """Reserve 20 % and a margin of 10: at 29 % a porter pushes the linen, at 61 % a robot may again."""
    for robot in ROBOTS:
        clinic.handle(BatterySeen(CarrierReport(robot, "", battery=0.29)))
    assert clinic.job(clinic.order("linen", "store-out", "s1-clean").id).mode == "porter"
    for robot in ROBOTS:
        clinic.handle(BatterySeen(CarrierReport(robot, "", battery=0.61)))
    assert clinic.job(clinic.order("linen", "store-out", "s1-clean").id).mode == "robot"


def test_a_robot_that_began_to_charge_charges_to_the_threshold(clinic: Clinic) -> None:
    """Between 30 and 60 % it takes work when it is out, but not when it has just come to charge."""
    clinic.run(1)
    for robot in (*ROBOTS, "C01"):
        clinic.handle(BatterySeen(CarrierReport(robot, "", battery=0.45)))
    assert clinic.state.carriers["R01"].charging
    clinic.order("linen", "store-out", "s1-clean")
    assert not any(id in clinic.hospital.robots for leg in clinic.state.legs.values() for id in leg.carriers)


def test_a_robot_whose_battery_is_low_finishes_what_it_has(clinic: Clinic) -> None:
    """Custody goes before comfort: the load aboard is delivered, then it charges."""
    (job,) = upstairs(clinic, "R01")
    while clinic.job(job).state != "under_way":
        clinic.run(0.1)
    clinic.handle(BatterySeen(CarrierReport("R01", "", battery=0.21)))
    clinic.run(40)
    assert clinic.job(job).state == "delivered"
    assert clinic.state.carriers["R01"].charging
