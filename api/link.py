"""The api's end of the bus: keeps the replica current, passes changes on, and carries requests to the dispatcher."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import msgspec

from api.fanout import Change, Fanout
from api.live import Live
from api.problems import Problem, refuse
from bus.client import BusClient, Unavailable
from bus.messages import TICK, Reply, Update
from bus.replica import Numbered, Replica
from fleet.requests import Accepted, FleetRequest, GetSnapshot, GetStatistics, Refusal
from fleet.views import Snapshot, Statistics

WATCH_S = 0.5
SNAPSHOT_TIMEOUT_S = 5.0
SHOWN_TIMEOUT_S = 1.0


class Link:
    """The dispatcher as the routes see it: what it last said, whether it is there, and a way to ask it."""

    def __init__(self, bus: BusClient, hold_s: float) -> None:
        self.live = Live()
        self.fanout = Fanout()
        self.connected = False
        self.lost_ms: int | None = None
        self._moved = asyncio.Event()
        self._bus = bus
        self._hold_s = hold_s
        self._replica = Replica(bus, self._fetch, self._apply, self._changed)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Link]:
        """Follow the dispatcher while the block runs; when it ends, every event stream ends."""
        watch = asyncio.create_task(self._watch(), name="link watch")
        try:
            async with self._replica.running():
                yield self
        finally:
            self.fanout.close()
            watch.cancel()

    @property
    def ready(self) -> bool:
        """True once there has been a snapshot."""
        return self._replica.current is not None

    @property
    def now_ms(self) -> int:
        """Site time now."""
        return self.live.site_ms(time.time_ns() // 1_000_000)

    @property
    def mark(self) -> str:
        """Number of the last change in the replica, as `Last-Event-ID` writes it."""
        return f"{self.live.epoch}.{self.live.seq}"

    async def send(self, actor: str, role: str, key: str, request: FleetRequest) -> tuple[int, Accepted]:
        """Carry a request to the dispatcher; return the status and what it did.

        While the dispatcher changes the bus holds the request and sends it again with the same key. It returns when
        the replica shows the change, so that whoever wrote reads what was written.

        Raises
        ------
        Problem
            The dispatcher's refusal with its status, or 503 when nobody answers.
        """
        reply = await self._ask(actor, role, key, request)
        accepted = _accepted(reply)
        await self._shown(accepted.seq)
        return reply.status, accepted

    async def statistics(self) -> Statistics:
        """Ask the dispatcher for its figures.

        Raises
        ------
        Problem
            503 when nobody answers.
        """
        reply = await self._ask("api", "technician", "", GetStatistics())
        return msgspec.msgpack.decode(reply.body, type=Statistics)

    async def _ask(self, actor: str, role: str, key: str, request: FleetRequest) -> Reply:
        try:
            return await self._bus.request(actor, role, key, request, self._hold_s)
        except Unavailable as away:
            raise refuse(
                503,
                "dispatcher_away",
                "",
                da="Disponeringen svarer ikke. Send igen om lidt med samme nøgle: så bliver det gjort én gang.",
                en="The dispatcher does not answer. Send again shortly with the same key: it is carried out once.",
                retry_s=away.retry_s,
            ) from away

    async def _shown(self, seq: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SHOWN_TIMEOUT_S):
                while self.live.seq < seq:
                    self._moved.clear()
                    await self._moved.wait()

    async def _fetch(self) -> Numbered[Live]:
        reply = await self._bus.request("api", "technician", "", GetSnapshot(), SNAPSHOT_TIMEOUT_S)
        if reply.status != 200:
            raise Unavailable(1)
        self.live.load(msgspec.msgpack.decode(reply.body, type=Snapshot))
        return Numbered(self.live.epoch, self.live.seq, self.live)

    def _apply(self, live: Live, update: Update) -> Live:
        view = live.apply(update)
        self._moved.set()
        if view is not None and update.topic != TICK:
            self.fanout.publish(Change(update.epoch, update.seq, update.topic, view))
        return live

    def _changed(self, update: Update | None) -> None:
        if update is None:
            self.fanout.publish(Change(self.live.epoch, self.live.seq, "reset"))
            self._check()

    async def _watch(self) -> None:
        while True:
            self._check()
            await asyncio.sleep(WATCH_S)

    def _check(self) -> None:
        there = self._bus.in_contact and self.ready
        if there != self.connected:
            self.connected = there
            self.lost_ms = None if there else self.now_ms
            self.fanout.publish(Change(self.live.epoch, self.live.seq, "link"))


def _accepted(reply: Reply) -> Accepted:
    if reply.status < 400:
        return msgspec.msgpack.decode(reply.body, type=Accepted)
    refusal = msgspec.msgpack.decode(reply.body, type=Refusal)
    raise Problem(reply.status, refusal.violations, refusal.retry_s)
