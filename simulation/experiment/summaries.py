"""Replications as the figures of a result."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simulation.experiment.request import Target
from simulation.experiment.result import Difference, Figure, Judged, ScenarioResult, Verdict
from simulation.experiment.store import Store
from simulation.statistics.comparison import Paired
from simulation.statistics.intervals import mean_interval, measured, one_sided


def known(value: float) -> float | None:
    """The value, None where there is none."""
    return value if math.isfinite(value) else None


def scenario_result(name: str, store: Store, total: int, targets: Mapping[str, Target], level: float) -> ScenarioResult:
    """All outputs of a scenario over its first `total` replications."""
    figures = tuple(figure(output, store.values(output, total), targets.get(output), level) for output in store.outputs)
    return ScenarioResult(id=name, key=store.key, replications=total, figures=figures)


def figure(output: str, values: NDArray[np.float64], target: Target | None, level: float) -> Figure:
    """One output over replications."""
    interval, some = mean_interval(values, level), measured(values)
    low, middle, high = np.quantile(some, (0.1, 0.5, 0.9)).tolist() if len(some) else (math.nan,) * 3
    verdict = judged(output, values, target, level).verdict if target else "open"
    return Figure(
        output=output,
        n=interval.n,
        mean=known(interval.mean),
        half_width=known(interval.half_width),
        p10=known(low),
        p50=known(middle),
        p90=known(high),
        least=float(some.min()) if len(some) else None,
        greatest=float(some.max()) if len(some) else None,
        target=target,
        met=None if verdict == "open" else verdict == "met",
    )


def judged(output: str, values: NDArray[np.float64], target: Target, level: float) -> Judged:
    """Whether a target is met: by the confidence bound on its unfavourable side, missed by that on the other.

    Of a target with two ends the one is told that has least to spare.
    """
    low, mean, high = one_sided(values, level)
    ends = []
    if target.at_most is not None:
        ends.append((mean - target.at_most, high - target.at_most, low - target.at_most, high, low))
    if target.at_least is not None:
        ends.append((target.at_least - mean, target.at_least - low, target.at_least - high, low, high))
    short_by, _, at_best, worst, best = max(ends)
    verdict: Verdict = "missed" if at_best > 0.0 else "met" if all(end[1] <= 0.0 for end in ends) else "open"
    return Judged(
        output=output,
        target=target,
        mean=known(mean),
        bound=known(best if verdict == "missed" else worst),
        short_by=known(short_by),
        verdict=verdict,
    )


def difference(scenario: str, output: str, found: Paired) -> Difference:
    """A paired comparison as a part of a result."""
    return Difference(
        scenario=scenario,
        output=output,
        n=found.n,
        basis_mean=known(found.basis_mean),
        mean=known(found.changed_mean),
        difference=known(found.difference),
        half_width=known(found.half_width),
        unpaired_half_width=known(found.unpaired_half_width),
        narrower=known(found.narrower),
        variance_ratio=known(found.variance_ratio),
        correlation=known(found.correlation),
        clear=found.clear,
    )
