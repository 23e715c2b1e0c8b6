"""The figures of a replication from its log and the plan alone: the check on an engine that counts as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.engines.replication import Kind, Log, Replication, levels
from simulation.flow.plan import Aside, Branch, Plan, Release, Repeat, Seize, Step, Together
from simulation.ticks import HOUR

if TYPE_CHECKING:  # what draws is not needed to count
    from simulation.sampling.sample import Sample

Integers = NDArray[np.int64]
Rows = NDArray[np.intp]


def replication_from_log(plan: Plan, sample: Sample, log: Log, *, keep: bool = False) -> Replication:
    """All figures of `Replication`, computed from the log; with `keep`, the log stands in it.

    A patient's units in one place, and requests at one step, are taken to end in the order in which they began.
    That is so unless two asides of one patient wait at the same step with different patience or priority.
    """
    patients = len(sample.arrival)
    left_at, outcome = np.full(patients, -1, np.int64), np.full(patients, -1, np.int16)
    left = log.kind == Kind.LEAVE
    left_at[log.patient[left]] = log.at[left]
    outcome[log.patient[left]] = log.value[left]
    marked = np.full((len(plan.marks), patients), -1, np.int64)
    marks = log.kind == Kind.MARK
    np.maximum.at(marked, (log.value[marks], log.patient[marks]), log.at[marks])
    asked, granted, gave_up, waited = _waits(plan, log)
    resources = _Resources(plan, log)
    return Replication(
        sample=sample,
        left_at=left_at,
        outcome=outcome,
        marked=marked,
        asked=asked,
        granted=granted,
        gave_up=gave_up,
        waited=waited,
        level=resources.level,
        over=resources.over,
        queued=resources.queued,
        offered=resources.offered,
        hourly_used=resources.hourly_used,
        hourly_queue=resources.hourly_queue,
        hourly_capacity=resources.hourly_capacity,
        log=log if keep else None,
    )


def steps_of(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step, those within others included."""
    for step in steps:
        yield step
        match step:
            case Seize():
                yield from steps_of(step.otherwise)
            case Branch() | Together():
                for arm in step.arms:
                    yield from steps_of(arm)
            case Aside():
                yield from steps_of(step.steps)
            case Repeat():
                yield from steps_of(step.steps + step.exhausted)
            case _:
                pass


def _all_steps(plan: Plan) -> Iterator[Step]:
    for pathway in plan.pathways:
        yield from steps_of(pathway.steps)


def _waits(plan: Plan, log: Log) -> tuple[Integers, Integers, Integers, Integers]:
    """Of each waiting point: asked, granted, given up, ticks waited by those granted; by requests in counted time."""
    wait_of_step = np.full(len(plan.steps), -1, np.int64)
    for step in _all_steps(plan):
        if isinstance(step, Seize):
            wait_of_step[step.at] = step.wait
    requests = np.flatnonzero(log.kind == Kind.REQUEST)
    ends = np.flatnonzero((log.kind == Kind.GRANT) | (log.kind == Kind.GIVE_UP))
    ends, begins = _matched(_key(log.patient, log.step), requests, ends)

    def by_wait(rows: Rows) -> Integers:
        return np.bincount(wait_of_step[log.step[rows]], minlength=len(plan.waits)).astype(np.int64)

    counted = log.at[begins] >= plan.warm_up
    ends, begins = ends[counted], begins[counted]
    got = log.kind[ends] == Kind.GRANT
    waited = np.zeros(len(plan.waits), np.int64)
    np.add.at(waited, wait_of_step[log.step[ends[got]]], log.at[ends[got]] - log.at[begins[got]])
    return by_wait(requests[log.at[requests] >= plan.warm_up]), by_wait(ends[got]), by_wait(ends[~got]), waited


def _key(*parts: NDArray[np.int32] | Integers) -> Integers:
    """One number for each combination."""
    key = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        key = key * (int(part.max(initial=0)) + 2) + part + 1
    return key


def _matched(key: Integers, begins: Rows, ends: Rows) -> tuple[Rows, Rows]:
    """The ends, and for each the row that it ends: of those with the same key the n-th ends the n-th."""
    begins, ends = (rows[np.argsort(key[rows], kind="stable")] for rows in (begins, ends))
    nth = np.arange(len(ends)) - np.searchsorted(key[ends], key[ends])
    return ends, begins[np.searchsorted(key[begins], key[ends]) + nth]


