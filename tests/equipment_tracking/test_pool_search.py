"""Search: expected walking time, three honest states, and nothing that may not be had."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_tracking.pool.events import Seen
from equipment_tracking.pool.requests import Register, Reserve, SetEmergency, Take
from equipment_tracking.pool.search import Costs, Whereabouts, Wish, certainty, expected_cost_s, search
from tests.equipment_tracking.ward_pool import C1, HOUR_MS, P1, P2, P3, START_MS, Pool, chair, pump

SECONDS = [10.0, 40.0, 90.0, 300.0, np.inf]
WALKING_S = np.array(SECONDS)
COSTS = Costs(not_found_s=600.0, detour_s=60.0, sure=0.8, stale_ms=600_000)


def at(asset: str, *rooms: tuple[int, float], seen_ms: int = START_MS, last: int = -1) -> Whereabouts:
    """Where it may be."""
    return Whereabouts(asset, rooms, seen_ms, last)


def ready(*numbers: int) -> Pool:
    """Pumps that are ready."""
    pool = Pool(*(pump(number) for number in numbers))
    pool.make_ready(*pool.state.items.ids())
    return pool


def found(pool: Pool, *candidates: Whereabouts, wish: Wish | None = None) -> list[str]:
    """The assets offered, in order."""
    return [offer.asset for offer in search(pool.state, candidates, WALKING_S, pool.now_ms, wish=wish, costs=COSTS)]


# --- cost ------------------------------------------------------------------------------------------------------------


def test_the_cost_is_what_one_walks_on_average() -> None:
    """0.5·10 + 0.4·40 + 0.1·600 = 5 + 16 + 60 = 81 s; the rooms add up to 0.9, so no detour."""
    assert expected_cost_s(at(P1, (0, 0.5), (1, 0.4)), SECONDS, START_MS, COSTS) == pytest.approx(81.0)


def test_whoever_is_not_sure_makes_a_detour() -> None:
    """0.5·10 + 0.5·600 + 60 = 365 s."""
    assert expected_cost_s(at(P1, (0, 0.5)), SECONDS, START_MS, COSTS) == pytest.approx(365.0)


def test_an_old_sighting_costs_a_detour_too() -> None:
    """The room is known as of eleven minutes ago: 10 + 60 s."""
    old = at(P1, (0, 1.0), seen_ms=START_MS - 660_000)
    assert expected_cost_s(old, SECONDS, START_MS, COSTS) == pytest.approx(70.0)


def test_a_room_that_nobody_reaches_is_as_bad_as_not_knowing() -> None:
    """Behind a closed fire door: 600 s, not for ever."""
    assert expected_cost_s(at(P1, (4, 1.0)), SECONDS, START_MS, COSTS) == pytest.approx(600.0)


def test_a_sure_one_further_off_beats_a_doubtful_one_nearby() -> None:
    """90 s there against 0.7·10 + 0.3·600 + 60 = 247 s."""
    assert found(ready(1, 2), at(P1, (0, 0.7)), at(P2, (2, 1.0))) == [P2, P1]


def test_equal_costs_are_ordered_by_id() -> None:
    """Whatever the order of the candidates."""
    assert found(ready(1, 2), at(P2, (1, 1.0)), at(P1, (1, 1.0))) == [P1, P2]


# --- three honest states ---------------------------------------------------------------------------------------------


def test_one_room_is_named_when_it_is_sure() -> None:
    """Four in five."""
    assert certainty(at(P1, (2, 0.15), (1, 0.8)), START_MS, COSTS) == ("sure", (1,))


def test_two_rooms_are_named_when_it_is_one_of_them() -> None:
    """The likelier first; 0.1 + 0.7 counts as 0.8 although binary fractions fall short of it."""
    assert certainty(at(P1, (0, 0.1), (3, 0.7)), START_MS, COSTS) == ("either", (3, 0))


def test_else_it_is_said_where_it_was_last_seen() -> None:
    """Three rooms alike; or a sure room of eleven minutes ago; or never seen at all."""
    third = 1 / 3
    assert certainty(at(P1, (0, third), (1, third), (2, third), last=2), START_MS, COSTS) == ("last_seen", (2,))
    assert certainty(at(P1, (0, 1.0), seen_ms=START_MS - 660_000, last=0), START_MS, COSTS) == ("last_seen", (0,))
    assert certainty(at(P1), START_MS, COSTS) == ("last_seen", ())


def test_an_offer_says_how_old_the_sighting_is() -> None:
    """Eighteen minutes."""
    pool = ready(1)
    (offer,) = search(pool.state, [at(P1, seen_ms=START_MS - 18 * 60_000, last=3)], WALKING_S, START_MS, costs=COSTS)
    assert (offer.certainty, offer.rooms, offer.age_ms) == ("last_seen", (3,), 18 * 60_000)


# --- what is offered -------------------------------------------------------------------------------------------------


def test_what_may_not_be_had_is_not_offered() -> None:
    """Of five pumps one is reserved, one overdue, one in use, one an emergency reserve: one is left."""
    pool = ready(1, 2, 3, 4, 5)
    ids = pool.state.items.ids()
    pool.do(Reserve("R1", ids[0], "A"))
    pool.do(Register((pump(2, service_due_ms=START_MS),)))
    pool.do(Take(ids[2], "A"))
    pool.handle(Seen(ids[3], "trauma-store"))
    pool.do(SetEmergency("trauma-store", "infusion_pump", 1))
    assert found(pool, *(at(id, (0, 1.0)) for id in ids)) == [ids[4]]


def test_what_nobody_registered_is_not_offered() -> None:
    """A tag without a thing."""
    assert found(ready(1), at("5712345X", (0, 1.0))) == []


def test_a_wish_is_met_in_every_point() -> None:
    """A chair that carries 200 kg, a syringe pump for a child, one that may go to the MR scanner."""
    pool = Pool(pump(1), pump(2, paediatric=True), pump(3, mr_conditional=True, pump="volumetric"), chair(1))
    pool.make_ready(P1, P2, P3, C1)
    everywhere = [at(id, (0, 1.0)) for id in (P1, P2, P3, C1)]
    wishes = {
        Wish(type="wheelchair", carries_kg=160.0): [C1],
        Wish(carries_kg=200.0): [],
        Wish(pump="syringe", paediatric=True): [P2],
        Wish(mr_conditional=True): [P3],
        Wish(ward="A", paediatric=False): [P1, P3],
    }
    assert {wish: found(pool, *everywhere, wish=wish) for wish in wishes} == wishes


def test_no_more_is_told_than_was_asked_for() -> None:
    """The first two of three."""
    pool = ready(1, 2, 3)
    candidates = [at(P1, (2, 1.0)), at(P2, (1, 1.0)), at(P3, (0, 1.0))]
    offers = search(pool.state, candidates, WALKING_S, START_MS, limit=2)
    assert [offer.asset for offer in offers] == [P3, P2]


# --- properties ------------------------------------------------------------------------------------------------------

POOL = ready(*range(1, 6))
IDS = POOL.state.items.ids()
walks = st.lists(st.integers(0, 1_000), min_size=4, max_size=4).map(lambda found: np.array(found, dtype=np.float64))


@st.composite
def shares(draw: st.DrawFn) -> list[int]:
    """Percent in each of four rooms; what is left of a hundred is somewhere else."""
    left, found = 100, []
    for _ in range(4):
        found.append(draw(st.integers(0, left)))
        left -= found[-1]
    return found


def believed(asset: str, percents: list[int], age_ms: int) -> Whereabouts:
    """The percents as probabilities."""
    rooms = tuple((room, percent / 100) for room, percent in enumerate(percents) if percent)
    return Whereabouts(asset, rooms, START_MS - age_ms)


@given(walks, st.lists(shares(), min_size=5, max_size=5), st.integers(0, 1_200_000), st.data())
def test_more_probability_on_a_nearer_place_never_ranks_lower(
    walking_s: np.ndarray, places: list[list[int]], age_ms: int, data: st.DataObject
) -> None:
    """Move some of a candidate's probability from a room, or from nowhere, to a nearer room: it does not fall."""
    which = data.draw(st.integers(0, 4))
    order = sorted(range(4), key=lambda room: float(walking_s[room]))
    near = data.draw(st.integers(0, 3))
    far = data.draw(st.integers(near, 4))
    mine = list(places[which])
    source = 100 - sum(mine) if far == 4 else mine[order[far]]
    moved = data.draw(st.integers(0, source))
    if far < 4:
        mine[order[far]] -= moved
    mine[order[near]] += moved

    def rank(percents: list[int]) -> int:
        candidates = [
            believed(id, percents if number == which else places[number], age_ms) for number, id in enumerate(IDS)
        ]
        offers = search(POOL.state, candidates, walking_s, START_MS, costs=COSTS)
        return [offer.asset for offer in offers].index(IDS[which])

    assert rank(mine) <= rank(places[which])


