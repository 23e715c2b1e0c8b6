"""Comparison of two scenarios by common random numbers, and what that was worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulation.statistics.intervals import Values, mean_interval, student

TINIEST = float(np.finfo(np.float64).tiny)
"""A variance below this has lost its digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Changed less basis over the replications that measured both (`n`); NaN where there are too few.

    `half_width` is the paired one, `unpaired_half_width` Welch's of the same values taken as independent.
    `narrower` = unpaired ÷ paired half-width, `variance_ratio` = (S₁² + S₂²) ÷ S²(difference); above 1 the common
    random numbers helped. Both are infinite where every difference is the same.
    """

    n: int
    basis_mean: float
    changed_mean: float
    difference: float
    half_width: float
    unpaired_half_width: float
    narrower: float
    variance_ratio: float
    correlation: float

    @property
    def clear(self) -> bool:
        """Whether the paired interval leaves out 0 (no difference at all is never clear)."""
        return abs(self.difference) > self.half_width


def paired(basis: Values, changed: Values, level: float = 0.95) -> Paired:
    """The paired-t interval (Law, Simulation Modeling, 10.2.1) beside Welch's (10.2.2), replication by replication.

    Raises
    ------
    ValueError
        The two have different numbers of replications.
    """
    first, second = np.asarray(basis, dtype=np.float64), np.asarray(changed, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"Replications are compared in pairs, not {len(first)} with {len(second)}.")
    both = ~(np.isnan(first) | np.isnan(second))
    first, second = first[both], second[both]
    interval = mean_interval(second - first, level)
    unpaired = welch_half_width(first, second, level)
    spread = float(np.var(second - first, ddof=1)) if interval.n > 1 else math.nan
    alone = float(np.var(first, ddof=1) + np.var(second, ddof=1)) if interval.n > 1 else math.nan
    return Paired(
        n=interval.n,
        basis_mean=mean_interval(first, level).mean,
        changed_mean=mean_interval(second, level).mean,
        difference=interval.mean,
        half_width=interval.half_width,
        unpaired_half_width=unpaired,
        narrower=_ratio(unpaired, interval.half_width),
        variance_ratio=_ratio(alone, spread),
        correlation=_correlation(first, second),
    )


def welch_half_width(first: Values, second: Values, level: float = 0.95) -> float:
    """Half-width of the difference of two independent means with unequal variances (Welch 1938, Satterthwaite)."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if len(a) < 2 or len(b) < 2:
        return math.nan
    va, vb = float(np.var(a, ddof=1)) / len(a), float(np.var(b, ddof=1)) / len(b)
    if not va + vb > 0.0:
        return 0.0
    share = va / (va + vb)
    freedom = 1.0 / (share**2 / (len(a) - 1) + (1.0 - share) ** 2 / (len(b) - 1))
    return student(level, freedom) * math.sqrt(va + vb)


def _ratio(above: float, below: float) -> float:
    if math.isnan(above) or math.isnan(below):
        return math.nan
    if below > 0.0:
        return above / below
    return math.inf if above > 0.0 else math.nan


def _correlation(first: Values, second: Values) -> float:
    if len(first) < 2 or not min(np.var(first), np.var(second)) > TINIEST:
        return math.nan
    return float(np.corrcoef(first, second)[0, 1])
