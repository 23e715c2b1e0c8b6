"""Energy: nobody is planned below the reserve, and robots without a charger of their own take turns."""

from __future__ import annotations

import pytest

from bus.messages import CarrierReport
from fleet.battery import range_ms
from fleet.events import BatterySeen
from fleet.facts.legs import LegUnassigned
from fleet.hospital import Hospital
from fleet.planner import legs_of, route_of, task_of, vehicle_of
from fleet.requests import Accepted, CarrierOut, ChooseCarrier
from routing.dispatch.schedule import simulate
from site_models.load import load_site
from site_models.schema import Site
from site_models.schema.carriers import Battery
from tests.fleet.obedient import Clinic

CARTS = ("R01", "R02", "R03")


def quiet(**more: object) -> Site:
    """The small clinic without rounds."""
    return load_site("clinic_small").model_copy(update={"rounds": [], **more})


def one_charger() -> Site:
    """Its three cart robots have homes without chargers, and one charger beside them that is nobody's home."""
    bays = []
    for bay in load_site("clinic_small").bays:
        if bay.fleet == "cart":
            shared = {"id": "cart-charger", "at": (9.0, -2.6), "count": 1, "charger": True}
            bays += [bay.model_copy(update={"charger": False}), bay.model_copy(update=shared)]
        else:
            bays.append(bay)
    return quiet(bays=bays)


@pytest.fixture(scope="module")
def own_chargers() -> Hospital:
    """Every robot charges at home."""
    return Hospital.of(quiet())


@pytest.fixture(scope="module")
def shared_charger() -> Hospital:
    """Three robots, one charger."""
    return Hospital.of(one_charger())


def seen(clinic: Clinic, robot: str, battery: float) -> None:
    """The robot's battery is read."""
    clinic.handle(BatterySeen(CarrierReport(robot, "", battery=battery)))


def test_a_battery_lasts_down_to_its_reserve() -> None:
    """45 % read, 5 % may be gone, 20 % stay: 20 % at 10 % an hour are two hours, half an hour of it is driven."""
    battery = Battery(drive_share_per_h=0.1, idle_share_per_h=0.01, charge_share_per_h=0.5, reserve=0.2)
    assert range_ms(battery, 0.45, 1_800_000) == 2 * 3_600_000 - 1_800_000
    assert range_ms(battery, None, 0) is None


def test_no_plan_goes_below_the_reserve(own_chargers: Hospital) -> None:
    """R01 alone, 31 %: of a dozen loads it gets as many as leave the reserve with the way home; the others wait."""
    site = own_chargers.site
    fleets = [
        fleet.model_copy(update={"battery": fleet.battery.model_copy(update={"drive_share_per_h": 0.6})})
        for fleet in site.fleets
    ]
    loads = [load.model_copy(update={"modes": ["robot"]}) if load.id == "linen" else load for load in site.loads]
    clinic = Clinic(Hospital.of(site.model_copy(update={"fleets": fleets, "loads": loads})))
    for robot in ("R02", "R03", "C01"):
        clinic.ask(CarrierOut(robot, reason="software"))
    seen(clinic, "R01", 0.61)
    jobs = [clinic.order("linen", "store-out", "s1-clean") for _ in range(6)]
    seen(clinic, "R01", 0.41)
    alone = clinic.state.carriers["R01"]
    vehicle = vehicle_of(alone, clinic.hospital, clinic.now_ms)
    tasks = {id: task_of(clinic.state, clinic.hospital, clinic.state.legs[id]) for id in legs_of(alone)}
    times = clinic.hospital.ways().times
    assert vehicle.range_ms is not None
    assert simulate(vehicle, route_of(alone), tasks, times, clinic.now_ms).busy_ms <= vehicle.range_ms
    held = [job for job in jobs if clinic.state.legs[clinic.job(job.id).legs[0]].carriers == ("R01",)]
    assert 0 < len(held) < 6
    spared = [fact for _, _, fact in clinic.facts if isinstance(fact, LegUnassigned)]
    assert spared
    assert all(fact.reason.code == "battery_low" for fact in spared)


