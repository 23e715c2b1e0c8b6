from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulation.statistics.comparison import paired, welch_half_width
from simulation.statistics.intervals import mean_interval
from simulation.statistics.sensitivity import tornado
from simulation.statistics.warm_up import moving_average, mser


def test_common_random_numbers_narrow_the_interval() -> None:
    """Two outputs that share nine tenths of their variance differ as clearly as ten times the replications would."""
    # var = 0.9 + 0.1 each; the difference has variance 0.2 instead of 2: ratio 10, half-widths by sqrt(10) = 3.16
    rng = np.random.default_rng(1)
    common = rng.normal(0, math.sqrt(0.9), 2000)
    basis, changed = common + rng.normal(0, math.sqrt(0.1), 2000), common + rng.normal(0.5, math.sqrt(0.1), 2000)
    found = paired(basis, changed)
    assert found.variance_ratio == pytest.approx(10, rel=0.1)
    assert found.narrower == pytest.approx(math.sqrt(10), rel=0.05)
    assert found.half_width * found.narrower == pytest.approx(found.unpaired_half_width)
    assert found.correlation == pytest.approx(0.9, abs=0.02)
    assert found.clear
    assert found.difference == pytest.approx(0.5, abs=0.05)


def test_welch_is_wider_when_variances_differ() -> None:
    """Means of 1 2 3 4 and of 10 20 30 40: variances 5/3 and 500/3, 3.06 degrees of freedom."""
    # va = .41667, vb = 41.667; f = 42.083² / (.41667²/3 + 41.667²/3) = 3.06; t = 3.146; 3.146 · sqrt(42.083) = 20.4
    assert welch_half_width([1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]) == pytest.approx(20.4, abs=0.05)


def test_pairs_in_which_one_is_missing_are_left_out() -> None:
    """A replication that did not measure the output in both scenarios is no pair."""
    found = paired([1.0, math.nan, 3.0, 4.0], [2.0, 3.0, 5.0, math.nan])
    assert (found.n, found.difference, found.basis_mean) == (2, 1.5, 2.0)
    with pytest.raises(ValueError, match="in pairs"):
        paired([1.0], [1.0, 2.0])


def test_no_difference_at_all_is_not_clear() -> None:
    """A change that changes nothing has the difference 0 ± 0, and no ratio that means anything is made up."""
    same = paired([1.0, 2.0, 4.0], [1.0, 2.0, 4.0])
    assert (same.difference, same.half_width, same.clear) == (0.0, 0.0, False)
    assert same.variance_ratio == math.inf
    still = paired([1.0, 1.0], [1.0, 1.0])
    assert math.isnan(still.variance_ratio)


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=20))
@example([(0.0, 0.0), (1e-170, 1e-170)])
def test_a_pair_turned_round_is_the_negative(pairs: list[tuple[float, float]]) -> None:
    """Basis less changed is minus changed less basis, with the same half-width."""
    first, second = zip(*pairs, strict=True)
    there, back = paired(first, second), paired(second, first)
    assert there.difference == -back.difference
    assert there.half_width == back.half_width
    assert there.half_width == mean_interval(np.subtract(second, first)).half_width


def test_the_tornado_lists_what_moves_most() -> None:
    """Bars stand by the greater of their two differences; what could not be measured stands last."""
    basis = [10.0, 12.0, 11.0]
    bars = tornado(
        basis,
        {
            "small": ([10.5, 12.5, 11.5], [9.5, 11.5, 10.5]),
            "unmeasured": ([math.nan] * 3, [math.nan] * 3),
            "great": ([11.0, 13.0, 12.0], [5.0, 7.0, 6.0]),
        },
    )
    assert [bar.quantity for bar in bars] == ["great", "small", "unmeasured"]
    assert [bar.reach for bar in bars[:2]] == [5.0, 0.5]
    assert (bars[0].low.difference, bars[0].high.difference) == (1.0, -5.0)


def test_mser_finds_where_the_beginning_ends() -> None:
    """After 60 values that climb to a level, the truncation lies within the climb's end and two batches beyond."""
    rng = np.random.default_rng(1)
    level = np.concatenate([np.linspace(0, 100, 60), np.full(540, 100.0)])
    assert 50 <= (mser(level + rng.normal(0, 3, 600)) or 0) <= 80


def test_a_steady_series_loses_nothing() -> None:
    """A series without trend is kept whole; one that is too short or still climbing says that it cannot tell."""
    assert mser([5.0, 5.0] * 50) == 0
    assert mser([1.0] * 19) is None
    assert mser(np.arange(400.0)) is None


def test_the_moving_average_narrows_at_the_beginning() -> None:
    """With a window of 2: the first value itself, then three, then five values; the last two have none."""
    # 1 2 3 4 10 6: 1; (1+2+3)/3 = 2; (1+2+3+4+10)/5 = 4; (2+3+4+10+6)/5 = 5
    assert moving_average([1.0, 2.0, 3.0, 4.0, 10.0, 6.0], 2).tolist() == [1.0, 2.0, 4.0, 5.0]
    assert moving_average([1.0, 2.0], 5).tolist() == []
