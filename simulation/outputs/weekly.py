"""What happens over the week and at each waiting point, as whole numbers that add up over replications.

However many replications are added, the tables stay as small as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.engines.replication import Replication
from simulation.flow.plan import Plan
from simulation.flow.schema.outputs import Output
from simulation.outputs.patients import PatientFigures
from simulation.outputs.resources import used_ticks
from simulation.outputs.times import HOURS, times_by_hour
from simulation.ticks import HOUR, TICKS_PER_S

MOST = 1024
"""The last column of a histogram holds that many and more."""

Tables = dict[str, NDArray[np.int64]]


def weekly_tables(
    plan: Plan, replication: Replication, outputs: Sequence[Output] = (), patients: PatientFigures | None = None
) -> Tables:
    """The tables of one replication, of its counted time. Added up (short rows as if filled with zeros) they merge.

    `patients` are those of the replication, if they are asked for something else too.

    used/<resource>, queue/<resource> : (168, numbers)
        How many hours of the week had so many units in use, so many requests waiting, when they began.
    capacity/<resource> : (168,)
        Capacity as those hours began, summed.
    waits : (waits, 4)
        At each waiting point: requests, granted, given up, seconds waited by those granted.
    resources : (resources, 4)
        Of each resource, unit-seconds: in use, beyond capacity, offered; and request-seconds waiting.
    times/<output> : (168, classes)
        Of each output of times: patients by the hour of the week at which they came to the first mark, and the class
        of their time (`simulation.outputs.times`).
    counted : (2,)
        Replications and seconds.
    """
    first = -(-plan.warm_up // HOUR)
    hours = (np.arange(first, len(replication.hourly_used)) + plan.first_weekday * 24) % HOURS
    tables: Tables = {}
    used_at = _histograms(hours, replication.hourly_used[first:])
    queued_at = _histograms(hours, replication.hourly_queue[first:])
    for number, resource in enumerate(plan.resources):
        tables[f"used/{resource.id}"] = used_at[number]
        tables[f"queue/{resource.id}"] = queued_at[number]
        tables[f"capacity/{resource.id}"] = _sums(hours, replication.hourly_capacity[first:, number])
    known = patients or PatientFigures(plan, replication)
    tables |= {f"times/{name}": counts for name, counts in times_by_hour(plan, known, outputs).items()}
    tables["waits"] = np.column_stack(
        [replication.asked, replication.granted, replication.gave_up, _in_seconds(replication.waited)]
    )
    used = np.array(used_ticks(plan, replication), np.int64)
    tables["resources"] = np.column_stack(
        [_in_seconds(area) for area in (used, replication.over, replication.offered, replication.queued)]
    )
    tables["counted"] = np.array([1, (plan.horizon - plan.warm_up) // TICKS_PER_S], np.int64)
    return tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A resource over the 168 hours of the week, Monday first.

    Means, and the numbers that half (p50) and nine tenths (p90) of such hours do not exceed.
    """

    used_mean: tuple[float, ...]
    used_p50: tuple[int, ...]
    used_p90: tuple[int, ...]
    queue_mean: tuple[float, ...]
    queue_p50: tuple[int, ...]
    queue_p90: tuple[int, ...]
    capacity_mean: tuple[float, ...]


def week_of(tables: Tables, resource: str) -> Week:
    """What the merged tables say of a resource. An hour that no counted time contained is 0.

    Raises
    ------
    KeyError
        If the tables know no such resource.
    """
    used, queue = tables[f"used/{resource}"], tables[f"queue/{resource}"]
    seen = np.maximum(used.sum(axis=1), 1)
    return Week(
        used_mean=_means(used),
        used_p50=_at(used, 50),
        used_p90=_at(used, 90),
        queue_mean=_means(queue),
        queue_p50=_at(queue, 50),
        queue_p90=_at(queue, 90),
        capacity_mean=tuple((tables[f"capacity/{resource}"] / seen).tolist()),
    )


def _histograms(hours: NDArray[np.int64], values: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """For each column of the values: counts by hour of the week and value. All are counted at once, side by side."""
    from simulation.outputs.kernels import count_values  # noqa: PLC0415  (who only reads results needs none)

    columns = np.minimum(values.max(axis=0, initial=0), MOST).astype(np.int64) + 1
    begins = HOURS * (np.cumsum(columns) - columns)
    counts = np.zeros(HOURS * int(columns.sum()), np.int64)
    count_values(counts, begins, columns, hours, values, MOST)
    sizes = zip(begins.tolist(), columns.tolist(), strict=True)
    return [counts[begin : begin + HOURS * width].reshape(HOURS, width).copy() for begin, width in sizes]


def _sums(hours: NDArray[np.int64], values: NDArray[np.int32]) -> NDArray[np.int64]:
    """Sums by hour of the week (exact: far below 2⁵³)."""
    return np.bincount(hours, weights=values, minlength=HOURS).astype(np.int64)


def _in_seconds(ticks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole seconds: a year of ticks × beds, summed over a thousand replications, has no room in 64 bits."""
    return ticks // TICKS_PER_S


def _means(counts: NDArray[np.int64]) -> tuple[float, ...]:
    weighted: NDArray[np.int64] = counts @ np.arange(counts.shape[1], dtype=np.int64)
    return tuple((weighted / np.maximum(counts.sum(axis=1), 1)).tolist())


def _at(counts: NDArray[np.int64], percent: int) -> tuple[int, ...]:
    """The least number that so many per cent of the hours do not exceed."""
    below = np.cumsum(counts, axis=1)
    return tuple(np.argmax(below * 100 >= percent * below[:, -1:], axis=1).tolist())
