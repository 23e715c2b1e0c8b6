"""The tube benchmark: a slice of the design hour through the real core and plant, judged by the site's geometry."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.tube.__main__ import measure, one_a_capsule
from benchmarks.tube.day import measure_day
from benchmarks.tube.judge import conflicts
from benchmarks.tube.orders import SENDS, design_hour
from benchmarks.tube.plant import Outcome, TubePlant
from site_models.load import load_site
from site_models.schema import Site

SLICE = 60
"""Sends of the shortened hour."""


@pytest.fixture(scope="module")
def koege() -> Site:
    return load_site("koege")


@pytest.fixture(scope="module")
def run(koege: Site) -> tuple[TubePlant, Outcome]:
    """A slice of the hour, carried out."""
    plant = TubePlant(one_a_capsule(koege))
    return plant, plant.run(design_hour(koege, SLICE), 100)


def test_the_hour_has_351_sends_and_is_the_same_every_time(koege: Site) -> None:
    """60 % laboratory, 30 % pharmacy, 5 % blood, the rest between wards; drawn by a fixed seed."""
    sends = design_hour(koege)
    assert len(sends) == SENDS == 351
    assert Counter(send.group for send in sends) == {"lab": 211, "pharmacy": 105, "blood": 18, "wards": 17}
    assert sends == design_hour(koege)
    assert sends != design_hour(koege, seed=1)


def test_every_send_arrives_and_no_two_capsules_meet(run: tuple[TubePlant, Outcome]) -> None:
    """None is lost, none shares a capsule, and every capsule is somewhere in the end."""
    plant, outcome = run
    (system,) = plant.hospital.site.tubes
    assert len(outcome.jobs) == SLICE
    assert all(len(flight.legs) <= 1 for flight in outcome.flights)
    assert conflicts(system, outcome.trips) == []
    stocks = plant.state.stocks.values()
    there = sum(stock.capsules + len(stock.basket) for stock in stocks)
    assert there + len(list(plant.state.flights.values())) == system.capsules


def test_the_plan_is_what_the_plant_does(run: tuple[TubePlant, Outcome]) -> None:
    """The plant's interlock never had to hold back what the core had sent."""
    _, outcome = run
    planned = {flight.id.rpartition("#")[2]: (flight.start_ms, flight.arrive_ms) for flight in outcome.flights}
    done = {str(trip.command.number): (trip.start_ms, trip.end_ms) for trip in outcome.trips}
    assert done == planned


def test_blood_goes_slowly(run: tuple[TubePlant, Outcome]) -> None:
    """Every capsule with a blood component, and none with medicine."""
    _, outcome = run
    slow = {flight.legs[0]: flight.slow for flight in outcome.flights if flight.legs}
    speeds = {(job.load, slow[leg]) for job in outcome.jobs.values() for leg in job.legs}
    assert ("blood_component", True) in speeds
    assert ("medicine", False) in speeds
    assert speeds.isdisjoint({("blood_component", False), ("medicine", True)})


def test_the_line_says_what_was_asked(koege: Site) -> None:
    """Median and 95th percentile from door to door, conflicts, empty capsules, stock-outs."""
    line = measure(koege, sends=20, minutes=90)
    assert (line["sends"], line["delivered"], line["conflicts"]) == (20, 20, 0)
    assert line["median_s"] <= line["p95_s"] <= line["max_s"]
    assert {"empties", "stock_outs", "basket_waits", "p95_by_group_s"} <= line.keys()


def test_two_hours_of_the_sites_own_day(koege: Site) -> None:
    """What its profiles order before breakfast arrives, on time, and no two capsules meet."""
    line = measure_day(koege, hours=(4, 6))
    assert line["delivered"] == line["sends"] == line["on_time"] > 50
    assert line["conflicts"] == line["late_by_interlock"] == 0
    assert set(line["p95_by_hour_s"]) == {"4", "5"}
    assert line["urgent_p95_s"] <= 600
    assert {"lab", "blood"} <= set(line["p95_by_group_s"])
