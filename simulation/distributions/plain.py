"""Distributions that are what they say: a constant, a range, a bell, a table of values, and any of them shifted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from simulation.distributions.base import Distribution, Seconds, finite, positive, refuse_unless


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same."""

    value_s: float

    def __post_init__(self) -> None:
        refuse_unless(finite(self.value_s, "constant"))

    @property
    def mean_s(self) -> float:
        """The value."""
        return self.value_s

    @property
    def variance_s2(self) -> float:
        """None."""
        return 0.0

    @property
    def lowest_s(self) -> float:
        """The value."""
        return self.value_s

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:  # noqa: ARG002 (nothing is drawn)
        """The value `n` times; nothing is drawn."""
        return np.full(n, self.value_s)


@dataclass(frozen=True, slots=True)
class Normal:
    """The bell; what would fall below `min_s` becomes `min_s` (a censored normal).

    `mu_s` and `sd_s` are those of the bell; `mean_s` and `variance_s2` those of what comes out.
    """

    mu_s: float
    sd_s: float
    min_s: float = 0.0

    def __post_init__(self) -> None:
        refuse_unless(finite(self.mu_s, "mean"), positive(self.sd_s, "sd"), finite(self.min_s, "min"))

    @property
    def mean_s(self) -> float:
        """With z = (mu − min)/sd: min + sd·(z·Φ(z) + φ(z))."""
        return self.min_s + self.sd_s * self._excess()

    @property
    def variance_s2(self) -> float:
        """sd²·((z² + 1)·Φ(z) + z·φ(z) − (z·Φ(z) + φ(z))²)."""
        z, below, density = self._standard()
        return max(0.0, self.sd_s**2 * ((z * z + 1) * below + z * density - self._excess() ** 2))

    @property
    def lowest_s(self) -> float:
        """The least value that is let through."""
        return self.min_s

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds."""
        drawn = rng.normal(self.mu_s, self.sd_s, n)
        np.maximum(drawn, self.min_s, out=drawn)
        return drawn

    def _standard(self) -> tuple[float, float, float]:
        """z, Φ(z) and φ(z)."""
        z = (self.mu_s - self.min_s) / self.sd_s
        return z, math.erfc(-z / math.sqrt(2)) / 2, math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    def _excess(self) -> float:
        z, below, density = self._standard()
        return z * below + density


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything between two durations, all alike."""

    low_s: float
    high_s: float

    def __post_init__(self) -> None:
        refuse_unless(
            finite(self.low_s, "low"),
            finite(self.high_s, "high"),
            (not self.low_s >= self.high_s, f"low ({self.low_s:g} s) must be below high ({self.high_s:g} s)"),
        )

    @property
    def mean_s(self) -> float:
        """The middle."""
        return (self.low_s + self.high_s) / 2

    @property
    def variance_s2(self) -> float:
        """A twelfth of the square of the range."""
        return (self.high_s - self.low_s) ** 2 / 12

    @property
    def lowest_s(self) -> float:
        """The lower end."""
        return self.low_s

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds."""
        return rng.uniform(self.low_s, self.high_s, n)


@dataclass(frozen=True, slots=True)
class Triangular:
    """Between two durations, most often near a third: what an expert can say without data."""

    low_s: float
    mode_s: float
    high_s: float

    def __post_init__(self) -> None:
        refuse_unless(
            finite(self.low_s, "low"),
            finite(self.mode_s, "mode"),
            finite(self.high_s, "high"),
            (not self.low_s >= self.high_s, f"low ({self.low_s:g} s) must be below high ({self.high_s:g} s)"),
            (
                not (self.mode_s < self.low_s or self.mode_s > self.high_s),
                f"mode ({self.mode_s:g} s) must lie between low ({self.low_s:g} s) and high ({self.high_s:g} s)",
            ),
        )

    @property
    def mean_s(self) -> float:
        """A third of the sum of the three."""
        return (self.low_s + self.mode_s + self.high_s) / 3

    @property
    def variance_s2(self) -> float:
        """((high − low)² − (mode − low)(high − mode)) / 18."""
        return ((self.high_s - self.low_s) ** 2 - (self.mode_s - self.low_s) * (self.high_s - self.mode_s)) / 18

    @property
    def lowest_s(self) -> float:
        """The lower end."""
        return self.low_s

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds."""
        return rng.triangular(self.low_s, self.mode_s, self.high_s, n)


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the values that were seen, each by its relative weight (all alike if none are given)."""

    values_s: tuple[float, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        weights = self.weights
        refuse_unless(
            (bool(self.values_s), "values must have at least one"),
            (all(map(math.isfinite, self.values_s)), "each of the values must be a number"),
            (
                not weights or len(weights) == len(self.values_s),
                f"there must be a weight for each value: {len(weights)} weights, {len(self.values_s)} values",
            ),
            (all(math.isfinite(weight) and weight >= 0 for weight in weights), "no weight may be negative"),
            (not weights or any(weight > 0 for weight in weights), "at least one weight must be above zero"),
        )

    @property
    def shares(self) -> tuple[float, ...]:
        """The weights, summing to one."""
        weights = self.weights or (1.0,) * len(self.values_s)
        total = math.fsum(weights)
        return tuple(weight / total for weight in weights)

    @property
    def mean_s(self) -> float:
        """The weighted mean of the values."""
        return math.fsum(share * value for share, value in zip(self.shares, self.values_s, strict=True))

    @property
    def variance_s2(self) -> float:
        """The weighted mean of the squared distances from the mean."""
        mean = self.mean_s
        return math.fsum(share * (value - mean) ** 2 for share, value in zip(self.shares, self.values_s, strict=True))

    @property
    def lowest_s(self) -> float:
        """The least value that can come."""
        return min(value for share, value in zip(self.shares, self.values_s, strict=True) if share > 0)

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds: the first value whose cumulative share exceeds a uniform number."""
        possible = [(share, value) for share, value in zip(self.shares, self.values_s, strict=True) if share > 0]
        cumulative = np.array(list(accumulate(share for share, _ in possible))[:-1], np.float64)
        values = np.array([value for _, value in possible], np.float64)
        return values[np.searchsorted(cumulative, rng.random(n), side="right")]


@dataclass(frozen=True, slots=True)
class Shifted:
    """Another distribution plus a constant: something that always takes at least so long."""

    base: Distribution
    plus_s: float

    def __post_init__(self) -> None:
        refuse_unless(finite(self.plus_s, "plus"))

    @property
    def mean_s(self) -> float:
        """The mean of the base, shifted."""
        return self.base.mean_s + self.plus_s

    @property
    def variance_s2(self) -> float:
        """That of the base."""
        return self.base.variance_s2

    @property
    def lowest_s(self) -> float:
        """The least of the base, shifted."""
        return self.base.lowest_s + self.plus_s

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds."""
        drawn = self.base.sample(rng, n)
        drawn += self.plus_s
        return drawn
