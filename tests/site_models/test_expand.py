"""Expanding: corridors, rooms, lifts and bays become nodes about a metre apart and the lanes between them."""

from __future__ import annotations

import datetime as dt
import math

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_models.expand import Layout, expand
from site_models.load import load_site
from site_models.schema.building import Bay, Door, Zone
from tests.site_models.small_sites import ASSUMED, Place, box, corridor, site_of, station


def graph(layout: Layout) -> nx.DiGraph:
    """The layout as networkx sees it."""
    made = nx.DiGraph()
    made.add_nodes_from(node.id for node in layout.nodes)
    made.add_edges_from((lane.tail, lane.head) for lane in layout.lanes)
    return made


def lengths(layout: Layout) -> dict[tuple[str, str], float]:
    """Length of each lane in metres."""
    return {(lane.tail, lane.head): lane.length_m for lane in layout.lanes}


def test_a_corridor_is_cut_into_equal_steps_of_about_a_metre() -> None:
    """Ends are exact, and nodes are named by the centimetre along the corridor."""
    layout = expand(site_of(corridor("a", (0, 0), (4.2, 0))))
    # 4.2 m in four steps of 1.05 m.
    assert [(node.id, node.x_m) for node in layout.nodes if node.kind == "corridor"] == [
        ("c:a:0", 0.0),
        ("c:a:420", 4.2),
        ("c:a:105", 1.05),
        ("c:a:210", 2.1),
        ("c:a:315", 3.15),
    ]
    assert set(lengths(layout).values()) == {1.05}
    assert len(layout.lanes) == 2 * 4


def test_a_corner_keeps_the_length_of_the_walk() -> None:
    """A bend is a node of its own, so no lane cuts the corner."""
    layout = expand(site_of(corridor("a", (0, 0), (3, 0), (3, 4))))
    assert sum(lengths(layout).values()) / 2 == pytest.approx(7.0)
    assert any((node.x_m, node.y_m) == (3.0, 0.0) for node in layout.nodes)


def test_crossing_corridors_share_a_node() -> None:
    """Where two lines cross one may turn."""
    layout = expand(site_of(corridor("a", (0, 0), (10, 0)), corridor("b", (4.5, -3), (4.5, 3))))
    shared = [node for node in layout.nodes if (node.x_m, node.y_m) == (4.5, 0.0)]
    assert [node.id for node in shared] == ["c:a:450"]
    assert graph(layout).degree("c:a:450") == 8  # four ways, there and back


def test_an_end_that_almost_touches_is_joined() -> None:
    """Four centimetres short of the other corridor is drawn, not meant."""
    layout = expand(site_of(corridor("a", (0, 0), (10, 0)), corridor("b", (5, 0.04), (5, 6))))
    assert nx.is_strongly_connected(graph(layout))


def test_a_gap_stays_a_gap() -> None:
    """Twenty centimetres are not joined; the check names the corridor that touches nothing."""
    layout = expand(site_of(corridor("a", (0, 0), (10, 0)), corridor("b", (5, 0.2), (5, 6))))
    assert nx.number_weakly_connected_components(graph(layout)) == 2


def test_a_one_way_corridor_has_lanes_in_the_direction_of_its_points() -> None:
    """Nobody drives against the points."""
    layout = expand(site_of(corridor("a", (0, 0), (5, 0), one_way=True)))
    assert nx.has_path(graph(layout), "c:a:0", "c:a:500")
    assert not nx.has_path(graph(layout), "c:a:500", "c:a:0")


def test_a_room_is_entered_by_its_doors() -> None:
    """From the corridor straight to the door and on to the middle: 1 m + 2 m, at the foot of the door."""
    room = box("r", 4, 1, 8, 5, (5, 1), (7, 1), ward="w")
    layout = expand(site_of(corridor("a", (0, 0), (10, 0)), rooms=[room], stations=[station("s", (6, 4), room="r")]))
    # The middle is (6, 3): from door (5, 1) it is √5 m, and 1 m more to the centre line.
    assert lengths(layout)["c:a:500", "room:r"] == pytest.approx(1 + math.sqrt(5), abs=0.001)
    assert lengths(layout)["room:r", "c:a:700"] == pytest.approx(1 + math.sqrt(5), abs=0.001)
    assert lengths(layout)["room:r", "st:s"] == pytest.approx(1.0)
    assert layout.stations["s"].ward == "w"
    assert layout.stations["s"].floor == "0"
    assert layout.rooms["r"].floor == "0"


