"""When patients come: rates by hour, weekday and month by maximum likelihood, and whether they are Poisson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from simulation.calibrate.log import DAY_S, EPOCH, HOUR_S, Log

Table = NDArray[np.float64]

SATURDAY = 5
FOR_WEEKDAYS = 14
DAYS_OF_A_MONTH = 20
SIGNIFICANT = 0.001
"""A factor is kept when so small a share of logs without it would show as much."""
ROUNDS = 200
CLOSE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class HourTest:
    """Counts in one hour of the day: variance over mean against the fitted rates, and Holm's p-value for Poisson."""

    hour: int
    per_day: float
    dispersion: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalFit:
    """The fitted pattern. Weights average 1; None: the log does not ask for that factor (`why` says so).

    `per_day` ± `half_width` (95 %, widened by the dispersion of days where that is over 1) is of an average day.
    """

    n: int
    days: int
    per_day: float
    half_width: float
    hours: tuple[float, ...]
    weekend_hours: tuple[float, ...] | None
    weekdays: tuple[float, ...] | None
    months: tuple[float, ...] | None
    hourly_dispersion: float
    hourly_p: float
    daily_dispersion: float
    daily_p: float
    by_hour: tuple[HourTest, ...]
    why: tuple[str, ...]

    @property
    def poisson(self) -> bool:
        """Whether neither hours nor days vary otherwise than a Poisson process would."""
        return min(self.hourly_p, self.daily_p) >= SIGNIFICANT


@dataclass(frozen=True, slots=True)
class _Days:
    """Counts and hours of exposure, (days, 24), and the kind of each day."""

    counts: Table
    exposure: Table
    weekday: NDArray[np.int64]
    month: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Rates:
    """A product of factors: level × hours of the day (by kind of day) × weekday × month."""

    level: float
    hours: Table
    weekdays: Table
    months: Table
    expected: Table

    def log_likelihood(self, counts: Table) -> float:
        """Of Poisson counts, without what does not depend on the rates."""
        there = self.expected > 0
        return float(np.sum(counts[there] * np.log(self.expected[there])) - np.sum(self.expected))


def fit_arrivals(log: Log) -> ArrivalFit:
    """The pattern of a log's arrivals, with those factors that the log asks for by a quasi-likelihood F test."""
    days = _days_of(log)
    weeks = log.days >= FOR_WEEKDAYS
    of_month = np.bincount(days.month, minlength=12)
    whole_year = bool(np.all(of_month >= DAYS_OF_A_MONTH))
    why: list[str] = []
    used: frozenset[str] = frozenset()
    rates = _fitted(days, used)
    if not weeks:
        why.append(f"{log.days} days are too few to tell weekdays apart")
    if not whole_year:
        why.append("no months: the part that is fitted does not hold 20 days of every month")
    freedom = {"weekdays": 6, "weekend_hours": 23, "months": 11}
    for factor in (["weekdays", "weekend_hours"] if weeks else []) + (["months"] if whole_year else []):
        wider = _fitted(days, used | {factor})
        phi = max(1.0, _daily(days, wider)[0])
        gain = 2 * (wider.log_likelihood(days.counts) - rates.log_likelihood(days.counts))
        p = float(stats.f.sf(gain / freedom[factor] / phi, freedom[factor], max(1, log.days - 1)))
        if p < SIGNIFICANT:
            used, rates = used | {factor}, wider
        else:
            why.append(f"no {factor}: they make no difference that the log can tell (p = {p:.2g})")
    return _described(days, rates, used, why)


