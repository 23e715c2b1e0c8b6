"""Checking the building: what is drawn lies where it can be reached, and everything is reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site_models.edited_clinic import Case, Edit, assert_found, case

B, S, C = "building.yaml", "site.yaml", "carriers.yaml"

ATTIC = "      - {id: attic, points: [[0, 50], [9, 50]], width_m: 2, kind: ward, source: assumed}"
DOT = "      - {id: dot, points: [[5, 0], [5, 0]], width_m: 2, kind: ward, source: assumed}"
DOOR_2 = '      - {id: "S{floor}-door-2", at: [44, 3.02], opening_s: 4, source: assumed}'
ATTIC_DOOR = "doors:\n  - {id: attic-door, at: [5, 0], opening_s: 4, source: assumed}"
PARKING = '  - {id: park, floor: "0", at: [14, -2.6], fleet: cart, parking: true}'
ATTIC_BAY = '  - {id: attic-bay, floor: "1", at: [3, 52], fleet: cart}'

SHAPES = [
    case("corridor_empty", B, "id: 0-main, points", "", DOT, "id: dot"),
    case("corridor_alone", B, "id: 1-main, points", "", ATTIC, "id: attic"),
    case(
        "room_outline",
        B,
        "id: 0-lab, kind",
        "[37, 10], [25, 10]]",
        "[25, 10], [37, 10]]",
        "id: 0-lab, kind",
        also=("station_outside_room",),
    ),
    case("rooms_overlap", B, "id: 0-imaging", "[39, -1.5], [26, -1.5]]", "[39, -1.5], [22, -1.5]]", "id: 0-porters"),
    case("door_off_outline", B, "id: 0-store, kind", "doors: [[9, 1.5]]", "doors: [[9, 0.5]]"),
    case("door_far", B, "id: 0-store, kind", "doors: [[9, 1.5]]", "doors: [[9, 11]]"),
    case("row_too_long", B, "{n:02d}", "count: 5", "count: 6"),
    case("station_outside_room", B, "id: lab-blood", "at: [35, 4]", "at: [38, 12]"),
    case("station_far", B, "s{floor}-beds", "at: [44.9, 22]", "at: [60, 40]"),
    case("bay_far", B, "id: courier-bay", "at: [11, -2.6]", "at: [11, -20]"),
    case("lift_far", B, "id: E2", "at: [22, 3.6]", "at: [22, 20]", "id: E2"),
    case("door_off_corridor", B, 'id: "S{floor}-door"', "at: [44, 3]", "at: [40, 3]"),
    case("door_floor", B, "id: courier-bay", "", ATTIC_DOOR, "id: attic-door"),
    case("doors_in_one_place", B, 'id: "S{floor}-door"', "", DOOR_2, "-door-2"),
]

REACH = [
    # A corridor that porters cannot enter from anywhere: its end stops a metre short of the main corridor.
    case(
        "station_unreachable",
        B,
        "id: 1-main, points",
        "[46, 0]",
        "[42, 0]",
        'id: "s{floor}-tube"',
        also=("corridor_alone",),
    ),
    # Only carts of 0.8 m and couriers of 0.6 m, with 0.3 m to spare, so 0.85 m is too narrow for both.
    case("robot_too_wide", B, 'id: "S{floor}-corridor"', "width_m: 2.4", "width_m: 0.85", also=("bed_unreachable",)),
    case(
        "bed_unreachable", B, "id: E2", "riders: [bed, staff, public]", "riders: [staff, public]", 'id: "s{floor}-beds"'
    ),
    # Robots are barred from the first floor.
    case(
        "station_unreachable",
        B,
        "id: 1-main, points",
        "kind: logistics",
        "kind: logistics, robots: false",
        'id: "s{floor}-clean"',
    ),
    # A door that does not open by itself stops robots, not porters.
    case(
        "station_unreachable",
        B,
        'id: "S{floor}-door"',
        "fire: true",
        "fire: true, automatic: false",
        'id: "s{floor}-clean"',
    ),
    # One-way away from the lifts: robots get there, but not back.
    case(
        "station_unreachable",
        B,
        'id: "S{floor}-corridor"',
        "kind: ward",
        "kind: ward, one_way: true",
        'id: "s{floor}-tube"',
    ),
    case(
        "phase_unreachable",
        S,
        "id: ground",
        "robots: {cart: 2, courier: 1}",
        "robots: {cart: 2, courier: 1}}\n  - {id: late, name: late, date: 2025-06-01, opens: [E2]",
        "id: upstairs",
    ),
]

BAYS = [
    case("too_few_bays", C, "    count: 3", "count: 3", "count: 4", also=("never_commissioned",)),
    Case(
        "bay_without_way",
        (Edit(B, "id: 1-main, points", "", ATTIC), Edit(B, "id: courier-bay", "", ATTIC_BAY)),
        "id: attic-bay",
        also=("corridor_alone",),
    ),
    # A second row behind the first: its way to the corridor leads through parked robots.
    case("bay_behind_bay", B, "id: courier-bay", "at: [11, -2.6]", "at: [5, -4.6]"),
    case("parking_charger", B, "id: courier-bay", "", PARKING.replace("true}", "true, charger: true}"), "id: park"),
    # A bay for parking is a bay like others: a robot in it blocks nobody.
    case("bay_behind_bay", B, "id: courier-bay", "", PARKING.replace("[14, -2.6]", "[5, -4.6]"), "id: park"),
    # The courier's charger goes; the carts have theirs.
    Case("no_charger", (Edit(B, "id: courier-bay", ", charger: true", ""),), "drive_share_per_h: 0.1,", (), C),
    # Its charger stands in an attic to which nothing leads.
    Case(
        "no_charger",
        (
            Edit(B, "id: 1-main, points", "", ATTIC),
            Edit(B, "id: courier-bay", ", charger: true", ""),
            Edit(B, "id: courier-bay", "", ATTIC_BAY.replace("cart", "courier, charger: true")),
        ),
        "drive_share_per_h: 0.1,",
        ("corridor_alone", "bay_without_way"),
        C,
    ),
    # What is nobody's home is no home: the courier has none left, and all of it is said at once.
    Case(
        "too_few_bays",
        (Edit(B, "id: courier-bay", "charger: true", "parking: true"),),
        "    count: 1",
        ("no_charger",),
        C,
    ),
]


@pytest.mark.parametrize("broken", SHAPES, ids=str)
def test_what_is_drawn_lies_where_it_can_be_reached(tmp_path: Path, broken: Case) -> None:
    """Rooms, doors, stations, bays and lifts fit the corridors of their floor."""
    assert_found(tmp_path, broken)


@pytest.mark.parametrize("broken", REACH, ids=str)
def test_every_station_is_reached_by_those_who_serve_it(tmp_path: Path, broken: Case) -> None:
    """Robots come from their home bays and porters from their bases, and both get back."""
    assert_found(tmp_path, broken)


@pytest.mark.parametrize("broken", BAYS, ids=str)
def test_every_robot_gets_home(tmp_path: Path, broken: Case) -> None:
    """Each robot owns a bay, and the way there crosses no other bay."""
    assert_found(tmp_path, broken)
