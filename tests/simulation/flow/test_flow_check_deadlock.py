"""Patients who could block each other for ever are refused; queues that only grow long are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.declared import errors_of, framed, refusals

BOTH = "- {release: [bay, ward_bed]}\n- {leave: home}"


def _two(first: str, second: str) -> str:
    """Patients of two pathways, `ed` and `back`, in one flow; at the end they give back a bay and a bed."""
    return _meet(f"{first}\n{BOTH}", back=f"{second}\n{BOTH}")


def _meet(first: str, **others: str) -> str:
    """Patients of several pathways in one flow."""
    text = framed(first, **others)
    more = "".join(f"  - {{id: to_{name}, pathway: {name}, per_day: 1, source: assumed}}\n" for name in others)
    text = text.replace("flows:\n", f"{more}flows:\n")
    return text.replace("[walk_in]", f"[walk_in, {', '.join(f'to_{name}' for name in others)}]")


BAY, BED = "- {seize: bay}", "- {seize: ward_bed}"


def test_two_things_seized_in_opposite_orders_are_a_deadlock(tmp_path: Path) -> None:
    """All bays are held by patients who wait for a bed, all beds by patients who wait for a bay."""
    (found,) = refusals(tmp_path, _two(f"{BAY}\n{BED}", f"{BED}\n{BAY}"))
    assert found == ("deadlock", "{seize: ward_bed}")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"{BAY}\n{BED}", f"{BAY}\n{BED}"),
        (f"{BAY}\n{BED}", f"{BED}\n- {{seize: bay, patience: 4 h, otherwise: [{{seize: nurse, as: bay}}]}}"),
        (
            f"{BAY}\n{BED}",
            f"{BED}\n{BAY[:-1]}, patience: {{until: '08:00'}}, otherwise: [{{release: ward_bed}}, {{leave: off}}]}}",
        ),
    ],
    ids=["one order", "patience", "patience until a time"],
)
def test_one_order_or_somebody_who_gives_up_is_no_deadlock(tmp_path: Path, first: str, second: str) -> None:
    """Boarding, holding a bay while a bed is waited for, is legitimate: beds become free without bays."""
    assert refusals(tmp_path, _two(first, second)) == []


def test_patience_that_some_never_lose_is_none_for_them(tmp_path: Path) -> None:
    """The red wait for ever."""
    never = "- {seize: bay, patience: {by: triage, red: never, else: 1 h}, otherwise: [{seize: nurse, as: bay}]}"
    assert [rule for rule, _ in refusals(tmp_path, _two(f"{BAY}\n{BED}", f"{BED}\n{never}"))] == ["deadlock"]


def test_patients_of_different_flows_do_not_meet(tmp_path: Path) -> None:
    """The same two pathways, each in a flow of its own."""
    text = _two(f"{BAY}\n{BED}", f"{BED}\n{BAY}").replace("[walk_in, to_back]", "[walk_in]")
    text = text.replace(
        "flows:\n", "flows:\n  - {id: f, name: F, begins: 2027-01-04, runs: 1 d, arrivals: [to_back]}\n"
    )
    assert refusals(tmp_path, text) == []


def test_waiting_for_another_of_the_same_while_holding_one_is_a_deadlock(tmp_path: Path) -> None:
    """When every bay is held by somebody who waits for a second one, nobody goes on."""
    steps = "- {seize: bay}\n- {seize: bay, as: other, id: b}\n- {release: [bay, other]}\n- {leave: home}"
    assert refusals(tmp_path, framed(steps)) == [("deadlock", "{seize: bay, as: other, id: b}")]


def test_a_choice_that_nobody_blocks_opens_the_ring(tmp_path: Path) -> None:
    """Who waits for a bay or a doctor gets a doctor in the end; a nurse does not come, if nurses wait as well."""
    either = "- {{seize: {{any: [bay, {other}]}}, as: bay, id: either}}"
    assert refusals(tmp_path, _two(f"{BAY}\n{BED}", f"{BED}\n{either.format(other='doctor')}")) == []
    first = f"- {{seize: nurse}}\n{BAY}\n{BED}\n- {{release: nurse}}"
    (found,) = refusals(tmp_path, _two(first, f"{BED}\n{either.format(other='nurse')}"))
    assert found[0] == "deadlock"


def test_a_hold_waits_as_a_seize_does(tmp_path: Path) -> None:
    """A doctor sees patients in a bay; with the doctor held, a bay is waited for elsewhere."""
    steps = "- {seize: bay}\n- {hold: doctor, for: 10 min}\n- {release: bay}\n- {leave: home}"
    assert refusals(tmp_path, framed(steps)) == []
    (found,) = refusals(
        tmp_path,
        _two(
            f"{BAY}\n- {{hold: doctor, for: 10 min}}\n{BED}",
            f"{BED}\n- {{seize: doctor}}\n{BAY}\n- {{release: doctor}}",
        ),
    )
    assert found[0] == "deadlock"


def test_arms_that_run_at_once_keep_what_they_have_until_all_are_done(tmp_path: Path) -> None:
    """Two patients each have one of two things and wait, in the other arm, for the other."""
    steps = "- {together: [[{seize: doctor}], [{seize: nurse}]]}\n- {release: [doctor, nurse]}\n- {leave: home}"
    assert [rule for rule, _ in refusals(tmp_path, framed(steps))] == ["deadlock"]


def test_only_one_at_a_time_cannot_block_another(tmp_path: Path) -> None:
    """Whoever takes bay and bed in either order holds the only coordinator meanwhile."""
    gate, free = "- {seize: gate}\n", "\n- {release: gate}"
    text = _two(f"{gate}{BAY}\n{BED}{free}", f"{gate}{BED}\n{BAY}{free}")
    one = "  - {id: gate, kind: staff, name: Gate, count: 1, source: assumed}\n"
    assert refusals(tmp_path, text.replace("resources:\n", f"resources:\n{one}")) == []
    two = text.replace("resources:\n", f"resources:\n{one.replace('count: 1', 'count: 2')}")
    assert [rule for rule, _ in refusals(tmp_path, two)] == ["deadlock"]


def test_a_cleaner_who_waits_for_the_bed_that_is_to_be_cleaned_is_a_deadlock(tmp_path: Path) -> None:
    """The bed is dirty until the cleaner comes, and the cleaner is with the patient who waits for a bed."""
    text = framed("- {seize: nurse}\n- {seize: ward_bed}\n- {release: [nurse, ward_bed]}\n- {leave: home}")
    text = text.replace("staffed: 20", "staffed: 20, cleaning: 1 h, cleaner: nurse")
    (error,) = errors_of(tmp_path, text)
    assert error.rule == "deadlock"
    assert "cleaning of ward_bed" in error.message


def test_a_ring_of_three_is_said_once_with_all_its_places(tmp_path: Path) -> None:
    """Bay → bed → intensive care → bay."""
    text = _meet(
        f"{BAY}\n{BED}\n{BOTH}",
        back="- {seize: ward_bed}\n- {seize: icu_bed}\n- {release: [ward_bed, icu_bed]}\n- {leave: home}",
        up="- {seize: icu_bed}\n- {seize: bay}\n- {release: [icu_bed, bay]}\n- {leave: home}",
    )
    (error,) = errors_of(tmp_path, text)
    assert error.rule == "deadlock"
    assert all(step in error.message for step in ("`ed/ward_bed`", "`back/icu_bed`", "`up/bay`"))
