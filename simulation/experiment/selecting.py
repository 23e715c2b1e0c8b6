"""Which of several scenarios is best in one output: Kim and Nelson's race, or OCBA within a budget."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.experiment.kinds import Answer, scenario_trials
from simulation.experiment.request import Request, Selection
from simulation.experiment.result import Contestant, SelectionResult
from simulation.experiment.summaries import known, scenario_result
from simulation.experiment.trials import Trial, Trials
from simulation.statistics.intervals import mean_interval
from simulation.statistics.kim_nelson import KimNelson
from simulation.statistics.ocba import next_step, probability_of_correct_selection

AHEAD = 10
"""Replications between two looks of the race; who left in between has run a few for nothing."""


def select(request: Request, trials: Trials) -> Answer:
    """Run the procedure asked for. Replications that did not measure the output are refused (ValueError)."""
    asked = request.selection
    if asked is None:
        raise ValueError("A selection says in which output the scenarios compete.")
    contest = _Contest(request, asked, trials)
    assured, result, totals = contest.race() if asked.procedure == "kn" else contest.share_out()
    scenarios = tuple(
        scenario_result(one.name, trials.store(one), totals[one], trials.case(one).targets, request.level)
        for one in contest.scenarios
    )
    return assured, {"scenarios": scenarios, "selection": result}


class _Contest:
    def __init__(self, request: Request, asked: Selection, trials: Trials) -> None:
        self._request, self._asked, self._trials = request, asked, trials
        self.scenarios = scenario_trials(request)
        self._sign = -1.0 if asked.best == "least" else 1.0

    def race(self) -> tuple[bool, SelectionResult, dict[Trial, int]]:
        """KN: all run `least` replications; then those still in go on together until one is left."""
        request, n0 = self._request, self._request.least
        procedure = KimNelson(
            systems=len(self.scenarios), n0=n0, indifference=self._asked.indifference, alpha=self._asked.alpha
        )
        totals = dict.fromkeys(self.scenarios, n0)
        race, total = procedure.begin(), n0
        while True:
            self._trials.replicate(totals, tables=True, expected=self._expected(procedure, totals, len(race.remaining)))
            race = procedure.go_on(race, self._values(totals, total))
            if race.over or total >= request.most:
                break
            total = min(total + AHEAD, request.most)
            totals |= {self.scenarios[place]: total for place in race.remaining}
        values = self._values(totals, total)
        best = max(race.remaining, key=lambda place: (float(values[:, place].mean()), -place))
        left = {place: race.left_after.get(place) for place in range(len(self.scenarios))}
        return race.over, self._result(best, totals, left, assured=race.over), totals

    def share_out(self) -> tuple[bool, SelectionResult, dict[Trial, int]]:
        """OCBA: all run `least` replications; the rest of the budget goes where it tells most."""
        counts = np.full(len(self.scenarios), self._request.least)
        budget = self._asked.budget
        while True:
            totals = {one: int(count) for one, count in zip(self.scenarios, counts, strict=True)}
            self._trials.replicate(totals, tables=True, expected=budget)
            columns = [self._column(one, total) for one, total in totals.items()]
            means = np.array([column.mean() for column in columns])
            variances = np.array([column.var(ddof=1) for column in columns])
            left = budget - int(counts.sum())
            if left <= 0:
                break
            counts = next_step(counts, means, variances, min(left, max(AHEAD, len(counts))))
        probability = probability_of_correct_selection(counts, means, variances)
        best = int(np.argmax(means))
        return True, self._result(best, totals, {}, assured=False, probability=probability), totals

    def _column(self, scenario: Trial, total: int) -> NDArray[np.float64]:
        values = self._sign * self._trials.values(scenario, self._asked.output, total)
        if np.isnan(values).any():
            raise ValueError(
                f"The output {self._asked.output} of {scenario.name} was not measured in every replication: choose one "
                "that is, or a longer run."
            )
        return values

    def _values(self, totals: dict[Trial, int], rows: int) -> NDArray[np.float64]:
        table = np.full((rows, len(self.scenarios)), np.nan)
        for place, scenario in enumerate(self.scenarios):
            column = self._column(scenario, totals[scenario])
            table[: len(column), place] = column
        return table

    def _expected(self, procedure: KimNelson, totals: dict[Trial, int], remaining: int) -> int:
        """By then the race is over for certain, if those still in stay in; half of that is the rule."""
        if not all(self._trials.has(scenario, self._request.least) for scenario in self.scenarios):
            return 0
        first = self._values(dict.fromkeys(self.scenarios, self._request.least), self._request.least)
        certain = min(procedure.most(first), self._request.most)
        now = max(totals.values())
        return sum(totals.values()) + remaining * max(certain - now, 0) // 2

    def _result(
        self,
        best: int,
        totals: dict[Trial, int],
        left: dict[int, int | None],
        *,
        assured: bool,
        probability: float | None = None,
    ) -> SelectionResult:
        contestants = []
        for place, scenario in enumerate(self.scenarios):
            values = self._trials.values(scenario, self._asked.output, totals[scenario])
            interval = mean_interval(values, self._request.level)
            contestants.append(
                Contestant(
                    scenario=scenario.name,
                    replications=totals[scenario],
                    mean=known(interval.mean),
                    half_width=known(interval.half_width),
                    left_after=left.get(place),
                )
            )
        return SelectionResult(
            output=self._asked.output,
            best=self.scenarios[best].name,
            procedure=self._asked.procedure,
            assured=assured,
            probability=probability,
            contestants=tuple(contestants),
        )
