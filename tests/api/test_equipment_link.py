"""The way to the equipment process over a real bus: asked, away, started anew, and refusals as problems."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from api.access import Actor
from api.equipment.link import EquipmentLink
from api.problems import Problem
from bus import wire
from bus.address import EQUIPMENT, read_address, write_address
from bus.broker import Broker
from bus.client import BusClient
from bus.keys import Keys, ensure_keys
from bus.messages import Reply, Request
from equipment_tracking.pool.requests import Reserve, Take
from equipment_tracking.queries import GetAsset, Import
from equipment_tracking.views import AssetView, Done, ImportPlan
from tests.api.fake_equipment import BODY, P1, P2, FakeEquipment, a_small_pool
from tests.api.scenes import START_MS

pytestmark = pytest.mark.anyio
CARLA = Actor("carla", "Carla Friis", "clinician")


class Process(threading.Thread):
    """The desk behind a broker of its own, in a thread; it begins when it is started."""

    def __init__(self, equipment: FakeEquipment, keys: Keys, data: Path) -> None:
        super().__init__(daemon=True)
        self.requests: list[Request] = []
        self._equipment = equipment
        self._halt = threading.Event()
        self._broker = Broker(keys)
        write_address(data, self._broker.address, EQUIPMENT)
        self.start()

    def run(self) -> None:
        while not self._halt.is_set():
            for received in self._broker.poll(10):
                if isinstance(received.message, Request):
                    self._answer(received.peer, received.message)
        self._broker.close()

    def stop(self) -> None:
        """End, and let the port go."""
        self._halt.set()
        self.join()

    def _answer(self, peer: str, request: Request) -> None:
        self.requests.append(request)
        asked = BODY.decode(request.body)
        status, view = self._equipment.desk.answer(asked, actor=request.actor, key=request.key, now_ms=START_MS)
        self._broker.send(peer, Reply(request.id, status, wire.body(view)))


@pytest.fixture
def equipment(folder: Path) -> FakeEquipment:
    """Pumps 1 (S0) and 2 (S1) are ready."""
    return a_small_pool(FakeEquipment(folder))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """The installation's keys."""
    return ensure_keys(tmp_path / "keys")


@pytest.fixture
def process(equipment: FakeEquipment, keys: Keys, tmp_path: Path) -> Iterator[Process]:
    """The part, running."""
    started = Process(equipment, keys, tmp_path)
    yield started
    started.stop()


def link_of(keys: Keys, data: Path) -> EquipmentLink:
    """The api's end, with a connection of its own."""
    return EquipmentLink(BusClient("api", keys, partial(read_address, data, EQUIPMENT)), 20.0, own=True)


@asynccontextmanager
async def in_contact(keys: Keys, data: Path) -> AsyncIterator[EquipmentLink]:
    """The api's end, once it has heard the part."""
    async with link_of(keys, data).running() as link, asyncio.timeout(20):
        while not link.in_contact:
            await asyncio.sleep(0.01)
        yield link


async def test_a_question_and_a_change_are_answered_with_their_views(
    process: Process, keys: Keys, tmp_path: Path
) -> None:
    """Who asks, in which role and under which key travels with them; a question is nobody's."""
    async with in_contact(keys, tmp_path) as link:
        assert (await link.ask(None, GetAsset(P1), AssetView)).state == "ready"
        done = await link.ask(CARLA, Take(P1, "S0"), Done, "k1")
    assert (done.id, done.repeated, done.asset and done.asset.holder) == (P1, False, "S0")
    assert [(request.actor, request.role, request.key) for request in process.requests] == [
        ("api", "technician", ""),
        ("carla", "clinician", "k1"),
    ]


async def test_a_change_without_a_key_gets_one_of_its_own(process: Process, keys: Keys, tmp_path: Path) -> None:
    """So that what the bus sends again is carried out once."""
    async with in_contact(keys, tmp_path) as link:
        await link.ask(CARLA, Take(P1, "S0"), Done)
        await link.ask(CARLA, Take(P2, "S0"), Done)
    first, second = (request.key for request in process.requests)
    assert first
    assert first != second


@pytest.mark.usefixtures("process")
async def test_a_refusal_is_a_problem_with_what_may_be_had_instead(keys: Keys, tmp_path: Path) -> None:
    """Status, every broken rule with its field as the interface names it, and the offers."""
    async with in_contact(keys, tmp_path) as link:
        await link.ask(CARLA, Take(P1, "S1"), Done)
        with pytest.raises(Problem) as caught:
            await link.ask(CARLA, Reserve("R1", P1, "S9", until_ms=1, candidates=(P2,)), Done)
    refused = caught.value
    assert refused.status == 422
    assert {(item.rule, item.field) for item in refused.violations} == {
        ("not_in_state", "asset"),
        ("unknown_ward", "ward"),
        ("until", "until"),
    }
    assert [offer.id for offer in refused.offers] == [P2]


async def test_while_nobody_answers_a_question_does_not_wait_long(keys: Keys, tmp_path: Path) -> None:
    """503 in both languages: pages show what they have instead."""
    async with link_of(keys, tmp_path).running() as link:
        assert not link.in_contact
        with pytest.raises(Problem) as caught:
            await link.ask(None, GetAsset(P1), AssetView)
    (violation,) = caught.value.violations
    assert (caught.value.status, violation.rule) == (503, "equipment_away")
    assert violation.da
    assert violation.en


async def test_a_change_outlives_the_parts_restart(
    process: Process, equipment: FakeEquipment, keys: Keys, tmp_path: Path
) -> None:
    """The part ends; a change is asked for; the part that starts at another port carries it out."""
    async with in_contact(keys, tmp_path) as link:
        await link.ask(None, GetAsset(P1), AssetView)
        process.stop()
        later = threading.Timer(0.5, lambda: started.append(Process(equipment, keys, tmp_path)))
        started: list[Process] = []
        later.start()
        done = await link.ask(CARLA, Take(P1, "S0"), Done)
        later.join()
        started[0].stop()
    assert done.asset is not None
    assert done.asset.state == "in_use"


@pytest.mark.usefixtures("process")
async def test_an_import_that_is_refused_tells_its_faults(keys: Keys, tmp_path: Path) -> None:
    """It is answered with its plan; what is wrong with it is read as every refusal's."""
    async with in_contact(keys, tmp_path) as link:
        with pytest.raises(Problem) as caught:
            await link.ask(CARLA, Import("giai,name\n", dry_run=False), ImportPlan)
    assert {item.rule for item in caught.value.violations} == {"column_missing"}
