"""The acute stroke unit of Monks et al. (2016): how often a unit of n beds would be full."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from benchmarks.published import tables

REFERENCE_REPLICATIONS = 30
BEDS = list(tables.STROKE_DELAYED)


@functools.cache
def shares(engine: str) -> tables.Floats:
    """Shares of time by number in bed: all replications of the paper, or the first of them by the reference."""
    plan = tables.plan_of("stroke_unit.yaml", "acute_stroke_unit")
    count = REFERENCE_REPLICATIONS if engine == "reference" else tables.STROKE_REPLICATIONS
    return tables.occupancy(plan, engine, count)


@pytest.mark.parametrize("beds", BEDS)
def test_the_share_delayed_is_that_of_the_paper(beds: int) -> None:
    """Within 0.01 of the published table, 150 replications of five years after three of warm-up."""
    found = float(tables.delayed(shares("compiled").mean(axis=0), beds))
    assert abs(found - tables.STROKE_DELAYED[beds]) <= tables.STROKE_TOLERANCE


@pytest.mark.parametrize("beds", BEDS)
def test_the_reference_says_the_same(beds: int) -> None:
    """Fewer replications of the reference hold the exact share (Erlang's loss formula) in their 99.9 % interval."""
    interval = tables.Interval.of(tables.delayed(shares("reference"), beds), 0.999)
    assert interval.holds(tables.erlang_b(tables.STROKE_LOAD, beds))


def test_both_engines_agree_on_the_same_replications() -> None:
    """The reference's replications are the first of the compiled engine's, to the last bit."""
    assert np.array_equal(shares("compiled")[:REFERENCE_REPLICATIONS], shares("reference"))


def test_beds_have_no_limit_here() -> None:
    """Nobody ever finds all of the hundred beds taken."""
    assert not shares("compiled")[:, -1].any()
