from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.statistics.bands import bands, mean_of_counts, quantiles_of_counts
from simulation.statistics.intervals import mean_interval, one_sided, student
from simulation.statistics.precision import look, predicted_total, shared_level


def test_an_interval_is_students() -> None:
    """The ten numbers of Law's textbook have mean 1.34 and a 90 % half-width of 0.24 (Example 4.26)."""
    # 1.20 1.50 1.68 1.89 0.95 1.49 1.58 1.55 0.50 1.09: mean 1.343, S² = 0.17, t(9, 0.95) = 1.833
    interval = mean_interval([1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09], 0.90)
    assert interval.n == 10
    assert interval.mean == pytest.approx(1.343)
    assert interval.half_width == pytest.approx(0.24, abs=0.005)
    assert student(0.90, 9) == pytest.approx(1.833, abs=0.0005)


def test_what_was_not_measured_is_left_out() -> None:
    """NaN counts for nothing; one value has a mean but no half-width, none has neither."""
    assert mean_interval([1.0, math.nan, 3.0]) == mean_interval([1.0, 3.0])
    one = mean_interval([math.nan, 2.0])
    assert (one.n, one.mean) == (1, 2.0)
    assert math.isnan(one.half_width)
    none = mean_interval([math.nan])
    assert none.n == 0
    assert math.isnan(none.mean)


def test_a_one_sided_bound_is_nearer() -> None:
    """A bound that holds on one side only lies within the two-sided interval of the same level."""
    values = [3.0, 5.0, 4.0, 6.0]
    low, mean, high = one_sided(values, 0.95)
    both = mean_interval(values, 0.95)
    assert both.low < low < mean < high < both.high


def test_nineteen_intervals_of_twenty_hold() -> None:
    """Of 2,000 intervals of 12 normal values each, 95 % ± 1.5 contain the mean."""
    rng = np.random.default_rng(1)
    held = sum(
        abs(mean_interval(row).mean - 7.0) <= mean_interval(row).half_width for row in rng.normal(7, 3, (2000, 12))
    )
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.floats(0.5, 0.99), st.floats(0.001, 0.009))
def test_more_confidence_is_never_narrower(values: list[float], level: float, more: float) -> None:
    """A higher level gives the same mean and at least the same half-width."""
    first, second = mean_interval(values, level), mean_interval(values, level + more)
    assert first.mean == second.mean
    assert second.half_width >= first.half_width


def test_all_outputs_must_be_precise_enough() -> None:
    """The stop rule waits for the output that needs most, and asks for what its variance predicts."""
    # values ±1: S² = 10/9; half-width 0.5 needs t(i-1) sqrt(1.111/i) ≤ 0.5: i = 20 (2.093 · 0.2357 = 0.4933)
    figures = {"a": [1.0, -1.0] * 5, "b": [0.0, 0.001] * 5}
    need = look(figures, {"a": 0.5, "b": 0.5}, 0.95, joint=False, most=1000)
    assert not need.reached
    assert need.half_widths["b"] < 0.5 < need.half_widths["a"]
    assert need.total == predicted_total(figures["a"], 0.5) == 20
    assert look(figures, {"b": 0.5}, 0.95, joint=False, most=1000).reached


def test_looks_are_few_and_bounded() -> None:
    """A look asks for a batch more at least, twice as many at most, and never beyond the most allowed."""
    figures = {"a": [1.0, -1.0] * 10}
    assert look(figures, {"a": 0.01}, 0.95, joint=False, most=1000).total == 40
    assert look(figures, {"a": 0.47}, 0.95, joint=False, most=1000).total == 25
    assert look(figures, {"a": 0.01}, 0.95, joint=False, most=22).total == 22
    end = look(figures, {"a": 0.01}, 0.95, joint=False, most=20)
    assert (end.reached, end.total) == (False, 20)


def test_joint_intervals_share_the_error() -> None:
    """Bonferroni: five intervals at 99 % each hold together at 95 %; so more replications are asked for."""
    assert shared_level(0.95, 5, True) == pytest.approx(0.99)
    assert shared_level(0.95, 5, False) == 0.95
    figures = {"a": [1.0, -1.0] * 5, "b": [1.0, -1.0] * 5}
    wanted = {"a": 0.7, "b": 0.7}
    assert look(figures, wanted, 0.95, joint=True, most=99).half_widths["a"] > mean_interval(figures["a"]).half_width


def test_a_half_width_is_positive() -> None:
    """A half-width of zero would never be reached and is refused."""
    with pytest.raises(ValueError, match="greater than zero"):
        look({"a": [1.0, 2.0]}, {"a": 0.0}, 0.95, joint=False, most=10)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20), st.floats(0.01, 50.0))
def test_the_predicted_number_is_the_smallest(values: list[float], half_width: float) -> None:
    """At the predicted number the half-width by the variance so far is reached, with one replication less it is not."""
    total = predicted_total(values, half_width)
    deviation = float(np.std(values, ddof=1))
    assert student(0.95, total - 1) * deviation / math.sqrt(total) <= half_width
    assert total == 2 or student(0.95, total - 2) * deviation / math.sqrt(total - 1) > half_width


def test_stopping_costs_little_coverage() -> None:
    """Stopped at half-width 0.4 of a standard deviation, at least 92 of 100 intervals stated at 95 % hold."""
    rng, held = np.random.default_rng(1), 0
    for _ in range(800):
        values, n = rng.standard_normal(400), 10
        while not (need := look({"a": values[:n]}, {"a": 0.4}, 0.95, joint=False, most=400)).reached:
            n = need.total
        interval = mean_interval(values[:n])
        held += abs(interval.mean) <= interval.half_width
    assert held / 800 >= 0.92


def test_bands_are_quantiles_over_replications() -> None:
    """Of the values 1 to 11 at each point the bands are 2, 6 and 10; a point that nobody measured has none."""
    curves = np.column_stack([np.arange(1.0, 12.0), np.full(11, np.nan)])
    low, middle, high = bands(curves)
    assert (low[0], middle[0], high[0]) == (2.0, 6.0, 10.0)
    assert np.isnan([low[1], middle[1], high[1]]).all()


def test_counts_give_the_same_quantiles_as_their_values() -> None:
    """Counted or listed, the median of 0 0 1 3 3 3 is 1 and the 90 % quantile 3; the mean is 10/6."""
    counts = np.array([[2, 1, 0, 3], [0, 0, 0, 0]])
    middle, high = quantiles_of_counts(counts, (0.5, 0.9))
    assert (middle[0], high[0]) == (1.0, 3.0)
    assert np.isnan([middle[1], high[1]]).all()
    assert mean_of_counts(counts)[0] == pytest.approx(10 / 6)
    assert math.isnan(mean_of_counts(counts)[1])