def _days_of(log: Log) -> _Days:
    begin = (log.first_day - EPOCH).days * DAY_S
    hour = ((log.arrival_s - begin) // HOUR_S).astype(np.int64)
    counts = np.bincount(hour, minlength=log.days * 24).astype(np.float64)
    exposure = np.zeros(log.days * 24)
    exposure[hour[0] : hour[-1] + 1] = 1.0
    first = (log.first_day - EPOCH).days
    dates = np.arange(first, first + log.days).astype("datetime64[D]")
    return _Days(
        counts.reshape(-1, 24),
        exposure.reshape(-1, 24),
        (dates.astype(np.int64) + 3) % 7,  # 1970 began on a Thursday
        dates.astype("datetime64[M]").astype(np.int64) % 12,
    )


def _fitted(days: _Days, used: frozenset[str]) -> _Rates:
    """Iterative proportional fitting: each factor in turn makes its own totals right, until nothing changes."""
    n = len(days.weekday)
    kind = (days.weekday >= SATURDAY).astype(np.int64) if "weekend_hours" in used else np.zeros(n, np.int64)
    weekday = days.weekday if "weekdays" in used else np.zeros(n, np.int64)
    month = days.month if "months" in used else np.zeros(n, np.int64)
    hours, weekdays, months = np.full((2, 24), 1 / 24), np.ones(7), np.ones(12)
    totals = days.counts.sum(axis=1)
    for _ in range(ROUNDS):
        before = (weekdays.copy(), hours.copy(), months.copy())
        of_day = weekdays[weekday] * months[month]
        for group in range(2 if "weekend_hours" in used else 1):
            rows = kind == group
            wanted, had = days.counts[rows].sum(axis=0), (days.exposure[rows] * of_day[rows, None]).sum(axis=0)
            shares = np.divide(wanted, had, out=np.zeros(24), where=had > 0)
            hours[group] = shares / shares.sum() if shares.sum() > 0 else 1 / 24
        base = (days.exposure * hours[kind]).sum(axis=1)
        weekdays = _factor(weekday, totals, base * months[month], 7)
        if "months" in used:
            months = _factor(month, totals, base * weekdays[weekday], 12)
            months /= months.mean()
        now = (weekdays, hours, months)
        if all(np.allclose(new, old, rtol=0, atol=CLOSE) for new, old in zip(now, before, strict=True)):
            break
    if "weekdays" not in used:
        weekdays[:] = weekdays[0]
    if "weekend_hours" not in used:
        hours[1] = hours[0]
    expected = days.exposure * hours[kind] * (weekdays[weekday] * months[month])[:, None]
    level = float(weekdays.mean())
    return _Rates(level, hours, weekdays / level, months, expected)


def _factor(of_day: NDArray[np.int64], totals: Table, base: Table, size: int) -> Table:
    wanted = np.bincount(of_day, totals, minlength=size)
    had = np.bincount(of_day, base, minlength=size)
    return np.divide(wanted, had, out=np.zeros(size), where=had > 0)


def _daily(days: _Days, rates: _Rates) -> tuple[float, float]:
    """Dispersion of the counts of days and its two-sided p-value."""
    spent = 1 + int(np.ptp(rates.weekdays) > 0) * 6 + int(np.ptp(rates.months) > 0) * 11
    return _dispersion(days.counts.sum(axis=1), rates.expected.sum(axis=1), spent)


def _dispersion(counts: Table, expected: Table, spent: int) -> tuple[float, float]:
    """Pearson's X² ÷ freedom, and a two-sided p-value by its exact variance under Poisson, Σ (2 + 1/µ).

    Where nobody ever comes, 1 and 1. Böhning, Biometrika 81 (1994) 418–419.
    """
    there = expected > 0
    if not there.any():
        return 1.0, 1.0
    counts, expected = counts[there], expected[there]
    freedom = max(1, len(counts) - spent)
    found = float(np.sum((counts - expected) ** 2 / expected))
    shrink = freedom / len(counts)
    spread = float(np.sqrt(np.sum(2 + 1 / expected) * shrink))
    return found / freedom, float(2 * stats.norm.sf(abs(found - freedom) / spread))


def _described(days: _Days, rates: _Rates, used: frozenset[str], why: list[str]) -> ArrivalFit:
    spent = 24 * (1 + ("weekend_hours" in used)) + 6 * ("weekdays" in used) + 11 * ("months" in used)
    hourly, hourly_p = _dispersion(days.counts.ravel(), rates.expected.ravel(), spent)
    daily, daily_p = _daily(days, rates)
    n = int(days.counts.sum())
    half = 1.96 * rates.level * float(np.sqrt(max(1.0, daily) / n))
    return ArrivalFit(
        n=n,
        days=len(days.weekday),
        per_day=rates.level,
        half_width=half,
        hours=_weights(rates.hours[0]),
        weekend_hours=_weights(rates.hours[1]) if "weekend_hours" in used else None,
        weekdays=_weights(rates.weekdays) if "weekdays" in used else None,
        months=_weights(rates.months) if "months" in used else None,
        hourly_dispersion=hourly,
        hourly_p=hourly_p,
        daily_dispersion=daily,
        daily_p=daily_p,
        by_hour=_by_hour(days, rates),
        why=tuple(why),
    )


def _by_hour(days: _Days, rates: _Rates) -> tuple[HourTest, ...]:
    """Each hour of the day, p-values by Holm over the 24."""
    found = [_dispersion(days.counts[:, h], rates.expected[:, h], 1) for h in range(24)]
    adjusted, worst = np.ones(24), 0.0
    for place, hour in enumerate(sorted(range(24), key=lambda h: (found[h][1], h))):
        worst = max(worst, min(1.0, found[hour][1] * (24 - place)))
        adjusted[hour] = worst
    per_day = days.counts.sum(axis=0) / len(days.weekday)
    return tuple(
        HourTest(hour=h, per_day=float(per_day[h]), dispersion=found[h][0], p=float(adjusted[h])) for h in range(24)
    )


def _weights(factor: Table) -> tuple[float, ...]:
    mean = float(factor.mean())
    return tuple(float(weight / mean) for weight in factor)
