"""A year of Køge's emergency department: the compiled engine, the reference and the hand-written model, side by side.

Each draws its sample, runs with a log and computes the flow's outputs. Their logs and outputs must be equal, else the
benchmark stops. CPU seconds of one process; the runs take turns, so that whatever else the machine does meets all.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from benchmarks.simulation.by_hand import run_by_hand
from simulation.engines.compiled import assemble, run_program
from simulation.engines.from_log import replication_from_log
from simulation.engines.reference import events
from simulation.engines.replication import Log, Replication
from simulation.flow.load import load_flows
from simulation.flow.plan import Plan
from simulation.flow.resolve import resolve
from simulation.flow.schema.outputs import Output
from simulation.outputs import measure
from simulation.sampling import draw_sample
from simulation.sampling.sample import Sample
from simulation.ticks import DAY

SITE, FLOW = "koege", "emergency"
NO_LOG = "compiled, no log"
"""The compiled engine as experiments use it."""
WANTED_FASTER, WANTED_REFERENCE = 30.0, 3.0
"""What the compiled engine should at least be faster, and the reference at most slower, than the model by hand."""

Figures = dict[str, float]
Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """CPU seconds of one year by one model, by part."""

    sampling_s: float
    running_s: float
    figures_s: float
    patients: int

    @property
    def cpu_s(self) -> float:
        """All together."""
        return self.sampling_s + self.running_s + self.figures_s


class Different(Exception):
    """Two models do not agree about the same sample."""


def emergency(days: int | None = None) -> tuple[Plan, tuple[Output, ...]]:
    """The plan of the flow, with so many counted days instead of its year, and its outputs."""
    declared = load_flows(SITE)
    plan = resolve(declared, FLOW, runs=None if days is None else days * DAY)
    return plan, tuple(declared.outputs_of(FLOW))


def same_log(one: Log | None, other: Log | None) -> bool:
    """Whether two logs are equal, bit for bit."""
    return (
        one is not None
        and other is not None
        and all(
            (a := getattr(one, column.name)).dtype == (b := getattr(other, column.name)).dtype and np.array_equal(a, b)
            for column in fields(Log)
        )
    )


def same_figures(one: Figures, other: Figures) -> bool:
    """Whether all outputs are the same number, or missing in both."""
    return one.keys() == other.keys() and np.array_equal([*one.values()], [*other.values()], equal_nan=True)


def side_by_side(days: int | None, repeats: int, seed: int) -> Iterator[Line]:
    """A line for each model, then their ratios.

    Raises
    ------
    Different
        If a log or an output of one is not that of the compiled engine.
    """
    plan, outputs = emergency(days)
    program = assemble(plan)

    def from_log(events_of: Callable[[Plan, Sample], Log], sample: Sample) -> tuple[float, Replication]:
        log = events_of(plan, sample)
        return time.process_time(), replication_from_log(plan, sample, log, keep=True)

    def compiled(sample: Sample, *, log: bool) -> tuple[float, Replication]:
        replication = run_program(program, sample, log=log)
        return time.process_time(), replication

    models: dict[str, Callable[[Sample], tuple[float, Replication]]] = {
        NO_LOG: partial(compiled, log=False),
        "compiled": partial(compiled, log=True),
        "by hand": partial(from_log, run_by_hand),
        "reference": partial(from_log, events),
    }
    _once(plan, outputs, models["compiled"], seed, 0)  # kernels are loaded
    runs: dict[str, list[Run]] = {name: [] for name in models}
    rows = 0
    for number in range(repeats):
        run, ours, figures = _once(plan, outputs, models["compiled"], seed, number)
        runs["compiled"].append(run)
        rows = len(ours.at) if ours else 0
        for name in (one for one in models if one != "compiled"):
            run, log, others = _once(plan, outputs, models[name], seed, number)
            agreed = log is None if name == NO_LOG else same_log(log, ours)
            if not agreed or not same_figures(others, figures):
                raise Different(f"{name} and compiled do not agree about replication {number} of seed {seed}")
            runs[name].append(run)
    for name, of_model in runs.items():
        yield _line(name, of_model)
    yield _ratios(runs, rows)


def _once(
    plan: Plan,
    outputs: tuple[Output, ...],
    model: Callable[[Sample], tuple[float, Replication]],
    seed: int,
    number: int,
) -> tuple[Run, Log | None, Figures]:
    gc.collect()
    begun = time.process_time()
    sample = draw_sample(plan, seed, number)
    drawn = time.process_time()
    ran, replication = model(sample)
    figures = measure(outputs, plan, replication)
    run = Run(
        sampling_s=drawn - begun,
        running_s=ran - drawn,
        figures_s=time.process_time() - ran,
        patients=len(sample.arrival),
    )
    return run, replication.log, figures


def _line(name: str, runs: list[Run]) -> Line:
    cpu_s = median(run.cpu_s for run in runs)
    return {
        "benchmark": "year",
        "model": name,
        "cpu_s": round(cpu_s, 3),
        "sampling_s": round(median(run.sampling_s for run in runs), 3),
        "running_s": round(median(run.running_s for run in runs), 3),
        "figures_s": round(median(run.figures_s for run in runs), 3),
        "patients": runs[0].patients,
        "patients_per_cpu_s": round(median(run.patients / run.cpu_s for run in runs)),
        "runs": len(runs),
    }


def _ratios(runs: dict[str, list[Run]], rows: int) -> Line:
    hand = runs["by hand"]

    def ratio(name: str, part: Callable[[Run], float] = lambda run: run.cpu_s) -> float:
        return median(part(mine) / part(other) for mine, other in zip(hand, runs[name], strict=True))

    faster, slower = ratio("compiled"), 1 / ratio("reference")
    return {
        "benchmark": "year, ratios",
        "compiled_faster_than_by_hand": round(faster, 1),
        "of_running_alone": round(ratio("compiled", lambda run: run.running_s), 1),
        "compiled_without_log_faster": round(ratio(NO_LOG), 1),
        "reference_cpu_of_by_hand": round(slower, 2),
        "wanted": {"compiled_faster_at_least": WANTED_FASTER, "reference_cpu_at_most": WANTED_REFERENCE},
        "met": faster >= WANTED_FASTER and slower <= WANTED_REFERENCE,
        "logs_equal": True,
        "log_rows": rows,
    }
