"""Search: expected walking time, three honest states, and nothing that may not be had."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from equipment_tracking.pool.available import free
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Seen
from equipment_tracking.pool.model import Item, ItemState, Level
from equipment_tracking.pool.requests import Quarantine, Register, Reserve, Retire, SetEmergency, Take
from equipment_tracking.pool.search import Certainty, Costs, Offer, Wish, count_met, expected_costs_s, search
from equipment_tracking.pool.words import STATES
from equipment_tracking.register.assets import Asset
from tests.equipment_tracking.ward_pool import (
    C1,
    HOUR_MS,
    P1,
    P2,
    P3,
    START_MS,
    Pool,
    Whereabouts,
    chair,
    columns,
    pump,
)

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
    offers = search(pool.state, columns(candidates), WALKING_S, pool.now_ms, wish=wish, costs=COSTS)
    return [offer.asset for offer in offers]


def cost_s(where: Whereabouts) -> float:
    """Of one alone."""
    return float(expected_costs_s(columns([where]), WALKING_S, START_MS, COSTS)[0])


def told(where: Whereabouts) -> Offer:
    """What is said of one pump alone."""
    (offer,) = search(ready(1).state, columns([where]), WALKING_S, START_MS, costs=COSTS)
    return offer


def said(where: Whereabouts) -> tuple[Certainty, tuple[int, ...]]:
    """The honest state and its rooms."""
    offer = told(where)
    return offer.certainty, offer.rooms


# --- cost ------------------------------------------------------------------------------------------------------------


def test_the_cost_is_what_one_walks_on_average() -> None:
    """0.5·10 + 0.4·40 + 0.1·600 = 5 + 16 + 60 = 81 s; the rooms add up to 0.9, so no detour."""
    assert cost_s(at(P1, (0, 0.5), (1, 0.4))) == pytest.approx(81.0)


def test_whoever_is_not_sure_makes_a_detour() -> None:
    """0.5·10 + 0.5·600 + 60 = 365 s."""
    assert cost_s(at(P1, (0, 0.5))) == pytest.approx(365.0)


def test_an_old_sighting_costs_a_detour_too() -> None:
    """The room is known as of eleven minutes ago: 10 + 60 s."""
    old = at(P1, (0, 1.0), seen_ms=START_MS - 660_000)
    assert cost_s(old) == pytest.approx(70.0)


def test_a_room_that_nobody_reaches_is_as_bad_as_not_knowing() -> None:
    """Behind a closed fire door: 600 s, not for ever."""
    assert cost_s(at(P1, (4, 1.0))) == pytest.approx(600.0)


def test_a_sure_one_further_off_beats_a_doubtful_one_nearby() -> None:
    """90 s there against 0.7·10 + 0.3·600 + 60 = 247 s."""
    assert found(ready(1, 2), at(P1, (0, 0.7)), at(P2, (2, 1.0))) == [P2, P1]


def test_equal_costs_are_ordered_by_id() -> None:
    """Whatever the order of the candidates."""
    assert found(ready(1, 2), at(P2, (1, 1.0)), at(P1, (1, 1.0))) == [P1, P2]


# --- three honest states ---------------------------------------------------------------------------------------------


def test_one_room_is_named_when_it_is_sure() -> None:
    """Four in five."""
    assert said(at(P1, (2, 0.15), (1, 0.8))) == ("sure", (1,))


def test_two_rooms_are_named_when_it_is_one_of_them() -> None:
    """The likelier first; 0.1 + 0.7 counts as 0.8 although binary fractions fall short of it."""
    assert said(at(P1, (0, 0.1), (3, 0.7))) == ("either", (3, 0))


def test_else_it_is_said_where_it_was_last_seen() -> None:
    """Three rooms alike; or a sure room of eleven minutes ago; or never seen at all."""
    third = 1 / 3
    assert said(at(P1, (0, third), (1, third), (2, third), last=2)) == ("last_seen", (2,))
    assert said(at(P1, (0, 1.0), seen_ms=START_MS - 660_000, last=0)) == ("last_seen", (0,))
    assert said(at(P1)) == ("last_seen", ())


def test_an_offer_says_how_old_the_sighting_is() -> None:
    """Eighteen minutes."""
    offer = told(at(P1, seen_ms=START_MS - 18 * 60_000, last=3))
    assert (offer.certainty, offer.rooms, offer.age_ms) == ("last_seen", (3,), 18 * 60_000)


def test_an_offer_says_how_long_one_walks_to_it_if_it_is_there() -> None:
    """(0.6·10 + 0.2·40) / 0.8 = 17.5 s; nothing when no room is known, or one of them cannot be reached."""
    assert told(at(P1, (0, 0.6), (1, 0.2))).walk_s == pytest.approx(17.5)
    assert told(at(P1)).walk_s is None
    assert told(at(P1, (0, 0.9), (4, 0.1))).walk_s is None


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
    candidates = columns([at(P1, (2, 1.0)), at(P2, (1, 1.0)), at(P3, (0, 1.0))])
    offers = search(pool.state, candidates, WALKING_S, START_MS, limit=2)
    assert [offer.asset for offer in offers] == [P3, P2]
    assert search(pool.state, candidates, WALKING_S, START_MS, limit=0) == ()


def test_whoever_fetches_things_looks_for_other_states() -> None:
    """Used and quarantined ones, whatever their service; ready ones only when they are wanted too."""
    pool = Pool(pump(1), pump(2, service_due_ms=START_MS), pump(3), pump(4))
    pool.make_ready(P1)
    pool.do(Quarantine(P3, "infection"))
    everywhere = [at(id, (0, 1.0)) for id in pool.state.items.ids()]
    wishes: dict[frozenset[ItemState], list[str]] = {
        frozenset({"used"}): [P2, "5712345P4"],
        frozenset({"quarantined", "ready"}): [P1, P3],
        frozenset(): [],
    }
    assert {states: found(pool, *everywhere, wish=Wish(wanted=states)) for states in wishes} == wishes


def test_what_is_not_committed_is_seen_as_the_draft_has_it() -> None:
    """Taken in a transaction that fails: gone for as long as that lasts; what is scrapped is gone for good."""
    pool = ready(1, 2)
    both = (at(P1, (0, 1.0)), at(P2, (0, 1.0)))
    pool.state.items.put(replace(pool.state.items[P1], state="used"))
    assert found(pool, *both) == [P2]
    pool.state.rollback()
    assert found(pool, *both) == [P1, P2]
    pool.do(Retire(P1, "scrapped"))
    assert found(pool, *both) == [P2]


def test_nothing_is_found_in_an_empty_pool() -> None:
    """Neither of nothing nor of tags without things."""
    assert found(Pool(), at(P1, (0, 1.0))) == []
    assert found(Pool()) == []


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
        offers = search(POOL.state, columns(candidates), walking_s, START_MS, costs=COSTS)
        return [offer.asset for offer in offers].index(IDS[which])

    assert rank(mine) <= rank(places[which])


@given(walks, shares(), st.integers(0, 1_200_000))
def test_a_cost_is_never_more_than_not_finding_and_a_detour(
    walking_s: np.ndarray, percents: list[int], age_ms: int
) -> None:
    """Nor less than the walk to the nearest room."""
    where = columns([believed(P1, percents, age_ms)])
    (cost,) = expected_costs_s(where, walking_s, START_MS, COSTS).tolist()
    assert min(float(walking_s.min()), 600.0) - 1e-6 <= cost <= 660.0 + 1e-6


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


# --- against the same, one by one and slow ----------------------------------------------------------------------------


def slow_search(
    state: State, candidates: list[Whereabouts], walking_s: list[float], wish: Wish, limit: int | None
) -> tuple[Offer, ...]:
    """What search is meant to be."""
    kept = slow_reserve(state)
    offers = []
    for where in candidates:
        item = state.items.get(where.asset)
        if item is None or item.state not in wish.wanted or not slow_match(wish, state.assets[item.id]):
            continue
        if item.state != "ready" or (free(state, item, START_MS) and item.id not in kept):
            offers.append(slow_offer(where, walking_s))
    return tuple(sorted(offers, key=lambda offer: (offer.cost_s, offer.asset))[:limit])


def slow_reserve(state: State) -> set[str]:
    """At each place with a reserve the first free ones by id."""
    kept: set[str] = set()
    for level in state.levels.values():
        there = [
            item.id
            for item in state.items.values()
            if item.place == level.where and state.assets[item.id].type == level.type and free(state, item, START_MS)
        ]
        kept.update(there[: level.count])
    return kept


def slow_match(wish: Wish, asset: Asset) -> bool:
    """In every point."""
    return (
        wish.type in (None, asset.type)
        and wish.ward in (None, asset.ward)
        and wish.paediatric in (None, asset.paediatric)
        and wish.pump in (None, asset.pump)
        and wish.mr_conditional in (None, asset.mr_conditional)
        and (wish.carries_kg is None or (asset.safe_load_kg or 0.0) >= wish.carries_kg)
    )


def slow_offer(where: Whereabouts, walking_s: list[float]) -> Offer:
    """Cost, honest state and walk of one."""
    known = sum(p for _, p in where.rooms)
    age_ms = START_MS - where.seen_ms
    near_s = sum(p * min(600.0, walking_s[room]) for room, p in where.rooms)
    unsure = known < 0.8 - 1e-9 or age_ms > 600_000
    cost = near_s + max(0.0, 1.0 - known) * 600.0 + (60.0 if unsure else 0.0)
    best = sorted(where.rooms, key=lambda room: (-room[1], room[0]))[:2]
    certainty: Certainty = "last_seen"
    rooms: tuple[int, ...] = () if where.last_room < 0 else (where.last_room,)
    if age_ms <= 600_000 and best and best[0][1] >= 0.8 - 1e-9:
        certainty, rooms = "sure", (best[0][0],)
    elif age_ms <= 600_000 and len(best) == 2 and best[0][1] + best[1][1] >= 0.8 - 1e-9:
        certainty, rooms = "either", (best[0][0], best[1][0])
    walk_s = sum(p * walking_s[room] for room, p in where.rooms) / known if known else np.inf
    told = round(walk_s * 1e6) / 1e6 if np.isfinite(walk_s) else None
    return Offer(where.asset, round(cost * 1e6) / 1e6, certainty, rooms, age_ms, told)


@st.composite
def pools(draw: st.DrawFn) -> State:
    """Some pumps and chairs in every state, at a few places with a reserve."""
    state = State()
    for number in range(draw(st.integers(0, 8))):
        make = draw(st.sampled_from([pump, chair]))
        due_ms = draw(st.sampled_from([None, START_MS, START_MS + 1]))
        asset = make(number, service_due_ms=due_ms, paediatric=draw(st.booleans()), mr_conditional=draw(st.booleans()))
        state.assets.put(asset)
        kept = draw(st.sampled_from(["", "", "R1"]))
        place = draw(st.sampled_from(["", "x", "y"]))
        state.items.put(
            Item(asset.id, draw(st.sampled_from([*STATES, *["ready"] * 9])), 0, reservation=kept, place=place)
        )
    for place in ("x", "y"):
        count = draw(st.integers(0, 2))
        if count:
            state.levels.put(Level(f"emergency:{place}/infusion_pump", "emergency", place, "infusion_pump", count))
    if draw(st.booleans()):
        state.commit()
    return state


wishes = st.builds(
    Wish,
    type=st.sampled_from([None, "infusion_pump", "teapot"]),
    ward=st.sampled_from([None, "A", "B"]),
    carries_kg=st.sampled_from([None, 0.0, 160.0, 160.5]),
    paediatric=st.sampled_from([None, True, False]),
    pump=st.sampled_from([None, "", "syringe"]),
    mr_conditional=st.sampled_from([None, None, False]),
    wanted=st.frozensets(st.sampled_from(["ready", "used", "lost"]), min_size=1),
)


@given(pools(), walks, st.data(), wishes | st.just(Wish()), st.sampled_from([None, 1, 2, 5]))
def test_search_finds_what_looking_at_one_after_the_other_would(
    state: State, walking_s: np.ndarray, data: st.DataObject, wish: Wish, limit: int | None
) -> None:
    """The same offers in the same order with the same figures, some tags being on nothing."""
    walking_s[3] = np.inf
    candidates = [
        believed(id, data.draw(shares()), data.draw(st.sampled_from([0, 600_000, 600_001])))
        for id in ("5712345X", *state.assets.ids())
    ]
    offers = search(state, columns(candidates), walking_s, START_MS, wish=wish, costs=COSTS, limit=limit)
    slow = slow_search(state, candidates, walking_s.tolist(), wish, limit)
    assert offers == slow
    assert count_met(state, columns(candidates), wish, START_MS) == len(
        slow_search(state, candidates, walking_s.tolist(), wish, None)
    )
