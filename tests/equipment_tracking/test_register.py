"""The register: GS1 keys, types as data, and lists of assets that come and go as CSV."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_tracking.register.assets import LAST_MS, PUMP_KINDS, Asset, Surroundings, asset_faults
from equipment_tracking.register.catalogue import AssetType, Catalogue, Label, catalogue_faults, standard_catalogue
from equipment_tracking.register.gs1 import check_digit, is_giai, is_gtin, same_gtin, scanned_giai
from equipment_tracking.register.lists import export_list, plan_import
from equipment_tracking.register.shared import clashes

CATALOGUE = standard_catalogue()
KNOWN = Surroundings(CATALOGUE, places=("s0-clean", "s1-clean"), wards=("A", "B"))
PUMP = Asset("5712345P001", "Pump 1", "infusion_pump", "A", "s0-clean", pump="syringe", tag="T1")
HEADER = "giai,name,type,ward,home,pump"


def rules(text: str, *existing: Asset) -> list[tuple[int, int, str]]:
    """Line, column and rule of every fault of a list."""
    plan = plan_import(text.encode(), {asset.id: asset for asset in existing}, KNOWN)
    return [(fault.line, fault.column, fault.violation.rule) for fault in plan.faults]


# --- GS1 -------------------------------------------------------------------------------------------------------------


def test_the_check_digit_is_that_of_the_general_specifications() -> None:
    """629104150021 → 3: 6+9·… the example of GS1's own calculator; and of an EAN-8, 7351353 → 7."""
    # 6·1+2·3+9·1+1·3+0·1+4·3+1·1+5·3+0·1+0·3+2·1+1·3 = 57; 60 − 57 = 3
    assert check_digit("629104150021") == 3
    # 7·3+3·1+5·3+1·1+3·3+5·1+3·3 = 63; 70 − 63 = 7
    assert check_digit("7351353") == 7


def test_a_check_digit_of_something_else_than_digits_is_refused() -> None:
    """Letters, and digits of other scripts, are no digits of a key."""
    for text in ("", "12a", "١٢٣"):
        with pytest.raises(ValueError, match="digits"):
            check_digit(text)


@given(st.sampled_from([7, 11, 12, 13]), st.integers(0, 10**13 - 1), st.data())
def test_any_single_wrong_digit_of_a_gtin_is_noticed(length: int, number: int, data: st.DataObject) -> None:
    """That is what the check digit is for."""
    digits = str(number).zfill(13)[-length:]
    gtin = digits + str(check_digit(digits))
    assert is_gtin(gtin)
    place = data.draw(st.integers(0, length))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != gtin[place]]))
    assert not is_gtin(gtin[:place] + other + gtin[place + 1 :])


def test_a_gtin_is_the_same_with_leading_zeros() -> None:
    """A GTIN-12 in a field of 14 digits."""
    assert same_gtin("036000291452", "00036000291452")


@pytest.mark.parametrize("text", ["5712345P001", "5712345" + "x" * 23, "571234/"])
def test_a_giai_is_a_company_prefix_and_a_reference(text: str) -> None:
    """Up to 30 characters of the set that scanners know."""
    assert is_giai(text)


@pytest.mark.parametrize("text", ["", "571234", "57123P1", "5712345" + "x" * 24, "5712345 1", "5712345Ø1"])
def test_what_no_scanner_can_carry_is_no_giai(text: str) -> None:
    """Too short, too few digits, too long, a blank, a Danish letter."""
    assert not is_giai(text)


@pytest.mark.parametrize(
    "scan",
    [
        "5712345P/1",
        "80045712345P/1",
        "(8004)5712345P/1",
        "]d280045712345P/1",
        "80045712345P/1\x1d21ABC",
        "https://id.example.dk/8004/5712345P%2F1?x=1",
    ],
)
def test_every_way_of_writing_a_giai_scans_to_the_same_key(scan: str) -> None:
    """Bare, as an element string, with symbology, with more elements behind it, as a link."""
    assert scanned_giai(scan) == "5712345P/1"


def test_a_key_of_an_italian_owner_is_not_cut() -> None:
    """It begins with 8004 by itself; that it is registered tells."""
    assert scanned_giai("8004123456P1", known={"8004123456P1"}) == "8004123456P1"
    assert scanned_giai("80048004123456P1", known={"8004123456P1"}) == "8004123456P1"


def test_a_scan_of_something_else_is_no_asset() -> None:
    """A link to a page, a product, nonsense."""
    assert [scanned_giai(scan) for scan in ("https://example.dk/x", "hello", "")] == [None, None, None]


# --- types and assets ------------------------------------------------------------------------------------------------


def test_the_catalogue_that_comes_along_breaks_no_rule() -> None:
    """Every type once, with a name in both languages."""
    assert catalogue_faults(CATALOGUE) == ()


