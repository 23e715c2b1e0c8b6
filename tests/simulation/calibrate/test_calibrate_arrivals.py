"""The pattern and the mix of arrivals are found again in logs of known origin."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.calibrate.mix import fit_mix, shares
from simulation.calibrate.pattern import fit_arrivals
from tests.simulation.calibrate.logs import MIDDAY, coded, log, midnight, poisson_arrivals


def test_rate_and_hours_are_found_within_their_intervals() -> None:
    """120 a day for 200 days: the rate lies in its 95 % interval, each hour's weight within 4 of its own errors."""
    fitted = fit_arrivals(log(poisson_arrivals(np.random.default_rng(1), days=200, per_day=120)))
    assert abs(fitted.per_day - 120) <= fitted.half_width
    assert fitted.half_width == pytest.approx(1.96 * np.sqrt(120 / 200), rel=0.2)
    for weight, true in zip(fitted.hours, MIDDAY, strict=True):
        # An hour has 200 × 120 × true/24 patients; the error of its weight is true ÷ √ of that.
        assert abs(weight - true) <= 4 * true / np.sqrt(1000 * true)


def test_factors_that_are_not_there_are_not_fitted() -> None:
    """All days are alike: neither weekdays nor hours of weekends; half a year says nothing of months."""
    fitted = fit_arrivals(log(poisson_arrivals(np.random.default_rng(2), days=180, per_day=80)))
    assert (fitted.weekdays, fitted.weekend_hours, fitted.months) == (None, None, None)
    assert any("months" in reason for reason in fitted.why)


def test_quiet_weekends_are_found() -> None:
    """Half as many on Saturday and Sunday: weights 7/6 and 7/12 of a mean day."""
    fitted = fit_arrivals(log(poisson_arrivals(np.random.default_rng(3), days=364, per_day=100, weekend=0.5)))
    assert fitted.weekdays is not None
    assert fitted.weekdays == pytest.approx([7 / 6] * 5 + [7 / 12] * 2, abs=0.05)
    assert fitted.per_day == pytest.approx(100 * 6 / 7, rel=0.02)
    assert fitted.weekend_hours is None


def test_other_hours_at_weekends_are_found() -> None:
    """Weekends whose hours are turned by half a day get hours of their own."""
    rng = np.random.default_rng(4)
    hours = np.array([MIDDAY if day % 7 < 5 else np.roll(MIDDAY, 12) for day in range(140)])
    hour = np.repeat(np.arange(140 * 24), rng.poisson(100 / 24 * hours.ravel()))
    fitted = fit_arrivals(log(midnight() + np.sort((hour + rng.random(len(hour))) * 3600)))
    assert fitted.weekend_hours is not None
    assert fitted.weekend_hours == pytest.approx(np.roll(MIDDAY, 12), abs=0.4)
    assert fitted.hours == pytest.approx(MIDDAY, abs=0.3)


def test_months_are_found_in_whole_years() -> None:
    """July has half as many: 0.5 of a mean of 11.5/12, in two years."""
    rng = np.random.default_rng(5)
    arrival = poisson_arrivals(rng, days=726, per_day=60)
    july = (arrival.astype("datetime64[s]").astype("datetime64[M]").astype(int) % 12) == 6
    fitted = fit_arrivals(log(arrival[~july | (rng.random(len(arrival)) < 0.5)]))
    assert fitted.months is not None
    assert fitted.months[6] == pytest.approx(0.5 * 12 / 11.5, abs=0.05)
    assert fitted.per_day == pytest.approx(60 * 11.5 / 12, rel=0.02)


def test_poisson_logs_are_seldom_called_something_else() -> None:
    """Of 40 Poisson logs some 2 have p < 0.05 (more than 7 would be a chance of 1 in 1,000); factors stay rare."""
    fits = [
        fit_arrivals(log(poisson_arrivals(np.random.default_rng(100 + seed), days=60, per_day=30)))
        for seed in range(40)
    ]
    assert sum(one.hourly_p < 0.05 for one in fits) <= 7
    assert sum(one.daily_p < 0.05 for one in fits) <= 7
    assert sum(one.weekdays is not None for one in fits) <= 1


def test_busy_days_and_booked_patients_are_no_poisson_process() -> None:
    """Days that vary by a quarter of their mean: 1 + 100/16 ≈ 7 times the variance. One every half hour: none."""
    rng = np.random.default_rng(6)
    busy = np.concatenate(
        [
            midnight() + 86_400 * (day + np.sort(rng.random(rng.poisson(100 * rng.gamma(16, 1 / 16)))))
            for day in range(120)
        ]
    )
    fitted = fit_arrivals(log(busy))
    assert not fitted.poisson
    assert fitted.daily_dispersion == pytest.approx(1 + 100 / 16, rel=0.4)
    booked = fit_arrivals(log(midnight() + np.arange(0, 60 * 86_400, 1800.0)))
    assert not booked.poisson
    assert booked.hourly_dispersion < 0.01
    assert booked.per_day == pytest.approx(48)


def test_a_class_that_depends_on_another_gets_rows() -> None:
    """Admission by triage is found, sex stands by itself."""
    rng = np.random.default_rng(7)
    triage = coded(rng, 5000, {"red": 0.1, "green": 0.9})
    admitted = coded(rng, 5000, {"no": 0.8, "yes": 0.2})
    admitted.codes[triage.codes == 0] = (rng.random(int(np.sum(triage.codes == 0))) < 0.7).astype(int)
    sex = coded(rng, 5000, {"f": 0.5, "m": 0.5})
    first, second, third = fit_mix({"triage": triage, "admitted": admitted, "sex": sex})
    assert (first.by, second.by, third.by) == (None, "triage", None)
    assert second.rows["red"]["yes"] == pytest.approx(0.7, abs=0.07)
    assert second.rows["green"]["yes"] == pytest.approx(0.2, abs=0.02)
    assert first.shares["red"] == pytest.approx(0.1, abs=0.015)


def test_shares_sum_to_one_after_rounding() -> None:
    """Three thirds are 0.333333 twice and the rest once."""
    found = shares({"a": 1, "b": 1, "c": 1})
    assert sorted(found.values()) == [0.333333, 0.333333, 0.333334]
