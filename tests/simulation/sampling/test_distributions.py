"""Distributions keep their word: mean, variance, shape, bounds, and refusal of what makes no sense."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulation.distributions import (
    REGISTRY,
    BadDistribution,
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
    build,
    from_plain,
    parameters,
    to_plain,
)

N = 200_000

ALL: list[Distribution] = [
    Constant(90.0),
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
    Empirical((60.0, 120.0, 600.0), (0.5, 0.3, 0.2)),
    Empirical((60.0, 120.0, 600.0)),
    Shifted(Gamma(60.0, 30.0), 300.0),
]


def drawn(distribution: Distribution, n: int = N, seed: int = 1) -> np.ndarray:
    return distribution.sample(np.random.default_rng(seed), n)


@pytest.mark.parametrize("distribution", ALL, ids=str)
def test_the_mean_of_many_samples_is_the_mean_that_is_stated(distribution: Distribution) -> None:
    """Four standard errors: sd / √200,000."""
    error = math.sqrt(distribution.variance_s2 / N)
    assert drawn(distribution).mean() == pytest.approx(distribution.mean_s, abs=4 * error + 1e-9)


@pytest.mark.parametrize("distribution", ALL, ids=str)
def test_the_variance_of_many_samples_is_the_variance_that_is_stated(distribution: Distribution) -> None:
    """Four standard errors of a variance, its fourth moment taken from the sample."""
    samples = drawn(distribution)
    fourth = float(((samples - samples.mean()) ** 4).mean())
    error = math.sqrt(max(fourth - distribution.variance_s2**2, 0.0) / N)
    assert samples.var() == pytest.approx(distribution.variance_s2, abs=4 * error + 1e-9)


@pytest.mark.parametrize("distribution", ALL, ids=str)
def test_no_sample_is_below_the_lowest_that_is_stated(distribution: Distribution) -> None:
    """Checks of flows rely on it to refuse negative durations."""
    assert drawn(distribution).min() >= distribution.lowest_s


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        (Exponential(60.0), stats.expon(scale=60)),
        # of the logarithm: σ² = ln(1 + 0.75²) = 0.4463, µ = ln 1200 − σ²/2
        (LogNormal(1200.0, 900.0), stats.lognorm(math.sqrt(math.log(1.5625)), scale=1200 / math.sqrt(1.5625))),
        (Gamma(60.0, 30.0), stats.gamma(4, scale=15)),
        (Erlang(60.0, 3), stats.gamma(3, scale=20)),
        (Weibull(60.0, 2.5), stats.weibull_min(2.5, scale=60 / math.gamma(1.4))),
        (Uniform(30.0, 90.0), stats.uniform(30, 60)),
        (Triangular(10.0, 20.0, 60.0), stats.triang(0.2, 10, 50)),
        (Shifted(Exponential(60.0), 30.0), stats.expon(30, 60)),
    ],
    ids=lambda value: None if hasattr(value, "cdf") else str(value),
)
def test_samples_follow_the_distribution_of_the_textbook(
    distribution: Distribution, expected: stats.rv_continuous
) -> None:
    """Kolmogorov and Smirnov's test against scipy's distribution function, at a seed that was fixed beforehand."""
    assert stats.kstest(drawn(distribution, 50_000, seed=2), expected.cdf).pvalue > 0.001


def test_a_normal_puts_all_that_is_too_small_on_its_minimum() -> None:
    """P(N(10, 20) < 0) = Φ(−0.5) = 0.3085."""
    assert (drawn(Normal(10.0, 20.0)) == 0.0).mean() == pytest.approx(0.3085, abs=0.004)


def test_values_that_were_seen_come_by_their_weights() -> None:
    """χ² of 200,000 draws against weights 5 : 3 : 0 : 2; what has no weight never comes."""
    samples = drawn(Empirical((60.0, 120.0, 240.0, 600.0), (5, 3, 0, 2)))
    counts = [int((samples == value).sum()) for value in (60.0, 120.0, 240.0, 600.0)]
    assert counts[2] == 0
    assert stats.chisquare([counts[0], counts[1], counts[3]], [N * 0.5, N * 0.3, N * 0.2]).pvalue > 0.001


@pytest.mark.parametrize("distribution", ALL, ids=str)
def test_a_stream_gives_the_same_samples_in_one_piece_or_in_several(distribution: Distribution) -> None:
    """Sampling works in pieces that stay in the processor's cache."""
    rng = np.random.default_rng(3)
    pieces = [distribution.sample(rng, size) for size in (1, 700, 0, 299)]
    assert np.array_equal(np.concatenate(pieces), drawn(distribution, 1000, seed=3))


@pytest.mark.parametrize("distribution", ALL, ids=str)
def test_a_distribution_survives_being_written_down(distribution: Distribution) -> None:
    """As JSON and back; equal ones have equal hashes."""
    again = from_plain(json.loads(json.dumps(to_plain(distribution))))
    assert again == distribution
    assert hash(again) == hash(distribution)


