"""A robot that has nothing more to do ends in its own home bay, also from the far side of a lift."""

from __future__ import annotations

import pytest

from fleet.hospital import Hospital
from fleet.requests import Accepted, CancelJob, CarrierBack
from site_models.load import load_site
from tests.fleet.test_robot_traffic import Watched, at_home, robots_of, sent


@pytest.fixture
def clinic() -> Watched:
    """The clinic without rounds at seven on a Monday."""
    return Watched(Hospital.of(load_site("clinic_small").model_copy(update={"rounds": []})))


def until_in_the_lift(clinic: Watched, robot: str) -> None:
    """Time passes until the robot drives into the cabin."""
    for _ in range(3000):
        steps = clinic.state.carriers[robot].steps
        if steps and steps[0].command and steps[0].node.startswith("lift:"):
            return
        clinic.run(0.02)
    raise AssertionError(f"{robot} never comes to the lift")


def test_a_robot_whose_job_is_cancelled_in_the_lift_rides_home_from_the_far_floor(clinic: Watched) -> None:
    """It leaves the cabin, for there is nothing else to do in it, and comes home by itself."""
    job = sent(clinic, "R01", "linen", "s1-clean", "store-out")
    until_in_the_lift(clinic, "R01")
    clinic.ask(CancelJob(job))
    clinic.run(30)
    assert at_home(clinic) == robots_of(clinic)
    assert clinic.state.lifts["E1"].holder is None
    assert clinic.state.carriers["R01"].slot is None


def test_a_robot_that_is_wanted_elsewhere_in_the_lift_goes_there_from_the_far_floor(clinic: Watched) -> None:
    """The job in hand is cancelled and another waits on that floor: it goes there, then home."""
    job = sent(clinic, "R01", "linen", "s1-clean", "store-out")
    until_in_the_lift(clinic, "R01")
    clinic.ask(CancelJob(job))
    other = sent(clinic, "R01", "waste_clinical", "s1-soiled", "soiled-in")
    clinic.run(40)
    assert clinic.job(other).state == "delivered"
    assert at_home(clinic) == robots_of(clinic)


def test_a_robot_that_broke_down_on_the_far_side_of_a_ride_rides_back(clinic: Watched) -> None:
    """It stands in the cabin, upstairs, and its job is cancelled: put back it rides down from inside, and home."""
    job = sent(clinic, "R01", "linen", "s1-clean", "store-out")
    while clinic.is_at("R01") != "lift:E1@1":
        clinic.run(0.02)
    clinic.break_down("R01")
    clinic.ask(CancelJob(job))
    assert isinstance(clinic.ask(CarrierBack("R01")), Accepted)
    clinic.run(10)
    assert at_home(clinic) == robots_of(clinic)
    assert clinic.state.lifts["E1"].holder is None
