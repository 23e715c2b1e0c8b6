"""What wards are shown: par levels, the pick list, and how much of the time things are in use."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from equipment_tracking.pool.available import free, held_back
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Seen
from equipment_tracking.pool.figures import ParLine, Pick, ReserveLine, par_lines, pick_list, reserve_lines
from equipment_tracking.pool.model import Item, Level, Reservation
from equipment_tracking.pool.requests import (
    AskTransport,
    PutDown,
    Register,
    Reserve,
    Retire,
    SetEmergency,
    SetPar,
    Take,
)
from equipment_tracking.pool.utilisation import Owned, UsedBy, utilisation
from tests.equipment_tracking.ward_pool import HOUR_MS, P1, P2, P3, START_MS, Pool, chair, pump

TYPE = "infusion_pump"


def stocked() -> Pool:
    """Three ready pumps in the store of ward A, a used one in B."""
    pool = Pool(pump(1), pump(2), pump(3), pump(4))
    pool.make_ready(P1, P2, P3)
    for asset in (P1, P2, P3):
        pool.handle(Seen(asset, "a-store", "store", "A"))
    pool.handle(Seen("5712345P4", "b-soiled", "utility_soiled", "B"))
    return pool


def test_a_ward_below_its_par_is_brought_what_another_has_to_spare() -> None:
    """A has three of par one, B none of par three: two can be brought, for the third there is none."""
    pool = stocked()
    pool.do(SetPar("A", TYPE, 1))
    pool.do(SetPar("B", TYPE, 3))
    assert pick_list(pool.state, START_MS) == (
        Pick("B", TYPE, P1, "a-store"),
        Pick("B", TYPE, P2, "a-store"),
        Pick("B", TYPE),
    )


def test_what_is_kept_for_a_ward_counts_as_coming() -> None:
    """One of par one is on its way: nothing is missing."""
    pool = stocked()
    pool.do(SetPar("B", TYPE, 1))
    pool.do(Reserve("R1", P2, "B"))
    (line,) = par_lines(pool.state, START_MS)
    assert (line.ready, line.coming, line.missing) == (0, 1, 0)
    assert pick_list(pool.state, START_MS) == ()


def test_what_is_overdue_or_kept_for_emergencies_is_no_stock() -> None:
    """Of A's three, one is overdue and one the reserve of its store."""
    pool = stocked()
    pool.do(Register((pump(1, service_due_ms=START_MS),)))
    pool.do(SetEmergency("a-store", TYPE, 1))
    pool.do(SetPar("A", TYPE, 2))
    (line,) = par_lines(pool.state, START_MS)
    assert (line.ready, line.missing) == (1, 1)
    assert pick_list(pool.state, START_MS) == (Pick("A", TYPE),), "nothing is brought from the ward to itself"


def test_a_reserve_says_what_it_lacks() -> None:
    """Of the four that A's store is to keep back there are three; taken in an emergency, two."""
    pool = stocked()
    pool.do(SetEmergency("a-store", TYPE, 4))
    assert reserve_lines(pool.state, START_MS) == (ReserveLine("a-store", TYPE, 4, 3),)
    pool.do(Take(P1, "A", emergency=True))
    assert reserve_lines(pool.state, START_MS) == (ReserveLine("a-store", TYPE, 4, 2),)


def test_what_has_waited_for_longest_goes_first() -> None:
    """P3 became ready an hour before the others did."""
    pool = Pool(pump(1), pump(3))
    pool.make_ready(P3)
    pool.now_ms += HOUR_MS
    pool.make_ready(P1)
    pool.do(SetPar("B", TYPE, 1))
    assert [pick.asset for pick in pick_list(pool.state, pool.now_ms)] == [P3]


def test_what_is_being_carried_away_is_not_picked() -> None:
    """It is on its way to somewhere else; asking for it again would be refused."""
    pool = stocked()
    pool.do(SetPar("B", TYPE, 1))
    pool.do(AskTransport("K1", P1, "fetch", "a-goods", "store"))
    assert [pick.asset for pick in pick_list(pool.state, START_MS)] == [P2]


def test_utilisation_is_time_in_use_of_time_registered() -> None:
    """Ten hours: P1 two hours with A and one with B, P2 never: 3 of 20 h, a share of 0.15; chairs stand apart."""
    pool = Pool(pump(1), pump(2), chair(1))
    pool.make_ready(P1)
    for ward, hours in (("A", 2), ("B", 1)):
        pool.do(Take(P1, ward))
        pool.run_to(pool.now_ms + hours * HOUR_MS)
        pool.do(PutDown(P1))
        pool.make_ready(P1)
    figures = utilisation(pool.facts, START_MS, START_MS + 10 * HOUR_MS)
    assert figures.owned == (
        Owned(TYPE, "A", 3 * HOUR_MS, 20 * HOUR_MS),
        Owned("wheelchair", "B", 0, 10 * HOUR_MS),
    )
    assert figures.owned[0].share == 0.15
    assert figures.used == (UsedBy(TYPE, "A", 2 * HOUR_MS), UsedBy(TYPE, "B", HOUR_MS))


