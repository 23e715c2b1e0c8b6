"""Confidence intervals of a mean over independent replications."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Values = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """`mean` ± `half_width` of `n` values; NaN where there are too few (a mean needs 1, a half-width 2)."""

    n: int
    mean: float
    half_width: float

    @property
    def low(self) -> float:
        """The lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """The upper end."""
        return self.mean + self.half_width


def measured(values: Values) -> NDArray[np.float64]:
    """The values that are not NaN, in their order."""
    array = np.asarray(values, dtype=np.float64)
    return array[~np.isnan(array)]


def student(level: float, freedom: float) -> float:
    """Student's t such that the share `level` of the distribution lies within ±t (Law, Simulation Modeling, 4.5)."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"A level of confidence lies between 0 and 1, not at {level}.")
    return float(stdtrit(freedom, 0.5 + level / 2.0))


def mean_interval(values: Values, level: float = 0.95) -> Interval:
    """Student's two-sided interval of the mean of independent values (Law, Simulation Modeling, eq. 4.12)."""
    array = measured(values)
    n = len(array)
    if n < 2:
        return Interval(n, float(array[0]) if n else math.nan, math.nan)
    if not np.ptp(array) > 0.0:  # rounding would make a spread out of none
        return Interval(n, float(array[0]), 0.0)
    spread = float(np.std(array, ddof=1)) / math.sqrt(n)
    return Interval(n, float(np.mean(array)), student(level, n - 1) * spread)


def one_sided(values: Values, level: float = 0.95) -> tuple[float, float, float]:
    """Lower bound, mean and upper bound, each bound holding by itself with confidence `level`."""
    two_sided = mean_interval(values, 2.0 * level - 1.0)
    return two_sided.low, two_sided.mean, two_sided.high