@given(walks, shares(), st.integers(0, 1_200_000))
def test_a_cost_is_never_more_than_not_finding_and_a_detour(
    walking_s: np.ndarray, percents: list[int], age_ms: int
) -> None:
    """Nor less than the walk to the nearest room."""
    cost_s = expected_cost_s(believed(P1, percents, age_ms), walking_s.tolist(), START_MS, COSTS)
    assert min(float(walking_s.min()), 600.0) - 1e-6 <= cost_s <= 660.0 + 1e-6


@given(st.lists(st.sampled_from(["reserve", "overdue", "take", "emergency", "none"]), min_size=5, max_size=5))
def test_whatever_befalls_them_only_free_ones_are_offered(fates: list[str]) -> None:
    """Every mix of reserved, overdue, taken and kept for emergencies."""
    pool = ready(*range(1, 6))
    expected = []
    for number, (id, fate) in enumerate(zip(IDS, fates, strict=True)):
        if fate == "reserve":
            pool.do(Reserve(f"R{number}", id, "A"))
        elif fate == "overdue":
            pool.do(Register((pump(number + 1, service_due_ms=START_MS - HOUR_MS),)))
        elif fate == "take":
            pool.do(Take(id, "A"))
        elif fate == "emergency":
            pool.handle(Seen(id, f"box-{number}"))
            pool.do(SetEmergency(f"box-{number}", "infusion_pump", 1))
        else:
            expected.append(id)
    assert found(pool, *(at(id, (0, 1.0)) for id in IDS)) == expected
