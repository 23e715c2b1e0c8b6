"""Server-sent events: every change once, in order, and on from where the stream broke off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest
from fastapi import FastAPI

from api.fanout import QUEUE, Change, Fanout
from api.frames import Frames
from api.house import House
from api.routes.events import frames
from fleet.views import Positions
from tests.api.conftest import running
from tests.api.fake_dispatcher import FakeDispatcher
from tests.api.scenes import a_carrier, a_job

pytestmark = pytest.mark.anyio


async def settle() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def read(
    app: FastAPI, count: int, after: str | None = None, topics: frozenset[str] | None = None
) -> list[dict[str, str]]:
    """Read events from a stream that is opened now, or went on after an event."""
    house: House = app.state.house
    listener = house.link.fanout.join(topics, after, house.link.mark)
    stream = frames(house, listener, Frames(house).data, "en")
    found: list[dict[str, str]] = []
    async with aclosing(stream), asyncio.timeout(10):
        async for block in stream:
            for event in block.decode().split("\n\n"):
                fields = dict(line.split(": ", 1) for line in event.splitlines() if ": " in line)
                if fields.get("event", "link") not in ("link", "clock"):
                    found.append(fields)
            if len(found) >= count:
                return found
    return found


@pytest.fixture
async def started(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The application, started."""
    async with running(app) as client:
        yield client


async def test_a_change_arrives_with_its_number(
    app: FastAPI,
    started: httpx.AsyncClient,
    dispatcher: FakeDispatcher,  # starts it
) -> None:
    """`id` is epoch.seq, `event` the topic, `data` the job as the interface shows it."""
    reading = asyncio.create_task(read(app, 1))
    await settle()
    dispatcher.put(a_job("J00001"))
    (event,) = await reading
    assert (event["event"], event["id"]) == ("job", f"1.{dispatcher.seq}")
    assert json.loads(event["data"])["from"] == "s0-tube"


async def test_a_broken_stream_goes_on_where_it_was(
    app: FastAPI,
    started: httpx.AsyncClient,
    dispatcher: FakeDispatcher,  # starts it
) -> None:
    """What came in between is sent first, and nothing twice."""
    for number in range(1, 5):
        dispatcher.put(a_job(f"J{number:05d}"))
    await settle()
    events = await read(app, 2, after="1.2")
    assert [event["id"] for event in events] == ["1.3", "1.4"]


@pytest.mark.parametrize("after", ["1.99", "7.1", "nonsense", "1.-4"])
async def test_a_number_that_is_not_known_means_reset(
    app: FastAPI,
    started: httpx.AsyncClient,
    dispatcher: FakeDispatcher,
    after: str,  # starts it
) -> None:
    """The client must take a new snapshot."""
    dispatcher.put(a_job("J00001"))
    await settle()
    assert [event["event"] for event in await read(app, 1, after=after)] == ["reset"]


async def test_a_new_leader_means_reset(app: FastAPI, started: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """Another epoch: the api takes a snapshot and tells everybody to."""
    reading = asyncio.create_task(read(app, 1))
    await settle()
    dispatcher.jobs["J00009"] = a_job("J00009")
    dispatcher.change_leader()
    (event,) = await reading
    assert (event["event"], event["id"]) == ("reset", "2.0")
    assert [job["id"] for job in (await started.get("/api/v1/snapshot")).json()["jobs"]] == ["J00009"]


async def test_topics_are_chosen(
    app: FastAPI,
    started: httpx.AsyncClient,
    dispatcher: FakeDispatcher,  # starts it
) -> None:
    """Only what is asked for is sent."""
    reading = asyncio.create_task(read(app, 1, topics=frozenset({"carrier"})))
    await settle()
    dispatcher.put(a_job("J00001"))
    dispatcher.put_carrier(a_carrier("C01"))
    assert [event["event"] for event in await reading] == ["carrier"]


async def test_streams_end_when_the_process_stops(app: FastAPI, dispatcher: FakeDispatcher) -> None:  # starts it
    """An open stream does not hold the process up."""
    async with running(app):
        reading = asyncio.create_task(read(app, 1))
        await settle()
        app.state.house.link.fanout.close()
        assert await reading == []


async def test_a_slow_listener_loses_positions_first() -> None:
    """A full queue drops its oldest positions; only without any does it start over."""
    fanout = Fanout()
    listener = fanout.join(None, None, "1.0")
    fanout.publish(Change(1, 1, "positions", Positions(0, (("C01", "0", 1.0, 1.0),))))
    for seq in range(2, QUEUE + 2):
        fanout.publish(Change(1, seq, "job", a_job("J00001")))
    kept = await listener.take(1)
    assert (kept[0].seq, len(kept)) == (2, QUEUE)
    for seq in range(QUEUE + 2, 2 * QUEUE + 3):
        fanout.publish(Change(1, seq, "job", a_job("J00001")))
    assert [change.topic for change in await listener.take(1)] == ["reset"]


def test_a_change_is_encoded_once_however_many_listen() -> None:
    """The second listener gets the same bytes."""
    made: list[int] = []
    change = Change(1, 1, "job", a_job("J00001"))

    def encode(item: Change) -> bytes:
        made.append(item.seq)
        return b"x"

    assert change.frame("data.da", encode) is change.frame("data.da", encode)
    assert made == [1]
