"""The smallest capacity that meets the targets, over several resources at once, and why not one unit less."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulation.experiment.kinds import Answer, scenario_trials
from simulation.experiment.questions import dial_changes, sized_targets
from simulation.experiment.request import Dial, Request, Sizing, Target
from simulation.experiment.result import Difference, Judged, Neighbour, Point, SizingResult, Verdict
from simulation.experiment.search import Axis, Search, smallest
from simulation.experiment.summaries import difference, judged, scenario_result
from simulation.experiment.trials import Trial, Trials
from simulation.statistics.comparison import paired
from simulation.statistics.precision import BATCH, predicted_total


def size(request: Request, trials: Trials) -> Answer:
    """Search the grid; every point uses the same random numbers, so neighbours differ by their capacity alone.

    Every scenario is sized by itself; those after the first are compared with it at its answer, all else equal.
    """
    asked = request.sizing
    if asked is None:
        raise ValueError("Sizing names the capacities that are to be sized.")
    scenarios = scenario_trials(request)
    shown, sized = [], []
    benches: list[_Bench] = []
    for number, basis in enumerate(scenarios):
        bench = _Bench(request, asked, trials, basis, before=tuple(benches), after=len(scenarios) - number - 1)
        found = bench.search()
        benches.append(bench)
        sized.append(found)
        named = bench.trial(found.answer.capacities if found.answer else bench.top)
        total = len(trials.store(named))
        shown.append(scenario_result(named.name, trials.store(named), total, bench.targets, request.level))
    points = [point for bench in benches for point in bench.points.values()]
    at = sized[0].answer or sized[0].top
    return all(point.verdict != "open" for point in points), {
        "scenarios": tuple(shown),
        "sizing": sized[0],
        "others": tuple(sized[1:]),
        "differences": _differences(request, trials, benches, at) if benches[1:] else (),
    }


def _differences(request: Request, trials: Trials, benches: Sequence[_Bench], at: Point) -> tuple[Difference, ...]:
    """Every other scenario less the first one, each with the capacities `at` that the first one needs."""
    first, *others = [bench.trial(at.capacities) for bench in benches]
    total = len(trials.store(first))
    trials.replicate(dict.fromkeys((first, *others), total))
    return tuple(
        difference(
            other.name,
            output,
            paired(trials.values(first, output, total), trials.values(other, output, total), request.level),
        )
        for other in others
        for output in trials.store(first).outputs
    )


class _Bench:
    """Runs points of a scenario and judges them; `before` are those of other scenarios, `after` more are to come."""

    def __init__(
        self,
        request: Request,
        asked: Sizing,
        trials: Trials,
        basis: Trial,
        *,
        before: tuple[_Bench, ...] = (),
        after: int = 0,
    ) -> None:
        self._request, self._asked, self._dials, self._trials = request, asked, asked.dials, trials
        self._basis, self._before, self._after = basis, before, after
        self.targets: dict[str, Target] = sized_targets(request, trials.case(basis))
        self.points: dict[tuple[int, ...], Point] = {}
        self.top = tuple(dial.most for dial in asked.dials)
        # Two bisections an axis, the neighbours and probes: more are seldom needed.
        self._guess = sum(2 * (dial.most - dial.least + 1).bit_length() + 1 for dial in asked.dials) + asked.probes

    def search(self) -> SizingResult:
        """The smallest capacity, and what was found on the way."""
        axes = [Axis(least=dial.least, most=dial.most, cost=dial.cost) for dial in self._dials]
        found = smallest(axes, self.meets, probes=self._asked.probes)
        answer = self.points[found.answer] if found.answer is not None else None
        return SizingResult(
            paths=tuple(dial.path for dial in self._dials),
            answer=answer,
            top=self.points[self.top],
            binding=_binding(answer or self.points[self.top]),
            neighbours=tuple(self.neighbours(found)),
            possible=found.possible,
            excluded=found.possible - len(found.judged),
            assured=found.assured,
            contradictions=found.contradictions,
            points=tuple(self.points[point] for point in found.judged),
        )

    def trial(self, point: tuple[int, ...]) -> Trial:
        """The basis with the capacities of a point."""
        named = ", ".join(
            f"{dial.path} = {_units(dial, units)}" for dial, units in zip(self._dials, point, strict=True)
        )
        several = bool(self._before) or self._after > 0
        name = f"{self._basis.name}, {named}" if several else named
        return Trial.of(name, {**self._basis.changes, **dial_changes(self._dials, point)})

    def meets(self, point: tuple[int, ...]) -> bool:
        """Replicate until every target is surely met, or one surely missed, or there may be no more."""
        trial, total = self.trial(point), self._request.least
        while True:
            self._trials.replicate({trial: total}, expected=self._expected(total))
            values = {name: self._trials.values(trial, name, total) for name in self.targets}
            verdicts = tuple(
                judged(name, values[name], target, self._request.level) for name, target in self.targets.items()
            )
            told = [verdict.verdict for verdict in verdicts]
            overall: Verdict = "missed" if "missed" in told else "open" if "open" in told else "met"
            if overall != "open" or total >= self._request.most:
                break
            total = min(self._request.most, self._next(total, verdicts, values))
        cost = sum(dial.cost * units for dial, units in zip(self._dials, point, strict=True))
        self.points[point] = Point(
            capacities=point, cost=round(cost, 9), replications=total, verdict=overall, targets=verdicts
        )
        return overall == "met"

    def neighbours(self, found: Search) -> list[Neighbour]:
        """The answer with one unit less of each dial; they have been run."""
        if found.answer is None:
            return []
        out = []
        for place, dial in enumerate(self._dials):
            less = (*found.answer[:place], found.answer[place] - 1, *found.answer[place + 1 :])
            out.append(Neighbour(path=dial.path, point=self.points.get(less)))
        return out

    def _expected(self, total: int) -> int:
        """Replications of all points in the end, if those to come are like those that were."""
        spent = self.spent
        left = max(self._guess - len(self.points) - 1, 0)
        whole = spent + total + round(left * (spent / len(self.points) if self.points else total))
        return sum(bench.spent for bench in self._before) + whole * (1 + self._after)

    @property
    def spent(self) -> int:
        """Replications of all points that were run."""
        return sum(point.replications for point in self.points.values())

    def _next(self, total: int, verdicts: tuple[Judged, ...], values: dict[str, NDArray[np.float64]]) -> int:
        """Replications at the next look: what the open targets seem to need, within the steps of the stop rule."""
        needs = [
            predicted_total(values[one.output], abs(one.short_by), 2.0 * self._request.level - 1.0)
            for one in verdicts
            if one.verdict == "open" and one.short_by
        ]
        return max(total + max(BATCH, total // 10), min(2 * total, *needs, 2 * total))


def _binding(point: Point) -> str:
    """The target with least to spare, in units of its own uncertainty; the first of equals."""
    return min(point.targets, key=_room).output


def _room(one: Judged) -> float:
    if one.short_by is None or one.mean is None or one.bound is None:
        return -math.inf
    uncertain = abs(one.bound - one.mean)
    return -one.short_by / uncertain if uncertain > 0.0 else math.copysign(math.inf, -one.short_by)


def _units(dial: Dial, units: int) -> str:
    return f"{units:+d}" if dial.as_change == "plus" else str(units)
