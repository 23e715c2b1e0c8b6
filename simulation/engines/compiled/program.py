"""A plan assembled into the arrays that the compiled engine runs on; made once, run on many samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.engines.compiled.layout import op, pool, token
from simulation.engines.compiled.layout.types import Numbers, Words
from simulation.engines.compiled.writer import NotCovered, Place, Writer
from simulation.engines.from_log import steps_of
from simulation.engines.replication import levels
from simulation.flow.plan import Plan, Resource, Seize
from simulation.ticks import DAY, HOUR


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Program:
    """What the kernel needs of a plan.

    Attributes
    ----------
    code : (operations × columns,) uint32
        One operation after the other, see `layout.op`; an operation is named by the place of its first column.
    table, jumps : int64, uint32
        Numbers that operations refer to: quantities, clocks, windows, choices; beginnings of arms.
    entries : (sources,) uint32
        The first operation of each source's patients.
    change_tick, change_resource, change_capacity : (changes,) int64
        The calendar of capacities by (tick, resource), after tick 0 and before the horizon; a resource is named as in
        `layout.pool`.
    places : int
        The first column of a token's row with something held.
    columns : int
        The columns of a token's row.
    offered, hourly_capacity
        As in `Replication`; they are the same for every sample.
    """

    plan: Plan
    code: Numbers
    table: Words
    jumps: Numbers
    entries: Numbers
    change_tick: Words
    change_resource: Words
    change_capacity: Words
    places: int
    columns: int
    levels: int
    offered: Words
    hourly_capacity: NDArray[np.int32]


def assemble(plan: Plan) -> Program:
    """The program of a plan.

    Raises
    ------
    NotCovered
        With all steps that ask for what the compiled engine cannot do.
    """
    seizes = (step for pathway in plan.pathways for step in steps_of(pathway.steps) if isinstance(step, Seize))
    choices = max((len(step.choices) for step in seizes), default=1)
    places = token.LINKS + token.LINK * choices
    to = Writer(plan, places)
    nowhere = to.operation(op.END, 0, 0)
    pathways = [to.steps(pathway.steps, Place(nowhere)) for pathway in plan.pathways]
    entries = [
        to.operation(
            op.ARRIVE, pathways[source.pathway], 0, value=number, count=len(plan.pathways[source.pathway].slots)
        )
        for number, source in enumerate(plan.sources)
    ]
    if to.refused:
        raise NotCovered(to.refused)
    changes = sorted(
        (tick, pool.WIDTH * number, capacity)
        for number, resource in enumerate(plan.resources)
        for tick, capacity in resource.capacity[1:]
        if tick < plan.horizon
    )
    calendar = np.array(changes, np.int64).reshape(-1, 3)
    return Program(
        plan=plan,
        code=np.array(to.code, np.uint32).ravel(),
        table=np.array(to.table, np.int64),
        jumps=np.array(to.jumps, np.uint32),
        entries=np.array(entries, np.uint32),
        change_tick=calendar[:, 0].copy(),
        change_resource=calendar[:, 1].copy(),
        change_capacity=calendar[:, 2].copy(),
        places=places,
        columns=max(to.columns, places),
        levels=levels(plan),
        offered=np.array([_offered(plan, resource) for resource in plan.resources], np.int64),
        hourly_capacity=_hourly_capacity(plan),
    )


def _offered(plan: Plan, resource: Resource) -> int:
    """Units × ticks of capacity in the counted time."""
    ends = [tick for tick, _ in resource.capacity[1:]] + [plan.horizon]
    spans = zip(resource.capacity, ends, strict=True)
    return sum(units * max(0, min(end, plan.horizon) - max(tick, plan.warm_up)) for (tick, units), end in spans)


def _hourly_capacity(plan: Plan) -> NDArray[np.int32]:
    """The capacity of each resource just before each hour begins, (hours, resources); at tick 0 the initial one."""
    on_the_hour = np.arange(-(-plan.horizon // HOUR), dtype=np.int64) * HOUR
    noted = np.empty((len(on_the_hour), len(plan.resources)), np.int32)
    for number, resource in enumerate(plan.resources):
        ticks, units = np.array(resource.capacity, np.int64).T
        noted[:, number] = units[np.maximum(np.searchsorted(ticks, on_the_hour) - 1, 0)]
    return noted


def monday(plan: Plan) -> int:
    """Ticks from midnight of a Monday to the plan's tick 0."""
    return plan.first_weekday * DAY
