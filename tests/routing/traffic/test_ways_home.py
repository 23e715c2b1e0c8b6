"""The proof that `portor site check` asks of a site: no robot can be shut in."""

from __future__ import annotations

import pytest

from routing.traffic.cells import SiteNetwork
from routing.traffic.proof import WaysHome, check_ways_home, homes
from site_models.load import load_site, load_with_positions
from site_models.schema import Site
from tests.routing.buildings import Building
from tests.routing.traffic.networks import cut, point
from tests.routing.traffic.test_cells import aisle, storeys


def clinic_with(**changes: object) -> Site:
    return load_site("clinic_small").model_copy(update=changes)


def ways_home(building: Building, *bays: str) -> tuple[SiteNetwork, WaysHome]:
    cells = cut(building)
    return cells, WaysHome(cells, "cart", homes(cells, bays))


@pytest.mark.parametrize("name", ["clinic_small", "koege"])
def test_the_sites_that_come_with_the_programme_shut_nobody_in(name: str) -> None:
    """Every bay, station and lobby of every fleet has its way home."""
    loaded = load_with_positions(name)
    assert check_ways_home(loaded.site, loaded.positions) == []


def test_a_ride_leads_through_a_waiting_bay_and_that_is_no_hindrance() -> None:
    """From the station above home: through the lobby, out of which one gets by the cabin alone."""
    cells, ways = ways_home(storeys(), "home")
    for node, points in cells.at.items():
        if cells.network.bay[points[0]]:
            assert ways.wrong(points[0]) == [], node


def test_a_bay_behind_a_bay_is_named_with_what_stands_in_its_way() -> None:
    """The only way to the inner bay leads through the outer one."""
    building = aisle(2.4)
    building.beside("a:5", "bay:outer", "bay")
    building.beside("bay:outer", "bay:inner", "bay")
    cells, ways = ways_home(building, "home", "outer", "inner")
    assert ways.wrong(point(cells, "bay:outer")) == []
    out, back = ways.wrong(point(cells, "bay:inner"))
    assert out == "find no way from there that goes through no other bay: `outer` stands in every way; move one."
    assert back.startswith("find no way there")


def test_two_bays_in_one_zone_for_one_robot_shut_each_other_in() -> None:
    """Who stands in one of them keeps everybody else out, even from the other."""
    building = aisle(2.4)
    for x in (8, 9):
        building.beside(f"a:{x}", f"bay:{x}", "bay", zones=("z",))
    building.zones.append(load_site("clinic_small").zones[0].model_copy(update={"id": "z", "robots": "one"}))
    cells, ways = ways_home(building, "home", "8", "9")
    (shared,) = ways.wrong(point(cells, "bay:8"))
    assert (
        shared == "share the cell `zone:z` with `9`, and only one of them can be there: give each a place of its own."
    )


def test_a_station_that_can_be_entered_but_not_left_is_named_at_its_place() -> None:
    """A corridor that leads one way only, into the ward: its stations have no way home."""
    loaded = load_with_positions("clinic_small")
    floor = loaded.site.floors[0]
    corridors = [one.model_copy(update={"one_way": one.id == "S0-corridor"}) for one in floor.corridors]
    floors = [floor.model_copy(update={"corridors": corridors}), *loaded.site.floors[1:]]
    errors = check_ways_home(loaded.site.model_copy(update={"floors": floors}), loaded.positions)
    assert {error.rule for error in errors} == {"no_way_home"}
    assert any("Station `s0-clean`: robots of `cart` find no way from there" in error.message for error in errors)
    assert all(error.line > 0 for error in errors)


def test_a_station_above_a_lift_without_waiting_bays_is_out_of_reach() -> None:
    """The lift carries no robots, so no robot gets upstairs."""
    site = load_site("clinic_small")
    lifts = [lift.model_copy(update={"lobby_bay": False}) for lift in site.lifts]
    errors = check_ways_home(site.model_copy(update={"lifts": lifts}))
    assert {error.rule for error in errors} == {"no_way_there"}
    assert {error.message.split("`")[1] for error in errors} == {"s1-clean", "s1-soiled"}


def test_a_site_without_robots_has_nothing_to_prove() -> None:
    """A clinic that only porters serve."""
    assert check_ways_home(clinic_with(fleets=[], bays=[])) == []
