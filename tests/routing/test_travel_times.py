"""Travel times: tables equal to the reference, on random buildings and on the real sites."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import reference
from routing.floor_graph import FloorGraph, build_graph
from routing.paths import UNREACHABLE, Router, UnknownNode
from routing.travel_times import TravelTimes
from site_models.expand import expand
from site_models.load import load_site
from tests.routing.buildings import Building, buildings, tower

STOPS = ["bay:home", "st:below", "st:above", "lobby:E1@A", "lobby:E2@B"]


def router(building: Building, *closures: str) -> Router:
    return Router(building.site(), building.layout(), frozenset(closures))


def in_ms(us: int | None) -> int:
    """Microseconds rounded half up; no way is `UNREACHABLE`."""
    return UNREACHABLE if us is None else (us + 500) // 1000


def test_a_time_holds_driving_the_lift_and_its_wait() -> None:
    """Bay to station above by E1, all at 0.6 m/s: 2 + 5 + 2 + 2 m there, 2 + 2 + 5 + 2 m on, and 56 s for the ride."""
    times = TravelTimes.build(router(tower()), STOPS)
    # 22 m / 0.6 m/s = 36.667 s; the ride: 40 s wait, 2 × 6 s doors, 4 m at 1 m/s
    assert times.between("cart", "bay:home", "st:above") == 36_667 + 56_000
    assert times.between("cart", "bay:home", "bay:home") == 0


def test_no_way_is_the_unreachable_figure() -> None:
    """With both lifts closed floor B is out of reach, both ways; floor A is not."""
    times = TravelTimes.build(router(tower(), "E1", "E2"), STOPS)
    assert times.between("porter", "bay:home", "st:above") == UNREACHABLE == 2**40
    assert times.between("porter", "st:above", "bay:home") == UNREACHABLE
    assert times.between("porter", "bay:home", "st:below") < UNREACHABLE


def test_reopening_restores_every_time() -> None:
    """Close, reopen: the same version and the same tables."""
    found = router(tower())
    closed = found.with_closures(frozenset({"E1"}))
    before, after = (TravelTimes.build(each, STOPS) for each in (found, closed.with_closures(frozenset())))
    assert TravelTimes.build(closed, STOPS).version != before.version == after.version
    assert all((before.ms[profile] == after.ms[profile]).all() for profile in before.ms)


def test_a_factor_stretches_one_profile_and_no_unreachable_time() -> None:
    """Carts take 1.5 times as long; porters and what cannot be reached stay as they are."""
    times = TravelTimes.build(router(tower(), "above"), STOPS)
    slower = times.scaled({"cart": 1.5})
    there = times.between("cart", "bay:home", "st:below")
    assert slower.between("cart", "bay:home", "st:below") == round(there * 1.5)
    assert slower.between("cart", "bay:home", "st:above") == UNREACHABLE
    assert (slower.ms["porter"] == times.ms["porter"]).all()
    with pytest.raises(ValueError, match="above 0"):
        times.scaled({"cart": 0.0})
    with pytest.raises(KeyError):
        times.scaled({"submarine": 1.5})


def test_what_is_no_stop_is_refused_with_every_name() -> None:
    """Unknown nodes, points in the middle of a corridor and a stop named twice are errors of their own."""
    found = router(tower())
    with pytest.raises(UnknownNode) as error:
        TravelTimes.build(found, ["st:below", "st:a", "st:b"])
    assert error.value.unknown == ("st:a", "st:b")
    with pytest.raises(ValueError, match="a:1, a:2"):
        TravelTimes.build(found, ["st:below", "a:1", "a:2"])
    with pytest.raises(ValueError, match="twice: st:below"):
        TravelTimes.build(found, ["st:below", "st:above", "st:below"])


def test_a_published_table_cannot_be_changed() -> None:
    """Plans share it."""
    times = TravelTimes.build(router(tower()), STOPS)
    with pytest.raises(ValueError, match="read-only"):
        times.ms["cart"][0, 0] = 1


@settings(max_examples=40)
@given(buildings(), st.data())
def test_every_table_is_the_references(building: Building, data: st.DataObject) -> None:
    """On any building and closure, all stops, all profiles: networkx on the full graph, rounded to the millisecond."""
    stops = sorted(node.id for node in building.nodes.values() if node.kind != "corridor")
    closures = data.draw(st.lists(st.sampled_from(["A", "A0", "s0", "r0"]), max_size=2, unique=True))
    found = router(building, *closures)
    times = TravelTimes.build(found, stops)
    site, graph = building.site(), build_graph(building.layout())
    for profile_id, profile in found.profiles.items():
        open_graph = reference.passable(site, graph, profile, closures)
        expected = [[in_ms(reference.shortest_us(open_graph, tail, head)) for head in stops] for tail in stops]
        assert times.ms[profile_id].tolist() == expected


@pytest.mark.parametrize("name", ["clinic_small", "koege"])
def test_the_tables_of_the_real_sites_are_the_references(name: str) -> None:
    """Eight stops to forty others a profile, by a fixed seed, also with a lift, a corridor and a floor closed."""
    site = load_site(name)
    layout = expand(site)
    stops = [*layout.station_node.values(), *layout.bay_node.values(), *layout.lobby_node.values()]
    graph = build_graph(layout)
    draw = np.random.default_rng(1)
    closures = [site.lifts[0].id, site.floors[0].corridors[0].id, site.floors[-1].id]
    whole = Router(site, layout)
    for found in (whole, whole.with_closures(frozenset(closures))):
        times = TravelTimes.build(found, stops)
        for profile_id, profile in found.profiles.items():
            open_graph = reference.passable(site, graph, profile, sorted(found.closures))
            for tail in draw.choice(stops, 8).tolist():
                heads = draw.choice(stops, 40).tolist()
                expected = reference_row(open_graph, tail, heads)
                assert [times.between(profile_id, tail, head) for head in heads] == expected
                assert found.times_from(profile_id, tail, heads) == expected


def reference_row(open_graph: FloorGraph, tail: str, heads: list[str]) -> list[int]:
    """One search of networkx for many questions: the site has thousands of nodes."""
    known = reference.distances_us(open_graph, tail)
    return [in_ms(known.get(head)) for head in heads]


def test_every_profile_has_a_square_table_of_whole_numbers() -> None:
    """int64, one row and one column a stop, in the order given."""
    times = TravelTimes.build(router(tower()), STOPS)
    assert list(times.index) == STOPS
    for profile in ("cart", "courier", "porter", "porter_bed"):
        assert times.ms[profile].shape == (5, 5)
        assert times.ms[profile].dtype == np.int64
