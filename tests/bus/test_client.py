"""Requests and updates as the api sees them, with the dispatcher running, changing, away, or full."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from pathlib import Path

import msgspec
import pytest

from bus import wire
from bus.address import Address, read_address, write_address
from bus.broker import Broker
from bus.client import BusClient, Unavailable
from bus.keys import Keys
from bus.messages import TICK, Reply, Request, Update
from bus.replica import Numbered, Replica


class Put(msgspec.Struct, frozen=True, tag=True):
    """Set the counter to a value; one order a key."""

    value: int


class Look(msgspec.Struct, frozen=True, tag=True):
    """Ask for the counter."""


class State(msgspec.Struct, frozen=True):
    """The snapshot."""

    epoch: int
    seq: int
    value: int


class Counter(threading.Thread):
    """A dispatcher in a thread that keeps one figure, remembers keys, and publishes every change."""

    def __init__(self, keys: Keys, data: Path, *, epoch: int = 1, store: dict[str, int] | None = None) -> None:
        super().__init__(daemon=True)
        self.store = {"value": 0} if store is None else store
        self.requests: list[Request] = []
        self.answering = True
        self.skip = 0
        self.turns = 0
        self._halt = threading.Event()
        self._wanted: list[int] = []
        self._broker = Broker(keys, epoch=epoch, max_requests=4)
        write_address(data, self._broker.address)
        self.start()

    def run(self) -> None:
        while not self._halt.is_set():
            self.turns += 1
            for received in self._broker.poll(10, limit=64 if self.answering else 0):
                if isinstance(received.message, Request):
                    self._answer(received.peer, received.message)
            while self._wanted:
                self._change(self._wanted.pop(0))
        self._broker.close()

    def change(self, value: int) -> None:
        """Change the figure of the dispatcher's own accord."""
        self._wanted.append(value)

    def pause(self) -> None:
        """Answer no more; returns when requests are surely left waiting."""
        self.answering = False
        turn = self.turns
        while self.turns < turn + 2:
            time.sleep(0.005)

    def stop(self) -> None:
        """End as after a crash: without a word."""
        self._halt.set()
        self.join()

    def _answer(self, peer: str, request: Request) -> None:
        self.requests.append(request)
        order = msgspec.msgpack.decode(request.body, type=Put | Look)
        if isinstance(order, Put) and request.key not in self.store:
            self.store[request.key] = order.value
            self._change(order.value)
        state = State(self._broker.epoch, self._broker.seq, self.store["value"])
        self._broker.send(peer, Reply(id=request.id, status=200, body=wire.body(state)))

    def _change(self, value: int) -> None:
        self.store["value"] = value
        if self.skip:
            # An update that gets lost on the way: it has a number, and nobody hears it.
            self.skip -= 1
            self._broker.seq += 1
        else:
            self._broker.publish("counter", Put(value))


@pytest.fixture
def counter(keys: Keys, data: Path) -> Iterator[Counter]:
    counter = Counter(keys, data)
    yield counter
    if counter.is_alive():
        counter.stop()


def story(function: Callable[..., Coroutine[None, None, None]]) -> Callable[..., None]:
    """Run an asynchronous story."""

    @wraps(function)
    def run(**fixtures: object) -> None:
        asyncio.run(function(**fixtures))

    return run


