"""Judges a fitted flow by the part of the log that it has not seen: both are asked for the same figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from simulation.calibrate.fitting import Fit
from simulation.calibrate.log import DAY_S, EPOCH, HOUR_S, Coded, Log, Seconds, Tell, silent
from simulation.calibrate.written import begun, ended
from simulation.engines.choose import engine_for
from simulation.engines.replication import Replication
from simulation.flow.load import declare_tree
from simulation.flow.plan import Plan
from simulation.flow.resolve import resolve
from simulation.sampling import draw_sample
from simulation.statistics.intervals import student
from simulation.ticks import DAY, TICKS_PER_S
from site_models.schema.base import EVERY_DAY

Verdict = Literal["fits", "close", "does not fit"]
ALPHA = 0.05
"""All figures of a group lie within their intervals in so many of a hundred logs less, if the fit is right."""
LEAST_GROUP = 50
MOST_VALUES = 20
LONGEST_TAIL_D = 400
QUANTILES = (10, 25, 50, 75, 90, 95)
SETTLED = 0.999
TOTAL = "total"

Figures = dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class _Near:
    """How far a figure may be off and still serve a planner: a share of it, or so much."""

    share: float = 0.0
    much: float = 0.0

    def holds(self, logged: float, simulated: float) -> bool:
        return abs(simulated - logged) <= max(self.much, self.share * abs(logged))


NEAR: Mapping[str, _Near] = {
    "arrivals a day": _Near(share=0.05),
    "arrivals by hour": _Near(share=0.10),
    "arrivals by weekday": _Near(share=0.10),
    "mix": _Near(much=0.01),
    "duration": _Near(share=0.05),
}


def near(group: str) -> _Near:
    """How near is near for the figures of a group."""
    return NEAR[group if group in NEAR else group.split(maxsplit=1)[0]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One figure of the held-out log beside the simulated ones.

    `low` to `high` is where the figure of a log of this length would lie if the fit were right: Student's prediction
    interval over the replications, widened by the fit's own uncertainty, all figures of a group together at 95 %.
    `fits`: within; `close`: outside, but nearer than a planner needs; `does not fit`: neither. `before` is the figure
    of the days that were fitted: where that is near the simulated one, it is the log that changed.
    """

    group: str
    name: str
    unit: str
    before: float
    logged: float
    simulated: float
    low: float
    high: float
    verdict: Verdict

    @property
    def changed(self) -> bool:
        """Whether the fitted days had what was simulated, so that the log itself is another now."""
        return near(self.group).holds(self.before, self.simulated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """All checks, and what they were made with.

    Durations are those of patients who came before the last `unsettled_h` hours, in which some had no end yet.
    """

    n: int
    first_day: str
    last_day: str
    days: int
    replications: int
    seed: int
    engine: str
    unsettled_h: float
    checks: tuple[Check, ...]

    def of(self, verdict: Verdict) -> tuple[Check, ...]:
        """The checks with that verdict."""
        return tuple(check for check in self.checks if check.verdict == verdict)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Patients of the held-out days: seconds after their beginning, classes, durations."""

    days: int
    weekday: int
    arrival_s: Seconds
    classes: Mapping[str, Coded]
    durations: Mapping[str, Seconds]

    def until(self, second: float) -> _Seen:
        """The same patients, with durations of those alone who came before."""
        early = self.arrival_s < second
        return replace(self, durations={name: np.where(early, t, np.nan) for name, t in self.durations.items()})


def validate(
    fit: Fit,
    tree: Mapping[str, Any],
    fitted: Log,
    held_out: Log,
    *,
    replications: int = 30,
    seed: int = 1,
    tell: Tell = silent,
) -> Validation:
    """Simulate the fitted flow over the held-out days and compare.

    Parameters
    ----------
    fit
        What was fitted, to other days.
    tree
        The flow as `as_tree` wrote it, with the held-out days as its run.
    fitted
        The days that were fitted, for comparison.
    held_out
        The days behind them, which the fit has not seen.
    replications
        At least 2.
    seed
        Of the simulation.
    tell
        Told how far it is.
    """
    if replications < 2:
        raise ValueError(f"at least 2 replications make an interval, not {replications}")
    plan = _plan(tree, fit, held_out.days)
    engine = engine_for(plan)
    settled_s = _settled_s(fitted, held_out)
    runs: list[Figures] = []
    for number in range(replications):
        tell(number / replications, "simulating the held-out days")
        replication = engine.run(draw_sample(plan, seed, number))
        runs.append(_figures(_simulated(plan, fit, replication, held_out).until(settled_s), fit))
    tell(1.0, "")
    wider = math.sqrt(1 + 1 / replications + held_out.n / fit.n)
    before, logged = _figures(_logged(fitted), fit), _figures(_logged(held_out).until(settled_s), fit)
    return Validation(
        n=held_out.n,
        first_day=held_out.first_day.isoformat(),
        last_day=held_out.last_day.isoformat(),
        days=held_out.days,
        replications=replications,
        seed=seed,
        engine=engine.name,
        unsettled_h=held_out.days * 24 - settled_s / HOUR_S,
        checks=_checks(before, logged, runs, wider),
    )


def _plan(tree: Mapping[str, Any], fit: Fit, days: int) -> Plan:
    """The flow over the held-out days and long enough behind for nearly all to end.

    Attributes that its steps do not ask for are said at the arrivals too, so that they are drawn.
    """
    tails = [group.distribution for one in fit.durations for group in one.groups]
    far = max((law.mean_s + 10 * math.sqrt(law.variance_s2) for law in tails), default=0.0)
    runs = days + min(LONGEST_TAIL_D, math.ceil(far / DAY_S) + 1)
    flow = dict(tree["flows"][0]) | {"runs": f"{runs} d"}
    mix = {one["id"]: one["values"] for one in tree.get("attributes", ())}
    arrivals = dict(tree["arrivals"][0]) | {"attributes": mix}
    declared = declare_tree(dict(tree) | {"flows": [flow], "arrivals": [arrivals]})
    return resolve(declared, flow["id"])


def _settled_s(fitted: Log, held_out: Log) -> float:
    """Seconds of the held-out days of which all that began has ended; all of them where nothing is missing.

    Of whoever came later the long durations are missing and the short ones not, which would look like a change.
    """
    whole = held_out.days * DAY_S
    if not any(np.isnan(times).any() for times in held_out.durations.values()):
        return whole
    known = [times[~np.isnan(times)] for times in fitted.durations.values()]
    tail = sum(float(np.quantile(times, SETTLED)) for times in known if len(times))
    return max(whole / 2, whole - tail)


def _logged(log: Log) -> _Seen:
    begin = (log.first_day - EPOCH).days * DAY_S
    return _Seen(log.days, log.first_day.weekday(), log.arrival_s - begin, log.classes, log.durations)


def _simulated(plan: Plan, fit: Fit, replication: Replication, like: Log) -> _Seen:
    """Those who come in the held-out days; what has not ended when the run ends is unknown."""
    arrival = replication.sample.arrival
    count = int(np.searchsorted(arrival, like.days * DAY))
    marked = {name: replication.marked[number][:count] for number, name in enumerate(plan.marks)}
    classes = {
        one.id: Coded(values=tuple(one.values), codes=replication.sample.attributes[number][:count].astype(np.int64))
        for number, one in enumerate(plan.attributes)
    }
    durations = {}
    for one in fit.durations:
        begin, end = marked[begun(one)], marked[ended(one)]
        durations[one.id] = np.where((begin >= 0) & (end >= 0), (end - begin) / TICKS_PER_S, np.nan)
    return _Seen(like.days, like.first_day.weekday(), arrival[:count] / TICKS_PER_S, classes, durations)


def _figures(seen: _Seen, fit: Fit) -> Figures:
    found = _arrivals(seen)
    for attribute in fit.attributes:
        coded = seen.classes[attribute.id]
        shares = coded.counts() / max(1, len(coded.codes))
        for value in sorted(attribute.counts, key=lambda one: (-attribute.counts[one], one))[:MOST_VALUES]:
            there = value in coded.values
            found["mix", f"{attribute.id} {value}"] = float(shares[coded.values.index(value)]) if there else 0.0
    for one in fit.durations:
        times = seen.durations[one.id]
        found |= _spans(f"duration {one.id}", times, "")
        if one.by is not None:
            coded = seen.classes[one.by]
            for number, value in enumerate(coded.values):
                chosen = times[coded.codes == number]
                if np.sum(~np.isnan(chosen)) >= LEAST_GROUP:
                    found |= _spans(f"duration {one.id} by {one.by}", chosen, f"{value} ")
    if fit.chained and len(fit.durations) > 1:
        whole = np.sum([seen.durations[one.id] for one in fit.durations], axis=0)
        found |= _spans(f"duration {TOTAL}", whole, "")
    return found


def _arrivals(seen: _Seen) -> Figures:
    hours: NDArray[np.int64] = (seen.arrival_s // HOUR_S).astype(np.int64)
    table = np.bincount(hours, minlength=seen.days * 24)[: seen.days * 24].reshape(-1, 24).astype(np.float64)
    of_day = table.sum(axis=1)
    found: Figures = {
        ("arrivals a day", "mean"): float(of_day.mean()),
        ("arrivals a day", "standard deviation"): float(of_day.std(ddof=1)),
    }
    found |= {("arrivals by hour", f"{hour:02}"): float(table[:, hour].mean()) for hour in range(24)}
    weekday = (seen.weekday + np.arange(seen.days)) % 7
    for number, name in enumerate(EVERY_DAY):
        found["arrivals by weekday", name] = float(of_day[weekday == number].mean())
    return found


def _spans(group: str, times_s: Seconds, what: str) -> Figures:
    """Mean and quantiles in minutes of those who have the duration."""
    known = times_s[~np.isnan(times_s)] / 60
    if not len(known):
        return {(group, f"{what}{name}"): math.nan for name in ("mean", *(f"p{q}" for q in QUANTILES))}
    quantiles = np.quantile(known, [q / 100 for q in QUANTILES])
    found: Figures = {(group, f"{what}mean"): float(known.mean())}
    return found | {(group, f"{what}p{q}"): float(value) for q, value in zip(QUANTILES, quantiles, strict=True)}


def _checks(before: Figures, logged: Figures, runs: list[Figures], wider: float) -> tuple[Check, ...]:
    """One check a figure that the log has; a group's level is shared among its figures (Bonferroni)."""
    known = {key: figure for key, figure in logged.items() if not math.isnan(figure)}
    sizes: dict[str, int] = {}
    for group, _ in known:
        sizes[group] = sizes.get(group, 0) + 1
    return tuple(
        _check(key, before.get(key, math.nan), figure, [run.get(key, math.nan) for run in runs], sizes[key[0]], wider)
        for key, figure in known.items()
    )


def _check(
    key: tuple[str, str], before: float, logged: float, simulated: list[float], size: int, wider: float
) -> Check:
    group, name = key
    drawn = np.array([figure for figure in simulated if not math.isnan(figure)], np.float64)
    enough = len(drawn) > 1
    mean = float(drawn.mean()) if len(drawn) else math.nan
    reach = student(1 - ALPHA / size, len(drawn) - 1) * float(drawn.std(ddof=1)) * wider if enough else math.nan
    verdict: Verdict = "does not fit"
    if enough and abs(logged - mean) <= reach:
        verdict = "fits"
    elif near(group).holds(logged, mean):
        verdict = "close"
    unit = "min" if group.startswith("duration") else "share" if group == "mix" else "patients a day"
    return Check(
        group=group,
        name=name,
        unit=unit,
        before=before,
        logged=logged,
        simulated=mean,
        low=mean - reach,
        high=mean + reach,
        verdict=verdict,
    )
