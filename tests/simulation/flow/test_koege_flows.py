"""Køge's flows: in order, sourced, stable, and as Danish hospitals are; every scenario does what it says."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from simulation.engines.compiled import run_compiled
from simulation.engines.replication import Replication
from simulation.flow.changes import in_scenario
from simulation.flow.declared import Declared
from simulation.flow.load import load_flows
from simulation.flow.resolve import resolve
from simulation.outputs import measure
from simulation.sampling import draw_sample
from simulation.ticks import DAY, HOUR

SEED = 1
FLOWS = ("emergency", "theatres", "hospital")
PUBLICATION = re.compile(
    r"\b(assumed|foreign|regionsjaelland\.dk|nfsygehus\.dk|BMC Res Notes|DEPT|vest\.rm\.dk|sst\.dk|ft\.dk|koege\.dk)"
)
SOURCED = ("resources", "attributes", "arrival_patterns", "arrivals", "pathways", "scenarios", "waiting_rights")


@functools.cache
def koege() -> Declared:
    """Køge's flows as declared; loaded once."""
    return load_flows("koege")


@functools.cache
def changed(scenario: str) -> Declared:
    """Køge's flows in a scenario."""
    return in_scenario(koege(), scenario)


@functools.cache
def figures(flow: str, scenario: str = "", days: int = 120) -> dict[str, float]:
    """The outputs of one short run of a flow, its own warm-up before it."""
    declared = changed(scenario) if scenario else koege()
    plan = resolve(declared, flow, runs=days * DAY)
    replication = run_compiled(plan, draw_sample(plan, SEED, 0))
    return measure(declared.outputs_of(flow), plan, replication)


def test_the_flows_are_declared_without_an_error() -> None:
    """The emergency department, the theatres and the whole hospital pass every check, and so do eight scenarios."""
    assert koege().flow_ids == FLOWS
    assert len(koege().scenario_ids) == 8


def test_every_figure_says_where_it_comes_from() -> None:
    """Each item with figures names a publication, or says that it is assumed or foreign."""
    tree = koege().tree
    unsourced = [
        f"{section}.{item['id']}: {item['source']}"
        for section in SOURCED
        for item in tree[section]
        if not PUBLICATION.search(item["source"])
    ]
    assert unsourced == []


def test_what_is_merely_assumed_says_why() -> None:
    """`assumed` alone is no reason: each assumption is followed by its reasoning."""
    tree = koege().tree
    bare = [f"{section}.{item['id']}" for section in SOURCED for item in tree[section] if item["source"] == "assumed"]
    assert bare == []


def test_every_target_has_a_source() -> None:
    """A planner may ask of each target who set it."""
    assert [output["id"] for output in koege().tree["outputs"] if "target" in output and "source" not in output] == []


def test_figures_from_abroad_are_marked() -> None:
    """Durations of surgery and turnover come from abroad: their steps say `foreign`."""
    steps = {step["id"]: step for step in _steps(koege().tree["pathways"]) if "id" in step}
    assert steps["surgery"]["source"].startswith("foreign:")
    assert steps["turnover"]["source"].startswith("foreign:")


def test_a_year_brings_the_emergency_department_87_600_patients() -> None:
    """240 a day from all streams that are switched on, 365 days: 87,600, of which 128 a day go home."""
    per_day = {arrival.id: arrival.per_day or 0.0 for arrival in koege().sections.arrivals if arrival.enabled}
    assert 365 * sum(per_day[name] for name in ("walk_in", "ambulance", "helicopter")) == 87_600


def test_the_house_has_613_staffed_beds_in_827_places() -> None:
    """Staffed beds are fewer than the rooms that stand there: 719 on wards, 70 acute, 38 intensive."""
    beds = [one for one in koege().sections.resources if one.kind == "bed" and one.id != "overflow_bed"]
    overflow = koege().resources["overflow_bed"]
    assert sum(bed.staffed or 0 for bed in beds) == 613
    assert sum(bed.physical or 0 for bed in [*beds, overflow]) == 719 + 70 + 38


def test_sixteen_theatres_take_three_to_four_elective_patients_a_room_and_day() -> None:
    """12 rooms with lists and 4 for urgent operations; 45 places on the lists from Monday to Thursday."""
    rooms = {name: one for name, one in koege().resources.items() if name.startswith("theatre_")}
    assert sum(room.shifts[0].count for room in rooms.values() if room.shifts) == 16
    places = sum(
        one.shifts[0].count for name, one in koege().resources.items() if name.startswith("list_") and one.shifts
    )
    assert 3 <= places / 12 <= 4


def test_the_emergency_department_is_as_danish_ones_are() -> None:
    """About half go home; most are begun within four hours and diagnosed within 24; few leave unseen."""
    found = figures("emergency")
    assert 0.48 <= found["share_home"] <= 0.56
    assert 120 <= found["home_per_day"] <= 136
    assert found["started_within_4_h"] >= 0.95
    assert found["diagnosed_within_24_h"] >= 0.95
    assert 0.0 < found["left_unseen"] <= 0.04
    assert 90 <= found["stay_of_those_home"] <= 210
    assert 15 <= found["door_to_ct"] <= 35


