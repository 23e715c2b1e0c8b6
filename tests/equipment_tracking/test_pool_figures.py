"""What wards are shown: par levels, the pick list, and how much of the time things are in use."""

from __future__ import annotations

from equipment_tracking.pool.events import Seen
from equipment_tracking.pool.figures import Pick, par_lines, pick_list
from equipment_tracking.pool.requests import PutDown, Register, Reserve, Retire, SetEmergency, SetPar, Take
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


def test_what_has_waited_for_longest_goes_first() -> None:
    """P3 became ready an hour before the others did."""
    pool = Pool(pump(1), pump(3))
    pool.make_ready(P3)
    pool.now_ms += HOUR_MS
    pool.make_ready(P1)
    pool.do(SetPar("B", TYPE, 1))
    assert [pick.asset for pick in pick_list(pool.state, pool.now_ms)] == [P3]


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
