"""A made-up site on the real bus, before a real desk: it fills the register once, sends, acts, and bears trouble."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from bus import wire
from bus.address import EQUIPMENT, KEYS_FOLDER, read_address, write_address
from bus.broker import Broker
from bus.client import BusClient
from bus.keys import ensure_keys
from bus.messages import Reply, Request
from equipment_tracking.calibration.model_file import load
from equipment_tracking.pool.requests import AnyRequest, Register, ReportLost, SetPar
from equipment_tracking.queries import AnyQuery, Heard, Together
from equipment_tracking.service.listening import FOLDER, MODEL
from simulation.beacons.asking import Asking
from simulation.beacons.filling import fill
from simulation.beacons.generate import Scene, SceneSettings, prepare
from simulation.beacons.ground import ground
from simulation.beacons.life import Life
from simulation.beacons.part import Part
from simulation.beacons.staff import Staff
from simulation.beacons.stock import Stock, Wards, stock
from simulation.beacons.world import World, read_world, write_world
from tests.support.equipment import building, open_desk
from tests.support.service import ROOT, wait_until

ASSETS, GATEWAYS, SEED = 40, 12, 6
NOW_MS = 1_803_805_200_000
PATIENCE_S = 300.0
"""Far beyond what it takes."""
WARDS = Wards(building().site, building().layout)
BODY: Any = msgspec.msgpack.Decoder(AnyRequest | AnyQuery)  # type: ignore[arg-type]  # a union is a type to it


class EquipmentPart:
    """The real desk behind a real broker, in a thread; remembers what it was asked and by whom."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, Any]] = []
        self.statuses: Counter[int] = Counter()
        self.states: Counter[str] = Counter()
        self._ready, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    def of(self, kind: type) -> list[Any]:
        return [body for _, body in self.asked if isinstance(body, kind)]

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(20)

    def _run(self) -> None:
        broker = Broker(ensure_keys(self.folder / KEYS_FOLDER))
        with open_desk(self.folder) as desk:
            write_address(self.folder, broker.address, EQUIPMENT)
            self._ready.set()
            while not self._stopping.is_set():
                for received in broker.poll(20):
                    if isinstance(received.message, Request):
                        asked = received.message
                        body = BODY.decode(asked.body)
                        status, view = desk.answer(body, actor=asked.actor, key=asked.key, now_ms=NOW_MS)
                        self.asked.append((asked.actor, body))
                        self.statuses[status] += 1
                        broker.send(received.peer, Reply(asked.id, status, wire.body(view)))
                self.states = Counter(item.state for item in desk.state.items.values())
        broker.close()


@pytest.fixture
def equipment(tmp_path: Path) -> Iterator[EquipmentPart]:
    part = EquipmentPart(tmp_path)
    yield part
    part.close()


@pytest.fixture(scope="module")
def made() -> Stock:
    return stock(WARDS, SEED, ASSETS, NOW_MS)


@pytest.fixture(scope="module")
def scene(made: Stock) -> Scene:
    site, layout = WARDS.site, WARDS.layout
    homes = made.homes(ground(site, layout).rooms)
    return prepare(site, layout, seed=SEED, gateways=GATEWAYS, homes=homes, settings=SceneSettings(parked_every_s=2))


def on_the_bus(folder: Path, work: Callable[[Asking], Coroutine[Any, Any, Any]]) -> Any:
    async def connected() -> Any:
        address = partial(read_address, folder, EQUIPMENT)
        async with BusClient("beacons", ensure_keys(folder / KEYS_FOLDER), address) as client:
            return await work(Asking(client))

    return asyncio.run(connected())


def fill_it(folder: Path, count: int = ASSETS) -> bool:
    _, is_fresh = on_the_bus(folder, lambda asking: fill(asking, WARDS, SEED, count))
    return bool(is_fresh)


def a_world() -> World:
    return World(site="clinic_small", version=WARDS.layout.version, seed=SEED, assets=ASSETS, gateways=GATEWAYS)


def live(folder: Path, scene: Scene, made: Stock, until: Callable[[Part], bool], world: World | None = None) -> Part:
    """The part runs until something has come about."""
    parts: list[Part] = []

    async def some_time(asking: Asking) -> None:
        rooms, staff = WARDS.layout.rooms, Staff.of(WARDS.site)
        life = Life(assets=made.assets, rooms=rooms, staff=staff, seed=SEED, stay_s=7200.0)
        part = Part(scene=scene, life=life, asking=asking, world=world or a_world(), folder=folder)
        parts.append(part)
        running = asyncio.create_task(part.run())
        end_s = time.monotonic() + PATIENCE_S
        while not until(part) and not running.done():
            assert time.monotonic() < end_s, "waited in vain"
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled(), running.exception()

    on_the_bus(folder, some_time)
    return parts[0]


# --- the register ----------------------------------------------------------------------------------------------------


