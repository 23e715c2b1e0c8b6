"""Draws are made where a patient may come to them, and nowhere that matters are they missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulation.distributions import Exponential
from simulation.engines.reference import run_reference
from simulation.flow.load import load_flows
from simulation.flow.plan import (
    Again,
    Aside,
    Branch,
    ByAttribute,
    Delay,
    Drawn,
    Fixed,
    Free,
    Leave,
    Pathway,
    Plan,
    Repeat,
    Seize,
    Slot,
    Step,
    Together,
)
from simulation.flow.resolve import resolve
from simulation.sampling import Sample, draw_sample
from simulation.ticks import DAY
from tests.simulation.sampling.drawn_plans import plan, row, source, steady

EXAMPLES = Path(__file__).parents[1] / "flow" / "examples"
CHOICE = Slot(name="choice", cumulative=((0.3, 1.0),))
LEAVE = Leave(at=9, outcome=0)


def times(count: int) -> list[Slot]:
    return [Slot(name=f"time{number}", durations=(Exponential(600.0),)) for number in range(count)]


def delay(slot: int) -> Delay:
    return Delay(at=slot, span=Drawn(slot))


def sampled(steps: Sequence[Step], slots: Sequence[Slot]) -> Sample:
    """About 2,400 patients who go these steps; -1 stands where nothing was drawn."""
    made = plan([source("walk_in", steady(5.0, 20))])
    pathway = Pathway(id="ed", steps=tuple(steps), slots=tuple(slots), holds=1)
    return draw_sample(replace(made, pathways=(pathway,)), 1, 0, unneeded=-1)


def drawn(sample: Sample, slot: int) -> np.ndarray:
    return row(sample, slot) >= 0


def test_a_draw_in_an_arm_is_made_for_those_who_take_it() -> None:
    """Slot 1 in the first arm, slot 2 in the second, slot 3 after both."""
    branch = Branch(at=0, choice=Drawn(0), arms=((delay(1),), (delay(2),)))
    sample = sampled([branch, delay(3), LEAVE], [CHOICE, *times(3)])
    first = row(sample, 0) == 0
    assert 0 < first.sum() < len(first)
    assert np.array_equal(drawn(sample, 1), first)
    assert np.array_equal(drawn(sample, 2), ~first)
    assert drawn(sample, 3).all()


def test_nothing_is_drawn_for_who_has_left() -> None:
    """The first arm leaves."""
    branch = Branch(at=0, choice=Drawn(0), arms=((LEAVE,), ()))
    sample = sampled([branch, delay(1), LEAVE], [CHOICE, *times(1)])
    assert np.array_equal(drawn(sample, 1), row(sample, 0) == 1)


def test_an_attribute_decides_like_a_choice_and_none_means_the_last_arm() -> None:
    """Red to the first arm, yellow to the second, green (of whom nothing is said) to the second as well."""
    branch = Branch(at=0, choice=ByAttribute(0, (0, 1, None)), arms=((delay(0),), (delay(1),)))
    sample = sampled([branch, LEAVE], times(2))
    assert np.array_equal(drawn(sample, 0), sample.attributes[0] == 0)
    assert np.array_equal(drawn(sample, 1), sample.attributes[0] != 0)


def test_where_the_state_of_the_hospital_decides_all_ways_are_drawn() -> None:
    """Also what is done after giving up, in arms at once, and aside."""
    steps: list[Step] = [
        Branch(at=0, conditions=(Free(0, 1),), arms=((delay(0),), (delay(1),))),
        Seize(at=1, choices=(0,), hold=0, wait=0, patience=Drawn(2), otherwise=(delay(3), LEAVE)),
        Together(at=2, arms=((delay(4),), (Aside(at=3, steps=(delay(5),)),))),
        LEAVE,
    ]
    sample = sampled(steps, times(6))
    assert all(drawn(sample, slot).all() for slot in range(6))


def test_a_round_is_drawn_for_those_who_may_come_so_far() -> None:
    """Three rounds, each with a choice (again with 0.3) and a time; who is exhausted has a last time."""
    again = Branch(at=1, choice=Drawn(0), arms=((Again(at=2),), ()))
    loop = Repeat(at=0, steps=(delay(1), again), at_most=3, exhausted=(delay(6),), first_slot=0, slots=2)
    duration = times(1)[0]
    sample = sampled([loop, LEAVE], [CHOICE, duration] * 3 + times(1))
    coming = np.ones(len(sample.arrival), np.bool_)
    for number in range(3):
        assert np.array_equal(drawn(sample, 2 * number + 1), coming)
        coming &= row(sample, 2 * number) == 0
    assert coming.any()
    assert np.array_equal(drawn(sample, 6), coming)


def test_a_slot_that_several_steps_use_is_drawn_for_the_users_of_each() -> None:
    """The same number for everybody who comes to either."""
    arms = ((delay(1),), (Branch(at=1, choice=ByAttribute(0, (0, 1, 1)), arms=((delay(1),), ())),))
    sample = sampled([Branch(at=0, choice=Drawn(0), arms=arms), LEAVE], [CHOICE, *times(1)])
    assert np.array_equal(drawn(sample, 1), (row(sample, 0) == 0) | (sample.attributes[0] == 0))


def test_other_shares_leave_the_draws_of_those_who_take_the_arm_either_way() -> None:
    """From 0.3 to 0.5: who joins the arm is new there, all others have what they had."""
    samples = [
        sampled(
            [Branch(at=0, choice=Drawn(0), arms=((delay(1),), ())), LEAVE],
            [Slot(name="choice", cumulative=((share, 1.0),)), *times(1)],
        )
        for share in (0.3, 0.5)
    ]
    both = drawn(samples[0], 1)
    assert both.sum() < drawn(samples[1], 1).sum()
    assert np.array_equal(row(samples[0], 1)[both], row(samples[1], 1)[both])


def garbled(sample: Sample) -> Sample:
    """The sample with nonsense wherever nothing was drawn."""
    nonsense = np.random.default_rng(1).integers(0, DAY, len(sample.draws))
    return replace(sample, draws=np.where(sample.draws < 0, nonsense, sample.draws))


def plans() -> list[Plan]:
    """Every flow of the example that has all constructs, and Køge's flows, for some days."""
    examples, koege = load_flows(EXAMPLES / "steps.yaml"), load_flows("koege")
    return [resolve(site, flow, warm_up=0, runs=3 * DAY) for site in (examples, koege) for flow in site.flow_ids]


@pytest.mark.parametrize("of", plans(), ids=lambda of: of.flow)
def test_no_run_looks_at_a_draw_that_was_not_made(of: Plan) -> None:
    """Whatever stands there, the log is the same."""
    sample = draw_sample(of, 1, 0, unneeded=-1)
    runs = [run_reference(of, one, log=True).log for one in (garbled(sample), draw_sample(of, 1, 0))]
    assert runs[0] is not None
    assert runs[1] is not None
    assert (sample.draws < 0).any()
    for column in ("at", "patient", "step", "kind", "value"):
        assert np.array_equal(getattr(runs[0], column), getattr(runs[1], column))


def test_fixed_quantities_need_no_draw() -> None:
    """A flow without chance has an empty sample."""
    assert len(sampled([Delay(at=0, span=Fixed(60)), LEAVE], []).draws) == 0
