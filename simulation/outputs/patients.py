"""Figures of patients: times between marks, and how they left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulation.engines.replication import Replication
from simulation.flow.plan import Plan
from simulation.flow.schema.durations import UNIT_S
from simulation.flow.schema.outputs import OutcomeOutput, TimeOutput
from simulation.outputs.quantile import quantile
from simulation.ticks import DAY, HOUR, TICKS_PER_S, Ticks

ARRIVALS = "arrivals"
"""In `where` this word narrows by source; every other is an attribute."""
PERCENT = {"p50": 50, "p90": 90, "p95": 95}
NOBODY = float("nan")

Where = Mapping[str, Sequence[str]]
Mask = NDArray[np.bool_]
Key = tuple[tuple[str, tuple[str, ...]], ...]
EVERYBODY: Mask = np.empty(0, np.bool_)


class PatientFigures:
    """The patients of a replication, asked for one figure after the other; what several need is worked out once.

    *Counted* patients arrive in the counted time (from the warm-up to the horizon). Of a patient, the time from one
    mark to another is there if both are set and the second is not before the first (a mark that is set again in a
    later round replaces the earlier time).
    """

    def __init__(self, plan: Plan, replication: Replication) -> None:
        self._plan = plan
        self._replication = replication
        self._days = (plan.horizon - plan.warm_up) / DAY
        self._first = int(np.searchsorted(replication.sample.arrival, plan.warm_up))
        self._chosen: dict[Key, Mask | None] = {}
        self._spans: dict[tuple[str, str, Key], tuple[Ticks, Ticks]] = {}
        self._reordered: dict[tuple[str, str, Key], Ticks] = {}

    def outcome(self, output: OutcomeOutput) -> float:
        """How many leave so.

        `share`: of the counted patients who have left by the horizon. `per_day`: of all who leave in the counted time,
        over its days.
        """
        if output.outcome not in self._plan.outcomes:
            return NOBODY if output.statistic == "share" else 0.0
        so = self._replication.outcome == self._plan.outcomes.index(output.outcome)
        if output.statistic == "per_day":
            so &= self._in_counted_time(self._replication.left_at)
            return _count(self._narrow(so, output.where)) / self._days
        left = self._narrow(self._replication.outcome >= 0, output.where)[self._first :]
        return _ratio(_count(so[self._first :] & left), _count(left))

    def time(self, output: TimeOutput) -> float:
        """One statistic of the times from one mark to another.

        `mean`, `p50`, `p90`, `p95`: of the counted patients who have that time, in the output's unit.
        `share_within`: of the counted patients who came to the first mark at least `limit` before the horizon, the
        share whose time is at most `limit`; who left or stays without the second mark is outside it, unless `reached`
        asks for those alone who came to it.
        `per_day`: how many come to the second mark (having come to the first) in the counted time, over its days.
        `hours_per_day`: the hours within the counted time that lie between the marks, over its days; of whoever did
        not come to the second mark, until leaving or the horizon.
        """
        if output.statistic == "share_within":
            return self._share_within(output)
        if output.statistic == "per_day":
            return self._arriving(output) / self._days
        if output.statistic == "hours_per_day":
            return self._hours(output) / self._days
        times = self._times(output)
        if not len(times):
            return NOBODY
        unit = TICKS_PER_S * UNIT_S[output.unit]
        if output.statistic == "mean":
            return int(times.sum()) / len(times) / unit
        return quantile(times, PERCENT[output.statistic]) / unit

    def spans(self, output: TimeOutput) -> tuple[Ticks, Ticks]:
        """When the counted patients who have the time came to the first mark, and how long they took."""
        from simulation.outputs.kernels import spans_of  # noqa: PLC0415  (who only reads results needs none)

        key = (output.from_, output.to, _key(output.where))
        if key not in self._spans:
            marks = self._marks(output)
            begins, spans = np.empty_like(marks[0]), np.empty_like(marks[0])
            found = spans_of(*marks, self._first, begins, spans)
            self._spans[key] = begins[:found], spans[:found]
        return self._spans[key]

    def _times(self, output: TimeOutput) -> Ticks:
        """How long they took, in no order: quantiles reorder them."""
        key = (output.from_, output.to, _key(output.where))
        if key not in self._reordered:
            self._reordered[key] = self.spans(output)[1].copy()
        return self._reordered[key]

    def _share_within(self, output: TimeOutput) -> float:
        if not isinstance(output.limit, float):
            raise TypeError(f"output {output.id}: its limit is a waiting right; take it from `Declared.outputs_of`")
        from simulation.outputs.kernels import within  # noqa: PLC0415  (who only reads results needs none)

        limit = round(output.limit * TICKS_PER_S)
        began, ended, in_time = within(*self._marks(output), self._first, self._plan.horizon - limit, limit)
        return _ratio(in_time, ended if output.reached else began)

    def _arriving(self, output: TimeOutput) -> int:
        from simulation.outputs.kernels import arriving  # noqa: PLC0415  (who only reads results needs none)

        return arriving(*self._marks(output), self._plan.warm_up, self._plan.horizon)

    def _hours(self, output: TimeOutput) -> float:
        from simulation.outputs.kernels import ticks_between  # noqa: PLC0415  (who only reads results needs none)

        left_at = self._replication.left_at
        return ticks_between(*self._marks(output), left_at, self._plan.warm_up, self._plan.horizon) / HOUR

    def _marks(self, output: TimeOutput) -> tuple[Ticks, Ticks, Mask]:
        """When each patient came to either mark, and whether the patient is meant (without length: all are)."""
        chosen = self._mask(_key(output.where))
        return self._when(output.from_), self._when(output.to), EVERYBODY if chosen is None else chosen

    def _when(self, mark: str) -> Ticks:
        """When each patient came to a mark, -1 for never."""
        if mark == "arrival":
            return self._replication.sample.arrival
        if mark == "leaving":
            return self._replication.left_at
        if mark in self._plan.marks:
            at: Ticks = self._replication.marked[self._plan.marks.index(mark)]
            return at
        return np.full_like(self._replication.left_at, -1)

    def _in_counted_time(self, at: Ticks) -> Mask:
        inside: Mask = (at >= self._plan.warm_up) & (at < self._plan.horizon)
        return inside

    def _narrow(self, patients: Mask, where: Where) -> Mask:
        chosen = self._mask(_key(where))
        return patients if chosen is None else patients & chosen

    def _mask(self, where: Key) -> Mask | None:
        """Which patients are meant; None: all."""
        if where not in self._chosen:
            masks = [self._among(name, values) for name, values in where]
            self._chosen[where] = np.logical_and.reduce(masks) if masks else None
        return self._chosen[where]

    def _among(self, name: str, values: Sequence[str]) -> Mask:
        sample = self._replication.sample
        if name == ARRIVALS:
            column, names = sample.source, [source.id for source in self._plan.sources]
        else:
            number = next((i for i, one in enumerate(self._plan.attributes) if one.id == name), None)
            if number is None:
                return np.zeros(len(sample.arrival), np.bool_)
            column, names = sample.attributes[number], list(self._plan.attributes[number].values)
        among = np.zeros(len(column), np.bool_)
        for value in values:
            if value in names:
                among |= column == names.index(value)
        return among


def _key(where: Where) -> Key:
    return tuple(sorted((name, tuple(values)) for name, values in where.items()))


def _count(mask: Mask) -> int:
    return int(np.count_nonzero(mask))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else NOBODY