def test_the_admitted_have_the_colours_of_the_danish_survey() -> None:
    """Red 0.4, orange 26.9, yellow 39.7, green 32.9 % of the admitted (DEPT), each within four points."""
    found = figures("emergency")
    of_all = {
        colour: found[f"admitted_{colour}"] / found["admitted_per_day"]
        for colour in ("red", "orange", "yellow", "green")
    }
    for colour, share in {"red": 0.004, "orange": 0.269, "yellow": 0.397, "green": 0.329}.items():
        assert of_all[colour] == pytest.approx(share, abs=0.04)


def test_the_theatres_do_what_sixteen_rooms_can() -> None:
    """Some 25 elective and 18 urgent operations a day; few are cancelled; urgent ones come in time."""
    found = figures("theatres")
    assert 23 <= found["elective_per_day"] <= 29
    assert 16 <= found["urgent_per_day"] <= 20
    assert 0.037 <= found["no_shows"] <= 0.047
    assert 0.0 < found["cancelled_share"] <= 0.15
    assert found["immediate_in_time"] >= 0.9
    assert 20 <= found["referral_to_operation"] <= 60


def test_beds_are_occupied_as_in_the_annual_figures() -> None:
    """84,612 admissions a year stay 2.04 days: 472 beds in use on average, within a twentieth."""
    declared = koege()
    plan = resolve(declared, "hospital", runs=120 * DAY)
    replication = run_compiled(plan, draw_sample(plan, SEED, 0))
    counted = replication.hourly_used[plan.warm_up // HOUR :]
    wards = [number for number, one in enumerate(plan.resources) if one.id.endswith("_bed")]
    assert counted[:, wards].mean(axis=0).sum() == pytest.approx(472, rel=0.05)


@pytest.mark.parametrize("flow", FLOWS)
def test_no_queue_grows_without_end(flow: str) -> None:
    """The last four weeks of a year have hardly more patients inside than the first four: the house keeps up."""
    plan = resolve(koege(), flow)
    replication = run_compiled(plan, draw_sample(plan, SEED, 0))
    first = [_inside(replication, plan.warm_up + day * DAY) for day in range(28)]
    last = [_inside(replication, plan.horizon - (1 + day) * DAY) for day in range(28)]
    assert sum(last) <= 1.15 * sum(first)


SCENARIOS = [(one.id, flow) for one in koege().sections.scenarios for flow in one.flows]


@pytest.mark.parametrize(("scenario", "flow"), SCENARIOS)
def test_every_scenario_runs_and_changes_its_flow(scenario: str, flow: str) -> None:
    """The plan differs from the base, and a run of it comes to its end with patients gone home."""
    plan = resolve(changed(scenario), flow, warm_up=7 * DAY, runs=14 * DAY)
    base = resolve(koege(), flow, warm_up=7 * DAY, runs=14 * DAY)
    assert resolve(changed(scenario), flow) != resolve(koege(), flow)
    replication = run_compiled(plan, draw_sample(plan, SEED, 0))
    assert (replication.left_at >= 0).sum() > 0
    assert plan.outcomes == base.outcomes


def test_one_scanner_less_is_felt() -> None:
    """With one CT scanner of two, acute patients wait longer for it."""
    assert figures("emergency", "scanner_out")["ct_wait"] > 2 * figures("emergency")["ct_wait"]


def test_one_theatre_less_brings_overtime_or_cancellations() -> None:
    """With three orthopaedic rooms for the list of four, more are cancelled for want of time."""
    assert figures("theatres", "theatre_out")["cancelled_no_time"] > figures("theatres")["cancelled_no_time"]


def test_a_slow_municipality_fills_beds() -> None:
    """When the municipality takes longer, more beds are in use at seven."""
    slow, base = figures("emergency", "municipal_delay"), figures("emergency")
    assert slow["medical_at_seven"] > base["medical_at_seven"] + 3


def test_an_influenza_winter_raises_boarding() -> None:
    """In a run from January to May more hours are spent waiting for a bed."""
    assert figures("emergency", "winter_influenza")["boarding_hours"] > figures("emergency")["boarding_hours"]


def test_a_mass_casualty_is_met_and_passes() -> None:
    """45 more patients on one afternoon: the year's share within four hours hardly changes."""
    base, struck = figures("emergency"), figures("emergency", "mass_casualty")
    assert struck["admitted_per_day"] > base["admitted_per_day"]
    assert struck["started_within_4_h"] > base["started_within_4_h"] - 0.01


def test_the_clinic_runs_in_a_blink() -> None:
    """The small clinic's weeks: 44 patients on an average day, few of whom leave unseen."""
    declared = load_flows("clinic_small")
    plan = resolve(declared, "visits")
    replication = run_compiled(plan, draw_sample(plan, SEED, 0))
    found = measure(declared.outputs_of("visits"), plan, replication)
    assert 35 <= len(replication.left_at) / 35 <= 50
    assert 0 <= found["left_unseen"] <= 0.05
    assert 0.2 <= found["doctor_use"] <= 0.9


def _inside(replication: Replication, tick: int) -> int:
    arrived, left = replication.sample.arrival, replication.left_at
    return int(((arrived <= tick) & ((left < 0) | (left > tick))).sum())


def _steps(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping within, which includes every step."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _steps(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _steps(inner)