def test_a_catalogue_says_everything_that_is_wrong_with_it() -> None:
    """A type twice and one without its Danish name: two sentences."""
    pump = AssetType("pump", Label("Pumpe", "Pump"))
    faults = catalogue_faults(Catalogue((pump, pump, AssetType("bed", Label("", "Bed")))))
    assert [fault.rule for fault in faults] == ["type_twice", "type_without_name"]


def test_what_has_no_battery_need_not_be_charged_to_be_ready() -> None:
    """A wheelchair is checked and complete; a pump is charged too."""
    assert CATALOGUE.checks("wheelchair") == ("checked", "complete")
    assert CATALOGUE.checks("infusion_pump") == ("checked", "charged", "complete")


def test_all_faults_of_an_asset_are_told_at_once() -> None:
    """Nothing is right about this one."""
    wrong = Asset("x", "", "flying_carpet", "Z", "nowhere", gtin="123", safe_load_kg=-1.0, pictures=("a b",))
    assert sorted(fault.rule for fault in asset_faults(wrong, KNOWN)) == [
        "giai",
        "gtin",
        "missing",
        "picture",
        "safe_load",
        "unknown_place",
        "unknown_type",
        "unknown_ward",
    ]


def test_a_type_asks_for_what_matters_of_it() -> None:
    """A wheelchair without its safe load might be offered to somebody whom it does not carry."""
    chair = Asset("5712345C001", "Chair", "wheelchair", "A", "s0-clean")
    cot = Asset("5712345I001", "Cot", "incubator", "A", "s0-clean")
    plain = Asset("5712345P001", "Pump", "infusion_pump", "A", "s0-clean")
    found = [fault.rule for asset in (chair, cot, plain) for fault in asset_faults(asset, KNOWN)]
    assert found == ["safe_load_missing", "paediatric_missing", "pump_kind_missing"]


def test_a_tag_sits_on_one_thing_only() -> None:
    """Neither within a list nor beside what is registered; but a tag may move when both are in the list."""
    other = msgspec.structs.replace(PUMP, id="5712345P002")
    assert [clash.violation.rule for clash in clashes([PUMP, other], {})] == ["tag_taken"]
    assert [clash.violation.rule for clash in clashes([other], {PUMP.id: PUMP})] == ["tag_taken"]
    assert clashes([other, msgspec.structs.replace(PUMP, tag="")], {PUMP.id: PUMP}) == []


def test_two_things_of_one_product_have_two_serial_numbers() -> None:
    """The same number of another product, or without a product, is no clash."""
    one = msgspec.structs.replace(PUMP, tag="", gtin="036000291452", serial="7")
    same = msgspec.structs.replace(one, id="5712345P002", gtin="00036000291452")
    loose = msgspec.structs.replace(one, id="5712345P003", gtin="")
    assert [clash.violation.rule for clash in clashes([one, same, loose], {})] == ["serial_taken"]


# --- lists -----------------------------------------------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=12)
text = words.map(str.strip).filter(lambda found: found and found.isprintable())
assets = st.builds(
    Asset,
    id=st.integers(0, 10**6).map(lambda number: f"5712345P{number}"),
    name=text,
    type=st.sampled_from(["telemetry", "ecg", "scale"]),
    ward=text,
    home=text,
    gtin=st.sampled_from(["", "036000291452"]),
    serial=st.just("") | text,
    tag=st.just(""),
    service_due_ms=st.none() | st.integers(0, LAST_MS),
    safe_load_kg=st.none() | st.floats(0, 2000, exclude_min=True),
    paediatric=st.booleans(),
    pump=st.sampled_from(PUMP_KINDS),
    mr_conditional=st.booleans(),
    leased=st.booleans(),
    pictures=st.lists(st.sampled_from(["p/1.jpg", "p/2.jpg", "-x"]), max_size=3).map(tuple),
)


@given(st.lists(assets, max_size=6, unique_by=(lambda asset: asset.id, lambda asset: (asset.gtin, asset.serial))))
def test_what_is_exported_is_imported_as_it_was(listed: list[Asset]) -> None:
    """Round trip: every attribute, Danish letters, quotes, semicolons, and cells that look like formulas."""
    plan = plan_import(export_list(listed).encode(), {}, Surroundings(CATALOGUE))
    assert plan.faults == ()
    assert sorted(plan.added, key=lambda asset: asset.id) == sorted(listed, key=lambda asset: asset.id)


@given(st.lists(assets, max_size=4, unique_by=(lambda asset: asset.id, lambda asset: (asset.gtin, asset.serial))))
def test_reading_the_register_into_itself_changes_nothing(listed: list[Asset]) -> None:
    """Exported and imported again: all unchanged."""
    plan = plan_import(export_list(listed).encode(), {a.id: a for a in listed}, Surroundings(CATALOGUE))
    assert (plan.added, plan.changed, sorted(plan.unchanged)) == ((), (), sorted(a.id for a in listed))


