"""The smallest capacity that meets the targets, over several resources at once, and why not one unit less."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simulation.experiment.kinds import Answer, scenario_trials
from simulation.experiment.questions import dial_changes, sized_targets
from simulation.experiment.request import Dial, Request, Sizing, Target
from simulation.experiment.result import Judged, Neighbour, Point, SizingResult, Verdict
from simulation.experiment.search import Axis, Search, smallest
from simulation.experiment.summaries import judged, scenario_result
from simulation.experiment.trials import Trial, Trials
from simulation.statistics.precision import BATCH, predicted_total


def size(request: Request, trials: Trials) -> Answer:
    """Search the grid; every point uses the same random numbers, so neighbours differ by their capacity alone."""
    asked = request.sizing
    if asked is None:
        raise ValueError("Sizing names the capacities that are to be sized.")
    bench = _Bench(request, asked, trials)
    axes = [Axis(least=dial.least, most=dial.most, cost=dial.cost) for dial in asked.dials]
    found = smallest(axes, bench.meets, probes=asked.probes)
    answer = bench.points[found.answer] if found.answer is not None else None
    named = bench.trial(found.answer) if found.answer is not None else bench.trial(bench.top)
    total = len(trials.store(named))
    shown = scenario_result(named.name, trials.store(named), total, bench.targets, request.level)
    return all(point.verdict != "open" for point in bench.points.values()), {
        "scenarios": (shown,),
        "sizing": SizingResult(
            paths=tuple(dial.path for dial in asked.dials),
            answer=answer,
            top=bench.points[bench.top],
            binding=_binding(answer or bench.points[bench.top]),
            neighbours=tuple(bench.neighbours(found)),
            possible=found.possible,
            excluded=found.possible - len(found.judged),
            assured=found.assured,
            contradictions=found.contradictions,
            points=tuple(bench.points[point] for point in found.judged),
        ),
    }


class _Bench:
    """Runs points and judges them."""

    def __init__(self, request: Request, asked: Sizing, trials: Trials) -> None:
        self._request, self._dials, self._trials = request, asked.dials, trials
        self._basis = scenario_trials(request)[0]
        self.targets: dict[str, Target] = sized_targets(request, trials.case(self._basis))
        self.points: dict[tuple[int, ...], Point] = {}
        self.top = tuple(dial.most for dial in asked.dials)
        # Two bisections an axis, the neighbours and probes: more are seldom needed.
        self._guess = sum(2 * (dial.most - dial.least + 1).bit_length() + 1 for dial in asked.dials) + asked.probes

    def trial(self, point: tuple[int, ...]) -> Trial:
        """The basis with the capacities of a point."""
        named = ", ".join(
            f"{dial.path} = {_units(dial, units)}" for dial, units in zip(self._dials, point, strict=True)
        )
        return Trial.of(named, {**self._basis.changes, **dial_changes(self._dials, point)})

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
        spent = sum(point.replications for point in self.points.values())
        left = max(self._guess - len(self.points) - 1, 0)
        return spent + total + round(left * (spent / len(self.points) if self.points else total))

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
