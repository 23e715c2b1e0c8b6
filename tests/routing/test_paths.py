"""Ways and drives: what a router answers, by hand on small buildings and against the reference on random ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import reference
from routing.floor_graph import build_graph
from routing.paths import UNREACHABLE, DriveStage, RideStage, Router, UnknownClosure, UnknownNode
from tests.routing.buildings import Building, buildings, door, lift, tower, zone

PROFILES = ("cart", "courier", "porter", "porter_bed")
FREE: frozenset[str] = frozenset()


def router(building: Building, *closures: str) -> Router:
    return Router(building.site(), building.layout(), frozenset(closures))


def closable(building: Building) -> list[str]:
    """Every id of a building that may be closed, sorted."""
    ids = {lane.corridor for lane in building.lanes.values() if lane.corridor}
    ids |= {node.floor for node in building.nodes.values()}
    ids |= {node.ref for node in building.nodes.values() if node.kind in {"station", "room", "bay"}}
    ids |= {part.id for parts in (building.doors, building.lifts, building.zones) for part in parts}
    return sorted(ids)


# --- a way ---------------------------------------------------------------------------------------------------------


def test_a_way_names_every_node_and_counts_metres_and_seconds() -> None:
    """A cart leaves its bay (2 m beside the corridor) for the station at the other end, all of it at 0.6 m/s."""
    path = router(tower()).path("cart", "bay:home", "st:below")
    assert path is not None
    assert path.nodes == ("bay:home", *(f"a:{x}" for x in range(11)), "st:below")
    assert path.length_m == pytest.approx(2 + 10 + 2)
    assert path.duration_s == pytest.approx(14 / 0.6, abs=1e-4)


def test_a_way_may_begin_and_end_between_the_corners_of_the_skeleton() -> None:
    """From 1 m to 4 m and back: nodes that offer no choice, on one stretch, are places like others."""
    found = router(tower())
    there, back = found.path("cart", "a:1", "a:4"), found.path("cart", "a:4", "a:1")
    assert there is not None
    assert back is not None
    assert there.nodes == ("a:1", "a:2", "a:3", "a:4")
    assert back.nodes == there.nodes[::-1]
    assert there.length_m == pytest.approx(3)


def test_staying_where_one_is_takes_no_time() -> None:
    """The way from a node to itself is that node, and its drive has one waypoint."""
    found = router(tower())
    path = found.path("cart", "a:3", "a:3")
    assert path is not None
    assert (path.nodes, path.length_m, path.duration_s) == (("a:3",), 0.0, 0.0)
    stages = found.drive("cart", "a:3", "a:3")
    assert stages is not None
    (stage,) = stages
    assert isinstance(stage, DriveStage)
    assert [waypoint.node for waypoint in stage.waypoints] == ["a:3"]


def test_a_door_costs_its_opening_and_is_waited_for_at_the_door() -> None:
    """4 m of corridor with a door of 4 s in the middle: 4 / 0.6 + 4 s, the dwell at the door's waypoint."""
    building = Building(doors=[door("D")])
    building.node("one", 0, 0)
    building.node("door:D", 2, 0, "door", ref="D")
    building.node("two", 4, 0)
    building.lane("one", "door:D", 2)
    building.lane("door:D", "two", 2)
    stages = router(building).drive("cart", "one", "two")
    assert stages is not None
    assert stages[0].duration_s == pytest.approx(4 / 0.6 + 4, abs=1e-4)
    assert isinstance(stages[0], DriveStage)
    assert [(at.node, at.dwell_s) for at in stages[0].waypoints] == [("one", 0.0), ("door:D", 4.0), ("two", 0.0)]


def test_a_bend_and_a_change_of_speed_are_waypoints() -> None:
    """Straight on at 1 m steps gives no waypoint; the corner of an L and the begin of a tunnel do."""
    building = Building()
    building.corridor("c", [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2)])
    building.corridor("t", [(2, 3), (2, 4), (2, 5)], kind="tunnel")
    building.lane("c:4", "t:0", 1, corridor="t", kind="tunnel")
    stages = router(building).drive("courier", "c:0", "t:2")
    assert stages is not None
    assert isinstance(stages[0], DriveStage)
    assert [(at.node, at.max_speed_m_s) for at in stages[0].waypoints] == [
        ("c:0", 0.8),
        ("c:2", 0.8),
        ("c:4", 0.8),
        ("t:2", 1.2),
    ]


