"""A robot that people have moved is where it says: there it holds its place, and from there it goes on."""

from __future__ import annotations

import pytest

from bus.messages import CarrierReport
from fleet.events import StandsElsewhere
from fleet.hospital import Hospital
from fleet.requests import CarrierBack, ChooseCarrier
from fleet.telemetry import place_news
from site_models.load import load_site
from tests.fleet.obedient import Clinic
from tests.fleet.test_cut_off import with_the_load
from tests.fleet.test_robot_traffic import Watched, at_home, robots_of, sent, until_in_corridor


@pytest.fixture(scope="module")
def still() -> Hospital:
    """The clinic without rounds."""
    return Hospital.of(load_site("clinic_small").model_copy(update={"rounds": []}))


@pytest.fixture
def clinic(still: Hospital) -> Watched:
    """That clinic at seven on a Monday, its lanes looked at after every event."""
    return Watched(still)


def moved(clinic: Clinic, robot: str, node: str) -> None:
    """People push a robot elsewhere, and it says so."""
    report = CarrierReport(robot, node)
    assert place_news(clinic.state, report)
    clinic.handle(StandsElsewhere(report))
    assert not place_news(clinic.state, report)


def place_of(clinic: Clinic, robot: str) -> str:
    """The node at which traffic has a robot."""
    drive = clinic.state.drives[robot].drive
    return clinic.hospital.lanes.node_of[drive.points[drive.reached]]


def test_a_repaired_robot_goes_on_from_where_it_was_put(clinic: Watched) -> None:
    """It broke in the store's door and stands in the main corridor when it is repaired: the door is free, it drives."""
    job = sent(clinic, "R01", "linen", "store-out", "s0-clean")
    until_in_corridor(clinic, "R01", "room:0-store")
    clinic.break_down("R01")
    blocked = clinic.state.traffic.blocked
    moved(clinic, "R01", "c:0-main:4600")
    assert place_of(clinic, "R01") == "c:0-main:4600"
    assert set(clinic.state.traffic.blocked).isdisjoint(blocked)
    assert clinic.state.drives["R01"].stuck == clinic.state.traffic.blocked
    clinic.ask(CarrierBack("R01"))
    assert clinic.state.traffic.blocked == ()
    clinic.run(60)
    assert clinic.job(job).state == "delivered"
    assert at_home(clinic) == robots_of(clinic)


def test_a_robot_far_from_any_bay_comes_to_one(clinic: Watched) -> None:
    """Pushed aside while idle, between two places where a robot may be told to stand: it drives home by itself."""
    node = next(node for node in clinic.hospital.floor_of if node.startswith("c:0-main") and not _stands(clinic, node))
    moved(clinic, "R02", node)
    clinic.run(20)
    assert at_home(clinic) == robots_of(clinic)


def test_a_robot_that_is_put_beside_an_occupied_bay_drives_home(clinic: Watched) -> None:
    """The nearest place is the bay in which R02 charges: it is taken to stand on the way before it, and goes home."""
    bay = clinic.hospital.home_node("R02")
    sent(clinic, "R01", "linen", "store-out", "s0-clean")
    until_in_corridor(clinic, "R01", "room:0-store")
    clinic.break_down("R01")
    moved(clinic, "R01", bay)
    assert place_of(clinic, "R01").startswith("c:0-main")
    assert place_of(clinic, "R02") == bay
    clinic.ask(CarrierBack("R01"))
    clinic.run(60)
    assert at_home(clinic) == robots_of(clinic)


def _stands(clinic: Watched, node: str) -> bool:
    return bool(clinic.hospital.lanes.points_at(node))


def test_a_robot_that_is_rolled_out_of_a_lift_leaves_it_to_others(clinic: Watched) -> None:
    """It broke down in the cabin; once it says that it stands in the corridor, the others ride."""
    _, robot = with_the_load(clinic, "s1-clean")
    while not clinic.is_at(robot).startswith("lift:"):
        clinic.run(0.02)
    clinic.break_down(robot)
    other = next(id for id in ("R01", "R02", "R03") if id != robot)
    job = clinic.order("linen", "store-out", "s1-clean").id
    clinic.ask(ChooseCarrier(job, reason="", carrier=other))
    clinic.run(10)
    assert clinic.job(job).state == "trouble"
    moved(clinic, robot, "c:0-main:4600")
    clinic.run(60)
    assert clinic.job(job).state == "delivered"
    clinic.ask(CarrierBack(robot))
    clinic.run(60)
    assert at_home(clinic) == robots_of(clinic)
