"""The plan of a flow, from its arrivals to all that their pathways reach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from simulation.flow import plan
from simulation.flow.declared import Declared
from simulation.flow.resolve.calendars import always, capacity, hourly, listed, ticks
from simulation.flow.resolve.pathways import PHYSICAL, Numbers, resolve_pathway
from simulation.flow.resolve.quantities import Slots, cumulative, distribution
from simulation.flow.resolve.reach import arrivals_of, attributes_of, resources_of, steps_of
from simulation.flow.schema.arrivals import Arrivals, Attribute


def resolve(declared: Declared, flow_id: str, *, warm_up: int | None = None, runs: int | None = None) -> plan.Plan:
    """The plan of a flow; `warm_up` and `runs` (ticks) in place of what the flow says.

    Resources stand in the order in which they are declared, a bed's physical part right behind it; only what the
    pathways of arrivals that are switched on can reach is part of the plan.

    Raises
    ------
    KeyError
        If there is no such flow.
    """
    flow = declared.flows[flow_id]
    warm = ticks(flow.warm_up) if warm_up is None else warm_up
    horizon = warm + (ticks(flow.runs) if runs is None else runs)
    sources = arrivals_of(declared, flow)
    pathways = tuple(dict.fromkeys(source.pathway for source in sources))
    steps = tuple(steps_of(declared, pathways))
    resources = _resources(declared, resources_of(declared, steps), flow.begins, horizon)
    names = attributes_of(declared, flow, steps)
    attributes = tuple(plan.Attribute(id=name, values=_values(declared.attributes[name])) for name in names)
    numbered = {name: number for number, name in enumerate(names)}
    numbers = Numbers()
    resource_numbers = {resource.id: number for number, resource in enumerate(resources)}
    resolved = tuple(
        resolve_pathway(declared, pathway, numbers, resource_numbers, Slots(attributes, numbered))
        for pathway in pathways
    )
    return plan.Plan(
        flow=flow_id,
        begins=flow.begins,
        warm_up=warm,
        horizon=horizon,
        resources=resources,
        attributes=attributes,
        marks=tuple(numbers.marks),
        outcomes=tuple(numbers.outcomes),
        waits=tuple(numbers.waits),
        steps=tuple(numbers.steps),
        batches=numbers.batches,
        pathways=resolved,
        sources=tuple(
            _source(declared, source, pathways.index(source.pathway), attributes, flow.begins, horizon)
            for source in sources
        ),
    )


def _resources(declared: Declared, names: Sequence[str], begins: dt.date, horizon: int) -> tuple[plan.Resource, ...]:
    found: list[plan.Resource] = []
    for name in names:
        resource = declared.resources[name]
        pools = [(name, capacity(resource, begins, horizon))]
        if resource.physical is not None:
            pools.append((name + PHYSICAL, always(resource.physical)))
        by_deadline = resource.queue == "deadline"
        found += [
            plan.Resource(id=pool, capacity=levels, most=max(units for _, units in levels), by_deadline=by_deadline)
            for pool, levels in pools
        ]
    return tuple(found)


def _values(attribute: Attribute) -> tuple[str, ...]:
    """The values of an attribute in the order in which they are first named."""
    found: dict[str, None] = {}
    for name, share in attribute.values.items():
        found.update(dict.fromkeys(share) if isinstance(share, dict) else {name: None})
    return tuple(found)


def _source(
    declared: Declared,
    source: Arrivals,
    pathway: int,
    attributes: Sequence[plan.Attribute],
    begins: dt.date,
    horizon: int,
) -> plan.Source:
    mixes, given = [], []
    for attribute in attributes:
        written = declared.attributes[attribute.id]
        shares: Mapping[str, float | Mapping[str, float]] = source.attributes.get(attribute.id, written.values)
        earlier = None
        if any(isinstance(share, Mapping) for share in shares.values()):
            earlier = next(number for number, other in enumerate(attributes) if other.id == written.by)
        given.append(earlier)
        mixes.append(_mix(attribute, shares, None if earlier is None else attributes[earlier]))
    return plan.Source(
        id=source.id,
        arrivals=_arrivals(declared, source, begins, horizon),
        pathway=pathway,
        mixes=tuple(mixes),
        given=tuple(given),
    )


def _mix(
    attribute: plan.Attribute, shares: Mapping[str, float | Mapping[str, float]], earlier: plan.Attribute | None
) -> tuple[tuple[float, ...], ...]:
    rows: list[object] = [shares] if earlier is None else [shares.get(v, shares.get("else")) for v in earlier.values]
    return tuple(
        cumulative([float(row.get(value, 0.0)) for value in attribute.values])
        for row in rows
        if isinstance(row, Mapping)
    )


def _arrivals(declared: Declared, source: Arrivals, begins: dt.date, horizon: int) -> plan.Stream | plan.Listed:
    if source.per_day is not None:
        pattern = None if source.pattern is None else declared.patterns[source.pattern]
        return plan.Stream(hourly=hourly(source.per_day, pattern, begins, horizon))
    lateness = None if source.lateness is None else distribution(source.lateness)
    return plan.Listed(ticks=listed(source, begins, horizon), lateness=lateness)
