"""Changes of flows: where a path leads, what becomes of the value, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.flow.changes import changed, in_scenario, value_at
from simulation.flow.declared import Declared, declare_tree
from simulation.flow.load import load_flows
from simulation.flow.resolve import resolve
from site_models.errors import SiteErrors
from tests.simulation.flow.declared_in_words import EXAMPLES, bed, declared, equipment, tree

LAW = {"gamma": {"mean": "12 min", "sd": "4 min", "plus": "3 min"}}
STEPS: list[dict[str, Any]] = [
    {"branch": [{"share": 0.25, "steps": [{"hold": "ct", "for": LAW}]}, {"else": True}], "id": "needs_ct"},
    {"delay": {"by": "triage", "red": "5 min", "else": "0.5 h"}},
    {"seize": "ward", "priority": {"by": "triage", "red": 1, "else": 4}},
    {"release": "ward"},
    {"leave": "home"},
]
RESOURCES = [
    equipment("ct", 3),
    bed("ward", closed=[{"from": "07-01", "to": "07-31", "count": 1}]),
    {
        "id": "nurse",
        "kind": "staff",
        "name": "n",
        "shifts": [{"window": "07:00-15:00", "count": 4}],
        "source": "assumed",
    },
]


@pytest.fixture
def flows() -> Declared:
    return declared(STEPS, resources=RESOURCES)


@pytest.mark.parametrize(
    ("path", "change", "new"),
    [
        ("resources.ct.count", 4, "4"),
        ("resources.ct.count", {"plus": 1}, "4"),
        ("resources.ct.count", {"times": 1.5}, "4"),  # 4.5 is rounded to the even one
        ("resources.ct.count", {"plus": "-1"}, "2"),
        ("resources.ward.staffed", {"times": "1.5"}, "3"),
        ("resources.nurse.shifts.0.count", {"plus": -1}, "3"),
        ("arrivals.come.per_day", {"times": 1.1}, "26.4"),
        ("arrivals.come.enabled", False, "false"),
        ("pathways.p.ct.for.mean", "6 min", "6 min"),
        ("pathways.p.ct.for.mean", {"times": 0.5}, "6 min"),
        ("pathways.p.ct.for.gamma.sd", {"plus": "30 s"}, "4.5 min"),
        ("pathways.p.needs_ct.branch.0.share", {"plus": 0.25}, "0.5"),
        ("pathways.p.steps.0.branch.0.share", 0.5, "0.5"),
        ("pathways.p.delay.delay.else", {"times": 2}, "1 h"),
        ("pathways.p.ward.priority.red", 0, "0"),
        ("flows.f.warm_up", "3 d", "3 d"),
        ("attributes.triage.values.red", 0.1, "0.1"),
    ],
)
def test_a_change_is_a_value_or_a_factor_or_a_difference(flows: Declared, path: str, change: Any, new: str) -> None:
    """The unit stays as it was written; counts stay whole."""
    after = changed(flows, {path: change})
    assert value_at(after, path) == new
    assert value_at(flows, path) != new or path.startswith("attributes")


def test_a_factor_on_a_distribution_moves_all_its_durations() -> None:
    """12 ± 4 plus 3 minutes twice as long; a shape would stay."""
    after = changed(declared(STEPS, resources=RESOURCES), {"pathways.p.ct.for": {"times": 2}})
    assert value_at(after, "pathways.p.ct.for") == {"gamma": {"mean": "24 min", "sd": "8 min", "plus": "6 min"}}
    shaped = declared([{"delay": {"weibull": {"mean": "10 min", "shape": 1.5}}}, {"leave": "home"}])
    after = changed(shaped, {"pathways.p.delay.delay": {"times": 2}})
    assert value_at(after, "pathways.p.delay.delay") == {"weibull": {"mean": "20 min", "shape": "1.5"}}


def test_a_factor_on_values_by_attribute_moves_each(flows: Declared) -> None:
    """Five minutes and half an hour, twice as long; the attribute's name stays."""
    after = changed(flows, {"pathways.p.delay.delay": {"times": 2}})
    assert value_at(after, "pathways.p.delay.delay") == {"by": "triage", "red": "10 min", "else": "1 h"}


def test_whole_values_may_be_replaced(flows: Declared) -> None:
    """Another closure, another schedule of shifts, other steps: whatever the schema takes."""
    closed = [{"from": "06-01", "to": "08-31", "count": "2"}]
    after = changed(flows, {"resources.ward.closed": closed, "pathways.p.needs_ct.branch.0.steps": []})
    assert value_at(after, "resources.ward.closed") == closed
    assert [resource.id for resource in resolve(after, "f").resources] == ["ward", "ward.physical"]


