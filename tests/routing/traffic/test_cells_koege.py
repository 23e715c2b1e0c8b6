"""Køge cut into cells: how many there are, how long, and that they are as fast as the router says."""

from __future__ import annotations

import pytest

from routing.drives import RideStage
from routing.paths import Router
from routing.traffic.lifts import coming_ms
from tests.routing.traffic.networks import free_flow_ms, site_cells, site_ground


def test_koege_has_about_two_thousand_points() -> None:
    """66 stations of robots with 212 slots, 45 home bays, 68 lobbies of ten lifts; few moves a point."""
    ground, cells = site_ground("koege"), site_cells("koege")
    network = cells.network
    layout = ground.layout
    slots = sum(station.slots for station in layout.stations.values() if "robot" in station.kinds)
    lobbies = sum(len(lift.serves) for lift in ground.site.lifts if "robot" in lift.riders)
    assert int(network.bay.sum()) == slots + len(layout.bay_node) + lobbies
    assert 1500 < len(network.cells) <= len(network.points) < 3000
    assert len(network.head) < 3 * len(network.points)
    assert len(set(network.points)) == len(network.points)
    assert len(set(network.cells)) == len(network.cells)


def test_every_station_bay_and_lobby_of_robots_is_reached() -> None:
    """From a home bay to everything."""
    cells = site_cells("koege")
    times = free_flow_ms(cells, "cart", "bay:bay-a1-west-01")
    stops = {node for node, points in cells.at.items() if cells.network.bay[points[0]]}
    assert len(stops) > 150
    assert all(times[node] < float("inf") for node in stops)


@pytest.mark.parametrize("profile", ["cart", "courier"])
def test_free_ways_are_as_fast_as_the_routers_drives(profile: str) -> None:
    """Stops all over the house within 5 % and 5 s, once a lift's expected wait is replaced by its coming."""
    ground, cells = site_ground("koege"), site_cells("koege")
    router = Router(ground.site, ground.layout, ground=ground)
    lifts = {lift.id: lift for lift in ground.site.lifts}
    wait_s = ground.profiles[profile].lift_wait_s
    stops = sorted(node for node, points in cells.at.items() if cells.network.bay[points[0]] and node[:3] != "lob")
    for origin in stops[::11]:
        times = free_flow_ms(cells, profile, origin)
        for goal in stops[5::20]:
            stages = router.drive(profile, origin, goal)
            assert stages is not None
            rides = [stage for stage in stages if isinstance(stage, RideStage)]
            other_s = sum(coming_ms(ground, lifts[ride.lift]) / 1000 - wait_s for ride in rides)
            expected_s = sum(stage.duration_s for stage in stages) + other_s
            assert times[goal] / 1000 == pytest.approx(expected_s, rel=0.05, abs=5.0), (origin, goal)
