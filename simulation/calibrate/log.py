"""An event log in columns: when each patient came, of which classes, and how long things took."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400.0
HOUR_S = 3_600.0
EPOCH = dt.date(1970, 1, 1)

Seconds = NDArray[np.float64]
Tell = Callable[[float, str], None]
"""Told how much of the work is done (0 to 1) and what comes next."""


def silent(share: float, what: str) -> None:
    """Nobody wants to know how far it is."""
    del share, what


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A class column: its values as ids of the language, and for each patient the number of the value."""

    values: tuple[str, ...]
    codes: NDArray[np.int64]

    def counts(self) -> NDArray[np.int64]:
        """How often each value comes."""
        return np.bincount(self.codes, minlength=len(self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Patients in order of arrival.

    Attributes
    ----------
    name : str
        Name of the file.
    arrival_s : (n,) float64
        Wall time of arrival, in seconds from the midnight in which 1970 began.
    classes : by attribute
        Which value each patient has.
    durations : by name, (n,) float64
        Seconds; NaN where the log does not say.
    chained : bool
        Whether the durations follow one another from arrival on, each beginning where the one before ends.
    skipped : int
        Rows that were bad and left out, as somebody asked for.
    """

    name: str
    arrival_s: Seconds
    classes: Mapping[str, Coded]
    durations: Mapping[str, Seconds]
    chained: bool = False
    skipped: int = 0

    @property
    def n(self) -> int:
        """Patients."""
        return len(self.arrival_s)

    @property
    def first_day(self) -> dt.date:
        """The day of the first arrival."""
        return date_of(float(self.arrival_s[0]))

    @property
    def last_day(self) -> dt.date:
        """The day of the last arrival."""
        return date_of(float(self.arrival_s[-1]))

    @property
    def days(self) -> int:
        """Days from the first to the last arrival, both counted."""
        return (self.last_day - self.first_day).days + 1

    def between(self, first: dt.date, before: dt.date) -> Log:
        """The patients who come from one day on and before another."""
        low, high = np.searchsorted(self.arrival_s, [_second_of(first), _second_of(before)])
        part = slice(int(low), int(high))
        return replace(
            self,
            arrival_s=self.arrival_s[part],
            classes={name: Coded(values=one.values, codes=one.codes[part]) for name, one in self.classes.items()},
            durations={name: times[part] for name, times in self.durations.items()},
        )


def date_of(second: float) -> dt.date:
    """The date of a wall time."""
    return EPOCH + dt.timedelta(days=int(second // DAY_S))


def _second_of(day: dt.date) -> float:
    return (day - EPOCH).days * DAY_S
