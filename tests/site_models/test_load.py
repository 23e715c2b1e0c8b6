"""Loading: the YAML of a folder becomes a site, or every mistake of every file is listed with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from site_models.load import SiteErrors, known_sites, load_site, load_with_positions
from tests.site_models.edited_clinic import CLINIC, Edit, edited, place


def refused(site: Path | str) -> list[str]:
    """`rule file:line` of every error that keeps a site from loading."""
    with pytest.raises(SiteErrors) as caught:
        load_site(site)
    return [f"{error.rule} {Path(error.file).name}:{error.line}" for error in caught.value.errors]


def test_a_site_is_found_by_name_and_by_folder() -> None:
    """`clinic_small` and its folder are the same site."""
    assert "clinic_small" in known_sites()
    assert load_site("clinic_small") == load_site(CLINIC)


def test_an_unknown_site_is_refused_with_the_known_names() -> None:
    """A name that is no folder and no known site says which sites there are."""
    with pytest.raises(SiteErrors, match="clinic_small") as caught:
        load_site("no_such_site")
    assert caught.value.errors[0].rule == "no_site"


def test_a_folder_without_yaml_is_refused(tmp_path: Path) -> None:
    """An empty folder is no site."""
    assert refused(tmp_path)[0].startswith("no_files")


def test_lists_are_joined_and_other_rooms_sections_left_alone(tmp_path: Path) -> None:
    """A second file adds to a list; `flows` and `assets` belong to other rooms and are not read here."""
    site = edited(tmp_path)
    (site / "more").mkdir()
    (site / "more" / "staff.yaml").write_text(
        "staff: [{id: zoe, name: Zoe, roles: [porter]}]\nflows: [1]\nassets: {a: b}\n"
    )
    # The clinic's seven and Zoe: files are read in the order of their paths, so `more/staff.yaml` before `site.yaml`.
    assert [person.id for person in load_site(site).staff][:2] == ["zoe", "anna"]


def test_a_plan_fills_each_floor_that_names_it() -> None:
    """`{floor}` becomes the floor's id in ids and names, rows, stations, wards and doors alike."""
    site = load_site("clinic_small")
    ground, first = site.floors
    assert [ward.id for ward in first.wards] == ["S1"]
    assert first.wards[0].name.da == "Sengeafsnit S1"
    assert ground.rows[0].id == "S0-{n:02d}"
    assert {station.id for station in first.stations} == {"s1-tube", "s1-clean", "s1-soiled", "s1-beds"}
    assert [(door.id, door.floor) for door in site.doors] == [("S0-door", "0"), ("S1-door", "1")]
    assert site.plans == []


def test_a_plain_string_is_both_languages(tmp_path: Path) -> None:
    """`name: MR` stands for {da: MR, en: MR}."""
    site = edited(tmp_path, Edit("building.yaml", "id: 0-lab,", "name: {da: Laboratorium, en: Laboratory}", "name: MR"))
    room = next(room for room in load_site(site).floors[0].rooms if room.id == "0-lab")
    assert (room.name.da, room.name.en) == ("MR", "MR")


def test_ids_are_text_even_when_they_look_like_numbers(tmp_path: Path) -> None:
    """A floor called 0 needs no quotes, because the schema and not the spelling decides what is a number."""
    site = edited(tmp_path, Edit("building.yaml", '  - id: "0"', '"0"', "0"))
    assert load_site(site).floors[0].id == "0"


def test_every_place_is_known() -> None:
    """The position of a value is its line and column, also for what a plan put on a floor."""
    loaded = load_with_positions("clinic_small")
    width = loaded.positions.at(("floors", 0, "corridors", 0, "width_m"))
    # Floor 0 has a corridor of its own, then that of the plan.
    assert Path(width.file).name == "building.yaml"
    assert place(CLINIC, "building.yaml", "0-main, points") == f"building.yaml:{width.line}"
    planned = loaded.positions.at(("floors", 1, "corridors", 1, "width_m"))
    assert place(CLINIC, "building.yaml", 'S{floor}-corridor", points') == f"building.yaml:{planned.line}"


def test_malformed_files_are_listed_together(tmp_path: Path) -> None:
    """Each broken file is named where it breaks, and so are the mistakes in the files that can be read."""
    site = edited(
        tmp_path,
        Edit("demand.yaml", "id: meals,", "within_min: 40", "within_min: forty"),
        Edit("carriers.yaml", "hands: 4", "", "  hands: 5"),
        Edit("loads.yaml", "specimens:", "specimens:", "specimens: ["),
        Edit("site.yaml", "id: erik", "roles: [planner]", "roles: !planner [planner]"),
    )
    (site / "bytes.yaml").write_bytes(b"a: 1\nb: \xff\n")
    assert refused(site) == [
        "not_utf8 bytes.yaml:2",
        f"duplicate_key {_next(place(site, 'carriers.yaml', 'hands: 4'))}",
        f"wrong_value {place(site, 'demand.yaml', 'forty')}",
        f"yaml {_next(place(site, 'loads.yaml', 'specimens: ['))}",
        f"yaml_tag {place(site, 'site.yaml', '!planner')}",
    ]


def _next(where: str) -> str:
    file, line = where.split(":")
    return f"{file}:{int(line) + 1}"