async def settle(condition: Callable[[], object]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def value(reply: Reply) -> int:
    return msgspec.msgpack.decode(reply.body, type=State).value


@contextlib.asynccontextmanager
async def copy_of_counter(client: BusClient, heard: list[Update | None]) -> AsyncIterator[Replica[int]]:
    async def fetch() -> Numbered[int]:
        state = msgspec.msgpack.decode((await client.request("anna", "dispatcher", "", Look())).body, type=State)
        return Numbered(state.epoch, state.seq, state.value)

    def apply(_: int, update: Update) -> int:
        return msgspec.msgpack.decode(update.body, type=Put).value

    async with Replica(client, fetch, apply, heard.append).running() as replica:
        await replica.ready(10)
        yield replica


@story
async def test_a_request_is_answered(keys: Keys, data: Path, counter: Counter) -> None:
    """Who asks, in which role and with which key travels in the envelope."""
    async with BusClient("api", keys, lambda: read_address(data)) as client:
        assert value(await client.request("anna", "dispatcher", "k1", Put(7))) == 7
    assert [(each.actor, each.role, each.key) for each in counter.requests] == [("anna", "dispatcher", "k1")]


@story
async def test_many_requests_at_once_get_each_their_own_answer(keys: Keys, data: Path, counter: Counter) -> None:
    """One reader sorts the replies by id, in whatever order they come."""
    async with BusClient("api", keys, lambda: read_address(data)) as client:

        async def ask(number: int) -> int:
            while True:
                try:
                    return value(await client.request("anna", "dispatcher", f"k{number}", Put(number)))
                except Unavailable:
                    await asyncio.sleep(0.01)

        await asyncio.gather(*(ask(number) for number in range(50)))
        assert len(counter.store) == 51


@story
async def test_without_a_dispatcher_the_request_is_unavailable_after_its_timeout(keys: Keys, data: Path) -> None:
    """Nobody has ever started: no answer, a retry time, and no hang."""
    async with BusClient("api", keys, lambda: read_address(data)) as client:
        with pytest.raises(Unavailable) as refused:
            await client.request("anna", "dispatcher", "", Look(), timeout_s=0.3)
        assert refused.value.retry_s > 0
        assert not client.in_contact


@story
async def test_while_the_dispatcher_changes_a_request_waits_and_is_carried_out_once(
    keys: Keys, data: Path, counter: Counter
) -> None:
    """It died with the request unread; the next one listens on another port and gets it, same id and key."""
    async with BusClient("api", keys, lambda: read_address(data)) as client:
        await client.request("anna", "dispatcher", "k1", Put(1))
        await asyncio.to_thread(counter.pause)
        asked = asyncio.create_task(client.request("anna", "dispatcher", "k2", Put(2)))
        await settle(lambda: counter._broker.waiting_requests)
        await asyncio.to_thread(counter.stop)
        successor = Counter(keys, data, epoch=2, store=counter.store)
        assert value(await asked) == 2
        assert {each.key for each in successor.requests} == {"k2"}
        assert len({each.id for each in successor.requests}) == 1
        await asyncio.to_thread(successor.stop)


@story
async def test_a_full_dispatcher_says_so_at_once(keys: Keys, data: Path, counter: Counter) -> None:
    """Four may wait; the fifth is told to come back, long before its timeout."""
    async with BusClient("api", keys, lambda: read_address(data)) as client:
        await client.request("anna", "dispatcher", "", Look())
        await asyncio.to_thread(counter.pause)
        four = [asyncio.create_task(client.request("anna", "dispatcher", f"k{n}", Put(n))) for n in range(4)]
        await settle(lambda: counter._broker.waiting_requests == 4)
        with pytest.raises(Unavailable):
            await client.request("anna", "dispatcher", "k5", Put(5), timeout_s=60)
        counter.answering = True
        await asyncio.gather(*four)
        assert "k5" not in counter.store


@story
async def test_a_request_given_up_is_not_delivered_later(keys: Keys, data: Path, counter: Counter) -> None:
    """The caller was told that it failed while nobody listened: it must not happen behind their back."""
    async with BusClient("api", keys, lambda: read_address(data)) as client:
        await client.request("anna", "dispatcher", "k1", Put(1))
        await asyncio.to_thread(counter.stop)
        with pytest.raises(Unavailable):
            await client.request("anna", "dispatcher", "k2", Put(2), timeout_s=0.5)
        successor = Counter(keys, data, epoch=2, store=counter.store)
        await client.request("anna", "dispatcher", "k3", Put(3))
        assert "k2" not in successor.store
        await asyncio.to_thread(successor.stop)


@story
async def test_an_unknown_key_gets_no_answer(stranger: Keys, data: Path, counter: Counter) -> None:
    """The request ends as unavailable, and the dispatcher has counted the attempt."""
    async with BusClient("api", stranger, lambda: read_address(data)) as client:
        with pytest.raises(Unavailable):
            await client.request("eve", "dispatcher", "k", Put(666), timeout_s=0.5)
    await settle(lambda: counter._broker.auth_failures)
    assert counter.requests == []


@story
async def test_updates_come_numbered_with_a_tick_each_second(keys: Keys, data: Path, counter: Counter) -> None:
    """Ticks carry the number of the last update and use none of their own."""
    async with BusClient("api", keys, lambda: read_address(data)) as client:
        heard: list[Update] = []
        async with asyncio.timeout(20), contextlib.aclosing(client.updates()) as updates:
            async for update in updates:
                if update.topic == TICK and not heard:
                    counter.change(5)
                heard.append(update)
                if update.topic == TICK and update.seq == 1:
                    break
    assert [(each.topic, each.seq) for each in heard if each.seq] == [("counter", 1), (TICK, 1)]


@story
async def test_a_replica_takes_a_snapshot_and_then_follows(keys: Keys, data: Path, counter: Counter) -> None:
    """One snapshot, three changes, no second snapshot."""
    counter.change(1)
    heard: list[Update | None] = []
    async with BusClient("api", keys, lambda: read_address(data)) as client, copy_of_counter(client, heard) as replica:
        assert replica.current is not None
        assert replica.current.state == 1
        for figure in (2, 3, 4):
            counter.change(figure)
        await settle(lambda: replica.current and replica.current.state == 4)
        assert replica.snapshots == 1
        assert [update.seq for update in heard if update] == [2, 3, 4]


@story
async def test_a_gap_means_a_new_snapshot(keys: Keys, data: Path, counter: Counter) -> None:
    """Update 1 got lost on the way; update 2 shows it, and the copy is true again."""
    heard: list[Update | None] = []
    async with BusClient("api", keys, lambda: read_address(data)) as client, copy_of_counter(client, heard) as replica:
        counter.skip = 1
        counter.change(8)
        counter.change(9)
        await settle(lambda: replica.snapshots == 2)
        await settle(lambda: replica.current and replica.current.state == 9)


@story
async def test_a_lost_last_update_is_found_by_the_next_tick(keys: Keys, data: Path, counter: Counter) -> None:
    """Nothing more happens after the loss, and still the copy does not stay wrong for longer than a second or so."""
    heard: list[Update | None] = []
    async with BusClient("api", keys, lambda: read_address(data)) as client, copy_of_counter(client, heard) as replica:
        counter.skip = 1
        counter.change(8)
        await settle(lambda: replica.current and replica.current.state == 8)
        assert heard == [None, None]


@story
async def test_a_new_dispatcher_means_a_new_snapshot(keys: Keys, data: Path, counter: Counter) -> None:
    """The successor counts its updates from nought in a higher epoch: no update of it is mistaken for an old one."""
    heard: list[Update | None] = []
    async with BusClient("api", keys, lambda: read_address(data)) as client, copy_of_counter(client, heard) as replica:
        for figure in (1, 2, 3):
            counter.change(figure)
        await settle(lambda: replica.current and replica.current.seq == 3)
        await asyncio.to_thread(counter.stop)
        successor = Counter(keys, data, epoch=2, store={"value": 40})
        await settle(lambda: replica.current and replica.current.epoch == 2)
        successor.change(41)
        await settle(lambda: replica.current and replica.current.state == 41)
        await asyncio.to_thread(successor.stop)


@story
async def test_a_reader_that_is_too_slow_sees_a_gap_and_not_old_news(keys: Keys, data: Path, counter: Counter) -> None:
    """Its queue is bounded: the oldest are dropped together, and what is there is in order."""
    async with BusClient("api", keys, lambda: read_address(data)) as client:
        await client.request("anna", "dispatcher", "", Look())
        await settle(lambda: client.in_contact)
        queue = client.subscribe()
        for batch in range(3):
            for figure in range(1000):
                counter.change(batch * 1000 + figure)
            await settle(lambda: not counter._wanted)
        await settle(lambda: counter.store["value"] == 2999)
        last = 0
        while last < 3000:
            last = (await queue.get()).seq
        assert queue.maxsize == 2000
        client.unsubscribe(queue)


def test_an_address_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """None before the first start; afterwards the one last written; rubbish counts as none."""
    assert read_address(tmp_path) is None
    for port in (1, 2):
        write_address(tmp_path, Address(f"tcp://127.0.0.1:{port}", "tcp://127.0.0.1:9", "key"))
    address = read_address(tmp_path)
    assert address is not None
    assert address.router.endswith(":2")
    assert [path.name for path in tmp_path.iterdir()] == ["bus.json"]
    (tmp_path / "bus.json").write_text("{")
    assert read_address(tmp_path) is None
