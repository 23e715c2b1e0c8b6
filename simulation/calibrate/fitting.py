"""Fits a log as a whole: when patients come, who they are, how long things take. Pure: the same log, the same fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulation.calibrate.durations import Criterion, DurationFit, fit_duration
from simulation.calibrate.goodness import SAMPLES
from simulation.calibrate.log import Log, Tell, silent
from simulation.calibrate.mix import AttributeFit, fit_mix
from simulation.calibrate.pattern import ArrivalFit, fit_arrivals

LEAST_DAYS = 7
LEAST_PATIENTS = 100


class CannotFit(ValueError):
    """There is too little to learn from, or what is asked for is not in the log; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What was learned from `n` patients of the log `name` who came from `first_day` to `last_day`."""

    name: str
    n: int
    skipped: int
    first_day: dt.date
    last_day: dt.date
    chained: bool
    arrivals: ArrivalFit
    attributes: tuple[AttributeFit, ...]
    durations: tuple[DurationFit, ...]
    notes: tuple[str, ...]

    @property
    def source(self) -> str:
        """What the YAML says of where the figures come from."""
        return f"fitted from {self.name}, n={self.n}"


def split(log: Log, share: float) -> tuple[Log, Log]:
    """The first days of a log, to fit, and the last, to judge by: cut at a midnight, `share` of the days before.

    Raises
    ------
    CannotFit
        If either part would be shorter than a week or hold fewer than 100 patients.
    """
    days = round(log.days * share)
    cut = log.first_day + dt.timedelta(days=days)
    first, last = log.between(log.first_day, cut), log.between(cut, log.last_day + dt.timedelta(days=1))
    enough = min(days, log.days - days) >= LEAST_DAYS and min(first.n, last.n) >= LEAST_PATIENTS
    if not enough:
        raise CannotFit(
            f"{log.n} patients of {log.days} days, {share:.0%} of them to fit: both parts need {LEAST_DAYS} days and "
            f"{LEAST_PATIENTS} patients. Take a longer log, or cut it elsewhere with --fit-share."
        )
    return first, last


def fit(
    log: Log,
    *,
    by: Mapping[str, str] | None = None,
    criterion: Criterion = "bic",
    seed: int = 1,
    samples: int = SAMPLES,
    tell: Tell = silent,
) -> Fit:
    """The most likely flow of a log.

    Parameters
    ----------
    log
        At least a week and 100 patients.
    by
        For durations: the class that tells them apart ("" for none); of the others the criterion decides.
    criterion
        What chooses among families.
    seed, samples
        Of the parametric bootstrap.
    tell
        Told how far it is.

    Raises
    ------
    CannotFit
        If the log is too short, or `by` names what is not there.
    """
    if log.days < LEAST_DAYS or log.n < LEAST_PATIENTS:
        raise CannotFit(
            f"{log.n} patients of {log.days} days are too few: {LEAST_PATIENTS} of {LEAST_DAYS} days are needed."
        )
    wanted = dict(by or {})
    _refuse_unknown(log, wanted)
    tell(0.0, "arrivals")
    arrivals = fit_arrivals(log)
    attributes = fit_mix(log.classes)
    durations, notes = [], []
    for number, name in enumerate(log.durations):

        def within(share: float, what: str, number: int = number) -> None:
            tell((number + share) / len(log.durations), what)

        within(0.0, name)
        choice = wanted.get(name)
        part = log if choice != "" else _without_classes(log)
        one = fit_duration(part, name, by=choice or None, criterion=criterion, seed=seed, samples=samples, tell=within)
        if one is None:
            notes.append(f"nobody has the duration {name}; it is left out")
        else:
            durations.append(one)
    tell(1.0, "")
    return Fit(
        name=log.name,
        n=log.n,
        skipped=log.skipped,
        first_day=log.first_day,
        last_day=log.last_day,
        chained=log.chained and len(durations) == len(log.durations),
        arrivals=arrivals,
        attributes=attributes,
        durations=tuple(durations),
        notes=tuple(notes),
    )


def _refuse_unknown(log: Log, by: Mapping[str, str]) -> None:
    durations, classes = ", ".join(log.durations) or "none", ", ".join(log.classes) or "none"
    wrong = [f"there is no duration {name!r}; there are {durations}" for name in by if name not in log.durations]
    missing = [one for one in by.values() if one and one not in log.classes]
    wrong += [f"there is no class {one!r}; there are {classes}" for one in missing]
    if wrong:
        raise CannotFit("; ".join(wrong))


def _without_classes(log: Log) -> Log:
    return replace(log, classes={})
