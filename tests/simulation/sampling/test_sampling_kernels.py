"""Draws by key follow the same distributions as those of the textbook, by elementary functions of our own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simulation.distributions import (
    Constant,
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    LogNormal,
    Normal,
    Shifted,
    Triangular,
    Uniform,
    Weibull,
)
from simulation.sampling.elementary import exp, log
from simulation.sampling.kernels import draw_choices, draw_durations
from simulation.sampling.laws import laws_of, thresholds_of
from simulation.ticks import FOREVER, TICKS_PER_S

N = 200_000
NUMBERS = np.arange(N)
NO_ATTRIBUTE = np.empty(0, np.int8)
KEYS = (np.uint64(20270104), np.uint64(1))

ALL: list[Distribution] = [
    Exponential(60.0),
    LogNormal(1200.0, 900.0),
    Gamma(60.0, 30.0),
    Gamma(60.0, 90.0),
    Erlang(60.0, 3),
    Weibull(60.0, 0.8),
    Weibull(60.0, 2.5),
    Normal(16.0, 3.0, 0.5),
    Normal(10.0, 20.0),
    Uniform(30.0, 90.0),
    Triangular(10.0, 20.0, 60.0),
    Triangular(10.0, 60.0, 60.0),
    Empirical((60.0, 120.0, 240.0, 600.0), (0.5, 0.3, 0.0, 0.2)),
    Shifted(Shifted(Gamma(60.0, 30.0), 300.0), 60.0),
]


def by_key(distribution: Distribution, n: int = N) -> np.ndarray:
    """Seconds of the first `n` patients."""
    out = np.zeros(n, np.int64)
    draw_durations(out, NUMBERS[:n], NUMBERS[:n], NO_ATTRIBUTE, *laws_of([distribution]), *KEYS)
    seconds: np.ndarray = out / TICKS_PER_S
    return seconds


@pytest.mark.parametrize("distribution", ALL, ids=str)
def test_draws_by_key_have_the_stated_mean_and_variance(distribution: Distribution) -> None:
    """Four standard errors of each, with 200,000 patients and keys that were fixed beforehand."""
    seconds = by_key(distribution)
    fourth = float(((seconds - seconds.mean()) ** 4).mean())
    variance = distribution.variance_s2
    assert seconds.mean() == pytest.approx(distribution.mean_s, abs=4 * math.sqrt(variance / N))
    assert seconds.var() == pytest.approx(variance, abs=4 * math.sqrt(max(fourth - variance**2, 0) / N) + 1e-6)
    assert seconds.min() >= distribution.lowest_s - 1 / TICKS_PER_S


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        (Exponential(60.0), stats.expon(scale=60)),
        (LogNormal(1200.0, 900.0), stats.lognorm(math.sqrt(math.log(1.5625)), scale=1200 / math.sqrt(1.5625))),
        (Gamma(60.0, 30.0), stats.gamma(4, scale=15)),
        (Gamma(60.0, 90.0), stats.gamma(4 / 9, scale=135)),
        (Weibull(60.0, 2.5), stats.weibull_min(2.5, scale=60 / math.gamma(1.4))),
        (Normal(1000.0, 100.0), stats.norm(1000, 100)),
        (Uniform(30.0, 90.0), stats.uniform(30, 60)),
        (Triangular(10.0, 20.0, 60.0), stats.triang(0.2, 10, 50)),
    ],
    ids=lambda value: None if hasattr(value, "cdf") else str(value),
)
def test_draws_by_key_follow_the_distribution_of_the_textbook(
    distribution: Distribution, expected: stats.rv_continuous
) -> None:
    """Kolmogorov and Smirnov's test of 200,000 patients."""
    assert stats.kstest(by_key(distribution), expected.cdf).pvalue > 0.001


def test_draws_by_key_and_from_a_generator_are_of_one_distribution() -> None:
    """The two ways to draw, side by side, for every distribution: Kolmogorov and Smirnov's test of two samples."""
    for distribution in ALL:
        generated = np.rint(distribution.sample(np.random.default_rng(4), N) * TICKS_PER_S) / TICKS_PER_S
        assert stats.ks_2samp(by_key(distribution), generated).pvalue > 0.0005, distribution


