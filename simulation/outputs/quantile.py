"""Quantiles of whole numbers without a sort."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def quantile(values: NDArray[np.signedinteger[Any]], percent: int) -> float:
    """The quantile by straight line between order statistics (Hyndman and Fan's seventh), of at least one value.

    The place is found in whole numbers and `values` is reordered, so that the next quantile of the same is cheaper.
    """
    place, hundredths = divmod(percent * (len(values) - 1), 100)
    values.partition(place)
    low = int(values[place])
    if not hundredths:
        return float(low)
    high = int(values[place + 1 :].min())
    return low + (high - low) * hundredths / 100
