"""What every distribution of a duration can do, and how a bad one is refused."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]


class Distribution(Protocol):
    """A duration that varies: hashable, comparable, with known mean and variance.

    Samples come from methods of `numpy.random.Generator` and from comparisons alone. Those work number by number; the
    vectorised `numpy.exp`, `log`, `sin` and `power` do not, and their last bits change with the processor. (The C
    library's own exponential may differ by a last bit from one library to the next; rounding to ticks takes away all
    but about one in a thousand million of such differences.)
    """

    @property
    def mean_s(self) -> float:
        """The mean, in seconds."""
        ...

    @property
    def variance_s2(self) -> float:
        """The variance, in seconds squared."""
        ...

    @property
    def lowest_s(self) -> float:
        """No sample is below this many seconds; where it is negative, a duration would be too."""
        ...

    def sample(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` independent samples in seconds, in an array of their own."""
        ...


class BadDistribution(ValueError):
    """Parameters that make no distribution; `problems` has a sentence for each broken rule."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def refuse_unless(*rules: tuple[bool, str]) -> None:
    """Raise with the sentence of every rule that does not hold.

    Raises
    ------
    BadDistribution
        With the sentences of all broken rules.
    """
    problems = [sentence for holds, sentence in rules if not holds]
    if problems:
        raise BadDistribution(problems)


def positive(value: float, name: str) -> tuple[bool, str]:
    """The rule that a figure is finite and above zero."""
    return math.isfinite(value) and value > 0, f"{name} must be above zero, not {value:g}"


def finite(value: float, name: str) -> tuple[bool, str]:
    """The rule that a figure is a number, of either sign."""
    return math.isfinite(value), f"{name} must be a number, not {value:g}"
