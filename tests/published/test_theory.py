"""Queues whose waits theory knows: each figure within its own 99.9 % interval."""

from __future__ import annotations

import functools

import pytest

from benchmarks.published import tables


@functools.cache
def figures(engine: str, flow: str) -> dict[tables.Row, tables.Interval]:
    """Every row's figure of a flow, with its interval; the reference runs fewer and shorter replications."""
    count, part = tables.PART_FOR_THE_REFERENCE if engine == "reference" else (tables.THEORY_REPLICATIONS, 1.0)
    plan = tables.plan_of("queues.yaml", flow, share_of_run=part)
    return tables.theory_figures(plan, [row for row in tables.THEORY if row.flow == flow], engine, count)


@pytest.mark.parametrize("row", tables.THEORY, ids=str)
@pytest.mark.parametrize("engine", tables.ENGINES)
def test_the_figure_is_what_theory_says(engine: str, row: tables.Row) -> None:
    """Steady state after a warm-up, means of independent replications."""
    interval = figures(engine, row.flow)[row]
    assert interval.holds(row.expected), interval