def test_what_has_begun_is_finished_whatever_the_battery_says(own_chargers: Hospital) -> None:
    """The load aboard is delivered: nothing of what a robot has begun is taken from it."""
    clinic = Clinic(own_chargers)
    job = clinic.order("linen", "store-out", "s1-clean")
    clinic.ask(ChooseCarrier(job.id, reason="a test", carrier="R01"))
    while clinic.job(job.id).state != "under_way":
        clinic.run(0.1)
    seen(clinic, "R01", 0.21)
    clinic.run(40)
    assert clinic.job(job.id).state == "delivered"


def at_charger(clinic: Clinic) -> list[str]:
    """Robots that stand at the shared charger."""
    (node,) = clinic.hospital.shared_chargers["cart"]
    return [robot for robot in CARTS if clinic.state.carriers[robot].node == node]


def charging(clinic: Clinic) -> list[str]:
    """Cart robots that charge."""
    return [robot for robot in CARTS if clinic.state.carriers[robot].charging]


def places(clinic: Clinic) -> dict[str, object]:
    """Who waits for the charger, and at which place of the queue."""
    waiting = {robot: clinic.state.carriers[robot].waiting for robot in CARTS}
    return {
        robot: reason.args["number"]
        for robot, reason in waiting.items()
        if reason is not None and reason.code == "waiting_for_charger"
    }


def test_robots_take_turns_at_one_charger_the_emptiest_next(shared_charger: Hospital) -> None:
    """R01 came first; R03 is emptier than R02, so it is next, and each makes room when it has enough."""
    clinic = Clinic(shared_charger)
    for robot, battery in (("R01", 0.28), ("R02", 0.27), ("R03", 0.22)):
        seen(clinic, robot, battery)
    clinic.run(5)
    assert at_charger(clinic) == ["R01"]
    assert charging(clinic) == ["R01"]
    seen(clinic, "R02", 0.26)
    assert places(clinic) == {"R02": 2, "R03": 1}
    seen(clinic, "R01", 0.61)
    clinic.run(5)
    assert at_charger(clinic) == ["R03"]
    assert clinic.state.carriers["R01"].node == clinic.hospital.home_node("R01")
    assert charging(clinic) == ["R03"]
    seen(clinic, "R03", 0.61)
    clinic.run(5)
    assert at_charger(clinic) == ["R02"]
    assert places(clinic) == {"R01": 1, "R03": 2}  # it is quiet, so who is below 80 % may fill up after the others
    seen(clinic, "R02", 0.62)
    clinic.run(5)
    assert at_charger(clinic) == ["R02"]  # nobody who waits has less than it needs
    seen(clinic, "R02", 0.96)
    clinic.run(5)
    assert at_charger(clinic) == ["R01"]


def test_in_a_quiet_hour_a_robot_fills_up_and_in_a_busy_one_it_waits(shared_charger: Hospital) -> None:
    """At 70 % it goes to charge when nobody has work; with a load for every other robot it stays ready at home."""
    clinic = Clinic(shared_charger)
    for robot in ("R02", "R03"):
        job = clinic.order("linen", "store-out", "s1-clean")
        assert isinstance(clinic.ask(ChooseCarrier(job.id, reason="a test", carrier=robot)), Accepted)
    seen(clinic, "R01", 0.7)
    clinic.run(2)
    assert at_charger(clinic) == []
    clinic.run(40)
    seen(clinic, "R01", 0.69)
    clinic.run(5)
    assert at_charger(clinic) == ["R01"]
    seen(clinic, "R01", 0.96)
    clinic.run(5)
    assert clinic.state.carriers["R01"].node == clinic.hospital.home_node("R01")


def test_who_has_enough_makes_room_for_who_has_less(shared_charger: Hospital) -> None:
    """R01 fills up at 65 % in a quiet hour; when R02 comes with 25 % it leaves at once."""
    clinic = Clinic(shared_charger)
    seen(clinic, "R01", 0.65)
    clinic.run(5)
    assert at_charger(clinic) == ["R01"]
    seen(clinic, "R02", 0.25)
    clinic.run(5)
    assert at_charger(clinic) == ["R02"]


def test_with_a_charger_at_home_nobody_queues(own_chargers: Hospital) -> None:
    """The small clinic as it is: no shared chargers, everybody charges in its own bay."""
    assert own_chargers.shared_chargers == {"cart": (), "courier": ()}
    clinic = Clinic(own_chargers)
    for robot in CARTS:
        seen(clinic, robot, 0.3)
    clinic.run(1)
    assert all(clinic.state.carriers[robot].charging for robot in CARTS)
    assert places(clinic) == {}
