"""Flows made at random: well-formed ones pass, and one thing put wrong is found where it was put."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation.engines.reference import run_reference
from simulation.flow.declared import declare
from simulation.flow.resolve import resolve
from simulation.sampling import draw_sample
from site_models.errors import Mark, SiteError, SiteErrors
from site_models.positions import Path, Positions
from site_models.yaml_tree import Table, read_yaml

RESOURCES = 6
DEEPEST = 2
TEXT = {"da": "navn", "en": "name"}
DURATIONS: tuple[Any, ...] = (
    "20 min",
    "0",
    {"exponential": {"mean": "1 h"}},
    {"by": "triage", "red": "5 min", "else": "1 h"},
)

Steps = list[dict[str, Any]]
Tree = dict[str, Any]


class _Maker:
    """Makes steps that are in order: units are seized in the order of the resources and given back where they should.

    `held` are the names in the order of seizing; a request is only made for a resource beyond the last one held, so
    no two patients can block each other.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.count = 0
        self.decided = False
        """Within arms by the only attribute: a second branch by it would have arms that nobody comes to."""

    def name(self) -> str:
        self.count += 1
        return f"s{self.count}"

    def steps(self, held: list[int], depth: int, *, looping: bool) -> Steps:
        """Some steps after which the same is held as before."""
        made: Steps = []
        for _ in range(self.draw(st.integers(0, 3))):
            made += self.one(held, depth, looping=looping)
        return made

    def one(self, held: list[int], depth: int, *, looping: bool) -> Steps:
        kinds = ["delay", "mark", "wait", "priority"]
        free = range(held[-1] + 1 if held else 0, RESOURCES)
        if free:
            kinds += ["hold", "seize", "patience"]
        if depth < DEEPEST:
            kinds += ["branch", "together", "aside", "repeat"] + ([] if self.decided else ["by"])
        kind = self.draw(st.sampled_from(kinds))
        maker: Callable[..., Steps] = getattr(self, f"make_{kind}")
        if kind in {"hold", "seize", "patience"}:
            return maker(held, depth, self.draw(st.sampled_from(free)), looping)
        return maker(held, depth, looping)

    def make_delay(self, *_: Any) -> Steps:
        return [{"delay": self.draw(st.sampled_from(DURATIONS)), "id": self.name()}]

    def make_mark(self, *_: Any) -> Steps:
        return [{"mark": self.name()}]

    def make_wait(self, *_: Any) -> Steps:
        return [{"wait": {"until": "10:00"}}]

    def make_priority(self, *_: Any) -> Steps:
        return [{"priority": 3}]

    def make_hold(self, _held: list[int], _depth: int, resource: int, _looping: bool) -> Steps:
        return [{"hold": f"r{resource}", "for": self.draw(st.sampled_from(DURATIONS)), "id": self.name()}]

    def make_seize(self, held: list[int], depth: int, resource: int, looping: bool) -> Steps:
        kept, inner = self.name(), self.steps([*held, resource], depth, looping=False)
        del looping  # a new round within would begin with the unit in hand
        return [{"seize": f"r{resource}", "as": kept, "id": f"{kept}_in"}, *inner, {"release": kept}]

    def make_patience(self, held: list[int], depth: int, resource: int, looping: bool) -> Steps:
        kept = self.name()
        instead = [{"seize": f"r{resource}", "as": kept, "id": f"{kept}_instead"}]
        patient = {"seize": f"r{resource}", "as": kept, "id": f"{kept}_in", "patience": "1 h", "otherwise": instead}
        del looping
        return [patient, *self.steps([*held, resource], depth, looping=False), {"release": kept}]

    def make_branch(self, held: list[int], depth: int, looping: bool) -> Steps:
        arms: list[dict[str, Any]] = [
            {"share": 0.25, "steps": self.steps(held, depth + 1, looping=looping)} for _ in range(3)
        ]
        if looping:
            arms[0]["steps"].append({"again": True})
        last = {"else": True} if self.draw(st.booleans()) else {"share": 0.25}
        return [{"branch": [*arms, {**last, "steps": self.steps(held, depth + 1, looping=looping)}], "id": self.name()}]

    def make_by(self, held: list[int], depth: int, looping: bool) -> Steps:
        self.decided = True
        arms = [{"is": value, "steps": self.steps(held, depth + 1, looping=looping)} for value in ("red", "green")]
        self.decided = False
        return [{"branch": arms, "by": "triage", "id": self.name()}]

    def make_together(self, held: list[int], depth: int, _looping: bool) -> Steps:
        arms = [self.steps(held, depth + 1, looping=False) for _ in range(2)]
        return [{"together": arms, "id": self.name()}]

    def make_aside(self, _held: list[int], depth: int, _looping: bool) -> Steps:
        return [{"aside": [*self.steps([], depth + 1, looping=False), {"mark": self.name()}], "id": self.name()}]

    def make_repeat(self, held: list[int], depth: int, _looping: bool) -> Steps:
        again = {"share": 0.5, "steps": [{"again": True}]}
        inner = [*self.steps(held, depth + 1, looping=True), {"branch": [again, {"else": True}], "id": self.name()}]
        return [
            {"repeat": inner, "at_most": 3, "exhausted": self.steps(held, depth + 1, looping=False), "id": self.name()}
        ]