def test_only_the_window_counts() -> None:
    """In use from hour 0 on and still: of the window from hour 1 to 2, all of it."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Take(P1, "A"))
    figures = utilisation(pool.facts, START_MS + HOUR_MS, START_MS + 2 * HOUR_MS)
    assert figures.owned == (Owned(TYPE, "A", HOUR_MS, HOUR_MS),)


def test_what_is_retired_counts_until_then() -> None:
    """Scrapped after an hour of the two."""
    pool = Pool(pump(1))
    pool.now_ms += HOUR_MS
    pool.do(Retire(P1, "scrapped"))
    figures = utilisation(pool.facts, START_MS, START_MS + 2 * HOUR_MS)
    assert figures.owned == (Owned(TYPE, "A", 0, HOUR_MS),)


def test_whose_it_was_then_counts() -> None:
    """A pump that goes over to B after an hour is A's for the first and B's for the second."""
    pool = Pool(pump(1))
    pool.now_ms += HOUR_MS
    pool.do(Register((pump(1, ward="B"),)))
    figures = utilisation(pool.facts, START_MS, START_MS + 2 * HOUR_MS)
    assert figures.owned == (Owned(TYPE, "A", 0, HOUR_MS), Owned(TYPE, "B", 0, HOUR_MS))


# --- against the same, one by one and slow ----------------------------------------------------------------------------


@st.composite
def pools(draw: st.DrawFn) -> State:
    """Pumps and chairs in three wards or in none, some kept, with par levels and a reserve."""
    state = State()
    for number in range(draw(st.integers(0, 12))):
        asset = draw(st.sampled_from([pump, chair]))(number, service_due_ms=draw(st.sampled_from([None, START_MS])))
        ward = draw(st.sampled_from(["", "A", "B", "C"]))
        since_ms = draw(st.integers(0, 3))
        item = Item(asset.id, draw(st.sampled_from(["ready", "ready", "used"])), since_ms, place=f"{ward}-x", ward=ward)
        if item.state == "ready" and draw(st.integers(0, 5)) == 0:
            state.reservations.put(Reservation(f"R{number}", item.id, draw(st.sampled_from("ABC")), "anna", 10))
            item = replace(item, reservation=f"R{number}")
        state.assets.put(asset)
        state.items.put(item)
    for ward in "ABC":
        for type in (TYPE, "wheelchair"):
            if count := draw(st.integers(0, 4)):
                state.levels.put(Level(f"par:{ward}/{type}", "par", ward, type, count))
    state.levels.put(Level(f"emergency:A-x/{TYPE}", "emergency", "A-x", TYPE, 1))
    return state


def slow_lines(state: State) -> tuple[ParLine, ...]:
    """Item by item."""
    ready: list[tuple[str, str]] = []
    coming: list[tuple[str, str]] = []
    for item in state.items.values():
        kept = state.reservations.get(item.reservation)
        if kept is not None and kept.ward != item.ward:
            coming.append((kept.ward, state.assets[item.id].type))
        elif kept is not None or (free(state, item, START_MS) and item.id not in held_back(state, START_MS)):
            ready.append((item.ward, state.assets[item.id].type))
    pars = [level for level in state.levels.values() if level.of == "par"]
    return tuple(
        ParLine(par.where, par.type, par.count, ready.count((par.where, par.type)), coming.count((par.where, par.type)))
        for par in pars
    )


def slow_picks(state: State) -> tuple[Pick, ...]:
    """For each that is missing, the first in line of what its ward can spare."""
    lines = slow_lines(state)
    spare = {(line.ward, line.type): line.ready - line.par for line in lines}
    queue = [item for item in state.items.values() if free(state, item, START_MS)]
    queue = [item for item in queue if item.id not in held_back(state, START_MS)]
    queue.sort(key=lambda item: item.since_ms)
    picks = []
    for line in lines:
        for _ in range(line.missing):
            had = [
                item
                for item in queue
                if state.assets[item.id].type == line.type
                and item.ward != line.ward
                and spare.get((item.ward, line.type), 1) > 0
            ]
            if not had:
                picks.append(Pick(line.ward, line.type))
                continue
            queue.remove(had[0])
            if (had[0].ward, line.type) in spare:
                spare[had[0].ward, line.type] -= 1
            picks.append(Pick(line.ward, line.type, had[0].id, had[0].place))
    return tuple(picks)


@given(pools())
def test_the_pick_list_is_what_going_from_one_to_the_next_would_give(state: State) -> None:
    """The same par lines and the same picks in the same order."""
    assert par_lines(state, START_MS) == slow_lines(state)
    assert pick_list(state, START_MS) == slow_picks(state)