def test_a_distribution_is_built_from_the_words_of_the_yaml() -> None:
    """Durations come in seconds; `plus` shifts; a list becomes a tuple."""
    assert build("normal", mean=960.0, sd=180.0, min=30.0) == Normal(960.0, 180.0, 30.0)
    assert build("gamma", plus_s=300.0, mean=60.0, sd=30.0) == Shifted(Gamma(60.0, 30.0), 300.0)
    assert build("empirical", values=[1.0, 2.0]) == Empirical((1.0, 2.0))
    assert parameters("triangular") == {"low": "low_s", "mode": "mode_s", "high": "high_s"}
    assert parameters("normal") == {"mean": "mu_s", "sd": "sd_s", "min": "min_s"}
    assert parameters("erlang") == {"mean": "mean_s", "phases": "phases"}


@pytest.mark.parametrize(
    ("name", "figures", "said"),
    [
        ("gama", {"mean": 1.0}, ["no distribution gama"]),
        ("gamma", {"mean": -1.0, "sd": -2.0}, ["mean must be above zero", "sd must be above zero"]),
        ("lognormal", {"mean": 5.0, "sd": 0.0}, ["say constant"]),
        ("lognormal", {"mean": 5.0, "spread": 1.0}, ["no spread", "needs sd"]),
        ("exponential", {"mean": math.inf}, ["mean must be above zero"]),
        ("exponential", {"mean": "long"}, ["must be a number"]),
        ("erlang", {"mean": 0.0, "phases": 1.5}, ["mean must be", "phases must be a whole number"]),
        ("weibull", {"mean": 0.0, "shape": 0.0}, ["mean must be", "shape must be"]),
        ("normal", {"mean": 5.0, "sd": -1.0}, ["sd must be above zero"]),
        ("uniform", {"low": 9.0, "high": 9.0}, ["low (9 s) must be below high (9 s)"]),
        ("triangular", {"low": 1.0, "mode": 9.0, "high": 5.0}, ["mode (9 s) must lie between"]),
        ("triangular", {"low": 6.0, "mode": 5.0, "high": 5.0}, ["must be below high", "must lie between"]),
        ("empirical", {"values": []}, ["at least one"]),
        ("empirical", {"values": [1.0, 2.0], "weights": [1.0, -1.0, 1.0]}, ["a weight for each", "negative"]),
        ("empirical", {"values": [1.0], "weights": [0.0]}, ["above zero"]),
        ("constant", {"value": math.nan}, ["must be a number"]),
    ],
)
def test_what_makes_no_distribution_is_refused_with_all_reasons(
    name: str, figures: dict[str, Any], said: list[str]
) -> None:
    """One sentence a broken rule, all at once."""
    with pytest.raises(BadDistribution) as refused:
        build(name, **figures)
    assert len(refused.value.problems) == len(said)
    for sentence, part in zip(refused.value.problems, said, strict=True):
        assert part in sentence


def test_what_was_written_down_must_be_one_distribution() -> None:
    """Neither none nor two."""
    for plain in ({}, {"plus": 3.0}, {"constant": {"value": 1.0}, "exponential": {"mean": 1.0}}):
        with pytest.raises(BadDistribution, match="one name"):
            from_plain(plain)


positive = st.floats(1e-3, 1e6)


@settings(max_examples=60, deadline=None)
@given(mean=positive, ratio=st.floats(0.05, 3.0), plus=st.floats(0.0, 1e4), seed=st.integers(0, 2**32))
def test_every_distribution_has_finite_moments_and_samples_from_its_lowest_on(
    mean: float, ratio: float, plus: float, seed: int
) -> None:
    """Whatever the parameters, samples are finite and a shift moves mean and samples alike."""
    sd = mean * ratio
    made: list[Distribution] = [
        Exponential(mean),
        LogNormal(mean, sd),
        Gamma(mean, sd),
        Erlang(mean, 1 + int(ratio * 3)),
        Weibull(mean, max(ratio, 0.4)),
        Normal(mean, sd),
        Uniform(mean, mean + sd),
        Triangular(mean, mean + sd / 3, mean + sd),
    ]
    for base in made:
        distribution = Shifted(base, plus)
        assert distribution.mean_s == pytest.approx(base.mean_s + plus)
        assert math.isfinite(distribution.mean_s)
        assert distribution.variance_s2 >= 0
        samples = drawn(distribution, 50, seed)
        assert np.isfinite(samples).all()
        assert samples.min() >= distribution.lowest_s
        assert from_plain(to_plain(distribution)) == distribution


def test_the_registry_names_every_distribution_that_yaml_can_say() -> None:
    """A shift has no name: it is `plus` beside another's parameters."""
    named = {type(one) for one in ALL} - {Shifted}
    assert set(REGISTRY.values()) == named
