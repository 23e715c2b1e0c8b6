"""Where a run from an empty hospital becomes steady: MSER-5, and Welch's moving average for the chart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.statistics.intervals import Values

BATCH = 5


def mser(series: Values, *, batch: int = BATCH) -> int | None:
    """How many values at the beginning to leave out (White 1997; MSER-5 of White, Cobb and Spratt 2000).

    The series is averaged in batches of `batch`; of all truncations d up to half of the batches the one with the
    least S²(d) / (n - d) is taken: the squared standard error of the mean of what is left. None when there are fewer
    than four batches, or when the minimum stands at the last truncation allowed: the series is too short to tell.
    """
    values = np.asarray(series, dtype=np.float64)
    batches = len(values) // batch
    if batches < 4:
        return None
    means = values[: batches * batch].reshape(batches, batch).mean(axis=1)
    limit = batches // 2
    errors = [float(np.sum((means[d:] - means[d:].mean()) ** 2)) / (batches - d) ** 2 for d in range(limit + 1)]
    best = int(np.argmin(errors))
    return None if best == limit else best * batch


def moving_average(series: Values, window: int) -> NDArray[np.float64]:
    """Welch's moving average (1983): each value with `window` neighbours on either side, fewer at the beginning.

    `series` is already averaged over replications; the last `window` values have no average, so the answer is that
    much shorter (Law, Simulation Modeling, 9.5.1).
    """
    values = np.asarray(series, dtype=np.float64)
    count = max(len(values) - window, 0)
    sums = np.concatenate(([0.0], np.cumsum(values)))
    at = np.arange(count)
    reach = np.minimum(at, window)
    smoothed: NDArray[np.float64] = (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)
    return smoothed
