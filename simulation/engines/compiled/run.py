"""Runs a program on a sample: makes the arrays, lets the kernel fill them, and hands back what they say."""

from __future__ import annotations

import numpy as np

from simulation.engines.compiled.events import BUCKETS, NODE
from simulation.engines.compiled.kernel import replicate
from simulation.engines.compiled.layout import counter, item, op, pool, token
from simulation.engines.compiled.layout.types import Arrays, Words
from simulation.engines.compiled.program import Program, monday
from simulation.engines.replication import Log, Replication
from simulation.flow.plan import ORDINARY
from simulation.sampling.sample import Sample

TOKENS = 1 << 14
"""So many at a time at first; more if they turn out too few. Memory that is not touched costs nothing."""
GROWTH = 4
WAITS_A_PATIENT = 4
"""About so many, by which the buckets are sized."""
LONGEST_BUCKET_SHIFT = 40
"""Twelve days."""
EVENTS_A_PATIENT = 64
"""Rows of the log at first."""


class TooMany(Exception):
    """More tokens or waits than can be told apart: queues grow without end, or the flow asks for more than fits."""


def run_program(program: Program, sample: Sample, *, log: bool = False) -> Replication:
    """One replication of the program's plan on the sample; with `log`, every event is kept.

    Raises
    ------
    TooMany
        With more tokens at a time than have a name, one to four million, or more than four thousand million waits.
    RuntimeError
        If somebody releases what is not held, or seizes into a place that is taken; `portor flow check` finds both.
    """
    tokens, rows = TOKENS, EVENTS_A_PATIENT * len(sample.arrival) + len(program.change_tick) if log else 0
    while True:
        counters, figures, book = _attempt(program, sample, tokens, rows)
        if counters[counter.FULL]:
            tokens *= GROWTH
            if tokens * program.columns > item.FOR_MASK:
                raise TooMany(f"{program.plan.flow}: more than {tokens // GROWTH} patients and their arms at a time")
        elif log and counters[counter.LOGGED] > rows:
            rows = int(counters[counter.LOGGED])
        else:
            break
    if counters[counter.ORDER] >= item.MOST:
        raise TooMany(f"{program.plan.flow}: more than {item.MOST - 1} waits in one replication")
    wrong = int(counters[counter.WRONG])
    if wrong:
        step = program.plan.steps[program.code[wrong - 1 + op.AT]]
        raise RuntimeError(f"{step}: releases what is not held or seizes into a place that is taken")
    pools, waits, level, _, left_at, outcome, marked, used, queue = figures
    events = int(counters[counter.LOGGED])
    at, patient, step_, kind, value = (column[:events] for column in book)
    return Replication(
        sample=sample,
        left_at=left_at,
        outcome=outcome,
        marked=marked,
        asked=waits[:, pool.REQUESTS].copy(),
        granted=waits[:, pool.GRANTS].copy(),
        gave_up=waits[:, pool.GIVEN_UP].copy(),
        waited=waits[:, pool.WAITED].copy(),
        level=level,
        over=pools[:, pool.OVER].copy(),
        queued=pools[:, pool.QUEUED].copy(),
        offered=program.offered,
        hourly_used=used,
        hourly_queue=queue,
        hourly_capacity=program.hourly_capacity,
        log=Log(at=at, patient=patient, step=step_, kind=kind, value=value) if log else None,
    )


def _bucket_shift(horizon: int, patients: int) -> int:
    """Ticks are shifted by so much to the number of their bucket; `FAR` is far beyond all buckets then."""
    between = horizon // (WAITS_A_PATIENT * patients + 1)
    return min(max(0, between.bit_length() - 1), LONGEST_BUCKET_SHIFT)


def _attempt(program: Program, sample: Sample, tokens: int, rows: int) -> tuple[Words, Arrays, Arrays]:
    """Counters, figures (those of the resources first) and columns of the log of one run with room for so much."""
    plan, patients = program.plan, len(sample.arrival)
    resources, hours = len(plan.resources), len(program.hourly_capacity)
    counters = np.zeros(counter.SIZE, np.int64)
    counters[counter.FREE_ROW] = token.NOBODY
    counters[counter.WARM_UP], counters[counter.HORIZON] = plan.warm_up, plan.horizon
    counters[counter.MONDAY] = monday(plan)
    counters[counter.PLACES], counters[counter.COLUMNS] = program.places, program.columns
    pools = np.zeros((resources, pool.WIDTH), np.int64)
    pools[:, pool.QUEUES :] = token.NOBODY
    pools[:, pool.CAPACITY] = [resource.capacity[0][1] for resource in plan.resources]
    pools[:, pool.SINCE] = plan.warm_up
    pools[:, pool.BY_DEADLINE] = [resource.by_deadline for resource in plan.resources]
    waits = np.zeros((len(plan.waits), pool.FIGURES), np.int64)
    far = np.empty((4 * tokens, 2), np.int64)
    far[0] = item.FAR, 0
    counters[counter.NEXT_TICK] = item.FAR
    counters[counter.FREE_NODE] = token.NOBODY
    counters[counter.BUCKET_SHIFT] = _bucket_shift(plan.horizon, patients)
    state = (
        counters,
        np.empty(tokens * program.columns, np.int64),
        pools.reshape(-1),
        (far, np.full(2 * BUCKETS, token.NOBODY, np.int64), np.empty(4 * tokens * NODE, np.int64)),
        np.empty(2 * tokens, np.int64),
        np.empty(tokens, np.int64),
        np.zeros((plan.batches, pool.BATCH_WIDTH), np.int64),
        np.full(patients, ORDINARY, np.int8),
        np.full(patients, item.FAR, np.int64),
    )
    figures = (
        np.zeros((resources, program.levels), np.int64),
        waits.reshape(-1),
        np.full(patients, -1, np.int64),
        np.full(patients, -1, np.int16),
        np.full((len(plan.marks), patients), -1, np.int64),
        np.zeros((hours, resources), np.int32),
        np.zeros((hours, resources), np.int32),
    )
    log = (
        np.empty(rows, np.int64),
        np.empty(rows, np.int32),
        np.empty(rows, np.int32),
        np.empty(rows, np.int8),
        np.empty(rows, np.int32),
    )
    replicate(
        (program.code, program.table, program.jumps, program.entries),
        (program.change_tick, program.change_resource, program.change_capacity),
        (sample.arrival, sample.source, sample.attributes, sample.first_draw, sample.stride, sample.draws),
        state,
        figures,
        log,
    )
    return counters, (pools, waits, *figures), log
