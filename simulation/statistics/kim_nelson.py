"""Kim and Nelson's fully sequential selection of the best system (KN), which allows common random numbers.

Kim, S.-H. and Nelson, B. L. (2001): A fully sequential procedure for indifference-zone selection in simulation. ACM
Transactions on Modeling and Computer Simulation 11, 251–273; with c = 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Where the procedure stands: who is still in, when others left, and after how many replications it looked last."""

    remaining: tuple[int, ...]
    left_after: dict[int, int]
    looked_at: int

    @property
    def over(self) -> bool:
        """Whether a single system is left."""
        return len(self.remaining) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KimNelson:
    """The procedure for the greatest mean among `systems`, with n0 first replications.

    With probability at least 1 - alpha the system selected is the best, if the others' means are at least
    `indifference` smaller; values are normal, replications independent, systems may share their random numbers.
    """

    systems: int
    n0: int
    indifference: float
    alpha: float

    def __post_init__(self) -> None:
        if self.systems < 2 or self.n0 < 2:
            raise ValueError("A selection needs two scenarios and two first replications at least.")
        if not self.indifference > 0.0:
            raise ValueError("The difference that is indifferent must be greater than zero.")
        if not 0.0 < self.alpha < 1.0 - 1.0 / self.systems:
            raise ValueError("1 - alpha lies between the chance of a blind guess and 1.")

    @property
    def h2(self) -> float:
        """The constant h² = 2 η (n0 - 1), η = ((2 α / (k - 1))^(-2 / (n0 - 1)) - 1) / 2."""
        eta = 0.5 * ((2.0 * self.alpha / (self.systems - 1)) ** (-2.0 / (self.n0 - 1)) - 1.0)
        return float(2.0 * eta * (self.n0 - 1))

    def begin(self) -> Race:
        """Nobody has looked yet."""
        return Race(remaining=tuple(range(self.systems)), left_after={}, looked_at=0)

    def go_on(self, race: Race, values: NDArray[np.float64]) -> Race:
        """Look after every further replication up to the number of rows of `values` (replications, systems).

        Columns of systems that left are not read. The answer depends on the values alone, not on how many were
        looked at together. With fewer rows than n0 nothing happens.

        Raises
        ------
        ValueError
            A replication of a system that is still in did not measure the output.
        """
        if len(values) < self.n0 or race.over:
            return race
        if np.isnan(values[:, race.remaining]).any():
            raise ValueError("A selection needs an output that every replication measures.")
        spread = self._spread(values)
        sums = np.cumsum(np.where(np.isnan(values), 0.0, values), axis=0)
        remaining, left_after, looked_at = list(race.remaining), dict(race.left_after), race.looked_at
        for r in range(max(self.n0, looked_at + 1), len(values) + 1):
            looked_at = r
            means = sums[r - 1] / r
            beyond = self.h2 * spread / self.indifference**2 - r
            margin = np.maximum(0.0, self.indifference / (2.0 * r) * beyond)
            stay = [i for i in remaining if all(means[i] >= means[j] - margin[i, j] for j in remaining if j != i)]
            left_after.update({i: r for i in remaining if i not in stay})
            remaining = stay
            # Equal means are never told apart; after the last look the first of the greatest is taken.
            if len(remaining) > 1 and bool((beyond[np.ix_(remaining, remaining)] < 0.0).all()):
                best = max(remaining, key=lambda i: (means[i], -i))
                left_after.update({i: r for i in remaining if i != best})
                remaining = [best]
            if len(remaining) == 1:
                break
        return Race(remaining=tuple(remaining), left_after=left_after, looked_at=looked_at)

    def most(self, values: NDArray[np.float64]) -> int:
        """Replications after which it is certainly over, known after the first n0: max h² S²ᵢⱼ / δ² + 1."""
        return max(self.n0, math.floor(float(self.h2 * self._spread(values).max() / self.indifference**2)) + 1)

    def _spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """S²ᵢⱼ: variance of the differences of each two systems over the first n0 replications."""
        first = values[: self.n0]
        spread: NDArray[np.float64] = np.var(first[:, :, None] - first[:, None, :], axis=0, ddof=1)
        return spread
