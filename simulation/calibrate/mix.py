"""Who comes: shares of each class, given an earlier one where that tells enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.calibrate.log import Coded

LEAST_ROW = 50
"""Rows of shares are fitted to so many patients; smaller ones take the shares of all."""
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeFit:
    """Shares of an attribute's values: `shares` of all, and with `by` a row for each large enough value of that."""

    id: str
    n: int
    counts: Mapping[str, int]
    shares: Mapping[str, float]
    by: str | None
    rows: Mapping[str, Mapping[str, float]]


def fit_mix(classes: Mapping[str, Coded]) -> tuple[AttributeFit, ...]:
    """Each class by that earlier one which lowers the Bayesian information criterion most, if any does."""
    found: list[AttributeFit] = []
    earlier: list[str] = []
    for name, coded in classes.items():
        gains = {other: _gain(coded, classes[other]) for other in earlier}
        best = max(gains, key=lambda other: gains[other], default=None)
        by = best if best is not None and gains[best] > 0 else None
        found.append(_fitted(name, coded, by, classes[by] if by else None))
        earlier.append(name)
    return tuple(found)


def _fitted(name: str, coded: Coded, by: str | None, other: Coded | None) -> AttributeFit:
    counts = coded.counts()
    seen = {value: int(count) for value, count in zip(coded.values, counts, strict=True) if count}
    rows: dict[str, Mapping[str, float]] = {}
    if other is not None:
        for value, row in zip(other.values, _crossed(coded, other), strict=True):
            if row.sum() >= LEAST_ROW:
                rows[value] = shares({v: int(count) for v, count in zip(coded.values, row, strict=True) if v in seen})
    return AttributeFit(id=name, n=int(counts.sum()), counts=seen, shares=shares(seen), by=by, rows=rows)


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Counts as shares of six decimals that sum to 1; the greatest takes what rounding leaves."""
    total = sum(counts.values())
    found = {value: round(count / total, 6) for value, count in counts.items()}
    greatest = max(found, key=lambda value: found[value])
    found[greatest] = round(1 - sum(share for value, share in found.items() if value != greatest), 6)
    return found


def _crossed(coded: Coded, other: Coded) -> Counts:
    """How often each value comes with each of the other class, (other's values, values)."""
    wide = len(coded.values)
    counts: Counts = np.bincount(other.codes * wide + coded.codes, minlength=wide * len(other.values))
    return counts.reshape(len(other.values), wide)


def _gain(coded: Coded, other: Coded) -> float:
    """How much the criterion falls when the shares are by the other class (of its rows that are large enough)."""
    table = _crossed(coded, other)
    small = table.sum(axis=1) < LEAST_ROW
    grouped = np.vstack([table[~small], table[small].sum(axis=0)])
    grouped = grouped[grouped.sum(axis=1) > 0]
    values = int(np.sum(grouped.sum(axis=0) > 0))
    cost = (len(grouped) - 1) * (values - 1) * float(np.log(max(2, grouped.sum())))
    return 2 * (_entropy(grouped.sum(axis=0)[None, :]) - _entropy(grouped)) - cost


def _entropy(table: Counts) -> float:
    """The negative log-likelihood of rows of counts under their own shares."""
    counts = table.astype(np.float64)
    share = counts / counts.sum(axis=1, keepdims=True)
    return -float(np.sum(counts[counts > 0] * np.log(share[counts > 0])))