def test_in_a_deep_room_a_station_hangs_by_the_nearest_door() -> None:
    """Nobody drives to the middle of a hall and back: 1 m to the door, 1 m inside it, and straight on."""
    hall = box("r", 0, 1, 20, 21, (2, 1), (18, 1))
    stations = [station("s", (2, 6), room="r"), station("t", (18, 6), room="r")]
    layout = expand(site_of(corridor("a", (0, 0), (20, 0)), rooms=[hall], stations=stations))
    ways = lengths(layout)
    # The middle is (10, 11): from the door (2, 1) it is √164 = 12.81 m, of which the first lies before (2.625, 1.781).
    assert ways["c:a:200", "room:r@1"] == pytest.approx(2.0)
    assert ways["room:r@1", "room:r"] == pytest.approx(math.sqrt(164) - 1, abs=0.001)
    assert ways["room:r@1", "st:s"] == pytest.approx(math.hypot(0.625, 4.219), abs=0.01)
    assert ("room:r@2", "st:t") in ways
    assert ("room:r", "st:s") not in ways


def test_the_middle_of_a_bent_room_lies_inside_it() -> None:
    """The centroid of an L may lie outside; the node does not."""
    bent = box("r", 0, 1, 10, 11, (5, 1)).model_copy(
        update={"outline": [(0, 1), (10, 1), (10, 2), (1, 2), (1, 11), (0, 11)]}
    )
    layout = expand(site_of(corridor("a", (0, 0), (10, 0)), rooms=[bent]))
    middle = next(node for node in layout.nodes if node.kind == "room")
    assert middle.x_m < 1 or middle.y_m < 2


def test_a_station_without_a_room_stands_at_the_nearest_corridor() -> None:
    """Its foot on the corridor becomes a node."""
    layout = expand(site_of(corridor("a", (0, 0), (10, 0)), stations=[station("s", (3.3, 1.5))]))
    assert lengths(layout)["c:a:330", "st:s"] == pytest.approx(1.5)


def test_only_robot_stations_take_robots() -> None:
    """A lane to a station of porters is barred for robots."""
    layout = expand(site_of(corridor("a", (0, 0), (9, 0)), stations=[station("s", (3, 1), kinds=["porter"])]))
    assert [lane.robots for lane in layout.lanes if lane.head == "st:s"] == [False]


def test_a_door_is_opened_once_on_the_way_through() -> None:
    """The lane that arrives at the door carries it, the lane that leaves does not."""
    door = Door(id="d", floor="0", at=(4, 0), opening_s=5, source=ASSUMED)
    layout = expand(site_of(corridor("a", (0, 0), (8, 0)), doors=[door]))
    carried = [(lane.tail, lane.head) for lane in layout.lanes if lane.door == "d"]
    assert carried == [("c:a:300", "door:d"), ("c:a:500", "door:d")]


def test_bays_are_numbered_and_given_to_robots_in_order() -> None:
    """Three carts own the three bays of their row; the courier, without a bay, is left out (the check says so)."""
    row = Bay(id="bay", floor="0", at=(1, -2), fleet="cart", count=3, step=(2, 0))
    layout = expand(site_of(corridor("a", (0, 0), (8, 0)), bays=[row]))
    assert [(robot.id, robot.bay) for robot in layout.robots] == [
        ("R01", "bay-01"),
        ("R02", "bay-02"),
        ("R03", "bay-03"),
    ]
    assert lengths(layout)["c:a:300", "bay:bay-02"] == pytest.approx(2.0)


def test_a_junction_belongs_only_to_the_zones_that_its_corridors_share() -> None:
    """A fire in the side corridor does not cut the main one."""
    fire = Zone.model_validate({"id": "fire", "kind": "fire", "name": "Fire", "members": ["side"]})
    area = Zone.model_validate({"id": "area", "kind": "area", "name": "Area", "members": ["main", "side"]})
    main, side = corridor("main", (0, 0), (8, 0)), corridor("side", (4, 0), (4, 6))
    zones = {node.id: node.zones for node in expand(site_of(main, side, zones=[fire, area])).nodes}
    assert zones["c:main:400"] == ("area",)
    assert zones["c:side:100"] == ("area", "fire")