def test_every_mistake_of_the_schema_is_listed(tmp_path: Path) -> None:
    """Unknown and missing keys, values of the wrong type, ids that are none: all at once, each at its place."""
    site = edited(
        tmp_path,
        Edit("site.yaml", "id: bo", "roles:", "rolls:"),
        Edit("carriers.yaml", "    payload_kg: 60", "60", "-60"),
        Edit("loads.yaml", "id: mail,", "id: mail,", "id: the mail,"),
        Edit("demand.yaml", "per_day: 60", "60", ".inf"),
        Edit("building.yaml", "id: porters-lodge", "slots: 6,", 'slots: 6, opens: "6-22",'),
    )
    bo = place(site, "site.yaml", "id: bo")
    assert refused(site) == [
        f"wrong_value {place(site, 'building.yaml', '6-22')}",
        f"wrong_value {place(site, 'carriers.yaml', '-60')}",
        f"wrong_value {place(site, 'demand.yaml', '.inf')}",
        f"wrong_value {place(site, 'loads.yaml', 'the mail')}",
        f"missing_key {bo}",
        f"unknown_key {bo}",
    ]


def test_an_unknown_key_suggests_the_known_one(tmp_path: Path) -> None:
    """`width` is not known, so `width_m` is suggested."""
    site = edited(tmp_path, Edit("building.yaml", "width_m: 2.4", "width_m", "width"))
    with pytest.raises(SiteErrors, match="did you mean `width_m`"):
        load_site(site)


def test_a_mistake_in_a_plan_is_said_once(tmp_path: Path) -> None:
    """Two floors use the plan, but its line is wrong once."""
    site = edited(tmp_path, Edit("building.yaml", "width_m: 2.4", "2.4", "wide"))
    assert refused(site) == [f"wrong_value {place(site, 'building.yaml', 'wide')}"]


@pytest.mark.parametrize(
    ("rule", "edit", "at"),
    [
        ("section_twice", Edit("site.yaml", "mishaps:", "", "porters: {}"), "porters: {}"),
        ("unknown_reference", Edit("building.yaml", "  - id: ward-wing", "ward", "the"), "plan: ward-wing"),
        ("unused_plan", Edit("building.yaml", "plans:", "", "  - {id: spare}"), "id: spare"),
        ("duplicate_id", Edit("building.yaml", "s{floor}-beds", "", "  - {id: ward-wing}"), "{id: ward-wing}"),
        ("unknown_key", Edit("building.yaml", "  - id: ward-wing", "", "    lift: []"), "lift: []"),
        ("unknown_key", Edit("site.yaml", "mishaps:", "", "robots: []"), "robots: []"),
        ("wrong_value", Edit("site.yaml", "mishaps:", "", "profiles: {}"), "profiles: {}"),
    ],
)
def test_sections_and_plans_are_held_together(tmp_path: Path, rule: str, edit: Edit, at: str) -> None:
    """What stands twice, is unknown or is used by nobody is named at its place."""
    site = edited(tmp_path, edit)
    assert f"{rule} {place(site, edit.file, at)}" in refused(site)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "a: &a [x, x, x, x, x, x, x, x, x]\n"
            + "".join(f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join(['*' + chr(97 + k)] * 9)}]\n" for k in range(8)),
            "yaml_too_large",
        ),
        ("a: " + "[" * 60 + "]" * 60, "yaml_too_deep"),
        ("a: &a [*a]", "yaml_alias"),
        ("a: !!python/object/apply:os.system [ls]", "yaml_tag"),
        ("a: 1\n---\nb: 2\n", "several_documents"),
        ("? [a, b]\n: c\n", "yaml_key"),
        ("- a\n", "wrong_value"),
        ("a: \x07\n", "yaml"),
        ("a: 'open\n", "yaml"),
        ("#" * (5 * 1024 * 1024), "file_too_large"),
    ],
    ids=[
        "billion laughs",
        "deep",
        "alias in itself",
        "python tag",
        "two documents",
        "odd key",
        "list",
        "bell",
        "quote",
        "big",
    ],
)
def test_hostile_yaml_is_refused(tmp_path: Path, text: str, rule: str) -> None:
    """Bombs, tags and the like are refused by a limit, not by running out of memory."""
    (tmp_path / "hostile.yaml").write_text(text, encoding="utf-8")
    assert rule in {error.split(" ")[0] for error in refused(tmp_path)}


def test_a_site_of_endless_corridors_is_refused(tmp_path: Path) -> None:
    """Corridors of more than 200 km would only fill the memory."""
    # Twelve points, so eleven runs of 20 km between x = -10,000 and x = 10,000: 220 km.
    runs = ", ".join(f"[{-10000 if k % 2 else 10000}, {k}]" for k in range(12))
    site = edited(tmp_path, Edit("building.yaml", "id: 1-main", "[[14, 0], [46, 0]]", f"[{runs}]"))
    assert [error.split(" ")[0] for error in refused(site)] == ["site_too_large"]


def test_a_file_named_yml_is_not_forgotten_silently(tmp_path: Path) -> None:
    """Only *.yaml is read; another ending is pointed out."""
    site = edited(tmp_path)
    (site / "extra.yml").write_text("loads: []\n")
    assert refused(site) == ["file_name extra.yml:0"]
