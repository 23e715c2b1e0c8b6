"""Says where two replications differ: every figure, and the logs row by row."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from simulation.engines.compiled import run_compiled
from simulation.engines.reference import run_reference
from simulation.engines.replication import Kind, Log, Replication
from simulation.flow.plan import Plan
from simulation.sampling.sample import Sample

AROUND = 6
"""Rows of the logs that are shown before the first difference."""


def assert_engines_agree(plan: Plan, sample: Sample) -> Replication:
    """Both engines write the same log and the same figures, bit for bit; returns the compiled replication."""
    compiled = run_compiled(plan, sample, log=True)
    assert not (found := differences(plan, run_reference(plan, sample, log=True), compiled)), "\n".join(found)
    assert not (found := differences(plan, compiled, run_compiled(plan, sample), logs=False)), "\n".join(found)
    return compiled


def differences(plan: Plan, one: Replication, other: Replication, *, logs: bool = True) -> list[str]:
    """What differs between two replications of a plan."""
    found = []
    if logs:
        assert one.log is not None
        assert other.log is not None
        found += _log_differences(plan, one.log, other.log)
    for field in fields(Replication):
        if field.name in ("sample", "log"):
            continue
        first, second = getattr(one, field.name), getattr(other, field.name)
        if (first.dtype, first.shape) != (second.dtype, second.shape):
            found.append(f"{field.name}: {first.dtype}{first.shape} and {second.dtype}{second.shape}")
        elif not np.array_equal(first, second):
            where = np.argwhere(first != second)[0]
            found.append(f"{field.name}{where.tolist()}: {first[tuple(where)]} and {second[tuple(where)]}")
    return found


def _log_differences(plan: Plan, one: Log, other: Log) -> list[str]:
    first, second = _rows(plan, one), _rows(plan, other)
    types = [getattr(one, field.name).dtype == getattr(other, field.name).dtype for field in fields(Log)]
    if first == second and all(types):
        return []
    number = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), len(first))
    begin, end = max(0, number - AROUND), number + 2
    return [
        f"the logs ({len(first)} and {len(second)} rows) differ from row {number} on:",
        *("  " + row for row in first[begin:end]),
        "and:",
        *("  " + row for row in second[begin:end]),
    ]


def _rows(plan: Plan, log: Log) -> list[str]:
    columns = (log.at, log.patient, log.step, log.kind, log.value)
    return [
        f"{at} p{who} {Kind(kind).name} {value} at {step} {plan.steps[step] if step >= 0 and who >= 0 else ''}"
        for at, who, step, kind, value in zip(*(column.tolist() for column in columns), strict=True)
    ]
