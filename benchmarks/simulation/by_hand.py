"""A year of the emergency flow by the hand-written model: `run_by_hand(plan, sample)` gives its log.

It knows no engine and does not interpret the plan, so that an equal log says that the whole chain from YAML to engine
does what was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby

from benchmarks.simulation import department, wards
from benchmarks.simulation.figures import Visit
from benchmarks.simulation.house import NOWHERE, House
from benchmarks.simulation.pools import Way
from simulation.engines.replication import Kind, Log
from simulation.flow.plan import Plan
from simulation.sampling.sample import Sample

ARRIVE = int(Kind.ARRIVE)
PATHWAYS: Mapping[str, Callable[[House, Visit], Way[None]]] = {
    "emergency": department.emergency,
    "direct_medical": wards.direct_medical,
    "direct_surgical": wards.direct_surgical,
    "direct_intensive": wards.direct_intensive,
    "elective_stay": wards.elective_stay,
}


def run_by_hand(plan: Plan, sample: Sample) -> Log:
    """One replication of Køge's emergency flow."""
    house = House(plan)
    house.env.process(_arrivals(house, plan, sample))
    house.env.run(until=plan.horizon)
    return house.log()


def _arrivals(house: House, plan: Plan, sample: Sample) -> Way[None]:
    """Patients come; the next is in the calendar before those of now begin."""
    arrival = sample.arrival.tolist()
    if not arrival:
        return
    coming = house.env.timeout(arrival[0])
    first = 0
    for tick, together in groupby(arrival):
        behind = first + sum(1 for _ in together)
        yield coming
        if behind < len(arrival):
            coming = house.env.timeout(arrival[behind] - tick)
        for patient in range(first, behind):
            house.env.process(_visit(house, plan, sample, patient))
        first = behind


def _visit(house: House, plan: Plan, sample: Sample, patient: int) -> Way[None]:
    """A patient comes in."""
    source = int(sample.source[patient])
    pathway = plan.pathways[plan.sources[source].pathway]
    begin, stride = int(sample.first_draw[patient]), int(sample.stride[patient])
    values = sample.attributes[:, patient].tolist()
    names = {one.id: one.values[value] for one, value in zip(plan.attributes, values, strict=True)}
    draws = sample.draws[begin : begin + len(pathway.slots) * stride : stride].tolist()
    visit = Visit(patient, values, names, draws)
    house.note(visit, NOWHERE, ARRIVE, source)
    yield from PATHWAYS[pathway.id](house, visit)
