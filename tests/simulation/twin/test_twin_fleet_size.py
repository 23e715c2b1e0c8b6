"""A site with more or fewer robots: the mixture stays, everybody has a home, and what cannot be is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.twin.fleet_size import NoRoom, mixture, with_robots
from site_models.expand import expand
from site_models.load import load_site
from site_models.places import fleet_bays
from site_models.schema import Site

KOEGE = load_site("koege")


@given(st.integers(2, 400))
def test_the_fleets_add_up_and_keep_their_mixture(robots: int) -> None:
    """Every fleet has one robot at least and, but for rounding, its share of the whole."""
    counts = mixture(KOEGE, robots)
    assert sum(counts.values()) == robots
    assert min(counts.values()) >= 1
    whole = sum(fleet.count for fleet in KOEGE.fleets)
    for fleet in KOEGE.fleets:
        assert abs(counts[fleet.id] - robots * fleet.count / whole) <= 1


@pytest.mark.parametrize("robots", [20, 35, 45])
def test_every_robot_has_a_home_bay_on_a_way(robots: int) -> None:
    """In the range of the question; robots that are there in both are called the same."""
    site = with_robots(KOEGE, robots)
    homes = [robot.bay for robot in expand(site).robots]
    assert len(homes) == len(set(homes)) == robots
    names = {robot.id for robot in expand(with_robots(KOEGE, 20)).robots}
    assert names <= {robot.id for robot in expand(site).robots}


def test_a_row_of_bays_goes_on_where_spare_ones_do_not_suffice() -> None:
    """The clinic's three carts have three bays; a fourth cart and its bay come together."""
    clinic = with_robots(load_site("clinic_small"), 5)
    assert {fleet.id: fleet.count for fleet in clinic.fleets} == {"cart": 4, "courier": 1}
    assert len(fleet_bays(clinic, "cart")) == 4
    assert len(expand(clinic).robots) == 5


def test_too_few_robots_are_refused() -> None:
    """Every fleet keeps one."""
    with pytest.raises(NoRoom, match="too few"):
        with_robots(KOEGE, 1)


def test_a_fleet_without_a_row_of_bays_is_refused_more() -> None:
    """Where new bays would stand is the site's to say."""
    clinic = load_site("clinic_small")
    with pytest.raises(NoRoom, match="add bays"):
        with_robots(clinic, 40)


def test_a_site_without_robots_says_so() -> None:
    """There is nothing to have more of."""
    clinic: Site = load_site("clinic_small").model_copy(update={"fleets": []})
    with pytest.raises(NoRoom, match="no fleet"):
        mixture(clinic, 3)
