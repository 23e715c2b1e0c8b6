"""Quantiles over replications: as bands of curves, of single figures, and out of merged counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def bands(curves: NDArray[np.float64], shares: Sequence[float] = (0.1, 0.5, 0.9)) -> NDArray[np.float64]:
    """Quantiles over the rows of `curves` (replications, points): (shares, points), NaN where no row has a value.

    Linear between order statistics (Hyndman and Fan 1996, type 7).
    """
    table = np.asarray(curves, dtype=np.float64)
    out = np.full((len(shares), table.shape[1]), np.nan)
    some = ~np.isnan(table).all(axis=0)
    if some.any():
        out[:, some] = np.nanquantile(table[:, some], shares, axis=0)
    return out


def quantiles_of_counts(counts: NDArray[np.int64], shares: Sequence[float] = (0.1, 0.5, 0.9)) -> NDArray[np.float64]:
    """Quantiles of whole numbers 0, 1, 2, … that were counted along the last axis: (shares, …).

    The smallest number with at least the share of the counts at or under it (type 1); NaN where nothing was counted.
    """
    summed = np.cumsum(counts, axis=-1)
    total = summed[..., -1]
    out = np.full((len(shares), *total.shape), np.nan)
    for row, share in enumerate(shares):
        level = (summed >= np.maximum(share * total, 1e-9)[..., None]).argmax(axis=-1)
        out[row] = np.where(total > 0, level, np.nan)
    return out


def mean_of_counts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of whole numbers 0, 1, 2, … that were counted along the last axis; NaN where nothing was counted."""
    total = counts.sum(axis=-1)
    weighted = (counts * np.arange(counts.shape[-1])).sum(axis=-1)
    mean: NDArray[np.float64] = np.divide(weighted, total, out=np.full(total.shape, np.nan), where=total > 0)
    return mean
