from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulation.statistics.kim_nelson import KimNelson
from simulation.statistics.ocba import allocation, next_step, probability_of_correct_selection


def _slippage(rng: np.random.Generator, systems: int, delta: float, shared: float) -> NDArray[np.float64]:
    """The worst case that the procedure must stand: all others are exactly delta worse than the first."""
    values = rng.normal(0, np.sqrt(1 - shared), (3000, systems)) + rng.normal(0, np.sqrt(shared), (3000, 1))
    values[:, 0] += delta
    return values


@pytest.mark.parametrize("shared", [0.0, 0.6])
def test_kim_nelson_selects_the_best_as_often_as_it_promises(shared: float) -> None:
    """Of 400 races of five normal systems, all others delta worse, the best wins at least 1 - alpha = 90 %."""
    race = KimNelson(systems=5, n0=10, indifference=0.5, alpha=0.1)
    rng = np.random.default_rng(1)
    won = 0
    for _ in range(400):
        end = race.go_on(race.begin(), _slippage(rng, 5, 0.5, shared))
        assert end.over
        won += end.remaining == (0,)
    assert won / 400 >= 0.9


def test_common_random_numbers_make_the_race_shorter() -> None:
    """Systems that share six tenths of their variance are told apart in about half as many replications."""
    race = KimNelson(systems=4, n0=10, indifference=0.5, alpha=0.05)
    lengths = []
    for shared in (0.0, 0.6):
        rng = np.random.default_rng(1)
        ends = [race.go_on(race.begin(), _slippage(rng, 4, 0.5, shared)) for _ in range(60)]
        lengths.append(np.mean([end.looked_at for end in ends]))
    assert lengths[1] < 0.6 * lengths[0]


def test_the_constant_is_kim_and_nelsons() -> None:
    """k = 2, n0 = 10, alpha = 0.05: eta = (0.1^(-2/9) - 1)/2 = 0.334, h² = 18 · 0.334 = 6.01."""
    assert KimNelson(systems=2, n0=10, indifference=1.0, alpha=0.05).h2 == pytest.approx(6.01, abs=0.005)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 40), min_size=1, max_size=10))
def test_how_many_are_looked_at_together_changes_nothing(seed: int, steps: list[int]) -> None:
    """A race looked at piece by piece ends as one that is looked at at once, after the same replications."""
    values = np.random.default_rng(seed).normal(0, 1, (sum(steps), 3)) + np.array([0.3, 0.0, 0.1])
    race = KimNelson(systems=3, n0=5, indifference=0.4, alpha=0.1)
    piecewise, seen = race.begin(), 0
    for step in steps:
        seen += step
        piecewise = race.go_on(piecewise, values[:seen])
    assert piecewise == race.go_on(race.begin(), values)


def test_a_race_ends_when_it_must() -> None:
    """Equal systems are never told apart; after max h² S² / δ² + 1 replications the first of the greatest is taken."""
    rng = np.random.default_rng(3)
    race = KimNelson(systems=3, n0=10, indifference=0.5, alpha=0.05)
    values = rng.normal(0, 1, (2000, 3))
    assert race.go_on(race.begin(), values).looked_at <= race.most(values[:10])
    twins = np.repeat(values[:, :1], 3, axis=1)
    assert race.go_on(race.begin(), twins).remaining == (0,)


def test_those_who_left_are_not_read() -> None:
    """A system that dropped out needs no further replications; one that is in must measure every one."""
    values = np.array([[0.0, 5.0, 100.0], [1.0, 6.0, 101.0], [0.0, 5.5, 99.0], [1.0, 5.0, 100.0]] * 5)
    values[12:, 0] = np.nan
    race = KimNelson(systems=3, n0=10, indifference=1.0, alpha=0.05)
    assert race.go_on(race.begin(), values[:12]).remaining == (2,)
    with pytest.raises(ValueError, match="every replication measures"):
        race.go_on(race.begin(), values)


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"systems": 1}, "two scenarios"), ({"indifference": 0.0}, "greater than zero"), ({"alpha": 0.8}, "blind guess")],
)
def test_a_race_without_sense_is_refused(changed: dict[str, float], says: str) -> None:
    """One system, no indifference, or less confidence than a guess has: each is refused with its reason."""
    with pytest.raises(ValueError, match=says):
        KimNelson(**({"systems": 3, "n0": 10, "indifference": 1.0, "alpha": 0.05} | changed))


def test_replications_go_where_they_tell_most() -> None:
    """Means 5, 4, 3 with equal variances: the second gets four times the third's, the best sqrt(4² + 1²) times."""
    # (1/1)² : (1/2)² = 4 : 1; N_b = sqrt(16 + 1) = 4.123 → 950 · (4.123, 4, 1)/9.123 = 429.3, 416.5, 104.1
    given_out = allocation(np.array([5.0, 4.0, 3.0]), np.ones(3), 950)
    assert given_out.tolist() == [429, 417, 104]
    assert given_out.sum() == 950


@given(
    st.lists(st.tuples(st.floats(-10, 10), st.floats(0, 5), st.integers(2, 50)), min_size=2, max_size=8),
    st.integers(1, 100),
)
def test_a_step_spends_what_it_is_given(systems: list[tuple[float, float, int]], step: int) -> None:
    """Nobody loses replications, and between one and `step` are added."""
    means, variances, counts = (np.array(column) for column in zip(*systems, strict=True))
    after = next_step(counts, means, variances, step)
    assert (after >= counts).all()
    assert 1 <= after.sum() - counts.sum() <= step


def test_ocba_finds_the_best_with_fewer_replications_than_equal_shares() -> None:
    """Ten systems, means 0 to 0.9: with 500 replications in all OCBA is right more often than 50 for each."""
    rng, means = np.random.default_rng(1), np.arange(10) / 10
    won = {"ocba": 0, "equal": 0}
    for _ in range(200):
        values = rng.normal(means, 1.0, (500, 10))
        won["equal"] += int(values[:50].mean(axis=0).argmax()) == 9
        counts = np.full(10, 10)
        while counts.sum() < 500:
            sample = [values[:n, i] for i, n in enumerate(counts)]
            found = np.array([s.mean() for s in sample])
            spread = np.array([s.var(ddof=1) for s in sample])
            counts = next_step(counts, found, spread, min(20, int(500 - counts.sum())))
        won["ocba"] += int(np.argmax([values[:n, i].mean() for i, n in enumerate(counts)])) == 9
    assert won["ocba"] > won["equal"] + 20


def test_the_stated_probability_is_a_lower_bound() -> None:
    """Two systems one apart, variance 1, four replications each: 1 - Φ(-1/sqrt(.5)) = .921; equal ones: .5."""
    counts, variances = np.array([4, 4]), np.ones(2)
    assert probability_of_correct_selection(counts, np.array([1.0, 0.0]), variances) == pytest.approx(0.9214, abs=1e-4)
    assert probability_of_correct_selection(counts, np.zeros(2), variances) == pytest.approx(0.5)
    assert probability_of_correct_selection(counts, np.zeros(2), np.zeros(2)) == 0.5
