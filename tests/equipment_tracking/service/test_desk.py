"""The desk over a real database: what is asked at one sitting, what is looked for, lists, and a store that is away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from equipment_tracking.pool.events import Seen
from equipment_tracking.pool.requests import Confirm, MarkCleaned, Register, SayWhere, Take
from equipment_tracking.queries import Export, Find, GetAsset, GetFloor, Import, ListAssets, Together
from equipment_tracking.register.assets import Asset
from equipment_tracking.service.desk import Desk
from equipment_tracking.views import (
    Answers,
    Assets,
    AssetView,
    Done,
    Exported,
    FloorMap,
    Found,
    ImportPlan,
    Refused,
)
from ledger.errors import DiskFull
from tests.support.equipment import building, open_desk

NOW_MS = 1_773_640_800_000
HOUR_MS = 3_600_000
HERE = "S0-utility-clean"
PUMPS = tuple(
    Asset(
        f"5712345P{number}", f"Pump {number}", "infusion_pump", "S0", HERE, pump="syringe", tag=f"C3000000000{number}"
    )
    for number in range(3)
)
P0, P1, P2 = (pump.id for pump in PUMPS)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Three pumps, registered."""
    with open_desk(tmp_path) as opened:
        ask(opened, Register(PUMPS), Done)
        yield opened


def ask(desk: Desk, body: object, view: type, now_ms: int = NOW_MS) -> object:
    """The view that answers; fails on a refusal."""
    status, answer = desk.answer(body, actor="anna", key="", now_ms=now_ms)  # type: ignore[arg-type]  # any of them
    assert status < 300, answer
    assert isinstance(answer, view)
    return answer


def test_of_several_requests_each_is_judged_and_the_good_ones_hold(desk: Desk) -> None:
    """Clean two, confirm one: the confirmation of the third, which nobody has cleaned, is refused alone."""
    checks = ("checked", "charged", "complete")
    requests = (MarkCleaned(P0, "wipe"), MarkCleaned(P1, "wipe"), Confirm(P0, checks), Confirm(P2, checks))
    answers = ask(desk, Together(requests), Answers)
    assert isinstance(answers, Answers)
    assert [(answer.status, answer.state) for answer in answers.answers] == [
        (200, "ready"),
        (200, "cleaned"),
        (200, "ready"),
        (409, None),
    ]
    assert answers.answers[3].rules == ("not_in_state",)
    assert [desk.state.items[pump].state for pump in (P0, P1, P2)] == ["ready", "cleaned", "used"]


def test_a_place_grows_old(desk: Desk) -> None:
    """Seen here just now: sure. An hour later it was last seen here, and the map shows no dot any more."""
    ask(desk, SayWhere(P0, HERE, here=True), Done)
    floor = building().layout.rooms[HERE].floor
    for now_ms, known, dots in ((NOW_MS + 1000, "sure", 1), (NOW_MS + HOUR_MS, "last_seen", 0)):
        found = ask(desk, GetAsset(P0), AssetView, now_ms)
        assert isinstance(found, AssetView)
        assert (found.where.known, found.where.rooms) == (known, (HERE,))
        shown = ask(desk, GetFloor(floor), FloorMap, now_ms)
        assert isinstance(shown, FloorMap)
        assert len(shown.dots) == dots
        assert shown.unplaced == len(PUMPS) - dots


def test_a_search_ranks_by_the_walk_and_counts_all(desk: Desk) -> None:
    """Of two used pumps the one in the next room comes first; the third, of which nobody knows, last."""
    near, far = HERE, next(id for id, room in building().layout.rooms.items() if room.ward == "S1")
    ask(desk, SayWhere(P1, near, here=True), Done)
    ask(desk, SayWhere(P0, far, here=True), Done)
    found = ask(desk, Find(near=near, states=("used",), text="pump", limit=2), Found)
    assert isinstance(found, Found)
    assert ([offer.asset.id for offer in found.offers], found.total) == ([P1, P0], 3)
    status, refused = desk.answer(Find(near="atlantis"), actor="", key="", now_ms=NOW_MS)
    assert isinstance(refused, Refused)
    assert (status, refused.violations[0].field) == (422, "near")


def test_an_asset_is_found_by_whatever_names_it(desk: Desk) -> None:
    """GIAI, element string of a scanner, tag however it is written; what names nothing is 404."""
    for text in (P1, f"]C18004{P1}", f"https://id.example/8004/{P1}", "c3:00:00:00:00:01"):
        found = ask(desk, GetAsset(text), AssetView)
        assert isinstance(found, AssetView)
        assert found.id == P1, text
    assert desk.answer(GetAsset("no such thing"), actor="", key="", now_ms=NOW_MS)[0] == 404


def test_pages_of_a_list_follow_one_another(desk: Desk) -> None:
    """Two and one, in order of their ids, and the number of all."""
    first = ask(desk, ListAssets(limit=2), Assets)
    assert isinstance(first, Assets)
    second = ask(desk, ListAssets(limit=2, after=first.next), Assets)
    assert isinstance(second, Assets)
    assert [asset.id for asset in (*first.assets, *second.assets)] == [P0, P1, P2]
    assert (first.total, second.next) == (3, "")


def test_an_export_can_be_imported_and_changes_nothing(desk: Desk) -> None:
    """All three are unchanged; a fourth is added only when it is no dry run."""
    exported = ask(desk, Export(), Exported)
    assert isinstance(exported, Exported)
    plan = ask(desk, Import(exported.text, dry_run=False), ImportPlan)
    assert isinstance(plan, ImportPlan)
    assert (plan.added, plan.changed, plan.unchanged) == ((), (), 3)
    more = exported.text + f"5712345P9,Pump 9,infusion_pump,S0,{HERE}" + "," * 7 + "syringe,,,\r\n"
    for dry_run, registered in ((True, False), (False, True)):
        added = ask(desk, Import(more, dry_run=dry_run), ImportPlan)
        assert isinstance(added, ImportPlan)
        assert added.added == ("5712345P9",)
        assert ("5712345P9" in desk.state.assets) is registered


def test_a_full_disk_changes_nothing_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """507, the draft is gone, and when there is room again the same request is carried out."""
    before = desk.state.snapshot()

    def full(*_: object) -> None:
        raise DiskFull

    with monkeypatch.context() as patched:
        patched.setattr(desk._writer, "commit", full)  # the store's refusal, which tests/faults has real
        assert desk.answer(MarkCleaned(P0, "wipe"), actor="anna", key="k", now_ms=NOW_MS)[0] == 507
        assert desk.state.snapshot() == before
    assert desk.answer(MarkCleaned(P0, "wipe"), actor="anna", key="k", now_ms=NOW_MS)[0] == 200


def test_what_the_locator_saw_is_written_together(desk: Desk) -> None:
    """Two sightings of one second: two rows, and the pool knows both rooms; strangers are nobody's business."""
    desk.settle([Seen(P0, HERE, "utility_clean", "S0"), Seen(P1, HERE), Seen("stranger", HERE)], NOW_MS)
    assert [desk.state.items[pump].place for pump in (P0, P1, P2)] == [HERE, HERE, ""]
    assert desk.answer(Take(P0, "S0"), actor="anna", key="", now_ms=NOW_MS)[0] == 409  # nobody has cleaned it
