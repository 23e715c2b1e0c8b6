"""Checking carriers and what they carry: lifts, shifts, tube, loads, times and people can do what is asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import site_models.checks
from site_models.check import check
from site_models.load import load_site
from tests.site_models import test_check_building, test_check_references
from tests.site_models.edited_clinic import Case, Edit, assert_found, case

B, C, D, L, S = "building.yaml", "carriers.yaml", "demand.yaml", "loads.yaml", "site.yaml"

CARRIERS = [
    case("lift_one_floor", B, "id: E2", 'serves: ["0", "1"]', 'serves: ["0"]', also=("station_unreachable",)),
    case("lift_floor_twice", B, "id: E2", 'serves: ["0", "1"]', 'serves: ["0", "1", "1"]'),
    case("lift_floors_level", B, "elevation_m: 4.2", "4.2", "0", "id: E1"),
    case("lift_without_lobby_bay", B, "id: E1", "lobby_bay: true", "lobby_bay: false"),
    # The cart is 1.6 m long.
    case("cabin_too_small", B, "id: E1", "cabin_m: [2.4, 1.5]", "cabin_m: [1.5, 1.5]"),
    case("lift_payload", B, "id: E1", "payload_kg: 1600", "payload_kg: 300"),
    case("shift_empty", C, "id: day,", 'end: "15:00"', 'end: "07:00"', also=("no_porter",)),
    Case(
        "shift_base",
        (
            Edit(B, "id: lab-tube", "[tube, porter]", "[tube]"),
            Edit(C, "id: day,", "base: porters-lodge", "base: lab-tube"),
        ),
        "base: lab-tube",
    ),
    case("no_porter", C, "id: night", 'end: "07:00"', 'end: "06:59"', "id: day,"),
    case("no_porter", C, "id: evening", "count: 3", "weekdays: [mon, tue, wed, thu, fri, sat], count: 3", "id: day,"),
    # A bed takes two porters with the skill.
    Case("too_few_porters", (Edit(C, "id: night", "count: 2", "count: 1"),), "id: bed", in_file=L),
    case("tube_line_apart", C, "id: tube-exchange", "tube-wards]", "tube-services]", "id: tube-wards"),
    Case("tube_stop", (Edit(B, "id: lab-blood", "[tube, porter]", "[porter]"),), "lab-blood", in_file=C),
    case(
        "tube_stop_twice",
        C,
        "station: lab-blood",
        "station: lab-blood",
        "station: lab-tube",
        also=("tube_station_off_line",),
    ),
    # A station may stand on both lines, its capsules belong to it once.
    Case(
        "tube_stock_twice",
        (
            Edit(C, "{station: lab-blood", "at_m: 20", "at_m: 20, basket: 8"),
            Edit(
                C,
                "{station: imaging-tube",
                "{station: imaging",
                "{station: lab-blood, at_m: 9, basket: 8}, {station: imaging",
            ),
        ),
        "station: lab-blood, at_m: 9",
    ),
    case("tube_order", C, "station: lab-blood", "at_m: 20", "at_m: 12"),
    case("tube_capsules", C, "{station: lab-blood", "at_m: 20", "at_m: 20, capsules: 17", "capsules: 16"),
    case("shared_capsule", L, "id: medicine", "mass_kg: 0.8", "mass_kg: 0.8, per_capsule: 2", "per_capsule"),
    case("tube_station_off_line", B, "id: lab-desk", "kinds: [robot, porter]", "kinds: [robot, porter, tube]"),
    # Controlled drugs need a locked compartment, and no robot has one any more.
    Case("mode_without_carrier", (Edit(C, "    locked: true", "true", "false"),), "id: medicine", in_file=L),
    case("too_heavy", L, "id: medicine", "mass_kg: 0.8", "mass_kg: 8"),
    case("too_heavy", L, "id: linen", "mass_kg: 140", "mass_kg: 440"),
    case("too_heavy", L, "id: mail", "mass_kg: 2,", "mass_kg: 26,"),
]

TRAFFIC = [
    case("timezone", S, "timezone:", "Europe/Copenhagen", "Europe/Kobenhavn"),
    case("rank_twice", S, "id: routine", "rank: 4", "rank: 3", "rank: 3, target_min: 180"),
    case("priority_order", S, "id: planned", "target_min: 60", "target_min: 20"),
    case("person_by_machine", L, "id: patient", "modes: [porter]", "modes: [porter, robot]", "id: patient"),
    case("mode_twice", L, "id: mail", "modes: [robot, porter]", "modes: [robot, porter, robot]"),
    case(
        "returns_cycle",
        L,
        "id: used_meal_cart",
        "clean: unclean",
        "returns: {load: meal, after_min: 5}, clean: unclean",
        "id: meal",
    ),
    case("opening_empty", B, "id: store-out", '"06:00-22:00"', '"06:00-06:00"'),
    case("profile_weights", D, "id: around_the_clock", "[2, 2, 2, 2", "[2, -2, 2, 2"),
    case("matches_nothing", D, "id: meals", 'destinations: ["s*-clean"]', 'destinations: ["s*-clean", "t*"]'),
    Case(
        "station_cannot_handle",
        (Edit(B, "id: lab-tube", "[tube, porter]", "[tube]"), Edit(D, "id: mail_round", "lab-desk", "lab-tube")),
        "id: mail_round",
    ),
    case("round_sides", D, "id: meals", "origins: [store-out]", "origins: [store-out, medicine-hatch]"),
    case("to_itself", D, "id: controlled_drugs", 'destinations: ["s*-clean"]', "destinations: [medicine-hatch]"),
    case("mix_over_one", D, "specimen: routine_blood", "share: 0.7", "share: 0.8", "share: 0.8"),
    case("specimen_unused", D, "id: blood,", "share: 0.15", "share: 0.15, specimen: urine"),
    case(
        "clean_and_unclean", B, "id: unclean", "members: [0-soiled", "members: [0-soiled, 0-store", also=("wrong_zone",)
    ),
    case("wrong_zone", D, "id: meals", 'destinations: ["s*-clean"]', 'destinations: ["s*-soiled"]'),
    case("soils_compartment", L, "id: waste,", "cart: true", "cart: false", also=("too_heavy",)),
    case("lift_shared", B, "id: E1", "riders: [robot]", "riders: [robot, staff], robots_ride_alone: false", "id: E1"),
    case("opened_twice", S, "id: upstairs", "", '  - {id: again, name: again, date: 2025-03-01, opens: ["1"]}'),
    case("phase_robots", S, "id: upstairs", "robots: {cart: 3}", "robots: {cart: 4}"),
    Case("never_commissioned", (Edit(S, "id: upstairs", "cart: 3", "cart: 2"),), "    count: 3", in_file=C),
    Case(
        "no_dispatcher",
        (Edit(S, "id: anna", "dispatcher", "planner"), Edit(S, "id: gert", "dispatcher, porter", "porter")),
        "id: anna",
    ),
]


@pytest.mark.parametrize("broken", CARRIERS, ids=str)
def test_carriers_can_do_what_is_asked(tmp_path: Path, broken: Case) -> None:
    """Lifts join floors and hold the robots; somebody is on duty; the tube hangs together; each mode has a carrier."""
    assert_found(tmp_path, broken)


@pytest.mark.parametrize("broken", TRAFFIC, ids=str)
def test_what_is_carried_and_when_hangs_together(tmp_path: Path, broken: Case) -> None:
    """Loads, priorities, demand, rounds, phases and people do not contradict themselves."""
    assert_found(tmp_path, broken)


def test_a_load_by_the_laboratorys_table_needs_the_table() -> None:
    """Blood samples go by the table specimen × mode; without one every sample would walk."""
    errors = check(load_site("clinic_small").model_copy(update={"specimens": [], "demand": []}))
    assert [error.rule for error in errors] == ["no_specimens"]


def test_every_rule_has_its_case() -> None:
    """No rule is reported by the checks that no test breaks."""
    rules: set[str] = set()
    for module in sorted(Path(site_models.checks.__path__[0]).glob("*.py")):
        rules |= set(re.findall(r'(?:report\.add\(|report, )\s*"([a-z_]+)"', module.read_text(encoding="utf-8")))
    cases = [*test_check_building.SHAPES, *test_check_building.REACH, *test_check_building.BAYS, *CARRIERS, *TRAFFIC]
    cases += [*test_check_references.REFERENCES, *test_check_references.DUPLICATES]
    assert rules - {broken.rule for broken in cases} == {"no_specimens"}
