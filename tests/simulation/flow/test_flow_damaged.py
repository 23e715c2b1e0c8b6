"""Whatever is written: it is refused with errors that say where, or it is a flow that can be resolved."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulation.engines.reference import run_reference
from simulation.flow.changes import changed
from simulation.flow.declared import declare_tree
from simulation.flow.load import load_flows
from simulation.flow.resolve import resolve
from simulation.flow.schema.steps import KINDS
from simulation.sampling import draw_sample
from simulation.ticks import DAY
from site_models.errors import SiteErrors
from tests.simulation.flow.declared_in_words import EXAMPLES

WHOLE = [load_flows(EXAMPLES / name).tree for name in ("steps.yaml", "wards.yaml")]
WORDS = (
    "",
    "0",
    "-1",
    "1.5",
    "1e999",
    "nan",
    "5 min",
    "-5 min",
    "true",
    "ct",
    "triage",
    "red",
    "else",
    "07:30",
    "never",
)
STEPS: tuple[dict[str, Any], ...] = (
    {"leave": "home"},
    {"again": "true"},
    {"seize": "ct"},
    {"release": "ward"},
    {"run": "emergency"},
    {"run": "admission"},
    {"hold": {"any": ["ct", "ward_bed"]}, "for": "1 h", "patience": "1 h"},
    {"branch": [{"share": "1"}]},
    {"together": [[], []]},
    {"batch": "2"},
)
junk = st.one_of(
    st.sampled_from(WORDS),
    st.none(),
    st.sampled_from(STEPS).map(copy.deepcopy),
    st.lists(st.sampled_from(WORDS), max_size=2),
    st.dictionaries(st.sampled_from([*WORDS[8:], "by", "mean", "any", "id"]), st.sampled_from(WORDS), max_size=2),
)


def places(tree: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        found += places(value, (*path, key))
    return found


def damaged(tree: Any, path: tuple[str | int, ...], how: str, new: Any) -> None:
    """Put something else at a place, or take away, double or swap what is there."""
    for part in path[:-1]:
        tree = tree[part]
    last = path[-1]
    if how == "replace" or (isinstance(tree, dict) and how != "remove"):
        tree[last] = new
    elif how == "remove":
        del tree[last]
    elif how == "insert":
        tree.insert(int(last), new)
    else:
        tree.insert(int(last), copy.deepcopy(tree[last]))


PLACES = [places(tree) for tree in WHOLE]
wounds = st.tuples(st.integers(0, 10_000), st.sampled_from(["replace", "remove", "insert", "double"]), junk)


@settings(max_examples=150, deadline=None)
@given(which=st.integers(0, len(WHOLE) - 1), hurt=st.lists(wounds, min_size=1, max_size=2))
def test_a_damaged_flow_is_refused_or_can_be_resolved(which: int, hurt: list[tuple[int, str, Any]]) -> None:
    """No mistake ends in anything but errors with a sentence; what passes the checks has a plan."""
    tree = copy.deepcopy(WHOLE[which])
    for number, how, new in hurt:
        now = places(tree)
        damaged(tree, now[number % len(now)], how, copy.deepcopy(new))
    with suppress(SiteErrors):
        flows = declare_tree(tree)
        for flow in flows.flow_ids:
            resolve(flows, flow, warm_up=0, runs=DAY)


FLOWS = load_flows(EXAMPLES / "steps.yaml")
paths = st.lists(
    st.sampled_from(["resources", "pathways", "emergency", "ct", "count", "for", "mean", "0", "", "steps", "flows"]),
    max_size=6,
).map(".".join)


@settings(max_examples=80, deadline=None)
@given(path=paths, change=st.one_of(junk, st.fixed_dictionaries({"times": st.sampled_from(["2", "x", "1e999"])})))
@example(path="resources.ct.count", change={"times": "1e999"})
@example(path="resources.ct.count", change={"plus": "1 min"})
@example(path="pathways.emergency.deadline.deadline", change={"times": "-1"})
def test_any_change_is_refused_or_makes_a_flow(path: str, change: Any) -> None:
    """A path may lead anywhere and a value be anything."""
    with suppress(SiteErrors):
        flows = changed(FLOWS, {path: change})
        for flow in flows.flow_ids:
            resolve(flows, flow, warm_up=0, runs=DAY)


def step_lists(tree: Any) -> list[list[Any]]:
    """All lists of steps, those within steps too."""
    if isinstance(tree, dict):
        return [found for value in tree.values() for found in step_lists(value)]
    if not isinstance(tree, list):
        return []
    inner = [found for item in tree for found in step_lists(item)]
    return [tree, *inner] if any(isinstance(item, dict) and KINDS.keys() & item.keys() for item in tree) else inner


MORE_STEPS: tuple[dict[str, Any], ...] = (
    *STEPS,
    {"release": "nurse"},
    {"mark": "there"},
    {"priority": "0"},
    {"seize": {"any": ["ct", "ward_bed"]}, "as": "ward"},
    {"seize": "ward_bed", "as": "ward", "patience": "10 min", "otherwise": [{"mark": "not_there"}]},
    {"aside": [{"release": "ward"}]},
    {"hold": "xray", "for": "1 h", "preempt": "true", "priority": "0"},
    {"wait": {"until": "12:00"}},
    {"repeat": [{"branch": [{"share": ".5", "steps": [{"again": "true"}]}, {"else": "true"}]}], "at_most": "2"},
)
moves = st.tuples(
    st.integers(0, 1_000),
    st.integers(0, 20),
    st.sampled_from(["insert", "remove", "double", "later"]),
    st.sampled_from(MORE_STEPS),
)


@settings(max_examples=120, deadline=None)
@given(which=st.integers(0, len(WHOLE) - 1), edits=st.lists(moves, min_size=1, max_size=2))
def test_steps_in_another_order_are_refused_or_run(which: int, edits: list[tuple[int, int, str, Any]]) -> None:
    """What passes the checks runs for three days: nothing is given back that is not held, nobody stays for ever."""
    tree = copy.deepcopy(WHOLE[which])
    for number, (where, place, how, new) in enumerate(edits):
        lists = step_lists(tree["pathways"])
        steps = lists[where % len(lists)]
        at = place % (len(steps) + (how == "insert")) if steps else 0
        if how == "insert":
            steps.insert(at, copy.deepcopy(new) | {"id": f"new{number}"})
        elif how == "remove":
            del steps[at]
        elif how == "double":
            steps.insert(at, copy.deepcopy(steps[at]) | {"id": f"new{number}"})
        else:
            steps.insert(at + 1, steps.pop(at))
    with suppress(SiteErrors):
        flows = declare_tree(tree)
        for flow in flows.flow_ids:
            plan = resolve(flows, flow, warm_up=0, runs=3 * DAY)
            run_reference(plan, draw_sample(plan, 1, 0))
