"""How fast a day may run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.day.pace import CALM, FASTER, LATE_S, SLOWER, SLOWEST, Pace, next_pace


def test_time_slows_down_when_orders_are_late() -> None:
    """One look with a lag above the bound takes the factor down by its step: 300 × 0.7 = 210."""
    assert next_pace(Pace(asked=300, factor=300), LATE_S + 1).factor == 300 * SLOWER


def test_time_runs_faster_again_after_some_calm_looks() -> None:
    """Two calm looks change nothing, the third takes one step up."""
    pace = Pace(asked=300, factor=100)
    for _ in range(CALM - 1):
        pace = next_pace(pace, 0.0)
        assert pace.factor == 100
    assert next_pace(pace, 0.0).factor == 100 * FASTER


def test_a_look_that_is_nearly_late_is_not_calm() -> None:
    """Between half the bound and the bound the factor stays, and calm begins to count anew."""
    pace = next_pace(Pace(asked=300, factor=100, calm=CALM - 1), LATE_S * 0.75)
    assert (pace.factor, pace.calm) == (100, 0)


@given(st.floats(1, 1000), st.lists(st.floats(0, 1e5), max_size=60))
def test_the_factor_stays_between_slowest_and_asked(asked: float, lags_s: list[float]) -> None:
    """Whatever the lags, time never stands still and never runs faster than asked."""
    pace = Pace(asked=asked, factor=asked)
    for lag_s in lags_s:
        pace = next_pace(pace, lag_s)
        assert min(SLOWEST, asked) <= pace.factor <= asked
