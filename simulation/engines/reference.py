"""The reference engine: runs a plan in SimPy, event by event, and writes down everything that happens.

It is what the words of "How both engines run a plan" in `docs/simulation.md` mean; its figures are computed from its
log alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from itertools import chain, groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from simpy import Event, Process, Timeout

from simulation.engines.from_log import replication_from_log
from simulation.engines.pool import Pool, TickEnvironment, Token, Urgency
from simulation.engines.reference_steps import Manner, Preparation, Prepared, Way, walk
from simulation.engines.replication import Kind, Log, Replication
from simulation.flow.plan import ORDINARY, Plan
from simulation.sampling.sample import Sample
from simulation.ticks import DAY

ARRIVE = int(Kind.ARRIVE)
CAPACITY = int(Kind.CAPACITY)
NOWHERE = -1
"""The step of an arrival, the patient of a change of capacity."""

Row = tuple[int, int, int, int, int]
Columns = tuple[NDArray[np.integer[Any]], ...]
COLUMNS = {"at": np.int64, "patient": np.int32, "step": np.int32, "kind": np.int8, "value": np.int32}
"""The columns of `Log`."""


def run_reference(plan: Plan, sample: Sample, *, log: bool = False) -> Replication:
    """One replication of the plan on the sample; with `log`, every event is kept.

    Raises
    ------
    RuntimeError
        If somebody releases what is not held, or seizes into a place that is taken; `portor flow check` finds both.
    """
    return replication_from_log(plan, sample, events(plan, sample), keep=log)


def events(plan: Plan, sample: Sample) -> Log:
    """Every event of one replication, in order."""
    env = TickEnvironment()
    book = Book(env)
    pools = [Pool(env, plan, number, book.rows.append) for number in range(len(plan.resources))]
    Process(env, _capacities(env, plan, pools, book.rows))
    Process(env, _arrivals(env, plan, sample, pools, book.rows))
    env.run(until=plan.horizon)
    return book.log()


def _capacities(env: TickEnvironment, plan: Plan, pools: list[Pool], rows: list[Row]) -> Generator[Event, None, None]:
    """Changes of capacity when they are due (rule 2)."""
    due: defaultdict[int, list[tuple[Pool, int]]] = defaultdict(list)
    for pool, resource in zip(pools, plan.resources, strict=True):
        for tick, capacity in resource.capacity[1:]:
            if tick < plan.horizon:
                due[tick].append((pool, capacity))
    ticks = sorted(due)
    coming = [Timeout(env, ticks[0])] if ticks else []
    for number, tick in enumerate(ticks):
        yield coming.pop()
        if number + 1 < len(ticks):
            coming.append(Timeout(env, ticks[number + 1] - tick))
        for pool, capacity in due[tick]:
            rows.append((tick, NOWHERE, pool.number, CAPACITY, capacity))
            pool.change(capacity)


def _arrivals(
    env: TickEnvironment, plan: Plan, sample: Sample, pools: list[Pool], rows: list[Row]
) -> Generator[Event, None, None]:
    """Patients when they come (rule 1)."""
    preparation = Preparation(env, plan, pools, rows.append)
    pathways = [preparation.pathway(pathway.steps) for pathway in plan.pathways]
    sources = sample.source.tolist()
    first_draw, stride, draws = sample.first_draw.tolist(), sample.stride.tolist(), sample.draws

    def visit(patient: int) -> Way:
        source = sources[patient]
        number = plan.sources[source].pathway
        pathway, (steps, loops) = plan.pathways[number], pathways[number]
        begin, step = first_draw[patient], stride[patient]
        token = Token(
            patient,
            tuple(sample.attributes[:, patient].tolist()),
            draws[begin : begin + len(pathway.slots) * step : step].tolist(),
            Urgency(ORDINARY),
            [None] * pathway.holds,
            [0] * loops,
        )

        def arrive(_: Token) -> None:
            rows.append((env.now, patient, NOWHERE, ARRIVE, source))

        return walk(token, Prepared(Manner.NOW, arrive, steps))

    arrival = sample.arrival.tolist()
    coming = [Timeout(env, arrival[0])] if arrival else []
    first = 0
    for tick, together in groupby(arrival):
        behind = first + sum(1 for _ in together)
        yield coming.pop()
        if behind < len(arrival):
            coming.append(Timeout(env, arrival[behind] - tick))
        for patient in range(first, behind):
            Process(env, visit(patient))
        first = behind


class Book:
    """The log as it is written: rows of today, and pages of the days before."""

    def __init__(self, env: TickEnvironment) -> None:
        self.rows: list[Row] = []
        self._pages: list[Columns] = []
        Process(env, self._days(env))

    def log(self) -> Log:
        """The whole log."""
        self._turn()
        columns = zip(*self._pages, strict=True)
        return Log(**{name: np.concatenate(column) for name, column in zip(COLUMNS, columns, strict=True)})

    def _days(self, env: TickEnvironment) -> Generator[Event, None, None]:
        """A new page each midnight, so that memory is not full of rows of Python; it changes no order of others."""
        while True:
            yield Timeout(env, DAY)
            self._turn()

    def _turn(self) -> None:
        page = np.fromiter(chain.from_iterable(self.rows), np.int64, len(COLUMNS) * len(self.rows))
        columns = page.reshape(-1, len(COLUMNS)).T
        self._pages.append(tuple(column.astype(kind) for column, kind in zip(columns, COLUMNS.values(), strict=True)))
        self.rows.clear()
