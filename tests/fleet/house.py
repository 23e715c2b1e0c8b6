"""The real dispatcher on a real bus, with real simulated carriers and a file: one thread that a test turns by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import msgspec

from bus.address import KEYS_FOLDER, read_address, write_address
from bus.broker import Broker
from bus.client import BusClient
from bus.inbox import Received
from bus.keys import ensure_keys
from bus.messages import Reply
from fleet.clock import SiteClock
from fleet.draft import State
from fleet.hospital import Hospital
from fleet.requests import Accepted, AnyRequest, CreateJob, Refusal
from fleet.service.dispatcher import CLOCK_ROW, Dispatcher
from fleet.service.wishes import KINDS, Wishes
from fleet.simulated.agent import SimulatedCarriers
from fleet.store.queries import JobFilter, list_jobs, open_reader
from fleet.store.writer import STREAM, FleetWriter
from fleet.views import JobView
from ledger.database import open_engine
from ledger.follower import Follower
from ledger.read import about
from ledger.verify import verify
from tests.fleet.obedient import MONDAY_8
from tests.support.databases import new_database

FACTOR = 200.0
PATIENCE = 20_000
"""Turns after which a test gives up."""


class QuickBroker(Broker):
    """A broker that waits a moment at most, since the same thread turns the carriers too."""

    def poll(self, timeout_ms: int, limit: int = 64) -> list[Received]:
        """What has arrived."""
        return super().poll(min(timeout_ms, 2), limit)


class House:
    """Leave the block to end everything. `pages` bounds the file; without `carriers` nobody carries anything."""

    def __init__(self, hospital: Hospital, data: Path, *, pages: int | None = None, carriers: bool = True) -> None:
        self.hospital = hospital
        self.data = data
        self.url = new_database("sqlite", data)
        self._pages = pages
        self._loop = asyncio.new_event_loop()
        self._keys = ensure_keys(data / KEYS_FOLDER)
        self._open(SiteClock(MONDAY_8, FACTOR))
        self.carriers = SimulatedCarriers(hospital.site, data, seed=1) if carriers else None
        self._client = self._loop.run_until_complete(self._connect())

    def __enter__(self) -> House:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.run_until_complete(self._client.__aexit__(None, None, None))
        if self.carriers is not None:
            self.carriers.close()
        self._close()
        self._loop.close()

    def restart(self) -> None:
        """The dispatcher ends, and another begins with nothing but the file."""
        self._close()
        self._open(SiteClock(self.clock.now_ms(), FACTOR))

    def turn(self) -> None:
        """One round of everybody."""
        if self.carriers is not None:
            self.carriers.turn()
        self.dispatcher.step()

    def run_until(self, done: Callable[[], bool]) -> None:
        """Turn until it is so."""
        for _ in range(PATIENCE):
            if done():
                return
            self.turn()
        raise AssertionError("waited in vain")

    def ask(self, *requests: AnyRequest, key: str = "") -> list[tuple[int, Accepted | Refusal]]:
        """Ask all of this at once; status and body of every answer, in order."""
        return self._loop.run_until_complete(self._ask(requests, key))

    def order(self, origin: str = "s1-tube", *, key: str = "", load: str = "blood_sample", to: str = "lab-tube") -> str:
        """A sample by tube, accepted; its job."""
        specimen = "routine_blood" if load == "blood_sample" else None
        ((status, answer),) = self.ask(CreateJob(load=load, origin=origin, destination=to, specimen=specimen), key=key)
        assert isinstance(answer, Accepted), answer
        assert status == 201
        return answer.id

    def jobs(self) -> dict[str, JobView]:
        """Every job as people list it."""
        reader = open_reader(self.url)
        with reader.connect() as connection:
            found = {job.id: job for job in list_jobs(connection, JobFilter(limit=500)).jobs}
        reader.dispose()
        return found

    def delivered(self, job: str) -> bool:
        """Whether people see it delivered."""
        return job in self.jobs() and self.jobs()[job].state == "delivered"

    def kinds(self, job: str) -> list[str]:
        """The ledger of a job, and that the chain is unbroken."""
        reader = open_reader(self.url)
        with reader.connect() as connection:
            assert list(verify(connection)) == []
            found = [row.kind for row in about(connection, "fleet", job)]
        reader.dispose()
        return found

    def _open(self, clock: SiteClock) -> None:
        self._engine = open_engine(self.url, max_page_count=self._pages)
        self.writer = FleetWriter(self._engine, "a test")
        epoch = self.writer.open()
        rows = self.writer.load()
        rows.pop(CLOCK_ROW[0], None)
        self.clock = clock
        self.state = State(rows)
        self.broker = QuickBroker(self._keys, epoch=epoch)
        self._reader = open_reader(self.url)
        self.wishes = Wishes(Follower(self._reader, STREAM, KINDS))
        self.dispatcher = Dispatcher(
            hospital=self.hospital,
            state=self.state,
            writer=self.writer,
            broker=self.broker,
            clock=clock,
            wishes=self.wishes,
        )
        self.dispatcher.start()
        write_address(self.data, self.broker.address)

    def _close(self) -> None:
        self.broker.close()
        self.writer.close()
        self._engine.dispose()
        self._reader.dispose()

    async def _connect(self) -> BusClient:
        return await BusClient("test", self._keys, lambda: read_address(self.data)).__aenter__()

    async def _ask(self, requests: tuple[AnyRequest, ...], key: str) -> list[tuple[int, Accepted | Refusal]]:
        asked = [
            asyncio.create_task(self._client.request("anna", "dispatcher", key, request, timeout_s=60))
            for request in requests
        ]
        await asyncio.sleep(0.05)  # so that they lie in the inbox together
        while not all(task.done() for task in asked):
            self.turn()
            await asyncio.sleep(0.001)
        return [_read(task.result()) for task in asked]


def _read(reply: Reply) -> tuple[int, Accepted | Refusal]:
    kind: type[Accepted] | type[Refusal] = Accepted if reply.status < 300 else Refusal
    return reply.status, msgspec.msgpack.decode(reply.body, type=kind)
