"""The types of the arrays in the signatures of the kernels, and which arrays come together."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.int64]
Short: TypeAlias = NDArray[np.int32]
Numbers: TypeAlias = NDArray[np.uint32]
Arrays: TypeAlias = tuple[Any, ...]
"""Arrays of several types, in the order that a signature below states."""

WORDS: Final = "Array(int64, 1, 'C', True)"
_SHORT: Final = "Array(int32, 1, 'C', True)"
_NUMBERS: Final = "Array(uint32, 1, 'C', True)"
PLAN: Final = f"Tuple(({_NUMBERS}, {WORDS}, {_NUMBERS}, {_NUMBERS}))"
"""code, table, jumps, entries (where the pathway of each source begins in the code).

The code is flat: to find an operation in a table of rows would take a multiplication.
"""
CHANGES: Final = f"UniTuple({WORDS}, 3)"
"""Changes of capacity: tick, resource (by its name), capacity."""
SAMPLE: Final = f"Tuple(({WORDS}, {_SHORT}, Array(int8, 2, 'C', True), {WORDS}, {WORDS}, {WORDS}))"
"""arrival, source, attributes, first_draw, stride, draws"""
FUTURE: Final = "Tuple((int64[:, ::1], int64[::1], int64[::1]))"
"""far; near (first and last node of each bucket), nodes, both flat: see `events`"""
STATE: Final = (
    f"Tuple((int64[::1], int64[::1], int64[::1], {FUTURE}, int64[::1], int64[::1], "
    "int64[:, ::1], int8[::1], int64[::1]))"
)
"""counters; rows, pools, both flat; future, present, urgent, batches; by patient: priority, deadline"""
FIGURES: Final = (
    "Tuple((int64[:, ::1], int64[::1], int64[::1], int16[::1], int64[:, ::1], int32[:, ::1], int32[:, ::1]))"
)
"""level; waits, flat; left_at, outcome, marked, hourly_used, hourly_queue"""
LOG: Final = "Tuple((int64[::1], int32[::1], int32[::1], int8[::1], int32[::1]))"
"""The columns of the log; without length when nobody asked for it."""
