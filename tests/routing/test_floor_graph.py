"""The floor graph: what is checked of a layout, and what the graph and its skeleton hold."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given

from routing.floor_graph import GraphError, build_graph
from routing.skeleton import freeze
from site_models.layout import Lane
from tests.routing.buildings import Building, buildings, door, lift, tower


def rules(building: Building) -> list[tuple[str, str]]:
    """(rule, where) of everything that is wrong with a building."""
    with pytest.raises(GraphError) as error:
        build_graph(building.layout())
    return [(violation.rule, violation.where) for violation in error.value.violations]


def pair() -> Building:
    """Two nodes 3 m apart and the lanes between them."""
    building = Building()
    building.corridor("c", [(0, 0), (3, 0)])
    return building


def test_nodes_and_lanes_carry_their_attributes() -> None:
    """Everything a layout says of a place and a stretch is on the graph."""
    building = Building(doors=[door("D")])
    building.node("one", 0, 0, zones=("z2", "z1"), ward="W")
    building.node("door:D", 2, 0, "door", ref="D")
    building.lane("one", "door:D", 2.5, kind="tunnel", width_m=3.0, corridor="K", robots=False)
    graph = build_graph(building.layout())
    assert graph.nodes["one"] == {
        "floor": "A", "x_m": 0.0, "y_m": 0.0, "kind": "corridor", "ref": "one", "room": None, "ward": "W",
        "zones": ("z1", "z2"),
    }  # fmt: skip
    assert graph.edges["one", "door:D"] == {
        "length_m": 2.5, "kind": "tunnel", "width_m": 3.0, "corridor": "K", "door": "D", "lift": None, "robots": False,
    }  # fmt: skip
    assert graph.edges["door:D", "one"]["door"] is None


def test_a_ride_is_one_lane_from_any_floor_to_any_other() -> None:
    """The layout joins neighbouring floors (4 m each); the graph adds A ↔ C as one ride of 8 m."""
    building = Building()
    for floor in ("A", "B", "C"):
        building.corridor(floor.lower(), [(0, 0), (1, 0)], floor=floor)
    building.shaft(lift("E", ["A", "B", "C"]), {"A": "a:0", "B": "b:0", "C": "c:0"})
    graph = build_graph(building.layout())
    assert graph.edges["lift:E@A", "lift:E@C"]["length_m"] == pytest.approx(8)
    assert graph.edges["lift:E@C", "lift:E@A"]["lift"] == "E"


def test_all_violations_are_listed_with_where_and_rule() -> None:
    """A node without floor, one nowhere, a lane to nobody and one of no width: four errors at once."""
    building = pair()
    building.nodes["c:0"] = replace(building.nodes["c:0"], floor="")
    building.nodes["x"] = replace(building.nodes["c:1"], id="x", x_m=math.nan)
    building.lanes["c:0", "c:1"] = replace(building.lanes["c:0", "c:1"], head="gone")
    building.lanes["c:1", "c:0"] = replace(building.lanes["c:1", "c:0"], width_m=0)
    found = rules(building)
    assert ("node.floor", "node 'c:0'") in found
    assert ("node.position", "node 'x'") in found
    assert ("lane.end", "lane c:0 → gone") in found
    assert ("lane.width", "lane c:1 → c:0") in found


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"kind": "stairs"}, "lane.kind"),
        ({"length_m": -1.0}, "lane.length"),
        ({"length_m": math.inf}, "lane.length"),
        ({"length_m": 2.0}, "lane.straight"),  # its ends are 3 m apart
        ({"width_m": math.nan}, "lane.width"),
        ({"corridor": None}, "lane.corridor"),
        ({"kind": "lift"}, "lane.lift"),
        ({"robots": "yes"}, "lane.robots"),
        ({"head": "c:0"}, "lane.loop"),
        ({"door": "D"}, "lane.door"),  # its head is no door
    ],
)
def test_a_wrong_lane_attribute_names_lane_and_rule(changes: dict[str, object], rule: str) -> None:
    """One wrong value on the lane c:0 → c:1 is one violation of its rule."""
    building = pair()
    lane: Lane = replace(building.lanes["c:0", "c:1"], **changes)  # type: ignore[arg-type]  # wrong on purpose
    building.lanes["c:0", "c:1"] = lane
    assert (rule, f"lane c:0 → {lane.head}") in rules(building)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"kind": "stairs"}, "node.kind"),
        ({"kind": "station", "ref": ""}, "node.ref"),
        ({"id": "c:1"}, "node.duplicate"),
    ],
)
def test_a_wrong_node_attribute_names_node_and_rule(changes: dict[str, object], rule: str) -> None:
    """One wrong value on the node c:0 is a violation of its rule."""
    building = pair()
    node = replace(building.nodes["c:0"], **changes)  # type: ignore[arg-type]  # wrong on purpose
    building.nodes["c:0"] = node
    assert rule in {found for found, _ in rules(building)}


def test_only_a_cabin_changes_floors_and_only_its_own() -> None:
    """A stair as a lane, and a ride from lift E1 into E2, are both refused."""
    building = tower()
    building.lane("a:0", "b:0", 5, corridor="stair")
    building.lane("lift:E1@A", "lift:E2@B", 5, kind="lift", lift="E1", corridor=None)
    found = rules(building)
    assert ("lane.floor", "lane a:0 → b:0") in found
    assert ("lane.ride", "lane lift:E1@A → lift:E2@B") in found


def test_a_violation_reads_as_a_sentence() -> None:
    """Where, what is wrong with the figure, which rule."""
    building = pair()
    building.lanes["c:0", "c:1"] = replace(building.lanes["c:0", "c:1"], length_m=2.0)
    with pytest.raises(GraphError) as error:
        build_graph(building.layout())
    assert str(error.value) == "lane c:0 → c:1: 2.00 m long, yet its ends are 3.00 m apart [lane.straight]"


def test_the_skeleton_keeps_what_offers_a_choice() -> None:
    """Of 11 corridor nodes on floor A remain the two ends (where something stands beside them) and the lifts' feet."""
    skeleton = freeze(build_graph(tower().layout()))
    kept = {skeleton.ids[node] for node in skeleton.corners.tolist()}
    assert {id for id in kept if id.startswith("a:")} == {"a:0", "a:5", "a:8", "a:10"}


