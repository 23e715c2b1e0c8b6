"""The equipment part as the other parts meet it: real bus, real database, real readings, and kill -9."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec
import pytest

from equipment_tracking.pool.requests import Lend, Reserve, SayWhere, Take
from equipment_tracking.queries import Find, GetAsset, GetLocator, Heard, ListAssets
from equipment_tracking.views import Assets, AssetView, Done, Found, LocatorView, Refused, Taken
from tests.equipment_tracking.service.conftest import ASSETS, READY, Part, installation, pumps, scene, until
from tests.support.equipment import building

DAY_MS = 86_400_000
Start = Callable[..., Part]


def places(part: Part) -> dict[str, tuple[str, ...]]:
    """The rooms that are named for each pump, of those whose place is known."""
    found = [part.ask(GetAsset(pump.id), AssetView) for pump in pumps()]
    return {asset.id: asset.where.rooms for asset in found if asset.where.known in ("sure", "either")}


def true_room(number: int) -> str | None:
    """Where the scene has parked a tag."""
    spot = int(scene().begin().where()[number])
    return building().places.room[int(scene().ground.node[spot])]


def test_readings_become_positions(start: Start) -> None:
    """Gateways send for some seconds; then most pumps are known to be in the room where they stand."""
    with start() as part:
        part.register()
        until(lambda: part.ask(GetLocator(), LocatorView).running, "the locator has its map")
        part.listen(8)
        until(lambda: len(places(part)) > ASSETS // 2, "positions")
        named = places(part)
        right = [true_room(number) in named[pump.id] for number, pump in enumerate(pumps()) if pump.id in named]
        assert sum(right) >= 0.7 * len(right)
        locator = part.ask(GetLocator(), LocatorView)
        assert (locator.running, locator.reason, locator.tags) == (True, "", ASSETS)
        assert locator.readings > 0


def test_kill_and_restart_keep_positions_loans_reservations_and_answers(start: Start) -> None:
    """Killed in the middle of it, the part goes on where it was, before a gateway has spoken again.

    What was asked before and is asked again with the same key is answered as it was, and carried out once.
    """
    with start() as part:
        part.register()
        until(lambda: part.ask(GetLocator(), LocatorView).running, "the locator has its map")
        part.listen(8)
        until(lambda: len(places(part)) > ASSETS // 2, "positions")
        ward = pumps()[0].ward
        now_ms = part.ask(Find(near=pumps()[0].home), Found).now_ms
        part.ask(Lend("loan-1", pumps()[0].id, ward, now_ms + DAY_MS), Done)
        part.ask(Reserve("kept-1", pumps()[1].id, ward), Done)
        first = part.ask(Take(pumps()[2].id, ward), Done, key="once")
        heard_s = time.time()
        file = part.data / "locating" / "positions.npz"
        until(lambda: file.exists() and file.stat().st_mtime > heard_s, "positions on disk")
        before = places(part)
        part.kill()
    with start() as part:
        until(lambda: part.ask(GetLocator(), LocatorView).running, "the locator has its map again")
        until(lambda: len(places(part)) >= len(before) - 1, "positions from before")
        after = places(part)
        same = [after.get(pump, ())[:1] == rooms[:1] for pump, rooms in before.items()]
        assert sum(same) >= len(same) - 1  # one on the edge may have tipped in the seconds between
        lent, kept = (part.ask(GetAsset(pump.id), AssetView) for pump in pumps()[:2])
        assert lent.loan is not None
        assert lent.loan.due_ms == now_ms + DAY_MS
        assert kept.reservation is not None
        assert kept.reservation.ward == ward
        again = part.ask(Take(pumps()[2].id, ward), Done, key="once")
        assert (first.repeated, again.repeated) == (False, True)
        other = part.reply(Take(pumps()[3].id, ward), key="once")
        refused = msgspec.msgpack.decode(other.body, type=Refused)
        assert (other.status, refused.violations[0].rule) == (422, "key_reused")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Part]:
    """One part for the tests that only ask it things."""
    with installation(tmp_path_factory.mktemp("equipment")) as data, Part(data, {}) as part:
        part.register()
        yield part


def test_the_last_pump_goes_to_one_and_the_other_is_offered_the_next(running: Part) -> None:
    """Two wards want the same pump: the second is told so, with the next best in its hand."""
    first, second, third = pumps()[:3]
    assert running.reply(Take(first.id, "S0", candidates=(second.id, third.id)), actor="anna").status == 200
    late = running.reply(Take(first.id, "S1", candidates=(second.id, third.id)), actor="bo")
    refused = msgspec.msgpack.decode(late.body, type=Refused)
    assert late.status == 409
    assert [offer.id for offer in refused.offers] == [second.id, third.id]


def test_what_a_person_says_outweighs_the_locator(running: Part) -> None:
    """A porter found it in a room: that is where it is, at once; and after "not here" nobody is sure of that room."""
    pump = pumps()[READY]
    room = next(room for room in building().areas if room != true_room(READY) and room in building().layout.rooms)
    running.ask(SayWhere(pump.id, room, here=True), Done)
    assert running.ask(GetAsset(pump.id), AssetView).where.rooms == (room,)
    running.ask(SayWhere(pump.id, room, here=False), Done)
    assert room not in running.ask(GetAsset(pump.id), AssetView).where.rooms


def test_hostile_bytes_are_answered_and_change_nothing(running: Part) -> None:
    """What cannot be read is refused with a sentence, an unknown format named, and the part goes on."""
    before = running.ask(ListAssets(), Assets)
    assert running.ask(Heard("minew", b"\xff\x00not json"), Taken).malformed == 1
    unknown = running.reply(Heard("carrier-pigeon", b""))
    assert unknown.status == 404
    assert "minew" in msgspec.msgpack.decode(unknown.body, type=Refused).violations[0].en
    assert running.ask(ListAssets(), Assets) == before