# --- drives --------------------------------------------------------------------------------------------------------


def test_a_robots_drive_is_split_at_the_lift() -> None:
    """Drive to the lobby, ride, drive on from the cabin; boarding belongs to the ride."""
    stages = router(tower()).drive("cart", "bay:home", "st:above")
    assert stages is not None
    to_lobby, ride, onward = stages
    assert isinstance(to_lobby, DriveStage)
    assert isinstance(ride, RideStage)
    assert isinstance(onward, DriveStage)
    assert to_lobby.to_node == "lobby:E1@A"
    assert (ride.lift, ride.group, ride.from_floor, ride.to_floor) == ("E1", "group", "A", "B")
    assert [at.node for at in ride.boarding] == ["lobby:E1@A", "lift:E1@A"]
    assert [at.node for at in onward.waypoints] == ["lift:E1@B", "lobby:E1@B", "b:5", "b:0", "st:above"]
    # 2 m into the cabin at 0.6 m/s, 40 s expected wait, doors 2 × 6 s, 4 m up at 1 m/s
    assert ride.duration_s == pytest.approx(2 / 0.6 + 40 + 12 + 4, abs=1e-4)


def test_a_porters_drive_is_one_stage_that_waits_at_the_target_floor() -> None:
    """The waypoint after the lift carries wait and ride: 30 s, doors 2 × 6 s, 4 m at 1 m/s."""
    stages = router(tower()).drive("porter", "bay:home", "st:above")
    assert stages is not None
    (stage,) = stages
    assert isinstance(stage, DriveStage)
    assert [(at.node, at.dwell_s) for at in stage.waypoints if at.dwell_s > 0] == [("lift:E1@B", 30.0 + 12 + 4)]


def test_a_robot_in_the_cabin_rides_without_boarding() -> None:
    """From the cabin itself the first stage is the ride; from the lobby there is no drive before it."""
    found = router(tower())
    in_cabin = found.drive("cart", "lift:E1@A", "st:above")
    in_lobby = found.drive("cart", "lobby:E1@A", "lift:E1@B")
    assert in_cabin is not None
    assert isinstance(in_cabin[0], RideStage)
    assert in_cabin[0].boarding == ()
    assert in_lobby is not None
    (ride,) = in_lobby
    assert isinstance(ride, RideStage)
    assert ride.to_node == "lift:E1@B"


def test_avoiding_a_lift_takes_the_other_of_the_group() -> None:
    """E1 is nearer; without it E2 is ridden, and the next question is answered as before."""
    found = router(tower())
    lifts = []
    for avoided in (FREE, frozenset({"E1"}), FREE):
        stages = found.drive("cart", "bay:home", "st:above", avoid_lifts=avoided)
        assert stages is not None
        lifts += [stage.lift for stage in stages if isinstance(stage, RideStage)]
    assert lifts == ["E1", "E2", "E1"]
    assert found.drive("cart", "bay:home", "st:above", avoid_lifts=frozenset({"E1", "E2"})) is None


# --- closures ------------------------------------------------------------------------------------------------------


def test_a_closure_may_be_left_but_not_entered() -> None:
    """Corridor a is closed: the cart in the middle of it gets out to the bay, nobody gets in from there."""
    closed = router(tower(), "a")
    assert closed.path("cart", "a:3", "bay:home") is not None
    assert closed.path("cart", "bay:home", "st:below") is None


def test_a_closed_floor_is_passed_by_the_lift() -> None:
    """Floor B is closed; from A to C the cabin still passes it."""
    building = Building()
    for floor in ("A", "B", "C"):
        building.corridor(floor.lower(), [(0, 0), (1, 0)], floor=floor)
    building.shaft(lift("E", ["A", "B", "C"]), {"A": "a:0", "B": "b:0", "C": "c:0"})
    closed = router(building, "B")
    assert closed.path("cart", "a:1", "c:1") is not None
    assert closed.path("cart", "a:1", "b:1") is None


def test_a_zone_closes_all_its_members() -> None:
    """Zone z holds lift E1 and the station above: neither is entered any more, E2 is."""
    building = tower()
    building.zones.append(zone("z", "E1", "above"))
    building.beside("b:1", "st:next", "station")
    closed = router(building, "z")
    path = closed.path("cart", "bay:home", "st:next")
    assert path is not None
    assert "lift:E2@A" in path.nodes
    # A zone's members are floors, corridors, rooms, doors and lifts; a station is closed under its own id.
    assert router(building, "above").path("cart", "bay:home", "st:above") is None


