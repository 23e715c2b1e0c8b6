"""Maximum likelihood of the registry's distributions: each family's best fit to durations in seconds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from simulation.calibrate.log import Seconds
from simulation.distributions import (
    BadDistribution,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    LogNormal,
    Normal,
    Triangular,
    Uniform,
    Weibull,
)

MOST_VALUES = 200
"""An empirical distribution keeps so many values; of more, the means of as many equal groups."""
REACHES = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5)
"""How far the ends of a triangle lie outside of what was seen, in ranges ÷ √n."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of distributions: how many figures it fits, how it fits them, and its law in scipy's terms."""

    name: str
    parameters: int
    best: Callable[[Seconds], Distribution]
    law: Callable[[Any], Any]

    def fit(self, times_s: Seconds) -> Distribution | None:
        """The most likely member, None where none is (all values alike, or out of all bounds)."""
        try:
            return self.best(times_s)
        except (BadDistribution, ArithmeticError, ValueError):
            return None

    def log_likelihood(self, distribution: Distribution, times_s: Seconds) -> float:
        """Sum of the logarithms of the density."""
        return float(np.sum(self.law(distribution).logpdf(times_s)))

    def cumulative(self, distribution: Distribution, times_s: Seconds) -> Seconds:
        """Shares of the distribution that are at most so long."""
        return np.asarray(self.law(distribution).cdf(times_s), np.float64)


def _exponential(times_s: Seconds) -> Distribution:
    return Exponential(float(np.mean(times_s)))


def _lognormal(times_s: Seconds) -> Distribution:
    logs = np.log(times_s)
    mu, variance = float(np.mean(logs)), float(np.var(logs))
    mean = math.exp(mu + variance / 2)
    return LogNormal(mean, mean * math.sqrt(math.expm1(variance)))


def _gamma(times_s: Seconds) -> Distribution:
    """Shape k with ln k − ψ(k) = ln(mean) − mean of logs (Minka, Estimating a Gamma distribution, 2002)."""
    mean = float(np.mean(times_s))
    gap = math.log(mean) - float(np.mean(np.log(times_s)))
    shape = _root(lambda k: math.log(k) - float(special.digamma(k)) - gap, 1e-3, 1e7)
    return Gamma(mean, mean / math.sqrt(shape))


def _weibull(times_s: Seconds) -> Distribution:
    """Shape c with Σ xᶜ ln x / Σ xᶜ − 1/c = mean of logs (Law, Simulation Modeling, 6.2.2), x over its maximum."""
    logs = np.log(times_s / float(np.max(times_s)))
    centre = float(np.mean(logs))

    def slope(shape: float) -> float:
        powers = np.exp(shape * logs)
        return float(np.sum(powers * logs) / np.sum(powers)) - 1 / shape - centre

    shape = _root(slope, 0.05, 500.0)
    scale = float(np.mean(np.exp(shape * logs))) ** (1 / shape) * float(np.max(times_s))
    return Weibull(scale * math.gamma(1 + 1 / shape), shape)


def _normal(times_s: Seconds) -> Distribution:
    return Normal(float(np.mean(times_s)), float(np.std(times_s)))


def _uniform(times_s: Seconds) -> Distribution:
    return Uniform(float(np.min(times_s)), float(np.max(times_s)))


def _triangular(times_s: Seconds) -> Distribution:
    """Ends from a grid just outside what was seen, for each pair of ends the exactly most likely mode."""
    ordered = np.sort(times_s)
    n, wide = len(ordered), float(ordered[-1] - ordered[0])
    if not wide > 0:
        raise ValueError("all values are alike")
    ends = [wide * reach / math.sqrt(n) for reach in REACHES]
    lows = {max(0.0, float(ordered[0]) - end) for end in ends if float(ordered[0]) > 0}
    highs = [float(ordered[-1]) + end for end in ends]
    tried = (_triangle(ordered, low, high) for low in sorted(lows) for high in highs)
    _, low, mode, high = max(tried)
    return Triangular(low, mode, high)


def _triangle(ordered: Seconds, low: float, high: float) -> tuple[float, float, float, float]:
    """Log-likelihood, low, mode and high with the best of the values as mode (Johnson, The Statistician 46, 1997)."""
    n = len(ordered)
    rising, falling = np.log(ordered - low), np.log(high - ordered)
    below = np.arange(1, n + 1)
    up = np.cumsum(rising) - below * rising
    down = np.cumsum(falling[::-1])[::-1] - falling - (n - below) * falling
    likelihood = up + down
    best = int(np.argmax(likelihood))
    return float(likelihood[best]) - n * math.log(high - low), low, float(ordered[best]), high


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(optimize.brentq(function, low, high, xtol=1e-10, rtol=1e-10))


FAMILIES: tuple[Family, ...] = (
    Family("exponential", 1, _exponential, lambda d: stats.expon(scale=d.mean_s)),
    Family("lognormal", 2, _lognormal, lambda d: stats.lognorm(d.sigma, scale=math.exp(d.mu))),
    Family("gamma", 2, _gamma, lambda d: stats.gamma(d.shape, scale=d.scale_s)),
    Family("weibull", 2, _weibull, lambda d: stats.weibull_min(d.shape, scale=d.scale_s)),
    Family("normal", 2, _normal, lambda d: stats.norm(d.mu_s, d.sd_s)),
    Family("uniform", 2, _uniform, lambda d: stats.uniform(d.low_s, d.high_s - d.low_s)),
    Family(
        "triangular",
        3,
        _triangular,
        lambda d: stats.triang((d.mode_s - d.low_s) / (d.high_s - d.low_s), d.low_s, d.high_s - d.low_s),
    ),
)
SKEWED = FAMILIES[:4]
"""Those that are quick to fit: enough to see which class tells durations apart."""


def empirical(times_s: Seconds) -> Empirical:
    """The values themselves, or the means of `MOST_VALUES` equal groups of them (so that their mean is kept)."""
    ordered = np.sort(times_s)
    groups = np.array_split(ordered, min(len(ordered), MOST_VALUES))
    weights = tuple(float(len(group)) for group in groups)
    alike = len(set(weights)) == 1
    return Empirical(tuple(float(np.mean(group)) for group in groups), () if alike else weights)