@st.composite
def sound(draw: st.DrawFn) -> Tree:
    """A declaration that is in order: two pathways in one flow, of which the first may run the second."""
    maker = _Maker(draw)
    first, second = (maker.steps([], 0, looping=False) for _ in range(2))
    if draw(st.booleans()):
        first.append({"run": "part"})
    else:
        first += [{"leave": "home"}]
    return {
        "resources": [
            {"id": f"r{k}", "kind": "room", "name": TEXT, "count": 2, "source": "assumed"} for k in range(RESOURCES)
        ],
        "attributes": [{"id": "triage", "values": {"red": 0.4, "green": 0.6}, "source": "assumed"}],
        "arrivals": [
            {"id": f"to_{name}", "pathway": name, "per_day": 5, "source": "assumed"} for name in ("whole", "part")
        ],
        "pathways": [
            {"id": "whole", "name": TEXT, "source": "assumed", "steps": first},
            {"id": "part", "name": TEXT, "source": "assumed", "steps": [*second, {"leave": "done"}]},
        ],
        "flows": [
            {"id": "f", "name": TEXT, "begins": "2027-01-04", "runs": "9 d", "arrivals": ["to_whole", "to_part"]}
        ],
    }


def _root(tree: Tree) -> Table:
    root, errors = read_yaml(json.dumps(tree, indent=1).encode(), "flows.yaml")
    assert isinstance(root, Table)
    assert not errors
    return root


def _errors(tree: Tree) -> list[SiteError]:
    try:
        declare(_root(tree))
    except SiteErrors as refused:
        return refused.errors
    return []


def _place(tree: Tree, path: Path) -> Mark:
    return Positions(_root(tree)).at(path)


def _lists(steps: Steps, path: Path) -> list[tuple[Steps, Path]]:
    """All lists of steps, each with its path."""
    found = [(steps, path)]
    for k, step in enumerate(steps):
        for word in ("otherwise", "aside", "repeat", "exhausted"):
            if word in step:
                found += _lists(step[word], (*path, k, word))
        for word in ("branch", "together"):
            for n, arm in enumerate(step.get(word, [])):
                inner, more = (arm.setdefault("steps", []), ("steps",)) if word == "branch" else (arm, ())
                found += _lists(inner, (*path, k, word, n, *more))
    return found


Injected = tuple[str, Path]
"""The rule that is broken, and the path to the place."""


def _ghost(draw: st.DrawFn, tree: Tree) -> Injected:
    """A release of what nobody seized."""
    steps, path = _some_list(draw, tree)
    k = draw(st.integers(0, _before_the_end(steps)))
    steps.insert(k, {"release": "ghost"})
    return "release_without_seize", (*path, k, "release")


def _kept(draw: st.DrawFn, tree: Tree) -> Injected:
    """A unit that is never given back, seized as the last thing before somebody leaves."""
    steps = tree["pathways"][1]["steps"]
    steps.insert(len(steps) - 1, {"seize": "r0", "as": "kept", "id": "kept"})
    return "held_at_leave", ("pathways", 1, "steps", len(steps) - 1)