def test_what_is_not_written_may_be_given(flows: Declared) -> None:
    """The scanner has no queue of its own kind until it is given one; its value so far is None."""
    assert value_at(flows, "resources.ct.queue") is None
    assert value_at(changed(flows, {"resources.ct.queue": "deadline"}), "resources.ct.queue") == "deadline"


def test_changes_act_one_after_the_other_and_leave_the_declared_alone(flows: Declared) -> None:
    """A new distribution, and then its mean doubled: 10 minutes; the declared flow has what it had."""
    before = flows.tree
    new = {
        "pathways.p.ct.for": {"gamma": {"mean": "5 min", "sd": "2 min"}},
        "pathways.p.ct.for.gamma.mean": {"times": 2},
    }
    assert value_at(changed(flows, new), "pathways.p.ct.for.mean") == "10 min"
    assert flows.tree == before


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("resource.ct.count", "did you mean `resources`?"),
        ("resources.ward2.staffed", "did you mean `ward`?"),
        ("resources.ct.cuont", "did you mean `count`?"),
        ("pathways.p.needs_ctt.branch", "did you mean `needs_ct`?"),
        ("pathways.p.ct.for.gama.mean", "did you mean `gamma`?"),
        ("resources.nurse.shifts.3.count", "did you mean `0`?"),
        ("resources.ct.count.more", "goes on behind a single value"),
        ("scenarios.x.changes", "known are"),
        ("resources", "known are ct, ward, nurse"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_with_a_hint(flows: Declared, path: str, hint: str) -> None:
    """The nearest word that is there, or all of them."""
    with pytest.raises(SiteErrors) as refused:
        changed(flows, {path: 3})
    assert [error.rule for error in refused.value.errors] in (["unknown_path"], ["unknown_key"])
    assert hint in str(refused.value) or (hint == "did you mean `0`?" and "known are 0" in str(refused.value))


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("resources.ct.count", {"plus": "3 min"}),
        ("pathways.p.ct.for.mean", {"plus": 3}),
        ("pathways.p.ct.for.mean", {"times": "3 min"}),
        ("pathways.p.ct.for", {"plus": "3 min"}),
        ("resources.ct.name", {"times": 2}),
        ("resources.ct.breaks", {"times": 2}),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(flows: Declared, path: str, change: Any) -> None:
    """Units that differ, a factor with a unit, a difference of a whole distribution, a name times two."""
    with pytest.raises(SiteErrors) as refused:
        changed(flows, {path: change})
    assert [error.rule for error in refused.value.errors] == ["wrong_change"]
    assert path in str(refused.value)


def test_all_bad_changes_are_said_at_once(flows: Declared) -> None:
    """Two paths that lead nowhere are two errors."""
    with pytest.raises(SiteErrors) as refused:
        changed(flows, {"resources.x.count": 1, "resources.y.count": 1})
    assert len(refused.value.errors) == 2


def test_a_changed_flow_passes_the_same_checks(flows: Declared) -> None:
    """No scanner at all is an error as it would be in the YAML, and so is half a bed."""
    for change in ({"resources.ct.count": 0}, {"resources.ward.staffed": "1.5"}):
        with pytest.raises(SiteErrors):
            changed(flows, change)


def test_a_scenario_makes_its_changes() -> None:
    """Influenza in the example: a fifth more walk in, the crash comes, two staffed beds fewer, scans of 14 minutes."""
    flows = load_flows(EXAMPLES / "steps.yaml")
    winter = in_scenario(flows, "influenza")
    assert value_at(winter, "arrivals.walk_in.per_day") == "72"
    assert value_at(winter, "resources.ward_bed.staffed") == "70"
    assert value_at(winter, "pathways.imaging.ct.for.mean") == "14 min"
    assert len(resolve(winter, "whole").sources) == len(resolve(flows, "whole").sources) + 1


def test_there_is_no_such_scenario(flows: Declared) -> None:
    """A wrong name is a KeyError, for the caller to word."""
    with pytest.raises(KeyError):
        in_scenario(flows, "summer")


def test_a_bundle_keeps_the_model_as_plain_values(flows: Declared) -> None:
    """What was changed and written down as plain values declares the same plan again."""
    after = changed(flows, {"resources.ct.count": {"plus": 1}, "arrivals.come.per_day": {"times": 1.1}})
    assert resolve(declare_tree(after.tree), "f") == resolve(after, "f")


def test_ids_with_dots_are_found() -> None:
    """`ct.1` is one id, not a path."""
    flows = declare_tree(tree([{"hold": "ct.1", "for": "1 min"}, {"leave": "home"}], resources=[equipment("ct.1")]))
    assert value_at(changed(flows, {"resources.ct.1.count": 2}), "resources.ct.1.count") == "2"
