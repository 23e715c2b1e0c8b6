"""Whole ticks: the one place at which a duration is rounded."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulation.ticks import DAY, FOREVER, HOUR, TICKS_PER_S, WEEK, seconds, to_ticks


def test_a_second_has_two_to_the_twentieth_ticks() -> None:
    """So every number of seconds with up to twenty binary places is exact."""
    assert to_ticks(np.array([0.5, 1.0, 90.0])).tolist() == [TICKS_PER_S // 2, TICKS_PER_S, 90 * TICKS_PER_S]
    assert (HOUR, DAY, WEEK) == (3600 << 20, 86_400 << 20, 604_800 << 20)


def test_what_lies_between_two_ticks_goes_to_the_nearest_and_half_ways_to_the_even_one() -> None:
    """In ticks: 0.4, 0.5, 1.5, 2.5 and 2.6 become 0, 0, 2, 2 and 3."""
    assert to_ticks(np.array([0.4, 0.5, 1.5, 2.5, 2.6]) / TICKS_PER_S).tolist() == [0, 0, 2, 2, 3]


def test_no_duration_is_negative_or_longer_than_forever() -> None:
    """However wild a distribution's tail."""
    assert to_ticks(np.array([-1.0, 1e300, np.inf])).tolist() == [0, FOREVER, FOREVER]


@given(st.integers(0, 2**50))
def test_ticks_as_seconds_and_back_are_the_same_ticks(ticks: int) -> None:
    """Up to 34 years there is a double for every tick."""
    assert to_ticks(np.array([seconds(ticks)])).tolist() == [ticks]
