"""Families and parameters of durations are found again; what belongs to no family is said to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulation.calibrate.durations import candidates, fit_duration
from simulation.calibrate.families import FAMILIES, empirical
from simulation.calibrate.goodness import anderson_darling, goodness, grain_s, kolmogorov_smirnov, spread_out
from simulation.distributions import (
    Constant,
    Distribution,
    Exponential,
    Gamma,
    LogNormal,
    Normal,
    Triangular,
    Uniform,
    Weibull,
)
from tests.simulation.calibrate.logs import coded, log, poisson_arrivals

BY_NAME = {family.name: family for family in FAMILIES}
TRUE: dict[str, Distribution] = {
    "exponential": Exponential(1800.0),
    "lognormal": LogNormal(3600.0, 2400.0),
    "gamma": Gamma(3600.0, 1500.0),
    "weibull": Weibull(3600.0, 3.0),
    "normal": Normal(3600.0, 300.0),
    "uniform": Uniform(600.0, 1800.0),
    "triangular": Triangular(600.0, 900.0, 2400.0),
}


@pytest.mark.parametrize("name", TRUE)
def test_the_family_and_its_mean_and_spread_are_found_again(name: str) -> None:
    """Of 4,000 values: the true family has the least criterion; mean and spread lie within 4 of their errors."""
    true = TRUE[name]
    found = candidates(true.sample(np.random.default_rng(11), 4000))[0]
    assert found.family == name
    spread = math.sqrt(true.variance_s2)
    assert abs(found.distribution.mean_s - true.mean_s) <= 4 * spread / math.sqrt(4000)
    assert math.sqrt(found.distribution.variance_s2) == pytest.approx(spread, rel=0.08)
    assert found.ks < 0.02


@pytest.mark.parametrize("name", ["exponential", "lognormal", "gamma", "weibull", "normal", "triangular"])
def test_no_neighbouring_parameters_are_more_likely(name: str) -> None:
    """The likelihood of the fit is at least that of the truth, and of 20 members of the family near by."""
    rng = np.random.default_rng(12)
    family, true = BY_NAME[name], TRUE[name]
    data = true.sample(rng, 500)
    best = family.fit(data)
    assert best is not None
    top = family.log_likelihood(best, data)
    slack = 2.0 if name == "triangular" else 1e-6  # its ends come from a grid
    assert top >= family.log_likelihood(true, data) - slack
    for _ in range(20):
        near = family.fit(data * rng.uniform(0.97, 1.03))
        assert near is not None
        assert top >= family.log_likelihood(near, data) - slack


@pytest.mark.parametrize("name", TRUE)
def test_laws_in_scipys_terms_are_those_that_are_drawn_from(name: str) -> None:
    """scipy's mean and variance are those of the registry's distribution."""
    law = BY_NAME[name].law(TRUE[name])
    assert law.mean() == pytest.approx(TRUE[name].mean_s, rel=1e-6)
    assert law.var() == pytest.approx(TRUE[name].variance_s2, rel=1e-6)


def test_both_distances_are_scipys() -> None:
    """Kolmogorov–Smirnov as `ks_1samp`, Anderson–Darling as `goodness_of_fit` has it."""
    data = np.sort(Exponential(100.0).sample(np.random.default_rng(13), 200))
    cumulative = BY_NAME["exponential"].cumulative(Exponential(100.0), data)
    assert kolmogorov_smirnov(cumulative) == pytest.approx(stats.ks_1samp(data, stats.expon(scale=100.0).cdf).statistic)
    known = stats.goodness_of_fit(
        stats.expon, data, known_params={"loc": 0.0, "scale": 100.0}, statistic="ad", n_mc_samples=9, rng=1
    )
    assert anderson_darling(cumulative) == pytest.approx(known.statistic)


def test_a_right_family_is_seldom_refused_and_a_wrong_one_is_found_out() -> None:
    """300 lognormal times: of 20 such logs at most 4 have p ≤ 0.05 (chance 1 in 400); as exponential all do."""
    right = wrong = 0
    for seed in range(20):
        rng = np.random.default_rng(200 + seed)
        data = LogNormal(3600.0, 1800.0).sample(rng, 300)
        as_it_is = goodness(BY_NAME["lognormal"], data, rng, samples=99)
        as_another = goodness(BY_NAME["exponential"], data, rng, samples=99)
        assert as_it_is is not None
        assert as_another is not None
        right += as_it_is.ad_p <= 0.05
        wrong += as_another.ad_p <= 0.05 and as_another.ks_p <= 0.05
    assert right <= 4
    assert wrong == 20


def test_two_humps_belong_to_no_family() -> None:
    """Ten minutes or ten hours: the values seen are drawn again, with their mean."""
    rng = np.random.default_rng(14)
    times = np.where(
        rng.random(1000) < 0.5, Normal(600.0, 60.0).sample(rng, 1000), Normal(36e3, 600.0).sample(rng, 1000)
    )
    made = log(poisson_arrivals(rng, days=20, per_day=80)[:1000], durations={"stay": times})
    fitted = fit_duration(made, "stay", samples=49)
    assert fitted is not None
    (group,) = fitted.groups
    assert group.family == "empirical"
    assert group.goodness is not None
    assert group.goodness.ad_p <= 0.05
    assert group.distribution.mean_s == pytest.approx(float(times.mean()))


def test_durations_go_by_the_class_that_tells_them_apart() -> None:
    """Red stays twice as long as green; sex makes no difference; the few blue share what is left."""
    rng = np.random.default_rng(15)
    arrival = poisson_arrivals(rng, days=60, per_day=60)
    triage = coded(rng, len(arrival), {"red": 0.3, "green": 0.695, "blue": 0.005})
    times = Gamma(3600.0, 1800.0).sample(rng, len(arrival)) * np.where(triage.codes == 0, 2.0, 1.0)
    classes = {"sex": coded(rng, len(arrival), {"f": 0.5, "m": 0.5}), "triage": triage}
    fitted = fit_duration(log(arrival, durations={"stay": times}, classes=classes), "stay", samples=19)
    assert fitted is not None
    assert fitted.by == "triage"
    assert [group.value for group in fitted.groups] == ["red", "green", "else"]
    red, green, _ = fitted.groups
    assert (red.family, green.family) == ("gamma", "gamma")
    assert red.distribution.mean_s == pytest.approx(7200, rel=0.06)
    assert green.distribution.mean_s == pytest.approx(3600, rel=0.04)


def test_the_same_log_and_seed_give_the_same_fit() -> None:
    """Chance is seeded: p-values too."""
    rng = np.random.default_rng(16)
    made = log(
        poisson_arrivals(rng, days=20, per_day=80)[:500],
        durations={"stay": np.round(Gamma(3600.0, 1500.0).sample(rng, 500) / 60) * 60},
    )
    assert fit_duration(made, "stay", samples=19) == fit_duration(made, "stay", samples=19)
    assert fit_duration(made, "stay", samples=19) != fit_duration(made, "stay", samples=19, seed=2)


def test_whole_minutes_are_noticed_and_do_no_harm() -> None:
    """Times rounded to minutes, zeros among them: the exponential behind is found, and not refused."""
    rng = np.random.default_rng(17)
    times = np.round(Exponential(600.0).sample(rng, 2000) / 60) * 60
    assert (times == 0).any()
    assert grain_s(times) == 60.0
    spread = spread_out(times, 60.0, rng)
    assert (spread > 0).all()
    assert candidates(spread)[0].family == "exponential"
    fits = goodness(BY_NAME["exponential"], spread, rng, samples=99)
    assert fits is not None
    assert fits.ks_p > 0.05


def test_quarters_of_an_hour_and_censoring_are_noted() -> None:
    """Ends written by quarters; those who came last have no end yet."""
    rng = np.random.default_rng(18)
    arrival = poisson_arrivals(rng, days=30, per_day=60)
    times = np.round(Gamma(7200.0, 3600.0).sample(rng, len(arrival)) / 900) * 900
    times[::3] += 300
    times[arrival + times > arrival[-1]] = np.nan
    fitted = fit_duration(log(arrival, durations={"stay": times}), "stay", samples=9)
    assert fitted is not None
    notes = " ".join(fitted.notes)
    assert "quarters" in notes
    assert "censored" in notes
    assert fitted.missing == int(np.isnan(times).sum())


def test_a_time_that_never_varies_is_a_constant() -> None:
    """Twenty minutes, always."""
    made = log(poisson_arrivals(np.random.default_rng(19), days=10, per_day=30), durations={})
    fitted = fit_duration(log(made.arrival_s, durations={"talk": np.full(made.n, 1200.0)}), "talk")
    assert fitted is not None
    assert fitted.groups[0].distribution == Constant(1200.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(1.0, 1e7), min_size=1, max_size=40))
def test_any_times_are_fitted_or_left(times: list[float]) -> None:
    """Whatever the values, each family fits or passes; an empirical distribution keeps the mean."""
    data = np.array(times)
    for one in candidates(data):
        assert math.isfinite(one.bic)
        assert one.distribution.mean_s > 0
    assert empirical(data).mean_s == pytest.approx(float(data.mean()))
