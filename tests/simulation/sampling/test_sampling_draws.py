"""A sample holds what the plan declares: mixes, shares and durations, in the layout that the engines read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulation.distributions import Constant, Exponential, LogNormal, Normal, Shifted, Uniform
from simulation.flow.plan import Listed, Slot
from simulation.sampling import draw_sample
from simulation.ticks import DAY, HOUR, TICKS_PER_S, to_ticks
from tests.simulation.sampling.drawn_plans import AGAIN, DOCTOR, LAB, ordinary, plan, row, source, steady

YEAR = ordinary(days=365)


def test_attributes_have_their_declared_shares() -> None:
    """χ² of about 75,000 patients against 10 % red, 30 % yellow, 60 % green."""
    triage = draw_sample(YEAR, 1, 0).attributes[0]
    expected = len(triage) * np.array([0.1, 0.3, 0.6])
    assert stats.chisquare(np.bincount(triage, minlength=3), expected).pvalue > 0.001


@pytest.mark.parametrize(("triage", "young"), [(0, 0.2), (1, 0.5), (2, 0.8)], ids=["red", "yellow", "green"])
def test_an_attribute_may_depend_on_an_earlier_one(triage: int, young: float) -> None:
    """Of red 20 % are young, of yellow 50 %, of green 80 %; a binomial test of each."""
    sample = draw_sample(YEAR, 1, 0)
    ages = sample.attributes[1][sample.attributes[0] == triage]
    assert stats.binomtest(int((ages == 0).sum()), len(ages), young).pvalue > 0.001


def test_a_choice_takes_its_arms_by_their_shares() -> None:
    """A quarter to the first arm."""
    chosen = row(draw_sample(YEAR, 1, 0), 2)
    assert set(chosen.tolist()) == {0, 1}
    assert stats.binomtest(int((chosen == 0).sum()), len(chosen), 0.25).pvalue > 0.001


def test_the_shares_of_a_choice_may_depend_on_an_attribute() -> None:
    """Arms of red 0, 10, 90 %; of yellow 30, 20, 50 %; of green 90, 10, 0 %. An arm without share is never taken."""
    sample = draw_sample(YEAR, 1, 0)
    chosen = row(sample, 3)
    for value, shares in enumerate([(0.0, 0.1, 0.9), (0.3, 0.2, 0.5), (0.9, 0.1, 0.0)]):
        counts = np.bincount(chosen[sample.attributes[0] == value], minlength=3)
        there = np.array(shares) > 0
        assert (counts[~there] == 0).all()
        assert stats.chisquare(counts[there], counts.sum() * np.array(shares)[there]).pvalue > 0.001


def test_durations_follow_the_distribution_of_the_patient_s_attribute() -> None:
    """Red exponential, yellow gamma with shape 4, green always ten minutes."""
    sample = draw_sample(YEAR, 1, 0)
    durations, triage = row(sample, 1) / TICKS_PER_S, sample.attributes[0]
    assert stats.kstest(durations[triage == 0], stats.expon(scale=2400).cdf).pvalue > 0.001
    assert stats.kstest(durations[triage == 1], stats.gamma(4, scale=300).cdf).pvalue > 0.001
    assert (durations[triage == 2] == 600.0).all()


def test_durations_are_the_stream_s_samples_rounded_to_ticks() -> None:
    """As `to_ticks` rounds them; nothing is negative."""
    signed = Slot(name="x", durations=(Normal(0.0, 100.0, -500.0),))
    sample = draw_sample(plan([source("s", steady(60.0, 20))], [signed, LAB]), 1, 0)
    assert (row(sample, 0) >= 0).all()
    assert (row(sample, 0) == 0).mean() == pytest.approx(0.5, abs=0.02)
    seconds = row(sample, 1) / TICKS_PER_S
    assert np.array_equal(to_ticks(seconds), row(sample, 1))


def test_a_negative_constant_takes_no_time() -> None:
    """A shift may move a constant below zero; a duration is then zero."""
    slots = [Slot(name="a", durations=(Constant(-5.0),)), Slot(name="b", durations=(Shifted(Constant(1.0), -9.0),))]
    sample = draw_sample(plan([source("s", steady(6.0, 20))], slots), 1, 0)
    assert not row(sample, 0).any()
    assert not row(sample, 1).any()


def test_each_round_of_a_loop_has_draws_of_its_own() -> None:
    """The rows of a slot's three rounds are not correlated, and the slots between them are not disturbed."""
    sample = draw_sample(plan([source("s", steady(20.0, 100))], [AGAIN, LAB, AGAIN, AGAIN], days=100), 1, 0)
    rounds = np.array([row(sample, slot) for slot in (0, 2, 3)], float)
    off = np.corrcoef(rounds) - np.eye(3)
    assert abs(off).max() < 4 / np.sqrt(rounds.shape[1])