def test_everything_is_registered_once(equipment: EquipmentPart, tmp_path: Path, made: Stock) -> None:
    """The second start finds all of it there and asks for nothing more."""
    assert fill_it(tmp_path)
    assert sum(len(request.assets) for request in equipment.of(Register)) == ASSETS
    assert len(equipment.of(SetPar)) == len(made.pars)
    asked = len(equipment.of(Register)) + len(equipment.of(SetPar))
    assert not fill_it(tmp_path)
    assert len(equipment.of(Register)) + len(equipment.of(SetPar)) == asked
    assert equipment.states.total() == ASSETS
    assert set(equipment.statuses) == {200}


def test_an_interrupted_filling_goes_on(equipment: EquipmentPart, tmp_path: Path, made: Stock) -> None:
    """Ten were registered before the power went: thirty are left."""
    on_the_bus(tmp_path, lambda asking: asking.insist(Register(made.assets[:10]), "demo", "technician", "first"))
    assert fill_it(tmp_path)
    assert [len(request.assets) for request in equipment.of(Register)] == [10, ASSETS - 10]


# --- the part --------------------------------------------------------------------------------------------------------


def test_a_fresh_stock_comes_alive(equipment: EquipmentPart, tmp_path: Path, scene: Scene, made: Stock) -> None:
    """Its things come to a first day's states, and each second gateways send what they hear."""
    fill_it(tmp_path)
    live(tmp_path, scene, made, lambda part: part.world.is_stocked and len(equipment.of(Heard)) >= 2)
    assert equipment.states["used"] < ASSETS / 2
    assert equipment.states["in_use"] > 0
    assert equipment.states["ready"] > 0
    assert {body.format for body in equipment.of(Heard)} == {"minew"}
    staff = {member.id for member in WARDS.site.staff}
    acted = {actor for actor, body in equipment.asked if isinstance(body, Together)}
    assert acted
    assert acted <= staff


def test_refusals_are_taken_for_what_they_are(
    equipment: EquipmentPart, tmp_path: Path, scene: Scene, made: Stock
) -> None:
    """Ten things are lost before anybody begins: cleaning them is refused, and everything else goes on."""
    fill_it(tmp_path)
    for number in range(10):
        lost = ReportLost(made.assets[number].id)
        on_the_bus(tmp_path, lambda asking, lost=lost: asking.insist(lost, "fatima", "technician", ""))
    live(tmp_path, scene, made, lambda part: part.world.is_stocked)
    assert equipment.states["lost"] == 10
    assert equipment.states["in_use"] > 0


def test_while_nobody_answers_seconds_are_let_go(tmp_path: Path, scene: Scene, made: Stock) -> None:
    """The part is away for a while: nothing is piled up, and afterwards only the newest second is sent."""
    equipment = EquipmentPart(tmp_path)
    fill_it(tmp_path)
    states: list[int] = []

    def gone_after_the_first(part: Part) -> bool:
        if equipment.of(Heard) and not states:
            equipment.close()
            states.append(len(equipment.of(Heard)))
        return part.skipped >= 1

    part = live(tmp_path, scene, made, gone_after_the_first, replace(a_world(), is_stocked=True))
    assert part.skipped >= 1
    assert len(equipment.of(Heard)) <= states[0] + 4


def test_the_world_goes_on_where_it_was(equipment: EquipmentPart, tmp_path: Path, scene: Scene, made: Stock) -> None:
    """After an hour the process is killed: the next one begins with the hour that has passed."""
    fill_it(tmp_path)
    write_world(tmp_path, replace(a_world(), at_s=3600, is_stocked=True))
    kept = read_world(tmp_path)
    assert kept is not None
    assert kept.same_as(a_world())
    live(tmp_path, scene, made, lambda part: part.world.at_s >= 3601, kept)
    after = read_world(tmp_path)
    assert after is not None
    assert 3601 <= after.at_s < 3700
    assert after.is_stocked


def test_another_seed_is_another_world(tmp_path: Path) -> None:
    write_world(tmp_path, a_world())
    kept = read_world(tmp_path)
    assert kept is not None
    assert not kept.same_as(replace(a_world(), seed=SEED + 1))
    (tmp_path / "beacons.json").write_bytes(b"{}")
    assert read_world(tmp_path) is None


def a_process(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "simulation.beacons", "--data", str(folder), "--site", "clinic_small"]
    sizes = ["--assets", str(ASSETS), "--gateways", str(GATEWAYS)]
    return subprocess.Popen([*command, *sizes], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT)


def test_the_process_makes_its_map_and_sends(equipment: EquipmentPart, tmp_path: Path) -> None:
    """As `portor serve` starts it: register, map, readings; and it ends when it is told to."""
    with a_process(tmp_path) as process:
        try:
            wait_until(lambda: bool(equipment.of(Heard)), PATIENCE_S, "readings come")
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
    model, made = load(tmp_path / FOLDER / MODEL, building().places)
    assert len(model.emission.radio.gateways) == GATEWAYS
    assert made.by_source["survey"] == sum(made.by_gateway)
    assert equipment.states.total() == ASSETS
    assert read_world(tmp_path) is not None


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    """Nobody answers on the bus, and then the parent is gone: it does not wait for ever."""
    with a_process(tmp_path) as process:
        try:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
