"""How far data lie from a fitted distribution, and how often its own samples lie as far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.calibrate.families import Family
from simulation.calibrate.log import Seconds
from simulation.distributions import Distribution

SAMPLES = 199
TESTED = 2_000
"""p-values are of so many values at most: of more, every departure that does not matter would be significant."""
GRAINS_S = (3600.0, 1800.0, 900.0, 600.0, 300.0, 60.0, 1.0)
ON_GRAIN = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodness:
    """Kolmogorov–Smirnov and Anderson–Darling with p-values of a parametric bootstrap on `tested` values."""

    ks: float
    ks_p: float
    ad: float
    ad_p: float
    tested: int


def kolmogorov_smirnov(cumulative: Seconds) -> float:
    """The greatest distance between the shares seen and those of the distribution at the sorted values."""
    n = len(cumulative)
    steps = np.arange(1, n + 1) / n
    return float(max(np.max(steps - cumulative), np.max(cumulative - steps + 1 / n)))


def anderson_darling(cumulative: Seconds) -> float:
    """A² at the sorted values; it weighs the tails (Anderson and Darling, JASA 49 (1954) 765–769)."""
    n = len(cumulative)
    inside = np.clip(cumulative, 1e-12, 1 - 1e-12)
    odd = 2 * np.arange(1, n + 1) - 1
    return float(-n - np.mean(odd * (np.log(inside) + np.log1p(-inside[::-1]))))


def goodness(family: Family, times_s: Seconds, rng: np.random.Generator, samples: int = SAMPLES) -> Goodness | None:
    """Both statistics of the family's best fit, each with the share of refitted samples that lie as far or farther.

    Of more than `TESTED` values a sub-sample drawn by `rng` is fitted and tested (Stute, Gonzáles Manteiga and Presedo
    Quindimil, Metrika 40 (1993) 243–256). None where the family has no fit.
    """
    data = rng.choice(times_s, TESTED, replace=False) if len(times_s) > TESTED else times_s
    fitted = family.fit(data)
    if fitted is None:
        return None
    ks, ad = _both(family, fitted, data)
    as_far, tried = np.zeros(2), 0
    for _ in range(samples):
        drawn = np.maximum(fitted.sample(rng, len(data)), 1e-6)
        again = family.fit(drawn)
        if again is None:
            continue
        tried += 1
        theirs = _both(family, again, drawn)
        as_far += (theirs[0] >= ks, theirs[1] >= ad)
    ks_p, ad_p = ((1 + far) / (1 + tried) for far in as_far)
    return Goodness(ks=ks, ks_p=float(ks_p), ad=ad, ad_p=float(ad_p), tested=len(data))


def _both(family: Family, fitted: Distribution, data: Seconds) -> tuple[float, float]:
    cumulative = family.cumulative(fitted, np.sort(data))
    return kolmogorov_smirnov(cumulative), anderson_darling(cumulative)


def grain_s(times_s: Seconds) -> float:
    """To how many seconds the times were rounded: the greatest grain on which nearly all lie, 0 if none."""
    rounded = np.rint(times_s)
    if np.mean(np.abs(times_s - rounded) < 1e-3) < ON_GRAIN:
        return 0.0
    return next((grain for grain in GRAINS_S if np.mean(rounded % grain < 1e-3) >= ON_GRAIN), 0.0)


def spread_out(times_s: Seconds, grain: float, rng: np.random.Generator) -> Seconds:
    """Rounded times spread evenly over what was rounded to them, so that there are no ties and no zeros."""
    if not grain > 0:
        return np.maximum(times_s, 1e-3)
    return np.maximum(np.abs(times_s + rng.uniform(-grain / 2, grain / 2, len(times_s))), 1e-3)
