from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.experiment.search import Axis, Point, smallest

AXES = st.lists(
    st.builds(
        lambda least, size, cost: Axis(least=least, most=least + size, cost=cost),
        st.integers(0, 5),
        st.integers(0, 5),
        st.sampled_from([0.5, 1.0, 2.0, 3.7]),
    ),
    min_size=1,
    max_size=3,
)


def _brute_force(axes: list[Axis], meets: Callable[[Point], bool]) -> Point | None:
    """Try every point in order of cost, then of capacities."""
    points = itertools.product(*(range(axis.least, axis.most + 1) for axis in axes))
    met = [point for point in points if meets(point)]
    return min(met, key=lambda point: (round(_cost(axes, point), 9), point), default=None)


def _cost(axes: list[Axis], point: Point) -> float:
    return sum(axis.cost * units for axis, units in zip(axes, point, strict=True))


@given(AXES, st.data())
@settings(max_examples=150)
def test_the_search_finds_what_trying_everything_finds(axes: list[Axis], data: st.DataObject) -> None:
    """Where more capacity never harms, the answer is that of brute force, with far fewer points than there are."""
    minimal = data.draw(
        st.lists(st.tuples(*(st.integers(axis.least, axis.most + 1) for axis in axes)), min_size=0, max_size=4)
    )

    def meets(point: Point) -> bool:
        return any(all(have >= need for have, need in zip(point, least, strict=True)) for least in minimal)

    found = smallest(axes, meets)
    assert found.answer == _brute_force(axes, meets)
    assert found.assured
    assert found.contradictions == ()
    assert all(met == meets(point) for point, met in found.judged.items())


@given(AXES, st.data())
@settings(max_examples=100)
def test_when_more_turns_out_to_harm_everything_cheaper_is_tried(axes: list[Axis], data: st.DataObject) -> None:
    """Whatever meets the targets, an answer of which a contradiction was seen is that of brute force."""
    points = list(itertools.product(*(range(axis.least, axis.most + 1) for axis in axes)))
    good = set(data.draw(st.lists(st.sampled_from(points))))
    found = smallest(axes, good.__contains__)
    if found.contradictions:
        assert found.assured
        assert found.answer == _brute_force(axes, good.__contains__)
    for small, large in found.contradictions:
        assert small in good
        assert large not in good
        assert all(a <= b for a, b in zip(small, large, strict=True))


def test_one_harmful_point_is_found_out() -> None:
    """All greater capacities fail but the least one is enough: a probe contradicts, and the least is the answer."""
    # 4 × 1 points; the greatest fails, which rules the others out; the probes find that 0 meets the targets.
    found = smallest([Axis(least=0, most=3, cost=1.0)], lambda point: point == (0,))
    assert found.answer == (0,)
    assert ((0,), (3,)) in found.contradictions


def test_the_search_looks_at_few_points() -> None:
    """Of 8,000 combinations of three resources, each with its own bottleneck, fewer than 60 are run."""
    axes = [Axis(least=1, most=20, cost=cost) for cost in (1.0, 2.0, 5.0)]
    found = smallest(axes, lambda p: p[0] >= 7 and p[1] >= 11 and p[2] >= 4 and p[0] + p[1] + p[2] >= 24)
    # 24 in all with the dear ones at their least: 24 - 11 - 4 = 9 of the cheapest
    assert found.answer == (9, 11, 4)
    assert found.possible == 8000
    assert len(found.judged) < 60


@pytest.mark.parametrize("probes", [0, 4])
def test_no_capacity_that_is_enough(probes: int) -> None:
    """When not even the greatest meets the targets there is no answer, and only the probes are run besides."""
    found = smallest([Axis(least=1, most=9, cost=1.0)] * 2, lambda _: False, probes=probes)
    assert found.answer is None
    assert len(found.judged) == 1 + probes
