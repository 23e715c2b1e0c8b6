"""What a worker does: some replications of one case, and nothing else. Its answer depends on the task alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulation.experiment.outcome import Model, Simulate, Tables, add_tables

ASSEMBLED = 8
"""Cases that a worker keeps assembled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Replications of a case: which, from which seed, and whether their counts are wanted."""

    model: Model
    key: str
    payload: bytes
    outputs: tuple[str, ...]
    seed: int
    replications: tuple[int, ...]
    tables: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The answer: a row of figures a replication, (replications, outputs), and the counts of all of them together."""

    key: str
    replications: tuple[int, ...]
    figures: NDArray[np.float64]
    tables: Tables
    spent_s: float


def work(task: Task) -> Chunk:
    """Simulate the replications of a task."""
    began = time.perf_counter()
    simulate = _assembled(task.model, task.payload, task.tables)
    figures = np.empty((len(task.replications), len(task.outputs)))
    tables: Tables = {}
    for row, replication in enumerate(task.replications):
        outcome = simulate(task.seed, replication)
        figures[row] = [outcome.figures[name] for name in task.outputs]
        if task.tables:
            tables = add_tables(tables, outcome.tables)
    return Chunk(
        key=task.key,
        replications=task.replications,
        figures=figures,
        tables=tables,
        spent_s=time.perf_counter() - began,
    )


@lru_cache(maxsize=ASSEMBLED)
def _assembled(model: Model, payload: bytes, tables: bool) -> Simulate:
    return model.simulate(payload, tables=tables)
