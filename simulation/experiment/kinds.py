"""The kinds of experiment that compare what is named: run, compare, sensitivity, warm-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.experiment.request import Request
from simulation.experiment.result import Bar, Difference, ScenarioResult, WarmUp, WarmUpResult
from simulation.experiment.summaries import difference, known, scenario_result
from simulation.experiment.trials import Trial, Trials
from simulation.statistics.comparison import paired
from simulation.statistics.precision import look, shared_level
from simulation.statistics.sensitivity import tornado
from simulation.statistics.warm_up import moving_average, mser

Answer = tuple[bool, dict[str, Any]]
"""Whether every half-width asked for was reached, and the fields of the result."""

WEEK_D = 7
"""Days are batched and smoothed by weeks, since arrivals come back weekly."""


def scenario_trials(request: Request) -> tuple[Trial, ...]:
    """The scenarios of a request, in their order."""
    return tuple(Trial.of(scenario.id, scenario.changes) for scenario in request.scenarios)


def run(request: Request, trials: Trials) -> Answer:
    """Each scenario by itself, until the half-widths of its means are reached."""
    scenarios = scenario_trials(request)
    totals = dict.fromkeys(scenarios, request.least)
    expected = 0
    while True:
        trials.replicate(totals, tables=True, expected=expected)
        needs = {
            one: look(
                {name: trials.values(one, name, totals[one]) for name in request.precision},
                request.precision,
                request.level,
                joint=request.joint,
                most=request.most,
            )
            for one in scenarios
        }
        trials.reach(_greatest(need.half_widths for need in needs.values()))
        more = {one: max(need.total, totals[one]) for one, need in needs.items()}
        if more == totals:
            reached = all(need.reached for need in needs.values())
            return reached, {"scenarios": _scenarios(request, trials, totals)}
        totals, expected = more, sum(need.predicted for need in needs.values())


def compare(request: Request, trials: Trials) -> Answer:
    """All scenarios against the first, until the half-widths of the paired differences are reached."""
    basis, *others = scenario_trials(request)
    reached, total = _in_pairs(request, trials, basis, others, tables=True)
    level = shared_level(request.level, len(request.precision), request.joint)
    return reached, {
        "scenarios": _scenarios(request, trials, dict.fromkeys((basis, *others), total)),
        "differences": tuple(
            _difference(trials, basis, other, output, total, level)
            for other in others
            for output in trials.store(basis).outputs
        ),
    }


def sensitivity(request: Request, trials: Trials) -> Answer:
    """Every quantity at its low and its high value against the basis; a bar of each output's tornado each."""
    basis = scenario_trials(request)[0]
    sides = {
        swing.path: tuple(
            Trial.of(f"{swing.path} {side}", {**basis.changes, swing.path: change})
            for side, change in (("low", swing.low), ("high", swing.high))
        )
        for swing in request.sensitivity
    }
    reached, total = _in_pairs(request, trials, basis, [one for both in sides.values() for one in both], tables=False)
    bars = []
    for output in trials.store(basis).outputs:
        moved = {
            path: (trials.values(low, output, total), trials.values(high, output, total))
            for path, (low, high) in sides.items()
        }
        for bar in tornado(trials.values(basis, output, total), moved, request.level):
            low, high = (
                difference(f"{bar.quantity} {side}", output, found)
                for side, found in (("low", bar.low), ("high", bar.high))
            )
            bars.append(Bar(output=output, path=bar.quantity, low=low, high=high, reach=known(bar.reach)))
    return reached, {"scenarios": _scenarios(request, trials, {basis: total}), "tornado": tuple(bars)}


def warm_up(request: Request, trials: Trials) -> Answer:
    """How many days the hospital takes from empty to steady: MSER on daily means over the replications."""
    basis = scenario_trials(request)[0]
    trials.replicate({basis: request.least}, tables=True)
    series = []
    for name, sums in sorted(trials.store(basis).tables.items()):
        daily = sums[: len(sums) // WEEK_D * WEEK_D] / request.least
        days = mser(daily, batch=WEEK_D)
        smooth: list[float | None] = [*moving_average(daily, WEEK_D).tolist()]
        smooth += [None] * (len(daily) - len(smooth))
        series.append(WarmUp(series=name, days=days, daily=tuple(daily.tolist()), smoothed=tuple(smooth)))
    needed = max((one.days for one in series if one.days is not None), default=None)
    declared = trials.case(basis).warm_up_d
    found = WarmUpResult(needed_d=needed, declared_d=declared, series=tuple(series))
    return True, {"scenarios": _scenarios(request, trials, {basis: request.least}), "warm_up": found}


def _in_pairs(
    request: Request, trials: Trials, basis: Trial, others: Sequence[Trial], *, tables: bool
) -> tuple[bool, int]:
    """Replicate all as often as the least precise of the differences asked for needs."""
    total, expected = request.least, 0
    while True:
        trials.replicate(dict.fromkeys((basis, *others), total), tables=tables, expected=expected)
        differences = {
            f"{place} {output}": _differences(trials, basis, other, output, total)
            for place, other in enumerate(others)
            for output in request.precision
        }
        wanted = {
            f"{place} {output}": half for place, _ in enumerate(others) for output, half in request.precision.items()
        }
        # Bonferroni, where asked for, is over the outputs: each comparison is stated by itself.
        level = shared_level(request.level, len(request.precision), request.joint)
        need = look(differences, wanted, level, joint=False, most=request.most)
        trials.reach(_greatest({pair.split(" ", 1)[1]: half} for pair, half in need.half_widths.items()))
        if need.total <= total:
            return need.reached, total
        total, expected = need.total, need.predicted * (1 + len(others))


def _differences(trials: Trials, basis: Trial, other: Trial, output: str, total: int) -> NDArray[np.float64]:
    return trials.values(other, output, total) - trials.values(basis, output, total)


def _difference(trials: Trials, basis: Trial, other: Trial, output: str, total: int, level: float) -> Difference:
    found = paired(trials.values(basis, output, total), trials.values(other, output, total), level)
    return difference(other.name, output, found)


def _scenarios(request: Request, trials: Trials, totals: Mapping[Trial, int]) -> tuple[ScenarioResult, ...]:
    return tuple(
        scenario_result(one.name, trials.store(one), totals[one], trials.case(one).targets, request.level)
        for one in scenario_trials(request)
        if one in totals
    )


def _greatest(half_widths: Iterable[Mapping[str, float]]) -> dict[str, float]:
    greatest: dict[str, float] = {}
    for each in half_widths:
        for name, half in each.items():
            greatest[name] = max(greatest.get(name, 0.0), half)
    return greatest


Kind = Callable[[Request, Trials], Answer]
