"""Work is spread over the robots: of those as good as the same the one that has driven least goes."""

from __future__ import annotations

import pytest

from fleet.hospital import Hospital
from site_models.load import load_site
from tests.fleet.obedient import Clinic

CARTS = ("R01", "R02", "R03")


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    """The small clinic without rounds."""
    return Hospital.of(load_site("clinic_small").model_copy(update={"rounds": []}))


def test_three_robots_in_neighbouring_bays_drive_as_far(hospital: Hospital) -> None:
    """One load after the other, each when the robots are home again: none drives half as much again as another."""
    clinic = Clinic(hospital)
    jobs = []
    for _ in range(9):
        jobs.append(clinic.order("linen", "store-out", "s1-clean").id)
        clinic.run(14)
    driven = [clinic.state.carriers[robot].loaded_m + clinic.state.carriers[robot].empty_m for robot in CARTS]
    assert all(clinic.job(job).state == "delivered" for job in jobs)
    assert max(driven) <= 1.5 * min(driven)


def test_people_read_why_it_is_not_the_cheapest(hospital: Hospital) -> None:
    """The first load goes to the nearest robot, the next to one that has not driven: as good, and rested."""
    clinic = Clinic(hospital)
    first = clinic.order("linen", "store-out", "s1-clean")
    (nearest,) = clinic.state.legs[clinic.job(first.id).legs[0]].carriers
    clinic.run(14)
    second = clinic.order("linen", "store-out", "s1-clean")
    (taken,) = clinic.state.legs[clinic.job(second.id).legs[0]].carriers
    assert taken != nearest
    why = {one.carrier: one.reason.code for one in second.candidates if one.mode == "robot"}
    assert why[taken] == "rested"
    assert why[nearest] == "driven_more"


def test_who_is_clearly_nearer_goes_whatever_it_has_driven(hospital: Hospital) -> None:
    """A robot that brings something upstairs takes what waits beside it."""
    clinic = Clinic(hospital)
    first = clinic.order("linen", "store-out", "s1-clean")
    (upstairs,) = clinic.state.legs[clinic.job(first.id).legs[0]].carriers
    while clinic.job(first.id).state != "under_way":
        clinic.run(0.1)
    second = clinic.order("used_linen", "s1-clean", "soiled-in")
    assert clinic.state.legs[clinic.job(second.id).legs[0]].carriers == (upstairs,)
