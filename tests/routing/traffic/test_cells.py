"""What a site's ways are cut into: lanes, junctions, doors, rooms, bays, lifts and zones, by hand and at random.

The cart of the small clinic is 1.6 m long and 0.8 m wide, needs 0.3 m of clearance and drives at most 1.2 m/s. So it
passes another where 2 × 1.1 = 2.2 m are free, reaches (√(1.6² + 0.8²) + 0.3) / 2 = 1.04 m from where it turns, takes
1.9 m of a lane and 1.2² / (2 × 0.5) = 1.44 m to stop: no stretch is shorter than 3.34 m.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.paths import Router
from routing.traffic.measures import TURN_MS, measures
from tests.routing.buildings import Building, buildings, clinic, door, lift, zone
from tests.routing.traffic.networks import cell_of, cut, free_flow_ms, moves_from, point

FAR = float("inf")


def aisle(width_m: float, length: int = 20) -> Building:
    """A straight corridor with a bay at its west end and a station at its east end."""
    building = Building()
    building.corridor("a", [(float(x), 0.0) for x in range(length + 1)], width_m=width_m)
    building.beside("a:0", "bay:home", "bay")
    building.beside(f"a:{length}", "st:goods", "station")
    return building


def test_the_measures_of_the_largest_robot_hold_for_all() -> None:
    """The figures in the heading of this file."""
    found = measures(clinic())
    assert found.standing_m == pytest.approx(1.9)
    assert found.reach_m == pytest.approx(1.044, abs=0.001)
    assert found.least_m == pytest.approx(3.34)


def test_where_two_robots_pass_each_direction_has_its_cells() -> None:
    """22 m from bay to slot: points east and west at the same nodes in different cells, none shorter than it may be."""
    cells = cut(aisle(2.4))
    nodes = {name.rstrip("<>") for name in cells.network.points if name.startswith("a:")}
    assert len(nodes) >= 4
    for node in nodes:
        assert cell_of(cells, f"{node}>") != cell_of(cells, f"{node}<")
    east = sorted({cell_of(cells, name) for name in cells.network.points if name.endswith(">")})
    assert 22 / len(east) >= measures(clinic()).least_m


def test_where_they_do_not_pass_both_directions_have_the_same_cells() -> None:
    """A corridor of 1.2 m: whoever drives east keeps the cell from whoever drives west."""
    cells = cut(aisle(1.2))
    nodes = {name.rstrip("<>") for name in cells.network.points if name.startswith("a:")}
    for node in nodes:
        assert cell_of(cells, f"{node}>") == cell_of(cells, f"{node}<")


def test_a_robot_turns_round_only_where_there_is_room() -> None:
    """It needs 2 × 1.04 = 2.09 m: at 2.4 m it turns and has both lanes while it does; at 1.2 m it does not."""
    wide, narrow = cut(aisle(2.4)), cut(aisle(1.2))
    for name in wide.network.points:
        if name.endswith(">"):
            assert moves_from(wide, name)[f"{name[:-1]}<"] == TURN_MS
    for name in narrow.network.points:
        if name.endswith(">"):
            assert f"{name[:-1]}<" not in moves_from(narrow, name)


def test_a_crossing_is_one_cell_of_all_directions() -> None:
    """Four corridors meet at 0, 0; robots from any of them stop short of it and may leave by any."""
    building = Building()
    building.node("x:0", 0.0, 0.0, ref="x")
    for arm, (dx, dy) in {"e": (1, 0), "n": (0, 1), "w": (-1, 0), "s": (0, -1)}.items():
        for k in range(1, 11):
            building.node(f"{arm}:{k}", dx * k, dy * k, ref=arm)
            building.lane("x:0" if k == 1 else f"{arm}:{k - 1}", f"{arm}:{k}", 1.0, corridor=arm)
        building.beside(f"{arm}:10", f"bay:{arm}", "bay")
    cells = cut(building)
    assert cells.network.cells.count("x:0") == 1
    outward = moves_from(cells, "x:0")
    assert len(outward) == 4
    assert all(cells.network.cell[point(cells, name)] != cells.network.cell[point(cells, "x:0")] for name in outward)
    # 1.04 m of turning robot and half of 1.9 m of waiting robot: 1.99 m at least from the middle
    assert {cells.network.nodes[point(cells, name)].partition(":")[2] for name in outward} == {"2"}


def test_openings_so_near_that_robots_would_touch_are_one_cell() -> None:
    """Bays every metre open to one piece of aisle; a bay 6 m on has an opening of its own."""
    building = aisle(2.4)
    for x in (8, 9, 10, 16):
        building.beside(f"a:{x}", f"bay:{x}", "bay")
    cells = cut(building)
    assert {cell_of(cells, f"a:{x}") for x in (8, 9, 10)} == {cell_of(cells, "a:8")}
    assert cell_of(cells, "a:16") != cell_of(cells, "a:8")
    # bay to opening: 2 m of room at 0.6 m/s
    assert moves_from(cells, "bay:9") == {"a:9": 3333}


def test_a_door_is_a_cell_that_opens_while_one_moves_in() -> None:
    """From 2 m before it a cart drives 3.3 s and waits 4 s; on the way out the door is open."""
    building = aisle(2.4)
    building.node("door:D", 10.0, 0.5, "door", ref="D")
    building.doors.append(door("D", opening_s=4.0))
    for pair in (("a:9", "a:10"), ("a:10", "a:11")):
        for way in (pair, pair[::-1]):
            del building.lanes[way]
    del building.nodes["a:10"]
    building.lane("a:9", "door:D", 1.2)
    building.lane("door:D", "a:11", 1.2)
    cells = cut(building)
    before = [name for name in cells.network.points if "door:D" in moves_from(cells, name)]
    assert sorted(cells.network.nodes[point(cells, name)] for name in before) == ["a:12", "a:8"]
    assert {moves_from(cells, name)["door:D"] for name in before} == {round(2.2 / 0.6 * 1000) + 4000}
    assert sorted(moves_from(cells, "door:D").values()) == [round(2.2 / 0.6 * 1000)] * 2


def test_each_slot_of_a_station_is_a_bay_reached_from_the_room() -> None:
    """Two stations of three slots in a room: six bays, and nobody goes through one to get to another."""
    building = aisle(2.4)
    room = building.beside("a:10", "room:store", "room", 6.0)
    building.beside(room, "st:out", "station", 3.0)
    building.node("st:in", 14.0, 6.0, "station", ref="in")
    building.lane(room, "st:in", 4.0, kind="room", corridor=None)
    cells = cut(building)
    slots = [f"st:{station}#{slot}" for station in ("in", "out") for slot in (1, 2, 3)]
    assert [name for name in cells.network.points if name.startswith(("st:in", "st:out"))] == slots
    assert len({cell_of(cells, slot) for slot in slots}) == 6
    for slot in slots:
        assert set(moves_from(cells, slot)) == {"room:store"}
        assert cells.network.bay[point(cells, slot)]


def storeys() -> Building:
    """A corridor on each of two floors, a bay below, a station above, a lift with lobby bays between."""
    building = Building()
    for floor in ("A", "B"):
        building.corridor(floor.lower(), [(float(x), 0.0) for x in range(21)], floor=floor)
    building.beside("a:0", "bay:home", "bay")
    building.beside("a:20", "st:below", "station")
    building.beside("b:0", "st:above", "station")
    building.beside("b:20", "st:other", "station")
    building.shaft(lift("E1", ["A", "B"], lobby_bay=True, door_s=6.0), {"A": "a:10", "B": "b:10"})
    return building


def test_a_lift_is_one_cell_and_every_ride_begins_in_a_waiting_bay() -> None:
    """Corridor → lobby → cabin → cabin above → corridor above; the way out leads past the waiting bay, not through."""
    cells = cut(storeys())
    assert cell_of(cells, "lift:E1@A") == cell_of(cells, "lift:E1@B") == "lift:E1"
    assert cells.network.bay[point(cells, "lobby:E1@A")]
    assert "lift:E1@A" not in moves_from(cells, "a:10")
    # 2 m of lobby at 0.6 m/s; to come from the other floor 4 m at 1 m/s and doors that open in 6 s
    assert moves_from(cells, "lobby:E1@A") == {"a:10": 3333, "lift:E1@A": 3333 + 10_000}
    # doors that close and open, 4 m at 1 m/s; out through cabin door and lobby 4 m
    assert moves_from(cells, "lift:E1@A") == {"lift:E1@B": 16_000, "a:10": 6667}
    assert cells.way_between(point(cells, "lift:E1@B"), point(cells, "b:10")) == ("lift:E1@B", "lobby:E1@B", "b:10")


def test_a_lift_without_waiting_bays_carries_no_robots() -> None:
    """Nobody could wait for it without standing in the way."""
    building = storeys()
    building.lifts = [one.model_copy(update={"lobby_bay": False}) for one in building.lifts]
    cells = cut(building)
    assert "lift:E1" not in cells.network.cells
    assert free_flow_ms(cells, "cart", "bay:home").get("st:above", FAR) == FAR


def test_a_zone_for_one_robot_is_one_cell_and_robots_wait_outside() -> None:
    """The middle of the corridor, 8 m to 14 m: one cell; the last place before it leaves room for one who is in it."""
    building = aisle(2.4)
    building.zones.append(zone("z", "a").model_copy(update={"robots": "one"}))
    for x in range(8, 15):
        building.node(f"a:{x}", float(x), 0.0, ref="a", zones=("z",))
    cells = cut(building)
    inside = {name for name in cells.network.points if cell_of(cells, name) == "zone:z"}
    at = {
        name: int(cells.network.nodes[point(cells, name)].partition(":")[2])
        for name in cells.network.points
        if name.startswith("a:")
    }
    assert inside == {name for name, x in at.items() if 8 <= x <= 14}
    assert min(abs(x - edge) for x in at.values() if not 8 <= x <= 14 for edge in (8, 14)) >= 2


def test_what_leads_nowhere_is_no_part_of_the_network() -> None:
    """A side corridor without stops has no cells and is no junction."""
    building = aisle(2.4)
    building.corridor("side", [(10.0, float(y)) for y in range(1, 9)])
    building.lane("a:10", "side:0", 1.0)
    assert cut(building).network.points == cut(aisle(2.4)).network.points


def test_moves_know_their_opposites_and_their_ways() -> None:
    """A move back between the same two points is the opposite; each way is a walk on the layout's lanes."""
    building = storeys()
    cells = cut(building)
    network = cells.network
    lanes = {(lane.tail, lane.head) for lane in building.layout().lanes}
    for tail in range(len(network.points)):
        for move in range(network.first[tail], network.first[tail + 1]):
            way = cells.ways[move]
            assert (way[0], way[-1]) == (network.nodes[tail], network.nodes[network.head[move]])
            assert set(pairwise(way)) <= lanes
            back = int(network.opposite[move])
            assert back < 0 or (network.head[back], network.opposite[back]) == (tail, move)


@settings(max_examples=40, deadline=None)
@given(building=buildings(), data=st.data())
def test_points_lead_where_the_router_leads_and_as_fast(building: Building, data: st.DataObject) -> None:
    """In any building every station is reached by points iff by the router; without lifts in the same time."""
    building.lifts = [one.model_copy(update={"lobby_bay": True}) for one in building.lifts]
    cells = cut(building)
    router = Router(building.site(), building.layout())
    stations = sorted(building.layout().station_node.values())
    origin = data.draw(st.sampled_from(stations))
    profile = data.draw(st.sampled_from(cells.network.profiles))
    times = free_flow_ms(cells, profile, origin) if origin in cells.at else {origin: 0.0}
    for station in stations:
        path = router.path(profile, origin, station)
        assert (times.get(station, FAR) < FAR) == (path is not None)
        if path is not None and not any(node.startswith("lift:") for node in path.nodes):
            assert times[station] == pytest.approx(path.duration_s * 1000, abs=len(cells.network.points))
