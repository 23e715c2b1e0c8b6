"""How long things take: the family that fits each duration best, by the class that tells durations apart."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulation.calibrate.families import FAMILIES, SKEWED, Family, empirical
from simulation.calibrate.goodness import (
    Goodness,
    goodness,
    grain_s,
    kolmogorov_smirnov,
    spread_out,
)
from simulation.calibrate.log import Coded, Log, Seconds, Tell, silent
from simulation.distributions import Constant, Distribution

Criterion = Literal["aic", "bic"]
LEAST_GROUP = 50
"""Values of a class with fewer durations share the fit of the rest."""
MOST_GROUPS = 20
FAR = 0.05
"""Where even the best family is so far off in some share of patients, the values seen are taken instead."""
HEAPED = 0.5
QUARTER_S = 900.0
REST = "else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A family's best fit: its criteria (smaller is better) and its greatest distance from the shares seen."""

    family: str
    distribution: Distribution
    log_likelihood: float
    aic: float
    bic: float
    ks: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFit:
    """One distribution: of the patients with one value of a class, of the `else` rest, or of all (value "").

    `candidates` are in order of the criterion; `family` is what was chosen (`empirical` where none is near enough),
    `goodness` that of the best candidate.
    """

    value: str
    n: int
    family: str
    distribution: Distribution
    candidates: tuple[Candidate, ...]
    goodness: Goodness | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationFit:
    """A duration: `by` which class, a fit for each of its groups, and what is to be known about the data."""

    id: str
    n: int
    missing: int
    grain_s: float
    by: str | None
    groups: tuple[GroupFit, ...]
    notes: tuple[str, ...]


def fit_duration(
    log: Log,
    name: str,
    *,
    by: str | None = None,
    criterion: Criterion = "bic",
    seed: int = 1,
    samples: int = 199,
    tell: Tell = silent,
) -> DurationFit | None:
    """A duration of a log; `by` names the class to use, else the one that the criterion prefers (or none).

    None where nobody has this duration.
    """
    taken = log.durations[name]
    there = ~np.isnan(taken)
    if not there.any():
        return None
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    grain = grain_s(taken[there])
    times = spread_out(taken[there], grain, rng)
    classes = {
        one: Coded(values=coded.values, codes=coded.codes[there])
        for one, coded in log.classes.items()
        if len(coded.values) <= MOST_GROUPS
    }
    chosen = by if by is not None else _telling(times, classes)
    parts = _groups(classes[chosen]) if chosen else {"": np.ones(len(times), np.bool_)}
    groups = []
    for number, (value, members) in enumerate(parts.items()):
        tell(number / len(parts), f"{name} {value}".strip())
        one = np.random.default_rng([seed, zlib.crc32(f"{name} {value}".encode())])
        groups.append(_group(value, times[members], criterion, one, samples, taken[there][members]))
    return DurationFit(
        id=name,
        n=int(there.sum()),
        missing=int((~there).sum()),
        grain_s=grain,
        by=chosen,
        groups=tuple(groups),
        notes=_notes(log, name, there, grain),
    )


def candidates(
    times_s: Seconds, criterion: Criterion = "bic", families: Sequence[Family] = FAMILIES
) -> tuple[Candidate, ...]:
    """The families' best fits, the best of them first (Akaike 1974; Schwarz 1978)."""
    ordered = np.sort(times_s)
    found = []
    for family in families:
        distribution = family.fit(ordered)
        if distribution is None:
            continue
        likelihood = family.log_likelihood(distribution, ordered)
        if not np.isfinite(likelihood):
            continue
        found.append(
            Candidate(
                family=family.name,
                distribution=distribution,
                log_likelihood=likelihood,
                aic=2 * family.parameters - 2 * likelihood,
                bic=family.parameters * float(np.log(len(ordered))) - 2 * likelihood,
                ks=kolmogorov_smirnov(family.cumulative(distribution, ordered)),
            )
        )
    return tuple(sorted(found, key=lambda one: (getattr(one, criterion), one.family)))


def _group(
    value: str, times: Seconds, criterion: Criterion, rng: np.random.Generator, samples: int, raw: Seconds
) -> GroupFit:
    if not np.ptp(raw) > 0:
        same = Constant(float(raw[0]))
        return GroupFit(value=value, n=len(raw), family="constant", distribution=same, candidates=(), goodness=None)
    tried = candidates(times, criterion)
    best = tried[0] if tried else None
    family = next((one for one in FAMILIES if best and one.name == best.family), None)
    fits = goodness(family, times, rng, samples) if family else None
    far = best is None or (best.ks > FAR and (fits is None or min(fits.ks_p, fits.ad_p) < 0.05))
    name, distribution = ("empirical", empirical(raw)) if far or best is None else (best.family, best.distribution)
    return GroupFit(value=value, n=len(times), family=name, distribution=distribution, candidates=tried, goodness=fits)


def _groups(coded: Coded) -> dict[str, NDArray[np.bool_]]:
    """Members by value; values with few of them together in `else`, which is there whenever a value is not."""
    counts = coded.counts()
    large = [number for number, count in enumerate(counts) if count >= LEAST_GROUP]
    found = {coded.values[number]: coded.codes == number for number in large}
    rest = ~np.isin(coded.codes, large)
    if rest.any():
        found[REST] = rest
    return found


def _telling(times: Seconds, classes: Mapping[str, Coded]) -> str | None:
    """The class whose groups, each with its own fit, have the least criterion in sum; None: one fit for all."""
    best, least = None, _criterion([times])
    for name, coded in classes.items():
        parts = [times[members] for members in _groups(coded).values()]
        if len(parts) > 1 and (found := _criterion(parts)) < least:
            best, least = name, found
    return best


def _criterion(parts: Sequence[Seconds]) -> float:
    """BIC of the best skewed family in each part, at the price of the whole."""
    n = sum(map(len, parts))
    total = 0.0
    for part in parts:
        tried = candidates(part, "bic", SKEWED)
        if not tried:
            return float("inf")
        total += tried[0].bic + 2 * float(np.log(n / len(part)))
    return total


def _notes(log: Log, name: str, there: NDArray[np.bool_], grain: float) -> tuple[str, ...]:
    """Rounding, heaping and censoring: what bends a fit without being seen."""
    taken = log.durations[name]
    found: list[str] = []
    seen = taken[there]
    if grain > 0:
        found.append(f"rounded to {grain:g} s in the log: spread evenly over that for the fit (seeded)")
    quarters = float(np.mean(np.rint(seen) % QUARTER_S < 1))
    if 0 < grain < QUARTER_S and quarters > HEAPED:
        found.append(f"{quarters:.0%} are whole quarters of an hour: probably written down from memory")
    if (~there).any():
        late = log.arrival_s >= log.arrival_s[-1] - np.quantile(seen, 0.99)
        share, share_late = float(np.mean(~there)), float(np.mean(~there[late]))
        found.append(f"{share:.1%} of the patients have none; they are left out")
        if share_late > 2 * share:
            found.append(
                f"censored: {share_late:.1%} of those who came last have none, most likely because they were still "
                "there when the log ended; long durations are missing"
            )
    return tuple(found)
