"""What is asked of every patient and every hour in one pass is what a plain loop over them finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulation.outputs.kernels import arriving, count_times, count_values, spans_of, ticks_between, within
from simulation.ticks import HOUR, MINUTE

TICK = st.integers(-1, 40)
PATIENTS = st.lists(st.tuples(TICK, TICK, TICK, st.booleans()), max_size=12)
Patients = list[tuple[int, int, int, bool]]
Column = NDArray[np.int64]


def columns(patients: Patients, *, narrow: bool) -> tuple[Column, Column, Column, NDArray[np.bool_]]:
    """Begin, end, leaving and who is meant; without length: all."""
    begin, end, left = np.array([row[:3] for row in patients], np.int64).reshape(-1, 3).T.copy()
    return begin, end, left, np.array([row[3] for row in patients] if narrow else [], np.bool_)


@given(PATIENTS, st.booleans(), st.integers(0, 3), st.integers(0, 40), st.integers(0, 40))
def test_times_between_two_marks(patients: Patients, narrow: bool, first: int, low: int, high: int) -> None:
    """Spans, shares within a limit, arrivals and time inside are those of the patients who are meant, one by one."""
    begin, end, left, chosen = columns(patients, narrow=narrow)
    meant = [(b, e, out) for b, e, out, here in patients[first:] if here or not narrow]
    everybody = [(b, e, out) for b, e, out, here in patients if here or not narrow]

    begins, spans = np.empty_like(begin), np.empty_like(begin)
    found = spans_of(begin, end, chosen, first, begins, spans)
    both = [(b, e) for b, e, _ in meant if 0 <= b <= e]
    assert begins[:found].tolist() == [b for b, _ in both]
    assert spans[:found].tolist() == [e - b for b, e in both]

    began = [(b, e) for b, e, _ in meant if 0 <= b <= high]
    ended = [e - b for b, e in began if e >= b]
    expected = len(began), len(ended), sum(span <= low for span in ended)
    assert within(begin, end, chosen, first, high, low) == expected

    coming = sum(0 <= b <= e and low <= e < high for b, e, _ in everybody)
    assert arriving(begin, end, chosen, low, high) == coming

    inside = 0
    for b, e, out in everybody:
        stop = e if e >= b else out if out >= 0 else high
        inside += max(0, min(stop, high) - max(b, low)) if b >= 0 else 0
    assert ticks_between(begin, end, chosen, left, low, high) == inside


@given(st.lists(st.tuples(st.integers(0, 400 * HOUR), st.integers(0, 9 * MINUTE)), max_size=30), st.integers(0, 167))
def test_times_are_counted_by_hour_of_the_week_and_class(patients: list[tuple[int, int]], first_hour: int) -> None:
    """Each patient is one in the cell of its hour and class; the last minute stands for all beyond."""
    classes = np.array([0, 0, 1, 1, 1, 2], np.int8)
    counts = np.zeros((168, 3), np.int64)
    begins, spans = np.array(patients, np.int64).reshape(-1, 2).T.copy()
    count_times(counts, begins, spans, first_hour, classes)
    expected = np.zeros_like(counts)
    for begin, span in patients:
        expected[(begin // HOUR + first_hour) % 168, classes[min(span // MINUTE, 5)]] += 1
    assert np.array_equal(counts, expected)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=40))
def test_values_are_counted_by_hour(rows: list[tuple[int, int]]) -> None:
    """Each column has its own table, as wide as its greatest value, up to the most that is told apart."""
    values = np.array(rows, np.int32)
    hours = np.arange(len(rows)) % 168
    widths = np.minimum(values.max(axis=0), 5).astype(np.int64) + 1
    begins = np.array([0, 168 * widths[0]])
    counts = np.zeros(168 * int(widths.sum()), np.int64)
    count_values(counts, begins, widths, hours, values, 5)
    for column, (begin, width) in enumerate(zip(begins, widths, strict=True)):
        table = counts[begin : begin + 168 * width].reshape(168, width)
        expected = np.zeros_like(table)
        for hour, row in zip(hours, rows, strict=True):
            expected[hour, min(row[column], 5)] += 1
        assert np.array_equal(table, expected)
