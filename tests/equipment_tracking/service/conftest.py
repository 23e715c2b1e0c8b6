"""The equipment part in a process of its own, a dispatcher's clock beside it, and a house of tags that it can hear."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import msgspec
import pytest

from bus.address import EQUIPMENT, KEYS_FOLDER, read_address, write_address
from bus.broker import Broker
from bus.client import BusClient
from bus.clock import TOPIC, ClockTold
from bus.keys import ensure_keys
from bus.messages import Reply
from equipment_tracking.calibration.model_file import Made, save
from equipment_tracking.model import Model
from equipment_tracking.pool.requests import Confirm, MarkCleaned, PoolRequest, Register
from equipment_tracking.queries import Heard, Query
from equipment_tracking.register.assets import Asset
from equipment_tracking.views import Done, Taken
from ledger.database import open_engine
from ledger.migrate import upgrade
from simulation.beacons.addresses import tag_address
from simulation.beacons.calibrated import model_of
from simulation.beacons.generate import Scene, SceneSettings, prepare
from simulation.beacons.messages import bundles
from tests.support.equipment import building

ROOT = Path(__file__).parents[3]
SITE = "clinic_small"
ASSETS, GATEWAYS, READY = 40, 42, 4
START_S = 60.0
V = TypeVar("V", bound=msgspec.Struct)


@cache
def scene(assets: int = ASSETS, parked_every_s: int = 1) -> Scene:
    """A small house of parked things; their tags send every second, so that a test need not wait."""
    here = building(SITE)
    settings = SceneSettings(parked_every_s=parked_every_s)
    return prepare(here.site, here.layout, seed=1, assets=assets, gateways=GATEWAYS, settings=settings)


@cache
def model() -> tuple[Model, Made]:
    """What a survey of it taught, with a confidence for tags that send as seldom as real ones."""
    return model_of(scene(200, 5), building(SITE).places, 1_773_640_800_000, lambda _: None)


def pumps() -> tuple[Asset, ...]:
    """An asset for every tag of the house."""
    here = building(SITE)
    room = next(room for room in here.layout.rooms.values() if room.kind == "utility_clean")
    assert room.ward
    return tuple(
        Asset(
            id=f"5712345P{number:02d}",
            name=f"Pump {number:02d}",
            type="infusion_pump",
            ward=room.ward,
            home=room.id,
            pump="syringe",
            tag=tag_address(number),
        )
        for number in range(ASSETS)
    )


class Clock:
    """The dispatcher's end of the bus, as far as its clock goes: site time is the machine's."""

    def __init__(self, data: Path) -> None:
        self._broker = Broker(ensure_keys(data / KEYS_FOLDER))
        write_address(data, self._broker.address)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            now_ms = time.time_ns() // 1_000_000
            self._broker.publish(TOPIC, ClockTold(site_ms=now_ms, factor=1.0, at_wall_ms=now_ms))
            self._broker.poll(200)
        self._broker.close()

    def stop(self) -> None:
        """Say no more."""
        self._stopping.set()
        self._thread.join()


@dataclass
class Part:
    """The running process; leaving the block ends it as the supervisor does."""

    data: Path
    environment: dict[str, str]
    process: subprocess.Popen[str] | None = None
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    client: BusClient | None = None

    def __enter__(self) -> Part:
        command = [sys.executable, "-m", "equipment_tracking.service", "--data", str(self.data), "--site", SITE]
        self.process = subprocess.Popen(
            [*command, "--database", f"sqlite:///{self.data / 'portor.db'}"],
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert json.loads(self.process.stdout.readline()) == {"ready": True}
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self.process is not None
        if self.client is not None:
            self.runner.run(self.client.__aexit__())
        self.runner.close()
        self.process.terminate()
        assert self.process.wait(15) in (0, -9)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def kill(self) -> None:
        """As a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def ask(self, body: PoolRequest | Query, view: type[V], actor: str = "anna", key: str = "") -> V:
        """The view that answers; fails on a refusal."""
        reply = self.reply(body, actor, key)
        assert reply.status < 400, msgspec.msgpack.decode(reply.body)
        return msgspec.msgpack.decode(reply.body, type=view)

    def reply(self, body: PoolRequest | Query, actor: str = "anna", key: str = "") -> Reply:
        """Whatever is answered."""

        async def asking() -> Reply:
            if self.client is None:
                keys = ensure_keys(self.data / KEYS_FOLDER)
                client = BusClient("test", keys, partial(read_address, self.data, EQUIPMENT))
                self.client = await client.__aenter__()
            return await self.client.request(actor, "clinician", key, body, START_S)

        return self.runner.run(asking())

    def register(self) -> None:
        """All pumps, the first of them ready for use."""
        self.ask(Register(pumps()), Done)
        for pump in pumps()[:READY]:
            self.ask(MarkCleaned(pump.id, "wipe"), Done)
            self.ask(Confirm(pump.id, ("checked", "charged", "complete")), Done)

    def listen(self, seconds: int) -> None:
        """The house sends for so long, as fast as real tags do."""
        walkers = scene().begin()
        for at_s in range(seconds):
            began_ms = time.time_ns() // 1_000_000 - (at_s + 1) * 1000
            for body in bundles(scene().listen(walkers, at_s), GATEWAYS, began_ms, {}):
                self.ask(Heard("minew", body), Taken)
            time.sleep(1.0)


@contextmanager
def installation(folder: Path) -> Iterator[Path]:
    """A folder with a migrated database, a radio map, and a dispatcher that says what time it is."""
    engine = open_engine(f"sqlite:///{folder / 'portor.db'}")
    upgrade(engine)
    engine.dispose()
    (folder / "locating").mkdir()
    save(folder / "locating" / "model.npz", *model())
    clock = Clock(folder)
    try:
        yield folder
    finally:
        clock.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Part]]:
    """Starts the part over an installation of its own, with more environment if need be."""
    with installation(tmp_path) as data:
        yield lambda **environment: Part(data, environment)


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that must come."""
    deadline_s = time.monotonic() + START_S
    while not true():
        assert time.monotonic() < deadline_s, f"never came: {what}"
        time.sleep(0.2)