def test_a_zone_closes_only_its_part_of_a_corridor() -> None:
    """Nodes 4 to 6 of a straight corridor burn: up to 3 and from 7 on it is open, and who stands at 5 gets out."""
    building = Building(zones=[zone("fire", "nothing-else")])
    building.corridor("c", [(float(x), 0.0) for x in range(11)])
    for x in (4, 5, 6):
        building.nodes[f"c:{x}"] = replace(building.nodes[f"c:{x}"], zones=("fire",))
    closed = router(building, "fire")
    reached = [node for node in building.nodes if closed.path("cart", "c:2", node) is not None]
    assert reached == ["c:0", "c:1", "c:2", "c:3"]
    assert closed.path("cart", "c:9", "c:7") is not None
    assert closed.path("cart", "c:5", "c:0") is not None
    assert closed.why_unreachable("cart", "c:2", "c:8") == "closed:fire"


def test_an_unknown_closure_is_refused_with_all_unknown_ids() -> None:
    """Two of three ids name nothing: both are in the error, and nothing is built."""
    with pytest.raises(UnknownClosure, match="corridor, door, zone") as error:
        router(tower(), "nowhere", "a", "attic")
    assert error.value.unknown == ("attic", "nowhere")


def test_an_unknown_node_is_refused_with_its_name() -> None:
    """A typing error in a node is an error, not a way that does not exist."""
    with pytest.raises(UnknownNode, match="'st:belwo'"):
        router(tower()).path("cart", "bay:home", "st:belwo")


def test_closing_and_reopening_restores_version_and_times() -> None:
    """Every set of closures is a version of the graph; the same set is the same version."""
    found = router(tower())
    closed = found.with_closures(frozenset({"E1", "a"}))
    reopened = closed.with_closures(FREE)
    assert len({found.version, closed.version}) == 2
    assert closed.version == router(tower(), "a", "E1").version
    assert reopened.version == found.version
    assert reopened.path("cart", "bay:home", "st:above") == found.path("cart", "bay:home", "st:above")


# --- why not -------------------------------------------------------------------------------------------------------


def test_what_is_reachable_needs_no_excuse() -> None:
    """No code where there is a way."""
    assert router(tower()).why_unreachable("cart", "bay:home", "st:above") is None


def test_the_closures_in_the_way_are_named_and_no_others() -> None:
    """Both lifts are closed and so is the station below; to the station above one lift is enough."""
    closed = router(tower(), "E1", "E2", "below")
    assert closed.why_unreachable("cart", "bay:home", "st:above") == "closed:E2"
    assert closed.why_unreachable("cart", "bay:home", "st:below") == "closed:below"


@pytest.mark.parametrize(
    ("profile", "changes", "expected"),
    [
        ("cart", {"width_m": 1.0}, "too_narrow:b"),  # 0.8 m wide and 0.3 m of clearance
        ("cart", {"robots": False}, "robots_barred:b"),
        ("porter_bed", {"width_m": 1.1}, "too_narrow:b"),
        ("cart", {"robots": False, "width_m": 1.0}, "too_narrow:b;robots_barred:b"),
    ],
)
def test_the_rule_in_the_way_is_named_with_its_corridor(profile: str, changes: dict[str, Any], expected: str) -> None:
    """Corridor a leads to corridor b, which the profile may not use."""
    building = Building()
    building.corridor("a", [(0, 0), (1, 0)])
    building.corridor("b", [(2, 0), (3, 0)], **changes)
    building.lane("a:1", "b:0", 1, corridor="a")
    assert router(building).why_unreachable(profile, "a:0", "b:1") == expected


def test_a_lift_that_refuses_and_a_missing_way_are_told_apart() -> None:
    """No lift takes beds: refused by both; a station on an island: no route for anybody."""
    building = tower()
    building.lifts = [each.model_copy(update={"riders": ["robot"]}) for each in building.lifts]
    building.node("st:island", 50, 50, "station")
    found = router(building)
    assert found.why_unreachable("porter_bed", "bay:home", "st:above") == "lift_refused:E1"
    assert found.why_unreachable("porter_bed", "bay:home", "st:island") == "no_route"