def test_lifts_have_a_cabin_and_a_lobby_on_every_floor_they_serve() -> None:
    """Lobby, cabin, ride: the ride is as long as the floors are apart."""
    layout = expand(load_site("clinic_small"))
    assert layout.cabin_node["E1", "1"] == "lift:E1@1"
    assert layout.lobby_node["E1", "0"] == "lobby:E1@0"
    ride = next(lane for lane in layout.lanes if (lane.tail, lane.head) == ("lift:E1@0", "lift:E1@1"))
    assert (ride.kind, ride.length_m, ride.lift, ride.robots) == ("lift", 4.2, "E1", True)
    # E1 stands 3.6 m from the centre line; the lobby is half-way.
    assert lengths(layout)["lobby:E1@0", "lift:E1@0"] == pytest.approx(1.8)


def test_everything_in_the_clinic_is_reached() -> None:
    """The graph is one strong component, and every lane joins two nodes."""
    layout = expand(load_site("clinic_small"))
    assert nx.is_strongly_connected(graph(layout))
    assert len(graph(layout)) == len(layout.nodes)


def test_the_same_site_gives_the_same_layout() -> None:
    """Equal in every part and by its version; a moved station gives another version."""
    site = load_site("clinic_small")
    assert expand(site) == expand(load_site("clinic_small"))
    moved = [station("s", (3, 1))]
    here = expand(site_of(corridor("a", (0, 0), (9, 0)), stations=moved))
    there = expand(site_of(corridor("a", (0, 0), (9, 0)), stations=[station("s", (3, 1.1))]))
    assert here.version != there.version


def test_a_date_leaves_out_what_is_not_open_yet() -> None:
    """In October 2024 the clinic has its ground floor, two carts and no tube stop upstairs."""
    layout = expand(load_site("clinic_small"), on=dt.date(2024, 10, 1))
    assert {node.floor for node in layout.nodes} == {"0"}
    assert [robot.id for robot in layout.robots] == ["R01", "R02", "C01"]
    assert "s1-tube" not in layout.stations


def test_nodes_are_named_alike_on_every_date() -> None:
    """Opening a floor renames nothing on the others, so a robot's last node still means the same place."""
    site = load_site("clinic_small")
    before = {node.id: (node.x_m, node.y_m) for node in expand(site, on=dt.date(2024, 10, 1)).nodes}
    after = {node.id: (node.x_m, node.y_m) for node in expand(site).nodes}
    assert before.items() <= after.items()


def test_before_the_first_phase_no_robot_is_commissioned() -> None:
    """A fleet that phases mention has no robots before they do."""
    assert expand(load_site("clinic_small"), on=dt.date(2024, 1, 1)).robots == ()


coordinates = st.floats(0, 60, allow_nan=False).map(lambda value: round(value, 2))
places = st.tuples(coordinates, coordinates)


@st.composite
def connected_corridors(draw: st.DrawFn) -> list[list[Place]]:
    """Polylines of which each after the first begins on a point of an earlier one."""
    lines: list[list[Place]] = []
    for k in range(draw(st.integers(1, 5))):
        if k == 0:
            first = draw(places)
        else:
            earlier = draw(st.sampled_from(lines))
            n = draw(st.integers(0, len(earlier) - 2))
            (ax, ay), (bx, by) = earlier[n], earlier[n + 1]
            t = draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))
            first = (ax + t * (bx - ax), ay + t * (by - ay))
        others = draw(st.lists(places, min_size=1, max_size=4))
        if math.dist(first, others[0]) < 1:
            others[0] = (others[0][0] + 2, others[0][1])
        lines.append([first, *others])
    return lines


@given(connected_corridors())
def test_touching_corridors_make_one_graph_of_steps_up_to_a_metre_and_a_half(lines: list[list[Place]]) -> None:
    """Whatever the polylines, every node is reached from every other and no step is empty or long."""
    layout = expand(site_of(*(corridor(f"k{k}", *line) for k, line in enumerate(lines))))
    assert nx.is_strongly_connected(graph(layout))
    assert all(0 < lane.length_m <= 1.5 for lane in layout.lanes)
    at = {node.id: (node.x_m, node.y_m) for node in layout.nodes}
    assert len(at) == len(layout.nodes)
    # Corridors that meet within 5 cm share the node of one of them, so a lane may look 10 cm longer than it is.
    assert all(math.dist(at[lane.tail], at[lane.head]) <= lane.length_m + 0.11 for lane in layout.lanes)


@given(connected_corridors())
def test_expanding_twice_gives_the_same_version(lines: list[list[Place]]) -> None:
    """Nothing depends on anything but the site."""
    site = site_of(*(corridor(f"k{k}", *line) for k, line in enumerate(lines)))
    assert expand(site) == expand(site)
