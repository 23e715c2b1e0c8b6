"""The sample of a replication from the plan of a flow, the seed of an experiment and the replication's number."""

from __future__ import annotations

import numpy as np

from simulation.flow.plan import Plan
from simulation.sampling.arrivals import arrivals_of
from simulation.sampling.quantities import Patients
from simulation.sampling.sample import Sample
from simulation.sampling.streams import Streams
from simulation.sampling.way import Walk
from simulation.ticks import Ticks


def draw_sample(plan: Plan, seed: int, replication: int, *, unneeded: int = 0) -> Sample:
    """All that is random in one replication.

    Each quantity comes from the stream of its name, (seed, replication, source, slot, round), and of that stream from
    the patient's number. So two plans that differ in one quantity have all others in common, patient by patient.
    Where a patient cannot come to a draw stands `unneeded`.
    """
    streams = [Streams(seed, replication, source.id) for source in plan.sources]
    come = [arrivals_of(source.arrivals, own, plan.horizon) for source, own in zip(plan.sources, streams, strict=True)]
    rows = [len(plan.pathways[source.pathway].slots) for source in plan.sources]
    ends = np.cumsum([0, *(len(ticks) * count for (ticks, _), count in zip(come, rows, strict=True))])
    draws = np.full(ends[-1], unneeded, np.int64)
    groups = []
    for number, source in enumerate(plan.sources):
        patients = Patients(come[number][1], plan.attributes, source, streams[number])
        block = draws[ends[number] : ends[number + 1]].reshape(rows[number], patients.count)
        Walk(patients, plan.pathways[source.pathway], block).all_the_way()
        groups.append(patients)
    return _ordered(plan, [ticks for ticks, _ in come], groups, ends, draws)


def _ordered(plan: Plan, ticks: list[Ticks], groups: list[Patients], begins: Ticks, draws: Ticks) -> Sample:
    """Patients of all sources by (tick, source, number), without those who would come after the horizon."""
    counts = np.array([group.count for group in groups], np.int64)
    arrival = np.concatenate([np.empty(0, np.int64), *ticks])
    order = np.argsort(arrival, kind="stable")
    arrival = arrival[order]
    inside = int(np.searchsorted(arrival, plan.horizon))
    order, arrival = order[:inside], arrival[:inside]
    source = np.repeat(np.arange(len(groups), dtype=np.int32), counts)[order]
    columns = np.concatenate(
        [np.empty((len(plan.attributes), 0), np.int8), *(group.values for group in groups)], axis=1
    )
    before = np.cumsum(counts) - counts  # patients of the sources before
    return Sample(
        arrival=arrival,
        source=source,
        attributes=columns.take(order, axis=1),
        first_draw=order + (begins[: len(groups)] - before)[source],
        stride=counts[source],
        draws=draws,
    )