def test_a_ring_without_any_corner_gets_one() -> None:
    """A corridor in a circle: its first node by id becomes a corner, and both ways round are kept."""
    points = [(10 * math.cos(k / 300 * math.tau), 10 * math.sin(k / 300 * math.tau)) for k in range(300)]
    building = Building()
    building.corridor("c", points)
    building.lane("c:299", "c:0", 0.21)
    skeleton = freeze(build_graph(building.layout()))
    assert [skeleton.ids[node] for node in skeleton.corners.tolist()] == ["c:0"]
    assert skeleton.chain_first.tolist() == [0, 300, 600]


@given(buildings())
def test_every_lane_is_in_exactly_one_stretch(building: Building) -> None:
    """The skeleton loses no lane and doubles none, and each stretch joins its two corners."""
    graph = build_graph(building.layout())
    skeleton = freeze(graph)
    assert sorted(skeleton.chain.tolist()) == list(range(graph.number_of_edges()))
    for stretch in range(len(skeleton.head)):
        lanes = [skeleton.lanes[lane] for lane in skeleton.chain_of(stretch)]
        assert [head for _, head, _ in lanes[:-1]] == [tail for tail, _, _ in lanes[1:]]
        assert skeleton.corner[lanes[0][0]] == skeleton.tail[stretch]
        assert skeleton.corner[lanes[-1][1]] == skeleton.head[stretch]


@given(buildings())
def test_the_frozen_arrays_cannot_be_changed(building: Building) -> None:
    """Whoever shares the skeleton shares what it is."""
    skeleton = freeze(build_graph(building.layout()))
    for array in (skeleton.first, skeleton.head, skeleton.chain, skeleton.chain_first, skeleton.corner):
        assert not array.flags.writeable
