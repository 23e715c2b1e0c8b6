"""What measuring a replication asks of every patient or every hour, in one pass each."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from simulation.ticks import HOUR, MINUTE, WEEK, Ticks

Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]

_HOURS, _HOUR, _MINUTE = np.uint64(WEEK // HOUR), np.uint64(HOUR), np.uint64(MINUTE)  # without a sign division is quick
_TICKS: Final = "Array(int64, 1, 'C', True)"
_MARKS: Final = f"{_TICKS}, {_TICKS}, Array(boolean, 1, 'C', True)"
"""begin, end, chosen: of each patient when the first mark and the second was set, -1 for never, and whether the patient
is meant; `chosen` without length: all are."""


@kernel(f"int64({_MARKS}, int64, int64[::1], int64[::1])", references=False, from_the_end=False)
def spans_of(begin: Ticks, end: Ticks, chosen: Mask, first: int, begins: Ticks, spans: Ticks) -> int:
    """Write when the patients from `first` on began and how long they took, of those with both marks; how many."""
    found = 0
    for patient in range(first, begin.size):
        begins[found] = begin[patient]
        spans[found] = end[patient] - begin[patient]
        there = (begin[patient] >= 0) & (end[patient] >= begin[patient])
        if chosen.size:
            there &= chosen[patient]
        found += int(there)
    return found


@kernel(f"UniTuple(int64, 3)({_MARKS}, int64, int64, int64)", references=False, from_the_end=False)
def within(begin: Ticks, end: Ticks, chosen: Mask, first: int, latest: int, limit: int) -> tuple[int, int, int]:
    """Of the patients from `first` on who began by `latest`: all, who came to the end, who in `limit` ticks."""
    began, ended, in_time = 0, 0, 0
    for patient in range(first, begin.size):
        asked = (begin[patient] >= 0) & (begin[patient] <= latest)
        if chosen.size:
            asked &= chosen[patient]
        there = asked & (end[patient] >= begin[patient])
        began += int(asked)
        ended += int(there)
        in_time += int(there & (end[patient] - begin[patient] <= limit))
    return began, ended, in_time


@kernel(f"int64({_MARKS}, int64, int64)", references=False, from_the_end=False)
def arriving(begin: Ticks, end: Ticks, chosen: Mask, from_: int, to: int) -> int:
    """How many come to the second mark, having come to the first, at a tick from `from_` to before `to`."""
    found = 0
    for patient in range(begin.size):
        there = (begin[patient] >= 0) & (end[patient] >= begin[patient])
        there &= (end[patient] >= from_) & (end[patient] < to)
        if chosen.size:
            there &= chosen[patient]
        found += int(there)
    return found


@kernel(f"int64({_MARKS}, {_TICKS}, int64, int64)", references=False, from_the_end=False)
def ticks_between(begin: Ticks, end: Ticks, chosen: Mask, left_at: Ticks, from_: int, to: int) -> int:
    """The ticks from `from_` to `to` that lie between the marks.

    Without the second mark they end with leaving, at `left_at` (-1: not), or at `to`.
    """
    total = 0
    for patient in range(begin.size):
        if begin[patient] < 0 or (chosen.size and not chosen[patient]):
            continue
        stop = end[patient]
        if stop < begin[patient]:
            stop = left_at[patient] if left_at[patient] >= 0 else to
        total += max(min(stop, to) - max(begin[patient], from_), 0)
    return total


@kernel(f"void(int64[:, ::1], {_TICKS}, {_TICKS}, int64, int8[::1])", references=False, from_the_end=False)
def count_times(
    counts: Counts, begins: Ticks, spans: Ticks, first_hour: int, class_of_minute: NDArray[np.int8]
) -> None:
    """Count who began, by hour of the week and class of the time taken.

    Parameters
    ----------
    counts : (168, classes)
    first_hour : int
        The hour of the week at tick 0.
    class_of_minute : (minutes,)
        The class of so many whole minutes; the last is that of all more.
    """
    for place in range(begins.size):
        hour = (np.uint64(begins[place]) // _HOUR + np.uint64(first_hour)) % _HOURS
        minute = np.uint64(spans[place]) // _MINUTE
        last = np.uint64(class_of_minute.size - 1)
        counts[hour, class_of_minute[min(minute, last)]] += np.int64(1)


@kernel(
    "void(int64[::1], int64[::1], int64[::1], int64[::1], int32[:, ::1], int64)", references=False, from_the_end=False
)
def count_values(
    counts: Counts, begins: Counts, widths: Counts, hours: Counts, values: NDArray[np.int32], most: int
) -> None:
    """Count the values of each column by hour of the week; those above `most` as `most`.

    Parameters
    ----------
    counts : (…,)
        Of each column a table (168, its width), from its place in `begins` on.
    hours : (rows,)
        The hour of the week of each row of the values.
    """
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            counts[begins[column] + hours[row] * widths[column] + min(values[row, column], most)] += 1
