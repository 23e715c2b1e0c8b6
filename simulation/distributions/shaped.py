"""Distributions of positive durations by their mean and one figure of shape: most waits and treatments look so."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulation.distributions.base import Seconds, positive, refuse_unless

_FOR_CONSTANT = " (for a duration that never varies say constant)"


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless: short ones are the most common."""

    mean_s: float

    def __post_init__(self) -> None:
        refuse_unless(positive(self.mean_s, "mean"))

    @property
    def variance_s2(self) -> float:
        """The mean, squared."""
        return self.mean_s**2

    @property
    def lowest_s(self) -> float:
        """Zero."""
        return 0.0

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds."""
        return rng.exponential(self.mean_s, n)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Skewed to the right, by its own mean and standard deviation (not those of its logarithm)."""

    mean_s: float
    sd_s: float

    def __post_init__(self) -> None:
        refuse_unless(positive(self.mean_s, "mean"), _spread(self.sd_s))

    @property
    def variance_s2(self) -> float:
        """The standard deviation, squared."""
        return self.sd_s**2

    @property
    def lowest_s(self) -> float:
        """Zero."""
        return 0.0

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds."""
        return rng.lognormal(self.mu, self.sigma, n)

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm: σ² = ln(1 + (sd/mean)²)."""
        return math.sqrt(math.log1p((self.sd_s / self.mean_s) ** 2))

    @property
    def mu(self) -> float:
        """Mean of the logarithm (of seconds): µ = ln(mean) − σ²/2."""
        return math.log(self.mean_s) - self.sigma**2 / 2


@dataclass(frozen=True, slots=True)
class Gamma:
    """Skewed to the right, with a lighter tail than the lognormal: shape (mean/sd)², scale sd²/mean."""

    mean_s: float
    sd_s: float

    def __post_init__(self) -> None:
        refuse_unless(positive(self.mean_s, "mean"), _spread(self.sd_s))

    @property
    def variance_s2(self) -> float:
        """The standard deviation, squared."""
        return self.sd_s**2

    @property
    def lowest_s(self) -> float:
        """Zero."""
        return 0.0

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds."""
        return rng.gamma(self.shape, self.scale_s, n)

    @property
    def shape(self) -> float:
        """(mean/sd)²."""
        return (self.mean_s / self.sd_s) ** 2

    @property
    def scale_s(self) -> float:
        """The variance over the mean."""
        return self.sd_s**2 / self.mean_s


@dataclass(frozen=True, slots=True)
class Erlang:
    """The sum of so many equal exponential phases; `mean_s` is that of the whole."""

    mean_s: float
    phases: int

    def __post_init__(self) -> None:
        whole = float(self.phases).is_integer() and self.phases >= 1
        refuse_unless(
            positive(self.mean_s, "mean"), (whole, f"phases must be a whole number from 1 on, not {self.phases:g}")
        )

    @property
    def variance_s2(self) -> float:
        """The mean squared, over the phases."""
        return self.mean_s**2 / self.phases

    @property
    def lowest_s(self) -> float:
        """Zero."""
        return 0.0

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds."""
        return rng.gamma(float(self.phases), self.mean_s / self.phases, n)


@dataclass(frozen=True, slots=True)
class Weibull:
    """With a shape above 1 the end comes the likelier the longer it has lasted; below 1 the less likely."""

    mean_s: float
    shape: float

    def __post_init__(self) -> None:
        refuse_unless(positive(self.mean_s, "mean"), positive(self.shape, "shape"))

    @property
    def scale_s(self) -> float:
        """λ, of which the mean is λ Γ(1 + 1/shape)."""
        return self.mean_s / math.gamma(1 + 1 / self.shape)

    @property
    def variance_s2(self) -> float:
        """λ² Γ(1 + 2/shape) − mean²."""
        return self.scale_s**2 * math.gamma(1 + 2 / self.shape) - self.mean_s**2

    @property
    def lowest_s(self) -> float:
        """Zero."""
        return 0.0

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` samples in seconds."""
        standard = rng.weibull(self.shape, n)
        standard *= self.scale_s
        return standard


def _spread(sd_s: float) -> tuple[bool, str]:
    """The rule that there is some spread."""
    holds, sentence = positive(sd_s, "sd")
    return holds, sentence + (_FOR_CONSTANT if not holds and sd_s <= 0 else "")
