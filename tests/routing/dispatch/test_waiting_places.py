"""Idle robots are spread over bays at the least cost: judged by trying every way on small cases."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from routing.dispatch.waiting_places import Place, Spread, cost, spread_out

MINUTE = 60_000


@st.composite
def spreads(draw: st.DrawFn) -> Spread:
    """Up to three robots, bays and transports, with driving of up to ten minutes and savings of up to five."""
    robots, bays, wanted = (draw(st.integers(0, 3)) for _ in range(3))

    def some(*shape: int, most: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        count = int(np.prod(shape))
        found = draw(st.lists(st.integers(0, most), min_size=count, max_size=count))
        return np.array(found, np.int64).reshape(shape)

    return Spread(home=some(robots, most=10), drive=some(robots, bays, most=10), worth=some(bays, wanted, most=20))


def every_way(spread: Spread) -> list[list[Place | None]]:
    """All that may be done: each robot home or in a bay, there for a transport or for nothing."""
    robots, bays = spread.drive.shape
    wanted = spread.worth.shape[1]
    one = [None, *(Place(bay, transport) for bay in range(bays) for transport in (None, *range(wanted)))]
    return [list(places) for places in product(one, repeat=robots) if is_allowed(places)]


def is_allowed(places: tuple[Place | None, ...] | list[Place | None]) -> bool:
    """No two in one bay, and no transport waited for twice."""
    bays = [place.bay for place in places if place is not None]
    transports = [place.transport for place in places if place is not None and place.transport is not None]
    return len(set(bays)) == len(bays) and len(set(transports)) == len(transports)


@given(spreads())
def test_no_other_way_costs_less(spread: Spread) -> None:
    """Every robot has at most one bay, every bay at most one robot, and the cost is that of the best of all ways."""
    found = spread_out(spread)
    assert len(found) == len(spread.home)
    assert is_allowed(found)
    assert cost(spread, found) == min(cost(spread, places) for places in every_way(spread))


def test_robots_spread_out_over_what_is_expected() -> None:
    """Two robots, two bays at the kitchen, one at the store: a second meal (1 min) is worth less than a first linen."""
    kitchen, store = 0, 2
    spread = Spread(
        home=np.zeros(2, np.int64),
        drive=np.full((2, 3), MINUTE // 4, np.int64),
        worth=np.array([[3, 1, 0], [3, 1, 0], [0, 0, 2]], np.int64) * MINUTE,
    )
    found = [place for place in spread_out(spread) if place is not None]
    assert sorted(place.bay == store for place in found) == [False, True]
    assert {place.transport for place in found} == {kitchen, store}
    assert cost(spread, found) == (1 / 4 - 3 + 1 / 4 - 2) * MINUTE


def test_nobody_leaves_home_for_less_than_the_drive() -> None:
    """A minute's drive for half a minute's gain: home. Who stands in the bay already stays, though nothing comes."""
    spread = Spread(
        home=np.array([0, 2 * MINUTE], np.int64),
        drive=np.array([[MINUTE, MINUTE], [3 * MINUTE, 0]], np.int64),
        worth=np.array([[MINUTE // 2], [0]], np.int64),
    )
    assert spread_out(spread) == [None, Place(1, None)]
