"""Parking: robots without work wait where work is expected, unless they are needed, or have to charge."""

from __future__ import annotations

import pytest

from bus.messages import CarrierReport
from fleet.events import BatterySeen
from fleet.hospital import Hospital
from fleet.requests import Accepted, CarrierOut, ChooseCarrier, Close
from site_models.load import load_site
from site_models.schema import Site
from site_models.schema.building import Bay
from site_models.schema.demand import Demand, Profile
from tests.fleet.obedient import Clinic

CARTS = ("R01", "R02", "R03")
NEAR = Bay(id="park", floor="0", at=(41.0, -2.4), fleet="cart", parking=True, count=2, step=(1.2, 0.0))


def with_parking(per_day: float, hours: range = range(24)) -> Site:
    """The small clinic without rounds, two bays at the ward, and so much soiled linen a day to be fetched there."""
    site = load_site("clinic_small")
    profile = Profile(id="even", hours=[1.0 if hour in hours else 0.0 for hour in range(24)], source="a test")
    soiled = {
        "id": "soiled",
        "load": "used_linen",
        "per_day": per_day,
        "profile": "even",
        "origins": ["s0-soiled"],
        "destinations": ["soiled-in"],
        "source": "a test",
    }
    demand = [Demand.model_validate(soiled)]
    return site.model_copy(update={"rounds": [], "profiles": [profile], "demand": demand, "bays": [*site.bays, NEAR]})


@pytest.fixture(scope="module")
def busy() -> Hospital:
    """Three an hour, so 1.5 in the next half hour: a first is likely (78 %), a second less (44 %)."""
    return Hospital.of(with_parking(72))


@pytest.fixture(scope="module")
def morning() -> Hospital:
    """Ten an hour between seven and eight, and nothing after it."""
    return Hospital.of(with_parking(10, range(7, 8)))


def parked(clinic: Clinic) -> list[str]:
    """The cart robots that stand in a bay for parking."""
    return [id for id in CARTS if clinic.state.carriers[id].node in clinic.hospital.parking["cart"]]


def charged(hospital: Hospital) -> Clinic:
    """That clinic at seven, with every cart robot full at home."""
    clinic = Clinic(hospital)
    for robot in CARTS:
        read(clinic, robot, 0.97)
    return clinic


def read(clinic: Clinic, robot: str, battery: float) -> None:
    """The robot's battery is read."""
    clinic.handle(BatterySeen(CarrierReport(robot, "", battery=battery)))


def test_robots_wait_where_work_is_expected_and_say_so(morning: Hospital) -> None:
    """Five are expected in half an hour, so both bays are used; the third robot stays at home."""
    clinic = charged(morning)
    clinic.run(10)
    assert len(parked(clinic)) == 2
    for robot in CARTS:
        waiting = clinic.state.carriers[robot].waiting
        if robot in parked(clinic):
            assert waiting is not None
            assert (waiting.code, waiting.args["station"]) == ("expects", "s0-soiled")
        else:
            assert waiting is None
            assert clinic.state.carriers[robot].node == morning.home_node(robot)


def test_who_is_near_fetches_sooner(morning: Hospital) -> None:
    """The same order in the same clinic with and without the bays: the robot that waits nearby has it sooner."""
    picked_ms = []
    bare = morning.site.model_copy(update={"bays": morning.site.bays[:-1]})
    for hospital in (morning, Hospital.of(bare)):
        clinic = charged(hospital)
        clinic.run(10)
        job = clinic.order("used_linen", "s0-soiled", "soiled-in")
        ordered_ms = clinic.now_ms
        while clinic.job(job.id).custodian == "station:s0-soiled":
            clinic.run(0.1)
        picked_ms.append(clinic.now_ms - ordered_ms)
        clinic.run(60)
        assert clinic.job(job.id).state == "delivered"
    assert picked_ms[0] < picked_ms[1]


def test_nobody_drives_to_park_for_a_small_chance(busy: Hospital) -> None:
    """Some 37 s are saved: the first is worth 29 s, the second 16 s; the drive and the least gain are 24 s."""
    clinic = charged(busy)
    clinic.run(10)
    assert len(parked(clinic)) == 1


def test_a_robot_that_is_low_charges_instead(morning: Hospital) -> None:
    """R01 with 60 % stays at its charger; the others park. R02, down to 50 %, goes home; R01 comes when it is full."""
    clinic = charged(morning)
    read(clinic, "R01", 0.6)
    clinic.run(10)
    assert parked(clinic) == ["R02", "R03"]
    assert clinic.state.carriers["R01"].charging
    read(clinic, "R02", 0.5)
    read(clinic, "R01", 0.9)
    clinic.run(5)
    assert parked(clinic) == ["R03"]
    assert clinic.state.carriers["R02"].charging
    read(clinic, "R01", 0.96)
    clinic.run(5)
    assert parked(clinic) == ["R01", "R03"]


def test_who_parks_fills_up_when_it_is_quiet(morning: Hospital) -> None:
    """With 70 % a robot stays parked while others have work, and goes to charge when they have done it."""
    clinic = charged(morning)
    clinic.run(10)
    (worker,) = sorted(set(CARTS) - set(parked(clinic)))
    for _ in range(2):
        job = clinic.order("linen", "store-out", "s1-clean")
        assert isinstance(clinic.ask(ChooseCarrier(job.id, reason="a test", carrier=worker)), Accepted)
    low, _ = here = parked(clinic)
    read(clinic, low, 0.7)
    clinic.run(3)
    assert parked(clinic) == here
    clinic.run(60)
    assert low not in parked(clinic)
    assert clinic.state.carriers[low].charging


def test_who_is_out_of_service_goes_home(morning: Hospital) -> None:
    """It makes room for the one that stood at home."""
    clinic = charged(morning)
    clinic.run(10)
    first = parked(clinic)[0]
    clinic.ask(CarrierOut(first, reason="software"))
    clinic.run(10)
    assert clinic.state.carriers[first].node == morning.home_node(first)
    assert parked(clinic) == sorted({*CARTS} - {first})


def test_who_parks_does_not_move_when_nothing_changes(morning: Hospital) -> None:
    """A quarter of an hour of looking again: nobody drives."""
    clinic = charged(morning)
    clinic.run(10)
    driven = {id: clinic.state.carriers[id].empty_m for id in CARTS}
    where = parked(clinic)
    clinic.run(15)
    assert parked(clinic) == where
    assert {id: clinic.state.carriers[id].empty_m for id in CARTS} == driven


def test_where_nothing_is_expected_any_more_no_reason_is_told(morning: Hospital) -> None:
    """After eight nothing is expected: nobody says so any more."""
    clinic = charged(morning)
    clinic.run(75)
    assert all(clinic.state.carriers[robot].waiting is None for robot in CARTS)


def test_a_closed_way_keeps_robots_at_home(morning: Hospital) -> None:
    """The ward is closed: there is nothing to be fetched from, so all stay where they are."""
    clinic = charged(morning)
    clinic.ask(Close("S0-corridor", reason="a test"))
    clinic.run(10)
    assert parked(clinic) == []
