"""Nelson's treatment centre: six mean waits of 1,140 minutes from empty, 300 replications."""

from __future__ import annotations

import csv
import functools
import math
from pathlib import Path

import pytest

from benchmarks.published import tables
from simulation.flow.plan import Stream

RATES = Path(__file__).parents[1] / "data" / "nelson" / "ed_arrivals.csv"


@functools.cache
def waits(engine: str) -> dict[str, tables.Interval]:
    """Mean waits by step, with their 95 % intervals."""
    plan = tables.plan_of("treatment_centre.yaml", "treatment_centre")
    return tables.centre_waits(plan, engine, tables.CENTRE_REPLICATIONS)


@pytest.mark.parametrize("step", list(tables.CENTRE_WAITS))
@pytest.mark.parametrize("engine", tables.ENGINES)
def test_the_mean_wait_is_the_published_one(engine: str, step: str) -> None:
    """The difference of the two means is one that chance explains (99 %)."""
    published, half_width = tables.CENTRE_WAITS[step]
    ours = waits(engine)[step]
    assert abs(ours.mean - published) <= tables.CENTRE_FACTOR * math.hypot(ours.half_width, half_width)


def test_the_rates_are_the_published_ones() -> None:
    """The pattern in YAML is the table of 18 rates, which begins anew in the nineteenth hour."""
    with RATES.open(encoding="utf-8", newline="") as file:
        published = [float(row["arrival_rate"]) for row in csv.DictReader(file)]
    arrivals = tables.plan_of("treatment_centre.yaml", "treatment_centre").sources[0].arrivals
    assert isinstance(arrivals, Stream)
    assert list(arrivals.hourly[:19]) == pytest.approx([*published, published[0]], rel=1e-12)
