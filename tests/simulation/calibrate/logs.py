"""Logs of known origin: drawn from stated distributions at a fixed seed, or simulated from a declared flow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from simulation.calibrate import Coded, Log
from simulation.calibrate.log import DAY_S, EPOCH, HOUR_S

MONDAY = dt.date(2026, 1, 5)
VISITS = Path(__file__).parents[2] / "data" / "ed_sem_malmo" / "visits.csv"
MIDDAY = np.array([1.0] * 8 + [4.0] * 8 + [2.0] * 8) / 56 * 24
"""Weights of the hours: night, day, evening."""


def midnight(day: dt.date = MONDAY) -> float:
    """Seconds from 1970."""
    return (day - EPOCH).days * DAY_S


def poisson_arrivals(
    rng: np.random.Generator, *, days: int, per_day: float, hours: np.ndarray = MIDDAY, weekend: float = 1.0
) -> np.ndarray:
    """Arrivals of a Poisson process with these weights of hours, and weekends with so many times as many."""
    weekday = np.arange(days) % 7
    rates = per_day / 24 * np.where(weekday >= 5, weekend, 1.0)[:, None] * hours
    counts = rng.poisson(rates).ravel()
    hour = np.repeat(np.arange(days * 24), counts)
    return midnight() + np.sort((hour + rng.random(len(hour))) * HOUR_S)


def log(
    arrival: np.ndarray,
    *,
    durations: Mapping[str, np.ndarray] | None = None,
    classes: Mapping[str, Coded] | None = None,
) -> Log:
    """A log of these columns."""
    return Log(name="made.csv", arrival_s=arrival, classes=classes or {}, durations=durations or {})


def coded(rng: np.random.Generator, n: int, shares: Mapping[str, float]) -> Coded:
    """A class with these shares."""
    return Coded(values=tuple(shares), codes=rng.choice(len(shares), n, p=list(shares.values())).astype(np.int64))