class _Resources:
    """What resources did: units in use, queues and capacity over time."""

    def __init__(self, plan: Plan, log: Log) -> None:
        count, hours = len(plan.resources), -(-plan.horizon // HOUR)
        self.level = np.zeros((count, levels(plan)), np.int64)
        self.over, self.queued, self.offered = (np.zeros(count, np.int64) for _ in range(3))
        self.hourly_used, self.hourly_queue, self.hourly_capacity = (
            np.zeros((hours, count), np.int32) for _ in range(3)
        )
        on_the_hour = np.arange(hours, dtype=np.int64) * HOUR
        use_rows, used_by, use = _use(plan, log)
        queue_rows, queued_at, queue = _queues(plan, log)
        changes = np.flatnonzero(log.kind == Kind.CAPACITY)
        for number, resource in enumerate(plan.resources):
            own = used_by == number
            used_at, used = _running(log.at[use_rows[own]], use[own], 0)
            own = queued_at == number
            waiting_at, waiting = _running(log.at[queue_rows[own]], queue[own], 0)
            own_changes = changes[log.step[changes] == number]
            capacity_at = np.concatenate([[np.iinfo(np.int64).min], log.at[own_changes]])
            capacity = np.concatenate([[resource.capacity[0][1]], log.value[own_changes]])
            self.hourly_used[:, number] = _before(used_at, used, on_the_hour)
            self.hourly_queue[:, number] = _before(waiting_at, waiting, on_the_hour)
            self.hourly_capacity[:, number] = _before(capacity_at, capacity, on_the_hour)
            spans = _counted(plan, used_at)
            np.add.at(self.level[number], np.minimum(used, self.level.shape[1] - 1), spans)
            self.queued[number] = (waiting * _counted(plan, waiting_at)).sum()
            self.offered[number] = (capacity * _counted(plan, capacity_at)).sum()
            either = np.union1d(used_at, capacity_at)
            beyond = _at(used_at, used, either) - _at(capacity_at, capacity, either)
            self.over[number] = (np.maximum(beyond, 0) * _counted(plan, either)).sum()


def _use(plan: Plan, log: Log) -> tuple[Rows, Integers, Integers]:
    """Rows of the log that change the units in use, of which resource, and by how many."""
    units, places = np.ones(len(plan.steps), np.int64), np.full(len(plan.steps), -1, np.int64)
    for step in _all_steps(plan):
        if isinstance(step, Seize):
            units[step.at], places[step.at] = step.units, step.hold
        elif isinstance(step, Release):
            places[step.at] = step.hold
    taken, given_back = np.flatnonzero(log.kind == Kind.GRANT), np.flatnonzero(log.kind == Kind.RELEASE)
    key = np.full(len(log.at), -1, np.int64)
    both = np.concatenate([taken, given_back])
    key[both] = _key(log.patient[both], places[log.step[both]], log.value[both])
    given_back, seized = _matched(key, taken, given_back)
    lost, again = np.flatnonzero(log.kind == Kind.PREEMPTED), np.flatnonzero(log.kind == Kind.RESUMED)
    rows = np.concatenate([taken, given_back, lost, again])
    change = np.concatenate(
        [units[log.step[taken]], -units[log.step[seized]], np.full(len(lost), -1), np.full(len(again), 1)]
    )
    return _in_order(rows, log.value[rows].astype(np.int64), change)


def _queues(plan: Plan, log: Log) -> tuple[Rows, Integers, Integers]:
    """Rows of the log that change how many wait, for which resource, and by how many: a row for each of the choices."""
    rows, resources, change = [], [], []

    def note(which: Rows, resource: Integers | NDArray[np.int32], by: int) -> None:
        rows.append(which)
        resources.append(resource.astype(np.int64))
        change.append(np.full(len(which), by, np.int64))

    choices: dict[int, tuple[int, ...]] = {s.at: s.choices for s in _all_steps(plan) if isinstance(s, Seize)}
    most = max(map(len, choices.values()), default=0)
    for nth in range(most):
        of_step = np.full(len(plan.steps), -1, np.int64)
        for at, resources_there in choices.items():
            if nth < len(resources_there):
                of_step[at] = resources_there[nth]
        for kinds, by in (((Kind.REQUEST,), 1), ((Kind.GRANT, Kind.GIVE_UP), -1)):
            which = np.flatnonzero(np.isin(log.kind, [int(kind) for kind in kinds]))
            which = which[of_step[log.step[which]] >= 0]
            note(which, of_step[log.step[which]], by)
    for kind, by in ((Kind.PREEMPTED, 1), (Kind.RESUMED, -1)):
        which = np.flatnonzero(log.kind == kind)
        note(which, log.value[which], by)
    return _in_order(np.concatenate(rows), np.concatenate(resources), np.concatenate(change))


def _in_order(rows: Rows, resources: Integers, change: Integers) -> tuple[Rows, Integers, Integers]:
    order = np.argsort(rows, kind="stable")
    return rows[order], resources[order], change[order]


def _running(at: Integers, change: Integers, initial: int) -> tuple[Integers, Integers]:
    """From when on (from ever, at first) how much."""
    begin = np.full(1, np.iinfo(np.int64).min)
    return np.concatenate([begin, at]), initial + np.concatenate([[0], np.cumsum(change)])


def _before(since: Integers, value: Integers, instants: Integers) -> Integers:
    """As it stood just before the instants."""
    return value[np.searchsorted(since, instants, side="left") - 1]


def _at(since: Integers, value: Integers, instants: Integers) -> Integers:
    """As it stands after all events of the instants."""
    return value[np.searchsorted(since, instants, side="right") - 1]


def _counted(plan: Plan, since: Integers) -> Integers:
    """How long in counted time each value stood."""
    begin = np.clip(since, plan.warm_up, plan.horizon)
    end = np.append(begin[1:], plan.horizon)
    spans: Integers = end - begin
    return spans
