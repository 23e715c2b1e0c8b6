"""A binary heap in two arrays, for the searches that are compiled: the least key first, of equals the least item."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel

Int64 = NDArray[np.int64]
Items = NDArray[Any]
"""Of int32 or int64."""


@kernel(
    ["void(int64[::1], int32[::1], int64, int64, int32)", "void(int64[::1], int64[::1], int64, int64, int64)"],
    references=False,
)
def push(keys: Int64, items: Items, size: int, key: int, item: int) -> None:
    """Add (key, item) to the heap that fills the first `size` places; there must be one more."""
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[up] < key or (keys[up] == key and items[up] <= item):
            break
        keys[at] = keys[up]
        items[at] = items[up]
        at = up
    keys[at] = key
    items[at] = item


@kernel(["void(int64[::1], int32[::1], int64)", "void(int64[::1], int64[::1], int64)"], references=False)
def pop(keys: Int64, items: Items, size: int) -> None:
    """Remove the first of the heap that fills the first `size` places, of which there is one."""
    last = size - 1
    key = keys[last]
    item = items[last]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= last:
            break
        right = down + 1
        if right < last and (keys[right] < keys[down] or (keys[right] == keys[down] and items[right] < items[down])):
            down = right
        if keys[down] > key or (keys[down] == key and items[down] >= item):
            break
        keys[at] = keys[down]
        items[at] = items[down]
        at = down
    keys[at] = key
    items[at] = item