@given(st.binary(max_size=200))
def test_no_bytes_make_the_import_fall_over(data: bytes) -> None:
    """Whatever is sent, the answer is a plan."""
    plan_import(data, {}, KNOWN)
    plan_import(f"{HEADER}\n".encode() + data, {}, KNOWN)


def test_a_dry_run_says_what_would_be_added_and_changed() -> None:
    """One new, one renamed, one as it is; an asset that the list does not name is not touched."""
    same = msgspec.structs.replace(PUMP, id="5712345P002", tag="T2")
    rest = msgspec.structs.replace(PUMP, id="5712345P003", tag="T3")
    known = {asset.id: asset for asset in (PUMP, same, rest)}
    body = (
        f"{HEADER}\n"
        "5712345P001,Pump one,infusion_pump,A,s0-clean,syringe\n"
        "5712345P002,Pump 1,infusion_pump,A,s0-clean,syringe\n"
        "5712345P009,Pump 9,infusion_pump,B,s1-clean,volumetric\n"
    )
    plan = plan_import(body.encode(), known, KNOWN)
    assert plan.faults == ()
    assert [asset.id for asset in plan.added] == ["5712345P009"]
    assert [(change.after.name, change.fields) for change in plan.changed] == [("Pump one", ("name",))]
    assert plan.changed[0].after.tag == "T1", "a column that is left out stays as it was"
    assert plan.unchanged == ("5712345P002",)


def test_every_fault_of_a_list_is_told_with_line_and_column() -> None:
    """Line 2 has no name, line 3 an unknown ward and pump, line 4 stands there already, line 5 lacks a cell."""
    found = rules(
        f"{HEADER}\n"
        "5712345P001,,infusion_pump,A,s0-clean,syringe\n"
        "5712345P002,Pump,infusion_pump,Z,s0-clean,\n"
        "5712345P001,Pump,infusion_pump,A,s0-clean,syringe\n"
        "5712345P003,Pump\n"
        "5712345P004,Pump,infusion_pump,A,s0-clean,steam\n"
    )
    assert found == [
        (2, 2, "missing"),
        (3, 4, "unknown_ward"),
        (3, 6, "pump_kind_missing"),
        (4, 1, "listed_twice"),
        (5, 0, "cells"),
        (6, 6, "unreadable"),
    ]


def test_a_line_break_inside_quotes_does_not_shift_the_lines() -> None:
    """The faulty name begins on line 2 and ends on line 3; the next asset stands on line 4."""
    found = rules(f'{HEADER}\n5712345P001,"a\nb",infusion_pump,A,s0-clean,syringe\n5712345P002,P,bicycle,A,s0-clean,\n')
    assert found == [(2, 2, "text"), (4, 3, "unknown_type")]


def test_faults_of_the_headers_come_first() -> None:
    """An unknown column and three that are missing."""
    found = rules("giai,name,colour\n")
    assert found == [
        (1, 3, "unknown_column"),
        (1, 0, "column_missing"),
        (1, 0, "column_missing"),
        (1, 0, "column_missing"),
    ]


def test_a_list_that_is_not_utf8_says_so() -> None:
    """Latin-1 from an old spreadsheet, the ø on line 2."""
    plan = plan_import(f"{HEADER}\n5712345P001,Bøjle".encode("latin-1"), {}, KNOWN)
    assert [(fault.line, fault.violation.rule) for fault in plan.faults] == [(2, "encoding")]


def test_a_spreadsheet_with_semicolons_and_a_byte_order_mark_is_read() -> None:
    """That is how a Danish spreadsheet saves, decimal comma and all."""
    body = "\ufeffgiai;name;type;ward;home;safe_load_kg;leased\r\n5712345C001;Stol;wheelchair;A;s0-clean;227,5;ja\r\n"
    (chair,) = plan_import(body.encode(), {}, KNOWN).added
    assert (chair.safe_load_kg, chair.leased) == (227.5, True)


def test_a_service_date_without_its_zone_is_not_guessed() -> None:
    """A day is a day in UTC; an hour needs its zone."""
    header = "giai,name,type,ward,home,service_due\n"
    line = "5712345T001,T,telemetry,A,s0-clean,"
    (day,) = plan_import(f"{header}{line}1970-01-02".encode(), {}, KNOWN).added
    assert day.service_due_ms == 86_400_000
    assert rules(f"{header}{line}2027-03-01T06:00:00") == [(2, 6, "unreadable")]


def test_a_cell_that_a_spreadsheet_would_run_is_written_as_text() -> None:
    """=HYPERLINK(…) as a name is a name."""
    trap = msgspec.structs.replace(PUMP, name="=1+1")
    assert "'=1+1" in export_list([trap])
