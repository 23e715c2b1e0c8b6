"""Checking ids: each is unique, and each reference names something."""

from __future__ import annotations

from pathlib import Path

import pytest

from site_models.check import check, check_report
from site_models.load import load_site
from tests.site_models.edited_clinic import Case, Edit, assert_found, case, edited

B, C, D, L, S = "building.yaml", "carriers.yaml", "demand.yaml", "loads.yaml", "site.yaml"
UNKNOWN, TWICE = "unknown_reference", "duplicate_id"

REFERENCES = [
    case(UNKNOWN, B, "id: 0-main, points", "building: house", "building: shed"),
    case(UNKNOWN, B, "id: 0-lab, kind", "building: house", "building: lab-house"),
    case(UNKNOWN, B, "id: 0-lab, kind", "ward: lab", "ward: laboratory"),
    case(UNKNOWN, B, "id: lab, name", 'floor: "0"', 'floor: "9"'),
    case(UNKNOWN, B, 'along: "S{floor}-corridor"', 'along: "S{floor}-corridor"', "along: corridor"),
    case(UNKNOWN, B, "id: lab-tube", "room: 0-lab", "room: 1-lab"),
    case(UNKNOWN, B, "s{floor}-beds", 'ward: "S{floor}"', "ward: nowhere"),
    case(UNKNOWN, B, "s{floor}-beds", 'floor: "{floor}"', 'floor: "9"'),
    case(UNKNOWN, B, "id: E1", '"1"]', '"1", "2"]'),
    case(UNKNOWN, B, "id: courier-bay", "fleet: courier", "fleet: drone", also=("too_few_bays", "no_charger")),
    case(UNKNOWN, B, "id: courier-bay", 'floor: "0"', 'floor: "9"'),
    case(UNKNOWN, B, "id: fire-S0", "S0-door]", "S9-door]"),
    case(UNKNOWN, S, "id: carla", "ward: S0", "ward: S9"),
    case(UNKNOWN, S, "load: patient", "load: patient", "load: person"),
    case(UNKNOWN, S, "priority: life_critical", "priority: life_critical", "priority: deadly"),
    case(UNKNOWN, S, "id: upstairs", 'opens: ["1"]', 'opens: ["1", "2"]'),
    case(UNKNOWN, S, "id: ground", "courier: 1}", "courier: 1, drone: 1}"),
    case(UNKNOWN, C, "id: day,", "base: porters-lodge", "base: lodge"),
    case(UNKNOWN, C, "id: day,", "base: porters-lodge", "base: porters-lodge, zone: wing"),
    case(UNKNOWN, C, "station: lab-blood", "station: lab-blood", "station: blood", also=("tube_station_off_line",)),
    case(UNKNOWN, C, "id: tube-exchange", "tube-wards]", "tube-wards, tube-roof]"),
    case(UNKNOWN, L, "id: mail", "priority: routine", "priority: slow"),
    case(UNKNOWN, L, "id: meal", "load: used_meal_cart", "load: dirty_cart"),
    case(UNKNOWN, L, "id: meal", "to: soiled-in", "to: scullery"),
    case(UNKNOWN, D, "id: controlled_drugs", "load: narcotics", "load: opioids"),
    case(UNKNOWN, D, "id: controlled_drugs", "profile: supply_day", "profile: some_day"),
    case(UNKNOWN, D, "specimen: urine", "specimen: urine", "specimen: water"),
    case(UNKNOWN, D, "id: blood,", "priority: life_critical", "priority: deadly"),
    case(UNKNOWN, D, "id: meals", "load: meal", "load: dinner"),
]

DUPLICATES = [
    case(TWICE, B, "id: fire-1", "id: fire-1", "id: E2", 'kind: fire, name: {da: "Brandzone, 1. sal'),
    case(TWICE, B, "id: 0-porters", "id: 0-porters", "id: 0-imaging", "staff_room", also=(UNKNOWN,)),
    case(TWICE, B, "id: lab-desk", "id: lab-desk", "id: lab-blood", "Prøvemodtagelse", also=("matches_nothing",)),
    case(TWICE, B, "id: E2", "id: E2", "id: E1", "group: beds", also=("station_unreachable",)),
    case(TWICE, S, "id: bo", "id: bo", "id: anna", "Bo Lund"),
    case(TWICE, S, "id: routine", "id: routine", "id: planned", "rank: 4", also=(UNKNOWN,)),
    case(TWICE, C, "id: evening", "id: evening", "id: day", 'start: "15:00"'),
    case(TWICE, D, "id: around_the_clock", "id: around_the_clock", "id: clinical_day", "[2, 2, 2", also=(UNKNOWN,)),
]


@pytest.mark.parametrize("broken", REFERENCES, ids=str)
def test_a_reference_to_nothing_is_named(tmp_path: Path, broken: Case) -> None:
    """Whatever names another thing names one that the site has."""
    assert_found(tmp_path, broken)


@pytest.mark.parametrize("broken", DUPLICATES, ids=str)
def test_an_id_names_one_thing(tmp_path: Path, broken: Case) -> None:
    """Places share one name space, since closures, zones and phases name them by id alone; sections have their own."""
    assert_found(tmp_path, broken)


def test_a_robot_is_not_called_like_a_lift(tmp_path: Path) -> None:
    """Robot R01 beside a lift R01 would make `take R01 out of service` mean two things."""
    errors = check_report(edited(tmp_path, Edit(B, "id: E2", "id: E2", "id: R01")))
    assert [(error.rule, Path(error.file).name) for error in errors] == [("duplicate_id", C)]


def test_a_close_name_is_suggested(tmp_path: Path) -> None:
    """`lab-tub` is not known, so `lab-tube` is suggested."""
    errors = check_report(edited(tmp_path, Edit(C, "station: lab-tube", "lab-tube", "lab-tub")))
    assert any("did you mean `lab-tube`?" in error.message for error in errors)


def test_a_mistake_in_a_plan_is_one_mistake(tmp_path: Path) -> None:
    """Both floors name a ward that is not there, but one line is wrong."""
    errors = check_report(edited(tmp_path, Edit(B, 'id: "S{floor}-office"', 'ward: "S{floor}"', 'ward: "T{floor}"')))
    assert [error.rule for error in errors] == ["unknown_reference"]
    assert errors[0].message.endswith("(and 1 more like it)")


def test_without_positions_the_site_itself_is_named() -> None:
    """A site that did not come from files can be checked too."""
    site = load_site("clinic_small")
    header = site.site.model_copy(update={"timezone": "Mars/Olympus"})
    errors = check(site.model_copy(update={"site": header}))
    assert [(error.rule, error.file, error.line) for error in errors] == [("timezone", "clinic_small", 0)]
