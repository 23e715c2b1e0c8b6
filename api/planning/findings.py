"""What merged tables say about one scenario: the week of a resource with its bands, and where patients wait."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from api.planning.charts import DAY_H, WEEK_H, Curve

if TYPE_CHECKING:
    from simulation.outputs import Bottlenecks

Tables = Mapping[str, NDArray[np.int64]]
PARTS = 8
"""Waiting points that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A figure at the 168 hours of the week: median and the edges between which eight of ten such hours lie."""

    p10: tuple[float, ...]
    p50: tuple[float, ...]
    p90: tuple[float, ...]
    mean: tuple[float, ...]

    def curve(self, name: str, style: str, *, band: bool = True) -> Curve:
        """As it is drawn: the mean, within the band."""
        return Curve(
            name=name, style=style, middle=self.mean, low=self.p10 if band else (), high=self.p90 if band else ()
        )

    @property
    def most(self) -> float:
        """The greatest value that is drawn."""
        return max((value for value in (*self.p90, *self.mean) if not math.isnan(value)), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceWeek:
    """A resource over the week: units in use, requests waiting, and what there is."""

    used: Hours
    queue: Hours
    capacity: tuple[float, ...]


def resource_week(tables: Tables, resource: str) -> ResourceWeek | None:
    """The week of a resource; None when the flow does not use it."""
    if f"used/{resource}" not in tables:
        return None
    used, queue = tables[f"used/{resource}"], tables[f"queue/{resource}"]
    seen = np.maximum(used.sum(axis=1), 1)
    capacity = tables[f"capacity/{resource}"] / seen
    return ResourceWeek(used=_hours(used), queue=_hours(queue), capacity=tuple(capacity.tolist()))


def _hours(counts: NDArray[np.int64]) -> Hours:
    weights = np.arange(counts.shape[1], dtype=np.int64)
    mean = (counts @ weights) / np.maximum(counts.sum(axis=1), 1)
    return Hours(p10=_at(counts, 10), p50=_at(counts, 50), p90=_at(counts, 90), mean=tuple(mean.tolist()))


def _at(counts: NDArray[np.int64], percent: int) -> tuple[float, ...]:
    """The least number that so many per cent of the hours do not exceed."""
    below = np.cumsum(counts, axis=1)
    return tuple(float(value) for value in np.argmax(below * 100 >= percent * below[:, -1:], axis=1))


def by_day(values: Sequence[str]) -> list[list[str]]:
    """168 written values as 24 rows of seven days."""
    return [[values[day * DAY_H + hour] for day in range(WEEK_H // DAY_H)] for hour in range(DAY_H)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The waiting for one resource, over all points at which it is asked for.

    `share` of all hours waited; `mean_s` of those granted. A point that takes any of several resources counts for the
    first of them.
    """

    resource: str
    hours_per_day: float
    share: float
    mean_s: float | None
    gave_up_per_day: float


def waits_by_resource(found: Bottlenecks) -> list[Waits]:
    """The waiting by resource, most first."""
    total = sum(point.waited_h_per_day for point in found.waiting)
    by: dict[str, list[int]] = {}
    for number, point in enumerate(found.waiting):
        by.setdefault(point.resources[0].removesuffix(".physical") if point.resources else "", []).append(number)
    out = []
    for resource, numbers in by.items():
        points = [found.waiting[number] for number in numbers]
        hours = sum(point.waited_h_per_day for point in points)
        granted = sum(point.waited_h_per_day * 3600 / point.mean_wait_s for point in points if point.mean_wait_s)
        out.append(
            Waits(
                resource=resource,
                hours_per_day=hours,
                share=hours / total if total else 0.0,
                mean_s=hours * 3600 / granted if granted else None,
                gave_up_per_day=sum(point.gave_up_per_day for point in points),
            )
        )
    return sorted(out, key=lambda item: (-item.hours_per_day, item.resource))


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Values in equally wide classes from `low` on."""

    low: float
    width: float
    counts: tuple[tuple[int, ...], ...]


def classes_of(groups: Sequence[Sequence[float]], most: int = 16) -> Classes | None:
    """Values of one or more groups in common classes of a round width; None when there are none."""
    values = [value for group in groups for value in group if math.isfinite(value)]
    if not values:
        return None
    least, greatest = min(values), max(values)
    spread = greatest - least
    if spread <= 0:
        spread = abs(greatest) * 0.1 or 1.0
    size = 10.0 ** math.floor(math.log10(spread / most))
    width = next(size * factor for factor in (1, 2, 2.5, 5, 10, 20, 25, 50) if spread / (size * factor) <= most - 1)
    low = math.floor(least / width) * width
    number = max(1, math.floor((greatest - low) / width + 1e-9) + 1)
    counts = []
    for group in groups:
        row = [0] * number
        for value in group:
            if math.isfinite(value):
                row[min(number - 1, max(0, math.floor((value - low) / width + 1e-9)))] += 1
        counts.append(tuple(row))
    return Classes(low=low, width=width, counts=tuple(counts))
