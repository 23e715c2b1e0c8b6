"""Patients come at the rates that are declared, by hour, weekday and month, and lists keep their order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulation.distributions import Constant, Exponential, Normal, Shifted, Uniform
from simulation.flow.plan import Listed, Stream
from simulation.sampling.arrivals import arrivals_of
from simulation.sampling.streams import Streams
from simulation.ticks import DAY, HOUR, TICKS_PER_S, Ticks


def arrivals(stream: Stream | Listed, days: int, *, seed: int = 1, name: str = "walk_in") -> Ticks:
    return arrivals_of(stream, Streams(seed, 0, name), days * DAY)[0]


def year_of_hours() -> np.ndarray:
    """Busy at noon, quiet at night; Mondays a fifth more, weekends a fifth less; January twice July."""
    hour = np.arange(365 * 24)
    weekday, month = hour // 24 % 7, hour // 24 * 12 // 365
    by_day = np.where(weekday == 0, 1.2, np.where(weekday >= 5, 0.8, 1.0))
    return 8.0 * (1.2 + np.where(abs(hour % 24 - 12) < 6, 0.7, -0.7)) * by_day * np.linspace(1.5, 0.75, 12)[month]


@pytest.mark.parametrize("kind", ["hour of the day", "weekday", "month"], ids=["hour_of_the_day", "weekday", "month"])
def test_arrivals_follow_the_declared_rates(kind: str) -> None:
    """χ² of a year's counts against the sums of the rates, at a seed that was fixed beforehand."""
    hourly = year_of_hours()
    hours = arrivals(Stream(hourly=tuple(hourly)), 365) // HOUR
    every = np.arange(365 * 24)
    group = {"hour of the day": every % 24, "weekday": every // 24 % 7, "month": every // 24 * 12 // 365}[kind]
    counts, expected = np.bincount(group[hours]), np.bincount(group, weights=hourly)
    chi2 = float(((counts - expected) ** 2 / expected).sum())
    assert stats.chi2.sf(chi2, len(counts)) > 0.001


def test_the_number_of_arrivals_has_the_spread_of_a_poisson_process() -> None:
    """Of 2,000 days with 48 expected: variance over mean is 1 ± 4·√(2/2000) = ± 0.13."""
    daily = np.bincount(arrivals(Stream(hourly=(2.0,) * 48_000), 2000) // DAY, minlength=2000)
    assert daily.mean() == pytest.approx(48.0, abs=4 * (48 / 2000) ** 0.5)
    assert daily.var() / daily.mean() == pytest.approx(1.0, abs=0.13)


def test_gaps_at_a_steady_rate_are_exponential() -> None:
    """Kolmogorov and Smirnov's test against a mean of twenty minutes, although 3 an hour is no power of two."""
    gaps = np.diff(arrivals(Stream(hourly=(3.0,) * 24 * 300), 300)) / TICKS_PER_S
    assert stats.kstest(gaps, stats.expon(scale=1200).cdf).pvalue > 0.001


def test_nobody_comes_in_an_hour_without_arrivals() -> None:
    """The rates change on the hour, to the tick."""
    hourly = (0.0, 30.0) * 12 * 50
    hours = arrivals(Stream(hourly=hourly), 50) // HOUR
    assert len(hours) > 10_000
    assert (hours % 2 == 1).all()


def test_a_stream_without_any_arrivals_is_empty() -> None:
    """All rates zero: a source that no scenario has switched on."""
    assert len(arrivals(Stream(hourly=(0.0,) * 24), 1)) == 0


def test_somewhat_more_arrivals_are_the_same_and_some_besides() -> None:
    """9 and 15 an hour are both thinned from 16, so 9 is contained in 15: scenarios differ by the added patients."""
    fewer, more = (set(arrivals(Stream(hourly=(rate,) * 240), 10).tolist()) for rate in (9.0, 15.0))
    assert fewer < more


def test_a_longer_run_begins_with_the_shorter_one() -> None:
    """What comes after the horizon does not reach back."""
    short, long = (arrivals(Stream(hourly=(5.5,) * 24 * days), days) for days in (10, 40))
    assert np.array_equal(long[: len(short)], short)
    assert long[len(short)] >= 10 * DAY


@settings(max_examples=60, deadline=None)
@given(hourly=st.lists(st.floats(0.0, 40.0) | st.just(0.0), min_size=24, max_size=96), seed=st.integers(0, 2**64))
def test_arrivals_are_in_order_before_the_horizon_and_only_at_hours_with_a_rate(hourly: list[float], seed: int) -> None:
    """Whatever the rates and the seed."""
    days = len(hourly) // 24
    ticks = arrivals(Stream(hourly=tuple(hourly)), days, seed=seed)
    assert (np.diff(ticks) >= 0).all()
    assert not len(ticks) or (ticks[0] >= 0 and ticks[-1] < days * DAY)
    assert all(hourly[hour] > 0 for hour in (ticks // HOUR).tolist())


def test_a_list_is_kept_as_it_is_up_to_the_horizon() -> None:
    """Two at 08:00, one at 09:00, one after the end of the day."""
    listed = Listed(ticks=(8 * HOUR, 8 * HOUR, 9 * HOUR, 25 * HOUR))
    assert arrivals(listed, 1).tolist() == [8 * HOUR, 8 * HOUR, 9 * HOUR]


def test_everybody_on_a_list_is_late_by_a_draw_of_their_own() -> None:
    """Mean ten minutes after eight o'clock; four standard errors at 2,000 days are 54 seconds."""
    listed = Listed(ticks=tuple(day * DAY + 8 * HOUR for day in range(2000)), lateness=Exponential(600.0))
    late_s = (arrivals(listed, 2000) - np.array(listed.ticks)) / TICKS_PER_S
    assert (late_s >= 0).all()
    assert late_s.mean() == pytest.approx(600.0, abs=54.0)
    assert stats.kstest(late_s, stats.expon(scale=600).cdf).pvalue > 0.001


def test_patients_may_be_early_but_not_before_the_run_begins() -> None:
    """A quarter of an hour early: at 07:45, and at midnight of the first day at midnight."""
    listed = Listed(ticks=(0, 8 * HOUR), lateness=Shifted(Constant(0.0), -900.0))
    assert arrivals(listed, 1).tolist() == [0, 8 * HOUR - HOUR // 4]
    early = Listed(ticks=(8 * HOUR,) * 1000, lateness=Normal(0.0, 600.0, -1800.0))
    assert (arrivals(early, 1) < 8 * HOUR).mean() == pytest.approx(0.5, abs=0.07)


def test_a_late_patient_keeps_the_number_on_the_list() -> None:
    """Numbers are places on the list, so lateness changes nobody's draws; here some are moved behind the next."""
    listed = Listed(ticks=tuple(range(0, DAY, 10 * HOUR // 60)), lateness=Uniform(0.0, 3600.0))
    ticks = arrivals(listed, 1)
    assert len(ticks) == len(listed.ticks)
    assert (np.diff(ticks) < 0).any()
    assert (ticks - np.array(listed.ticks) < HOUR).all()
