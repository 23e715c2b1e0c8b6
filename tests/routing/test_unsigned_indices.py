"""Kernels whose computed indices never count from the end of an array."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from routing.unsigned import UnsignedIndices

SIGNATURE = "int64(int64[:, ::1], int64, int64)"
NJIT: Any = numba.njit  # its published types do not know all that it takes
TABLE = np.arange(12, dtype=np.int64).reshape(3, 4)


def doubled(table: NDArray[np.int64], row: int, column: int) -> int:
    """The number in a place, doubled there."""
    table[row, column] += table[row, column]
    return int(table[row, column])


def last_of(table: NDArray[np.int64], row: int, column: int) -> int:
    """The last number of a row, by an index that is written down."""
    return int(table[row][-1]) + 0 * column


def unsigned(function: Any) -> Any:
    """The function compiled so, and with the question whether an index is within the array."""
    return NJIT(SIGNATURE, pipeline_class=UnsignedIndices, boundscheck=True)(function)


def test_a_place_is_read_and_written_as_by_numpy() -> None:
    """Each place of an array is found, read and written."""
    compiled = unsigned(doubled)
    table = TABLE.copy()
    found = [compiled(table, row, column) for row in range(3) for column in range(4)]
    assert found == (2 * TABLE).ravel().tolist()
    assert np.array_equal(table, 2 * TABLE)


@pytest.mark.parametrize(("row", "column"), [(-1, 0), (0, -1), (3, 0), (0, 4)])
def test_an_index_below_zero_is_outside_the_array(row: int, column: int) -> None:
    """Numba counts -1 from the end; compiled so, it lies as far outside as an index beyond the end."""
    if min(row, column) < 0:
        assert NJIT(SIGNATURE, boundscheck=True)(doubled)(TABLE.copy(), row, column) == 2 * TABLE[row, column]
    with pytest.raises(IndexError):
        unsigned(doubled)(TABLE.copy(), row, column)


def test_an_index_that_is_written_down_may_count_from_the_end() -> None:
    """`row[-1]` is the last number still."""
    assert unsigned(last_of)(TABLE, 1, 0) == 7