def _after_the_end(draw: st.DrawFn, tree: Tree) -> Injected:
    """A step behind `leave`."""
    steps = tree["pathways"][1]["steps"]
    steps.append({"delay": "1 h", "id": "late"})
    return "unreachable_step", ("pathways", 1, "steps", len(steps) - 1)


def _negative(draw: st.DrawFn, tree: Tree) -> Injected:
    """A duration below zero, somewhere."""
    steps, path = _some_list(draw, tree)
    k = draw(st.integers(0, _before_the_end(steps)))
    steps.insert(k, {"delay": {"uniform": {"low": "-5 min", "high": "5 min"}}, "id": "negative"})
    return "negative_duration", (*path, k, "delay", "uniform", "low")


def _too_much(draw: st.DrawFn, tree: Tree) -> Injected:
    """Shares of 1.1."""
    steps, path = _some_list(draw, tree)
    k = draw(st.integers(0, _before_the_end(steps)))
    steps.insert(k, {"branch": [{"share": 0.6}, {"share": 0.5}], "id": "too_much"})
    return "shares", (*path, k, "branch")


def _nothing(draw: st.DrawFn, tree: Tree) -> Injected:
    """A resource without a unit."""
    k = draw(st.integers(0, RESOURCES - 1))
    tree["resources"][k]["count"] = 0
    return "no_capacity", ("resources", k, "count")


def _ring(draw: st.DrawFn, tree: Tree) -> Injected:
    """The last resource before the first in one pathway, the other way round in the other."""
    first = [{"seize": "r5", "as": "x", "id": "x1"}, {"seize": "r0", "as": "y", "id": "y1"}, {"release": ["x", "y"]}]
    second = [{"seize": "r0", "as": "y", "id": "y2"}, {"seize": "r5", "as": "x", "id": "x2"}, {"release": ["x", "y"]}]
    tree["pathways"][0]["steps"][:0] = first
    tree["pathways"][1]["steps"][:0] = second
    return "deadlock", ("pathways", 0, "steps", 1)


def _some_list(draw: st.DrawFn, tree: Tree) -> tuple[Steps, Path]:
    lists = [found for k in range(2) for found in _lists(tree["pathways"][k]["steps"], ("pathways", k, "steps"))]
    return draw(st.sampled_from(lists))


def _before_the_end(steps: Steps) -> int:
    """The last place at which a step would be reached."""
    return len(steps) - 1 if steps and {"leave", "again", "run"} & steps[-1].keys() else len(steps)


@given(sound())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_well_formed_flows_pass(tree: Tree) -> None:
    """Whatever steps are nested in whatever order, as long as everything is given back."""
    assert _errors(tree) == []


@given(sound())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_passes_can_be_run_and_leaves_nothing_held(tree: Tree) -> None:
    """The engine never releases an empty place nor seizes into a full one, and in the end every unit is back."""
    tree["flows"][0]["runs"] = "90 d"
    for arrivals in tree["arrivals"]:
        del arrivals["per_day"]
        arrivals["surge"] = {"day": 0, "at": "08:00", "count": 6, "over": "2 h"}
    plan = resolve(declare(_root(tree)), "f")
    run = run_reference(plan, draw_sample(plan, seed=1, replication=0))
    assert (run.left_at >= 0).all()
    assert (run.hourly_used[-1] == 0).all()


@given(st.data(), sound(), st.sampled_from([_ghost, _kept, _after_the_end, _negative, _too_much, _nothing, _ring]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_one_thing_put_wrong_is_found_where_it_was_put(
    data: st.DataObject, tree: Tree, defect: Callable[[Any, Tree], Injected]
) -> None:
    """One error of the right rule at the right line and column, and of that rule no other."""
    wrong = deepcopy(tree)
    rule, path = defect(data.draw, wrong)
    mark = _place(wrong, path)
    found = [(error.line, error.column) for error in _errors(wrong) if error.rule == rule]
    assert found == [(mark.line, mark.column)]
