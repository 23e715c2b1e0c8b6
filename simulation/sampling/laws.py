"""Distributions as rows of numbers, for the kernels that draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from simulation.distributions import (
    Constant,
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    LogNormal,
    Normal,
    Shifted,
    Triangular,
    Uniform,
    Weibull,
)

Floats = NDArray[np.float64]


class Law(IntEnum):
    """The kind of a law; what its three figures are stands behind each (seconds, unless said)."""

    CONSTANT = 0  # value
    EXPONENTIAL = 1  # mean
    LOGNORMAL = 2  # µ and σ of the logarithm
    GAMMA = 3  # shape, scale
    WEIBULL = 4  # 1 / shape, scale
    NORMAL = 5  # mean, sd, least
    UNIFORM = 6  # low, range
    TRIANGULAR = 7  # low, mode, high
    EMPIRICAL = 8  # first and last row of the table


def laws_of(distributions: Sequence[Distribution]) -> tuple[Floats, Floats]:
    """The laws, (distributions, 5): kind, three figures, shift; and the table, (rows, 2): cumulative share, value.

    Raises
    ------
    TypeError
        If the kernels know no such distribution.
    """
    table: list[tuple[float, float]] = []
    laws = [_law(distribution, table) for distribution in distributions]
    return np.array(laws, np.float64).reshape(-1, 5), np.array(table, np.float64).reshape(-1, 2)


def _law(  # noqa: PLR0911 (one return a law)
    distribution: Distribution, table: list[tuple[float, float]]
) -> tuple[float, ...]:
    match distribution:
        case Shifted():
            *law, shift = _law(distribution.base, table)
            return (*law, shift + distribution.plus_s)
        case Constant():
            return Law.CONSTANT, distribution.value_s, 0.0, 0.0, 0.0
        case Exponential():
            return Law.EXPONENTIAL, distribution.mean_s, 0.0, 0.0, 0.0
        case LogNormal():
            return Law.LOGNORMAL, distribution.mu, distribution.sigma, 0.0, 0.0
        case Gamma():
            return Law.GAMMA, distribution.shape, distribution.scale_s, 0.0, 0.0
        case Erlang():
            return Law.GAMMA, float(distribution.phases), distribution.mean_s / distribution.phases, 0.0, 0.0
        case Weibull():
            return Law.WEIBULL, 1 / distribution.shape, distribution.scale_s, 0.0, 0.0
        case Normal():
            return Law.NORMAL, distribution.mu_s, distribution.sd_s, distribution.min_s, 0.0
        case Uniform():
            return Law.UNIFORM, distribution.low_s, distribution.high_s - distribution.low_s, 0.0, 0.0
        case Triangular():
            return Law.TRIANGULAR, distribution.low_s, distribution.mode_s, distribution.high_s, 0.0
        case Empirical():
            first = len(table)
            possible = [pair for pair in zip(distribution.shares, distribution.values_s, strict=True) if pair[0] > 0]
            cumulative = accumulate(share for share, _ in possible)
            table += zip(cumulative, (value for _, value in possible), strict=True)
            return Law.EMPIRICAL, float(first), float(len(table) - 1), 0.0, 0.0
    raise TypeError(f"{type(distribution).__name__} is no distribution that can be drawn by key")


def thresholds_of(rows: Sequence[Sequence[float]]) -> Floats:
    """Cumulative shares of each row but the last, (rows, arms - 1); where a row has fewer arms, infinity."""
    arms = max(map(len, rows))
    return np.array([[*row[:-1], *[math.inf] * (arms - len(row))] for row in rows], np.float64).reshape(len(rows), -1)