def test_normal_numbers_are_right_far_out_in_the_tail() -> None:
    """Beyond 3.65 the ziggurat ends: of two million, 2 · 0.000129 · 10⁶ = 516 are expected beyond it."""
    numbers = np.arange(2_000_000)
    out = np.zeros(len(numbers), np.int64)
    draw_durations(out, numbers, numbers, NO_ATTRIBUTE, *laws_of([Normal(100.0, 1.0)]), *KEYS)
    z = out / TICKS_PER_S - 100.0
    for beyond in (3.0, 3.654, 4.0):
        expected = len(numbers) * 2 * stats.norm.sf(beyond)
        assert (abs(z) > beyond).sum() == pytest.approx(expected, abs=4 * math.sqrt(expected))
    tail = abs(z[abs(z) > 3.654])
    assert stats.kstest(stats.norm.sf(tail) / stats.norm.sf(3.654), "uniform").pvalue > 0.001


def test_neighbours_slots_and_replications_are_not_correlated() -> None:
    """Patients beside each other, keys that differ by one: correlations below four over the root of the number."""
    rows = []
    for first, second in ((5, 9), (6, 9), (5, 10), (6, 10)):
        out = np.zeros(N, np.int64)
        draw_durations(
            out, NUMBERS, NUMBERS, NO_ATTRIBUTE, *laws_of([Uniform(0.0, 1.0)]), np.uint64(first), np.uint64(second)
        )
        rows.append(out)
    off = np.corrcoef(rows) - np.eye(4)
    assert abs(off).max() < 4 / math.sqrt(N)
    for lag in (1, 2, 64):
        assert abs(np.corrcoef(rows[0][lag:], rows[0][:-lag])[0, 1]) < 4 / math.sqrt(N)


def test_only_members_are_drawn_each_by_the_law_of_their_value() -> None:
    """Constants by attribute: values 0, 1, 0, 1; the third is no member."""
    out = np.full(4, -7, np.int64)
    values = np.array([0, 1, 0, 1], np.int8)
    laws = laws_of([Constant(1.0), Shifted(Constant(2.0), 1.0)])
    draw_durations(out, np.array([0, 1, 3]), np.arange(4), values, *laws, *KEYS)
    assert (out / TICKS_PER_S).tolist() == [1.0, 3.0, -7 / TICKS_PER_S, 3.0]


def test_a_draw_is_by_the_patient_s_number_not_by_the_place() -> None:
    """The same numbers in other places, alone or with others, have the same draws."""
    law = laws_of([LogNormal(60.0, 30.0)])
    all_, some = np.zeros(10, np.int64), np.zeros(3, np.int64)
    draw_durations(all_, np.arange(10), np.arange(10), NO_ATTRIBUTE, *law, *KEYS)
    draw_durations(some, np.arange(3), np.array([2, 5, 9]), NO_ATTRIBUTE, *law, *KEYS)
    assert some.tolist() == all_[[2, 5, 9]].tolist()


def test_choices_have_their_shares_and_rows_may_have_fewer_arms() -> None:
    """Three arms for value 0, one for value 1."""
    out, values = np.zeros(N, np.int64), (NUMBERS % 2).astype(np.int8)
    draw_choices(out, NUMBERS, NUMBERS, values, thresholds_of([(0.2, 0.5, 1.0), (1.0,)]), *KEYS)
    assert stats.chisquare(np.bincount(out[::2]), N / 2 * np.array([0.2, 0.3, 0.5])).pvalue > 0.001
    assert not out[1::2].any()


def test_no_draw_is_negative_or_longer_than_forever() -> None:
    """Half of N(0, 1) is zero; what would overflow is cut."""
    assert (by_key(Normal(0.0, 1.0, -50.0), 1000) == 0).mean() == pytest.approx(0.5, abs=0.07)
    assert (by_key(Shifted(Constant(1.0), 1e15), 3) == FOREVER / TICKS_PER_S).all()


def test_the_exponential_and_the_logarithm_are_right_to_the_last_places() -> None:
    """Against Python's, over the whole range that is drawn from; beyond ±700 e^x stays as it is there."""
    for x in np.linspace(-690.0, 690.0, 2001).tolist():
        assert exp(x) == pytest.approx(math.exp(x), rel=5e-16)
    for x in [*np.linspace(1e-6, 3.0, 999).tolist(), *(10.0**-k for k in range(1, 300, 13)), 1e300]:
        assert log(x) == pytest.approx(math.log(x), rel=5e-16, abs=2e-16)
    assert exp(1e9) == exp(700.0)
    assert exp(-1e9) == exp(-700.0)


def test_what_cannot_be_drawn_is_refused_by_name() -> None:
    """A distribution of somebody else's."""
    with pytest.raises(TypeError, match="object is no distribution"):
        laws_of([object()])  # type: ignore[list-item]  # on purpose
