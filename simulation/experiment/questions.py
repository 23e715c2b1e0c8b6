"""Whether a question can be answered: everything that is wrong with it is found at once, before anything is written."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from simulation.experiment.outcome import Case, Model
from simulation.experiment.request import Dial, Request, Scenario, Target

POINTS = 200_000
"""Most combinations of capacities that a search keeps in memory."""


class BadRequest(Exception):
    """A question that cannot be answered; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def filled_in(request: Request, model: Model) -> Request:
    """The request with its model, its basis and, where none are named, the swings and targets of its flow.

    Raises
    ------
    BadRequest
        Everything that is wrong with the question itself.
    SiteErrors
        Everything that is wrong with the model, or with a scenario's changes.
    """
    whole = msgspec.structs.replace(
        request,
        model=request.model or model.read(request.site),
        scenarios=request.scenarios or (Scenario(id="basis"),),
    )
    flows = model.flows(whole.model)
    if whole.flow not in flows:
        raise BadRequest((f"There is no flow {whole.flow}: use {', '.join(flows) or 'a site that declares flows'}.",))
    if whole.kind == "sensitivity" and not whole.sensitivity:
        whole = msgspec.structs.replace(whole, sensitivity=model.swings(whole.model, whole.flow))
    problems = tuple(_problems(whole))
    if problems:
        raise BadRequest(problems)
    cases = [model.case(whole, changes) for changes in _tried(whole)]
    problems = tuple(_unmeasured(whole, cases[0]))
    if problems:
        raise BadRequest(problems)
    return whole


def sized_targets(request: Request, case: Case) -> dict[str, Target]:
    """The targets that capacities are sized for: those of the request, or all that the flow declares."""
    return (request.sizing.targets if request.sizing else {}) or dict(case.targets)


def dial_changes(dials: tuple[Dial, ...], point: tuple[int, ...]) -> dict[str, Any]:
    """The changes that bring a model to a point."""
    return {
        dial.path: {"plus": units} if dial.as_change == "plus" else units
        for dial, units in zip(dials, point, strict=True)
    }


def _tried(request: Request) -> Iterator[Mapping[str, Any]]:
    """All changes that can be tried before the work begins."""
    for scenario in request.scenarios:
        yield scenario.changes
    basis = request.scenarios[0].changes
    for swing in request.sensitivity:
        yield basis | {swing.path: swing.low}
        yield basis | {swing.path: swing.high}
    if request.sizing:
        for corner in ([dial.most for dial in request.sizing.dials], [dial.least for dial in request.sizing.dials]):
            yield basis | dial_changes(request.sizing.dials, tuple(corner))


def _problems(request: Request) -> Iterator[str]:
    if not 2 <= request.least <= request.most:
        yield f"replications: at least 2 and at most what is allowed, not {request.least} to {request.most}."
    if not 0.5 < request.level < 1.0:
        yield f"level: a confidence between 0.5 and 1, not {request.level}."
    for days, name in ((request.warm_up_d, "warm_up_d"), (request.runs_d, "runs_d")):
        if days is not None and days < (name == "runs_d"):
            yield f"{name}: {days} days cannot be run."
    for output, half_width in request.precision.items():
        if not half_width > 0.0:
            yield f"precision.{output}: a half-width greater than zero, not {half_width}."
    names = [scenario.id for scenario in request.scenarios]
    yield from (f"scenarios: {name} is there twice." for name in sorted({n for n in names if names.count(n) > 1}))
    if request.kind in {"compare", "select"} and len(names) < 2:
        yield f"scenarios: {request.kind} needs two or more, there are {len(names)}."
    if request.kind == "sensitivity" and not request.sensitivity:
        yield "sensitivity: no quantity is named, and the flow has no dials; name a path with a low and a high value."
    yield from _selection_problems(request)
    yield from _sizing_problems(request)


def _selection_problems(request: Request) -> Iterator[str]:
    asked = request.selection
    if request.kind != "select":
        return
    if asked is None:
        yield "selection: say in which output the scenarios compete."
        return
    if not 0.0 < asked.alpha < 0.5:
        yield f"selection.alpha: an error between 0 and 0.5, not {asked.alpha}."
    if asked.procedure == "kn" and not asked.indifference > 0.0:
        yield "selection.indifference: say which difference in the output does not matter; greater than zero."
    if asked.procedure == "ocba" and asked.budget < request.least * len(request.scenarios):
        needed = request.least * len(request.scenarios)
        yield f"selection.budget: the first {request.least} of each scenario alone are {needed}, not {asked.budget}."


def _sizing_problems(request: Request) -> Iterator[str]:
    asked = request.sizing
    if request.kind != "size":
        return
    if asked is None or not asked.dials:
        yield "sizing: name the capacities that are to be sized, each with its least, most and cost."
        return
    paths = [dial.path for dial in asked.dials]
    yield from (f"sizing: {path} is there twice." for path in sorted({p for p in paths if paths.count(p) > 1}))
    for dial in asked.dials:
        if dial.most < dial.least:
            yield f"sizing.{dial.path}: the most ({dial.most}) is less than the least ({dial.least})."
        if not dial.cost > 0.0:
            yield f"sizing.{dial.path}: a unit costs more than nothing, not {dial.cost}."
    possible = math.prod(max(dial.most - dial.least + 1, 1) for dial in asked.dials)
    if possible > POINTS:
        yield f"sizing: {possible} combinations are too many ({POINTS} at most); bring least and most nearer together."
    for output, target in asked.targets.items():
        if target.at_most is None and target.at_least is None:
            yield f"sizing.targets.{output}: say at_most or at_least."


def _unmeasured(request: Request, case: Case) -> Iterator[str]:
    """Outputs that are asked about and are none of the flow's."""
    sized = sized_targets(request, case) if request.kind == "size" else {}
    if request.kind == "size" and not sized:
        yield f"sizing.targets: the flow {request.flow} declares no target; name at least one."
    chosen = [request.selection.output] if request.selection else []
    known = ", ".join(case.outputs)
    for output in sorted({*itertools.chain(request.precision, sized, chosen)} - {*case.outputs}):
        yield f"The flow {request.flow} has no output {output}: use {known}."
