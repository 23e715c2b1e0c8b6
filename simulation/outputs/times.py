"""How long patients took by the hour of the week at which they came: counts in classes, and quantiles from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.flow.plan import Plan
from simulation.flow.schema.outputs import Output, TimeOutput
from simulation.outputs.patients import PatientFigures
from simulation.ticks import Ticks

HOURS = 168
"""Hours of a week; hour 0 begins on Monday at midnight."""
OF_TIMES = frozenset({"mean", "p50", "p90", "p95", "share_within"})
"""The statistics that speak of how long patients took."""

_EDGES_MIN = (
    *(0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 360, 480, 600, 720, 960),
    *(1440, 2160, 2880, 4320, 5760, 7200, 10080, 14400, 20160, 30240, 43200),
)
TIME_EDGES_S = tuple(60.0 * edge for edge in _EDGES_MIN)
"""Where the classes of time begin; the last holds 30 days and more."""
_CLASS_OF_MINUTE = np.searchsorted(_EDGES_MIN, np.arange(_EDGES_MIN[-1] + 1), side="right").astype(np.int8) - np.int8(1)


def times_by_hour(plan: Plan, patients: PatientFigures, outputs: Iterable[Output]) -> dict[str, NDArray[np.int64]]:
    """For each output of times by its id: (168, classes) counts.

    Counted are the patients who have the time, by the hour of the week of its beginning and the class of its length.
    """
    tables: dict[str, NDArray[np.int64]] = {}
    same: dict[object, NDArray[np.int64]] = {}
    for output in outputs:
        if isinstance(output, TimeOutput) and output.statistic in OF_TIMES:
            key = (output.from_, output.to, tuple(sorted(output.where.items())))
            if key not in same:
                same[key] = _counts(plan, *patients.spans(output))
            tables[output.id] = same[key].copy()
    return tables


def _counts(plan: Plan, begins: Ticks, spans: Ticks) -> NDArray[np.int64]:
    from simulation.outputs.kernels import count_times  # noqa: PLC0415  (who only reads results needs none)

    counts = np.zeros((HOURS, len(_EDGES_MIN)), np.int64)
    count_times(counts, begins, spans, plan.first_weekday * 24, _CLASS_OF_MINUTE)
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesOfWeek:
    """How long patients took who came at each of the 168 hours of the week, Monday first.

    How many they were, and quantiles by straight line within a class of time; None when nobody came.
    """

    count: tuple[int, ...]
    p10_s: tuple[float | None, ...]
    p50_s: tuple[float | None, ...]
    p90_s: tuple[float | None, ...]


def times_of(tables: Mapping[str, NDArray[np.int64]], output: str) -> TimesOfWeek:
    """What the merged tables say of an output of times.

    Raises
    ------
    KeyError
        If the tables know no such output.
    """
    rows: list[list[int]] = tables[f"times/{output}"].tolist()
    return TimesOfWeek(
        count=tuple(map(sum, rows)),
        p10_s=tuple(_within(row, 10) for row in rows),
        p50_s=tuple(_within(row, 50) for row in rows),
        p90_s=tuple(_within(row, 90) for row in rows),
    )


def _within(row: list[int], percent: int) -> float | None:
    """The quantile of one row of counts, as if those of a class lay evenly between its ends."""
    wanted = sum(row) * percent / 100
    below = 0
    for number, (count, low) in enumerate(zip(row, TIME_EDGES_S, strict=True)):
        if count and below + count >= wanted:
            high = TIME_EDGES_S[min(number + 1, len(TIME_EDGES_S) - 1)]
            return low + (high - low) * (wanted - below) / count
        below += count
    return None