def test_a_door_by_hand_stops_robots_only() -> None:
    """A door that is not automatic: the porter opens it, the cart cannot."""
    building = Building(doors=[door("D", automatic=False)])
    building.corridor("c", [(0, 0), (1, 0)])
    building.node("door:D", 2, 0, "door", ref="D")
    building.lane("c:1", "door:D", 1)
    found = router(building)
    assert found.path("porter", "c:0", "door:D") is not None
    assert found.why_unreachable("cart", "c:0", "door:D") == "manual_door:D"


# --- on any building -----------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(buildings(), st.data())
def test_every_way_is_as_fast_as_the_reference_says(building: Building, data: st.DataObject) -> None:
    """Between any two nodes, for every profile and any closures: networkx on the full graph, to the microsecond."""
    closures = frozenset(data.draw(st.lists(st.sampled_from(closable(building)), max_size=3)))
    found = router(building, *sorted(closures))
    site, graph = building.site(), build_graph(building.layout())
    for profile_id in PROFILES:
        open_graph = reference.passable(site, graph, found.profiles[profile_id], sorted(closures))
        for _ in range(4):
            tail, head = (data.draw(st.sampled_from(sorted(graph))) for _ in range(2))
            us = reference.shortest_us(open_graph, tail, head)
            path = found.path(profile_id, tail, head)
            assert (None if path is None else round(path.duration_s * 1e6)) == us
            expected = UNREACHABLE if us is None else (us + 500) // 1000
            assert found.times_from(profile_id, tail, [head]) == [expected]


@settings(max_examples=40)
@given(buildings(), st.data())
def test_the_stages_of_a_drive_are_its_way(building: Building, data: st.DataObject) -> None:
    """Stages join end to end, their seconds and metres add up to the way's, and unreachable is None for both."""
    found = router(building)
    for profile_id in PROFILES:
        tail, head = (data.draw(st.sampled_from(sorted(building.nodes))) for _ in range(2))
        path, stages = found.path(profile_id, tail, head), found.drive(profile_id, tail, head)
        assert (path is None) == (stages is None) == (found.why_unreachable(profile_id, tail, head) is not None)
        if path is None or stages is None:
            continue
        at = tail
        for stage in stages:
            begin = stage.waypoints[0].node if isinstance(stage, DriveStage) else stage.from_node
            assert begin == at
            at = stage.to_node
        assert at == head
        assert sum(stage.duration_s for stage in stages) == pytest.approx(path.duration_s, abs=1e-6)
        assert sum(stage.length_m for stage in stages) == pytest.approx(path.length_m, abs=1e-6)
        seen = [at.node for stage in stages if isinstance(stage, DriveStage) for at in stage.waypoints]
        assert [node for node in path.nodes if node in set(seen)] == list(dict.fromkeys(seen))


@settings(max_examples=40)
@given(buildings(), st.data())
def test_one_more_closure_never_makes_a_way_faster(building: Building, data: st.DataObject) -> None:
    """With more closed, every time stays or grows; without them again, all is as it was."""
    ids = closable(building)
    few = frozenset(data.draw(st.lists(st.sampled_from(ids), max_size=2)))
    more = few | {data.draw(st.sampled_from(ids))}
    found = router(building, *sorted(few))
    closed = found.with_closures(more)
    nodes = sorted(building.nodes)
    for profile_id in PROFILES:
        tail = data.draw(st.sampled_from(nodes))
        before, after = found.times_from(profile_id, tail, nodes), closed.times_from(profile_id, tail, nodes)
        assert all(late >= early for early, late in zip(before, after, strict=True))
        assert closed.with_closures(few).times_from(profile_id, tail, nodes) == before


@settings(max_examples=20)
@given(buildings())
def test_the_order_of_a_layout_changes_no_answer(building: Building) -> None:
    """The same nodes and lanes the other way round: the same ways, of equal ones too."""
    turned = Building(doors=building.doors, lifts=building.lifts, zones=building.zones)
    turned.nodes = dict(reversed(building.nodes.items()))
    turned.lanes = dict(reversed(building.lanes.items()))
    one, other = router(building), router(turned)
    stops = [node for node in sorted(building.nodes) if node.startswith("st:")]
    for tail in stops:
        for head in stops:
            assert one.path("porter", tail, head) == other.path("porter", tail, head)
