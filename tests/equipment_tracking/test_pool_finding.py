"""Somebody looks and says “here” or “not here”; and what is asked must name rooms and wards that the site has."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from equipment_tracking.pool.events import Seen
from equipment_tracking.pool.facts.watching import Entered, Sighted
from equipment_tracking.pool.requests import (
    AnyRequest,
    AskTransport,
    Lend,
    Register,
    ReportLost,
    Reserve,
    SayWhere,
    SetEmergency,
    SetPar,
    Take,
)
from equipment_tracking.pool.turn import SERVICE
from tests.equipment_tracking.ward_pool import HOUR_MS, MINUTE_MS, P1, RULES, START_MS, Pool, pump

SITE = replace(
    RULES,
    places={"a-clean": "A", "a-soiled": "A", "b-12": "B", "hall": "", "0-entrance": "", "a-goods": "A"},
    wards=frozenset({"A", "B"}),
    room_kinds={"a-clean": "utility_clean", "a-soiled": "utility_soiled", "b-12": "ward_room"},
)


def site_pool() -> Pool:
    """One pump of a site whose rooms and wards are known."""
    return Pool(pump(1), rules=SITE)


# --- here, or not here ------------------------------------------------------------------------------------------------


def test_what_is_found_in_a_room_is_there() -> None:
    """The person answers for the sighting and the room; ward and suggestion follow from the site."""
    pool = site_pool()
    pool.make_ready(P1)
    pool.now_ms += MINUTE_MS
    pool.do(SayWhere(P1, "b-12", here=True))
    item = pool.state.items[P1]
    assert (item.place, item.ward, item.entered_ms, item.suggestion) == ("b-12", "B", pool.now_ms, "in_use")
    assert pool.authors[-3:] == [("anna", "asset.sighted"), ("anna", "asset.entered"), (SERVICE, "asset.suggested")]


def test_what_is_found_where_it_was_known_to_be_has_not_moved() -> None:
    """The sighting is written, the room is no news."""
    pool = site_pool()
    pool.handle(Seen(P1, "hall"))
    pool.now_ms += MINUTE_MS
    pool.do(SayWhere(P1, "hall", here=True, evidence="scan"))
    assert pool.facts[-1] == Sighted(P1, pool.now_ms, "hall", True, "scan")
    item = pool.state.items[P1]
    assert (item.place, item.entered_ms, item.sighted_ms) == ("hall", START_MS, pool.now_ms)


def test_what_is_not_where_it_was_thought_to_be_is_nowhere_known_since_then() -> None:
    """Its room, the ward of it and what the room suggested are gone; seen anywhere, it has come there."""
    pool = site_pool()
    pool.make_ready(P1)
    pool.handle(Seen(P1, "b-12", "ward_room", "B"))
    pool.now_ms += MINUTE_MS
    pool.do(SayWhere(P1, "b-12", here=False))
    item = pool.state.items[P1]
    assert (item.place, item.ward, item.suggestion) == ("", "", None)
    assert (item.entered_ms, item.ward_since_ms) == (pool.now_ms, pool.now_ms)
    pool.handle(Seen(P1, "b-12", "ward_room", "B"))
    assert isinstance(pool.facts[-2], Entered)
    assert pool.state.items[P1].place == "b-12"


def test_that_it_is_not_in_some_other_room_changes_nothing_of_where_it_is() -> None:
    """Evidence for the locator, and no more."""
    pool = site_pool()
    pool.handle(Seen(P1, "hall"))
    before = pool.state.items[P1]
    pool.do(SayWhere(P1, "b-12", here=False))
    assert pool.state.items[P1] == before
    assert pool.facts[-1] == Sighted(P1, START_MS, "b-12", False)


@pytest.mark.parametrize("before", ["hall", "b-12"])
def test_a_lost_one_that_somebody_sees_is_probably_found(before: str) -> None:
    """Wherever it was thought to be before; saying that it is found stays a step of its own."""
    pool = site_pool()
    pool.handle(Seen(P1, before))
    pool.do(ReportLost(P1))
    pool.do(SayWhere(P1, "b-12", here=True))
    assert (pool.is_(P1), pool.state.items[P1].suggestion) == ("lost", "used")


def test_a_loan_that_somebody_finds_at_home_has_been_returned() -> None:
    """As if the locator had seen it."""
    pool = site_pool()
    pool.make_ready(P1)
    pool.do(Lend("L1", P1, "B", START_MS + HOUR_MS))
    pool.now_ms += 20 * MINUTE_MS
    pool.do(SayWhere(P1, "a-clean", here=True))
    assert (pool.is_(P1), pool.state.loans.ids()) == ("used", [])


def test_gone_from_an_exit_and_nowhere_seen_is_still_an_alarm() -> None:
    """It may be out of the house; found inside, it is not."""
    pool = site_pool()
    pool.handle(Seen(P1, "0-entrance"))
    pool.do(SayWhere(P1, "0-entrance", here=False))
    assert pool.alarms() == [f"exit:{P1}"]
    pool.do(SayWhere(P1, "hall", here=True))
    assert pool.alarms() == []


def test_nobody_in_no_room_finds_nothing() -> None:
    """All that is wrong at once; a person must say it, of a room that there is."""
    pool = site_pool()
    assert pool.refused(SayWhere("5712345X", "atlantis", True), SERVICE) == [
        "unknown_asset",
        "unknown_place",
        "person_needed",
    ]
    assert pool.refused(SayWhere(P1, "", False)) == ["missing"]


# --- rooms and wards of the site --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "rules"),
    [
        (Register((pump(2, ward="Z", home="atlantis"),)), ["unknown_ward", "unknown_place"]),
        (Take(P1, "Z"), ["unknown_ward"]),
        (Take(P1, "Z", emergency=True), ["unknown_ward"]),
        (Lend("L1", P1, "Z", START_MS + HOUR_MS), ["unknown_ward"]),
        (Reserve("R1", P1, "Z"), ["unknown_ward"]),
        (SetPar("Z", "infusion_pump", 2), ["unknown_ward"]),
        (SetEmergency("atlantis", "infusion_pump", 2), ["unknown_place"]),
        (
            AskTransport("K1", P1, "bring", "atlantis", "avalon", "Z"),
            ["unknown_place", "unknown_place", "unknown_ward"],
        ),
        (SayWhere(P1, "atlantis", True), ["unknown_place"]),
    ],
)
def test_what_the_site_does_not_have_is_refused(request_: AnyRequest, rules: list[str]) -> None:
    """Every request that names a room or a ward; nothing changes."""
    pool = site_pool()
    pool.make_ready(P1)
    assert pool.refused(request_) == rules


def test_what_the_site_has_is_accepted() -> None:
    """The same requests with rooms and wards that there are."""
    pool = site_pool()
    pool.make_ready(P1)
    pool.do(Register((pump(2, ward="B", home="b-12"),)))
    pool.do(SetPar("B", "infusion_pump", 2))
    pool.do(SetEmergency("hall", "infusion_pump", 2))
    pool.do(AskTransport("K1", P1, "bring", "a-goods", "b-12", "B"))
    pool.do(Take(P1, "B"))


def test_a_level_of_a_ward_that_is_gone_can_be_ended() -> None:
    """The ward moved out: its par level is no trap."""
    pool = site_pool()
    pool.do(SetPar("B", "infusion_pump", 2))
    pool.rules = replace(SITE, wards=frozenset({"A"}))
    pool.do(SetPar("B", "infusion_pump", 0))
    assert pool.state.levels.ids() == []


def test_a_list_with_bad_assets_is_refused_whole_with_all_that_is_wrong() -> None:
    """The core looks itself, whoever made the list: no type, no such room, a tag that another has."""
    pool = Pool(pump(1, tag="T1"), rules=SITE)
    bad = Register((pump(2, type="teapot"), pump(3, home="atlantis"), pump(4, tag="T1"), pump(5)))
    assert pool.refused(bad) == ["unknown_type", "unknown_place", "tag_taken"]
    assert pool.state.assets.ids() == [P1]
