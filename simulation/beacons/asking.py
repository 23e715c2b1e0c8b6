"""The wire to the equipment part, for whom it is no harm when it is away: they wait, or let it be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import msgspec

from bus.client import BusClient, Unavailable
from bus.messages import Reply
from equipment_tracking.pool.model import ItemState
from equipment_tracking.pool.requests import AnyRequest
from equipment_tracking.queries import GetAsset, GetPool, Heard, ListAssets, Query, Together
from equipment_tracking.views import Answer, Answers

ACTOR, ROLE = "demo", "technician"
"""Who registers what nobody else has."""
ANSWER_S, HEARD_S = 10.0, 2.0
"""How long an answer is waited for: to a request, and to readings, which are worth nothing later."""
AGAIN_S = 1.0
PAGE = 500
View = TypeVar("View", bound=msgspec.Struct)


class NowView(msgspec.Struct, frozen=True):
    """Of a view what matters here: when it was."""

    now_ms: int


class StateView(msgspec.Struct, frozen=True):
    """Of an asset what matters here."""

    id: str
    state: ItemState
    since_ms: int


class DoneView(msgspec.Struct, frozen=True):
    """Of an answer what matters here."""

    asset: StateView | None = None


class PageView(msgspec.Struct, frozen=True):
    """Of a page of assets what matters here."""

    assets: tuple[StateView, ...]
    next: str


class Asking:
    """Asks over the bus; whoever waits is cancelled with the task."""

    def __init__(self, client: BusClient) -> None:
        self._client = client

    async def now_ms(self) -> int:
        """Site time, as soon as the part is there."""
        return (await self._view(GetPool(), NowView)).now_ms

    async def assets(self) -> AsyncIterator[StateView]:
        """All assets in order of their ids."""
        after = ""
        while True:
            page = await self._view(ListAssets(after=after, limit=PAGE), PageView)
            for asset in page.assets:
                yield asset
            if not page.next:
                return
            after = page.next

    async def insist(self, request: AnyRequest, actor: str, role: str, key: str) -> Reply:
        """The answer, however long the part is away or cannot write."""
        while True:
            reply = await self.once(request, actor, role, key)
            if reply is not None and reply.status < 500:
                return reply
            await asyncio.sleep(AGAIN_S)

    async def together(self, requests: Sequence[AnyRequest], actor: str, role: str) -> tuple[Answer, ...]:
        """What became of each request, however long the part is away or cannot write."""
        while True:
            reply = await self.once(Together(tuple(requests)), actor, role)
            if reply is not None and reply.status == 200:
                return msgspec.msgpack.decode(reply.body, type=Answers).answers
            await asyncio.sleep(AGAIN_S)

    async def once(self, body: AnyRequest | Query, actor: str, role: str, key: str = "") -> Reply | None:
        """The answer, or None when the part is away."""
        try:
            return await self._client.request(actor, role, key, body, timeout_s=ANSWER_S)
        except Unavailable:
            return None

    async def state_of(self, asset: str) -> StateView | None:
        """How an asset is now; None where nobody says."""
        reply = await self.once(GetAsset(asset), ACTOR, ROLE)
        return msgspec.msgpack.decode(reply.body, type=StateView) if reply is not None and reply.status == 200 else None

    async def heard(self, body: bytes) -> bool:
        """Hand over a message of gateways; False when nobody takes it."""
        try:
            reply = await self._client.request(ACTOR, ROLE, "", Heard("minew", body), timeout_s=HEARD_S)
        except Unavailable:
            return False
        return reply.status < 400

    async def _view(self, query: Query, view: type[View]) -> View:
        while True:
            reply = await self.once(query, ACTOR, ROLE)
            if reply is not None and reply.status == 200:
                return msgspec.msgpack.decode(reply.body, type=view)
            await asyncio.sleep(AGAIN_S)


def done(reply: Reply) -> StateView | None:
    """The asset of an answer that granted something."""
    return msgspec.msgpack.decode(reply.body, type=DoneView).asset