def test_patients_are_ordered_by_tick_then_source_then_number() -> None:
    """Lists at 08:00 of two sources, the second of them with two patients, and one at 07:00."""
    first = Listed(ticks=(8 * HOUR, 8 * HOUR))
    second = Listed(ticks=(7 * HOUR, 8 * HOUR))
    sample = draw_sample(plan([source("a", first), source("b", second)], [LAB]), 1, 0)
    assert sample.arrival.tolist() == [7 * HOUR, 8 * HOUR, 8 * HOUR, 8 * HOUR]
    assert sample.source.tolist() == [1, 0, 0, 1]
    # draws: a's block is numbers 0 and 1, b's block 2 and 3
    assert sample.first_draw.tolist() == [2, 0, 1, 3]


def test_who_is_late_beyond_the_horizon_is_not_there_and_changes_nobody_s_draws() -> None:
    """The last of three is moved over midnight; the others' columns stay as they were."""
    ticks = (8 * HOUR, 12 * HOUR, DAY - HOUR)
    kept = [
        draw_sample(plan([source("a", Listed(ticks=ticks, lateness=late))], [LAB, DOCTOR], days=1), 1, 0)
        for late in (Constant(0.0), Constant(7200.0))
    ]
    assert [len(sample.arrival) for sample in kept] == [3, 2]
    for slot in (0, 1):
        assert row(kept[0], slot)[:2].tolist() == row(kept[1], slot).tolist()


def test_a_sample_may_be_empty() -> None:
    """No source, nobody on the list, or no slots."""
    nobody = draw_sample(plan([]), 1, 0)
    assert (len(nobody.arrival), nobody.attributes.shape, len(nobody.draws)) == (0, (2, 0), 0)
    assert len(draw_sample(plan([source("a", Listed(ticks=()))]), 1, 0).arrival) == 0
    assert len(draw_sample(plan([source("a", Listed(ticks=(HOUR,)))], []), 1, 0).draws) == 0


@settings(max_examples=40, deadline=None)
@given(
    rates=st.lists(st.floats(0.0, 5.0), min_size=1, max_size=4),
    count=st.integers(0, 4),
    seed=st.integers(0, 2**70),
    replication=st.integers(0, 10_000),
)
def test_every_draw_of_every_patient_has_a_place_of_its_own(
    rates: list[float], count: int, seed: int, replication: int
) -> None:
    """`first_draw + slot · stride` covers all draws exactly once, arrivals are in order and arrays have their types."""
    slots = [Slot(name=f"s{number}", durations=(Exponential(60.0),)) for number in range(count)]
    drawn = draw_sample(
        plan([source(f"q{number}", steady(rate, 2)) for number, rate in enumerate(rates)], slots, days=2),
        seed,
        replication,
    )
    places = [drawn.first_draw + slot * drawn.stride for slot in range(count)]
    assert sorted(np.concatenate([[], *places]).tolist()) == list(range(len(drawn.draws)))
    assert (np.diff(drawn.arrival) >= 0).all()
    assert [str(part.dtype) for part in (drawn.source, drawn.attributes, drawn.draws)] == ["int32", "int8", "int64"]
    assert (drawn.stride == np.bincount(drawn.source, minlength=len(rates))[drawn.source]).all()


@settings(max_examples=40, deadline=None)
@given(shares=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=6), seed=st.integers(0, 1000))
def test_a_choice_is_always_one_of_its_arms_with_a_share(shares: list[float], seed: int) -> None:
    """Shares that sum to one up to rounding; arms of share zero are never taken."""
    total = sum(shares)
    if total < 1e-6:
        return
    cumulative = np.minimum(np.cumsum(shares) / total, 1.0)
    cumulative[-1] = 1.0
    choice = Slot(name="c", cumulative=(tuple(cumulative.tolist()),))
    chosen = row(draw_sample(plan([source("s", steady(30.0, 2))], [choice], days=2), seed, 0), 0)
    widths = np.diff([0.0, *cumulative])
    assert set(chosen.tolist()) <= set(np.flatnonzero(widths > 0).tolist())


def test_many_patients_are_drawn_in_pieces_without_a_seam() -> None:
    """More than a piece of 8,192: the whole row is one stream, so its distribution is right across the seams."""
    slot = Slot(name="x", durations=(LogNormal(100.0, 30.0),))
    sample = draw_sample(plan([source("s", steady(500.0, 4)), source("t", Listed(ticks=()))], [slot], days=4), 1, 0)
    durations = row(sample, 0) / TICKS_PER_S
    assert len(durations) > 40_000
    assert len(np.unique(durations)) > 0.99 * len(durations)
    near = np.corrcoef(durations[:-8192], durations[8192:])[0, 1]
    assert abs(near) < 4 / np.sqrt(len(durations))


def test_a_uniform_duration_has_its_bounds() -> None:
    """Between one and two minutes, in ticks."""
    slot = Slot(name="x", durations=(Uniform(60.0, 120.0),))
    durations = row(draw_sample(plan([source("s", steady(50.0, 20))], [slot]), 1, 0), 0)
    assert 60 * TICKS_PER_S <= durations.min() < durations.max() <= 120 * TICKS_PER_S
