"""Common random numbers: what a scenario does not change stays as it was, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulation.distributions import Exponential, Gamma
from simulation.flow.plan import Slot
from simulation.sampling import draw_sample
from simulation.sampling.streams import Streams
from tests.simulation.sampling.drawn_plans import (
    ADMITTED,
    AGAIN,
    DOCTOR,
    LAB,
    MIXES,
    SENT,
    SLOTS,
    digest,
    everything,
    ordinary,
    plan,
    row,
    source,
    steady,
)

KEYS = [2310889065363608034, 6742095535803950776]
STREAM = [3785397755706901101, 2856158927707507539, 6211486708610899892]
SAMPLE = "0fbfe47b32e7d06ec701ffa63ced852d28d999cee129b341a19b023a44d7575d"
"""What the first release drew."""


def test_the_same_seed_gives_the_same_sample() -> None:
    """And another seed or replication another one."""
    made = [
        digest(draw_sample(ordinary(), seed, replication)) for seed, replication in ((1, 0), (1, 0), (1, 1), (2, 0))
    ]
    assert made[0] == made[1]
    assert len(set(made)) == 3


@pytest.mark.parametrize("changed", range(4), ids=[slot.name for slot in SLOTS])
def test_changing_one_slot_leaves_all_others_as_they_were(changed: int) -> None:
    """Another distribution, or other shares, in one place: three of four rows are equal to the last bit."""
    other = Slot(name=SLOTS[changed].name, durations=(Gamma(500.0, 400.0),))
    slots = [other if number == changed else slot for number, slot in enumerate(SLOTS)]
    before, after = draw_sample(ordinary(), 1, 0), draw_sample(ordinary(slots), 1, 0)
    assert np.array_equal(before.arrival, after.arrival)
    assert np.array_equal(before.attributes, after.attributes)
    for slot in range(4):
        assert np.array_equal(row(before, slot), row(after, slot)) == (slot != changed)


def test_changing_one_value_of_an_attribute_leaves_the_other_values_as_they_were() -> None:
    """Red takes longer: yellow and green do not notice."""
    longer = replace(DOCTOR, durations=(Exponential(9999.0), *DOCTOR.durations[1:]))
    before, after = draw_sample(ordinary(), 1, 0), draw_sample(ordinary([LAB, longer, SENT, ADMITTED]), 1, 0)
    red = before.attributes[0] == 0
    assert (row(before, 1)[red] != row(after, 1)[red]).all()
    assert np.array_equal(row(before, 1)[~red], row(after, 1)[~red])


def test_changing_the_shares_of_one_value_moves_only_patients_of_that_value() -> None:
    """Yellow's first arm grows from 30 to 40 %: nobody leaves it, and only yellow patients join."""
    wider = replace(ADMITTED, cumulative=(ADMITTED.cumulative[0], (0.4, 0.5, 1.0), ADMITTED.cumulative[2]))
    before, after = draw_sample(ordinary(), 1, 0), draw_sample(ordinary([LAB, DOCTOR, SENT, wider]), 1, 0)
    moved = row(before, 3) != row(after, 3)
    assert moved.any()
    assert (before.attributes[0][moved] == 1).all()
    assert (row(after, 3)[moved] == 0).all()


def test_more_rounds_leave_the_earlier_rounds_as_they_were() -> None:
    """A loop of at most three becomes one of at most four."""
    three, four = (draw_sample(ordinary([*[AGAIN] * rounds, LAB]), 1, 0) for rounds in (3, 4))
    for slot in range(3):
        assert np.array_equal(row(three, slot), row(four, slot))
    assert np.array_equal(row(three, 3), row(four, 4))


def test_slots_and_sources_may_be_declared_in_any_order() -> None:
    """Streams go by name: turned round, each source has the same arrivals and each slot the same draws."""
    sources = [source("walk_in", steady(6.0, 20)), source("ambulance", steady(2.5, 20))]
    there, back = draw_sample(plan(sources, SLOTS), 1, 0), draw_sample(plan(sources[::-1], SLOTS[::-1]), 1, 0)
    for number in (0, 1):
        mine, theirs = there.source == number, back.source == 1 - number
        assert np.array_equal(there.arrival[mine], back.arrival[theirs])
        assert np.array_equal(there.attributes[:, mine], back.attributes[:, theirs])
        for slot in range(4):
            assert np.array_equal(row(there, slot, number), row(back, 3 - slot, 1 - number))


def test_a_source_that_is_added_changes_nobody_else() -> None:
    """A mass casualty comes on top of the ordinary patients."""
    base = [source("walk_in", steady(6.0, 20))]
    without, with_ = (draw_sample(plan([*base, *more]), 1, 0) for more in ([], [source("crash", steady(3.0, 20))]))
    own = with_.source == 0
    assert np.array_equal(without.arrival, with_.arrival[own])
    for slot in range(4):
        assert np.array_equal(row(without, slot), row(with_, slot, 0))


def test_another_mix_of_a_later_attribute_leaves_the_earlier_one() -> None:
    """Older patients, the same triage."""
    older = (MIXES[0], ((0.1, 1.0),) * 3)
    before, after = (
        draw_sample(plan([source("walk_in", steady(6.0, 20), mixes=mixes)]), 1, 0) for mixes in (MIXES, older)
    )
    assert np.array_equal(before.attributes[0], after.attributes[0])
    assert (after.attributes[1] >= before.attributes[1]).all()  # nobody grows younger


def test_more_arrivals_leave_those_who_came_anyway_as_they_were() -> None:
    """9 and 15 an hour are thinned from the same candidates: the nine are among the fifteen, with all their draws."""
    fewer, more = (draw_sample(plan([source("walk_in", steady(rate, 20))]), 1, 0) for rate in (9.0, 15.0))
    same = np.isin(more.arrival, fewer.arrival)
    assert same.sum() == len(fewer.arrival) < len(more.arrival)
    assert np.array_equal(more.attributes[:, same], fewer.attributes)
    for slot in range(4):
        assert np.array_equal(row(more, slot)[same], row(fewer, slot))


def test_streams_with_different_names_have_nothing_in_common() -> None:
    """Seeds, replications, sources, slots and rounds that are written alike are still apart."""
    names = [(1, 11, "a"), (11, 1, "a"), (1, 1, "1a"), (1, 1, "a")]
    of = [("b", 0), ("b", 1), ("b1", 0), ("bc", 0), ("c", 0)]
    keys = [key for name in names for which in of for key in Streams(*name).keys(*which)]
    first = [int(Streams(*name).of(which[0]).integers(0, 2**63)) for name in names for which in of if not which[1]]
    assert len(set(keys)) == len(keys)
    assert len(set(first)) == len(first)


def test_streams_are_those_of_yesterday() -> None:
    """Written down once: bundles of earlier runs must replay."""
    streams = Streams(1, 0, "walk_in")
    assert list(map(int, streams.keys("ed/triage", 2))) == KEYS
    assert streams.of("arrivals").integers(0, 2**63, 3).tolist() == STREAM
    assert digest(draw_sample(everything(days=3), 1, 0)) == SAMPLE
