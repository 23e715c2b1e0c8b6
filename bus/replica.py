"""A copy of the dispatcher's state that keeps itself true: snapshot, then numbered updates, and again after a gap."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from bus.client import BusClient, Unavailable
from bus.messages import TICK, Update

log = logging.getLogger(__name__)

State = TypeVar("State")
_RETRY_S = 0.5


class Numbered(NamedTuple, Generic[State]):
    """A state as of update `seq` of `epoch`."""

    epoch: int
    seq: int
    state: State


class Replica(Generic[State]):
    """The Clone pattern (ZeroMQ guide, chapter 5): listen first, ask for the snapshot second, apply what is newer.

    Parameters
    ----------
    fetch
        Asks the dispatcher for a snapshot; may raise `Unavailable`, then it is asked again.
    apply
        Gives the state after an update; ticks are not applied.
    changed
        Told of every applied update, and of None when a whole new snapshot has been taken.
    """

    def __init__(
        self,
        client: BusClient,
        fetch: Callable[[], Awaitable[Numbered[State]]],
        apply: Callable[[State, Update], State],
        changed: Callable[[Update | None], None] | None = None,
    ) -> None:
        self.current: Numbered[State] | None = None
        self.snapshots = 0
        self._client = client
        self._fetch = fetch
        self._apply = apply
        self._changed = changed or (lambda _: None)
        self._ready = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Replica[State]]:
        """Keep the copy while the block runs."""
        task = asyncio.create_task(self.run(), name="replica")
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def ready(self, timeout_s: float) -> Numbered[State]:
        """The state, as soon as there is one. Raises `Unavailable` after `timeout_s`."""
        try:
            await asyncio.wait_for(self._ready.wait(), timeout_s)
        except TimeoutError:
            raise Unavailable(2) from None
        if self.current is None:
            raise Unavailable(2)
        return self.current

    async def run(self) -> None:
        """Follow the dispatcher for ever; returns only by being cancelled."""
        queue = self._client.subscribe()
        try:
            while True:
                await self._hear(await queue.get())
        finally:
            self._client.unsubscribe(queue)

    async def _hear(self, update: Update) -> None:
        if self.current is None or self._missed(self.current, update):
            await self._take_snapshot()
        current = self.current
        if current is None or update.topic == TICK or (update.epoch, update.seq) <= (current.epoch, current.seq):
            return
        if self._missed(current, update):
            # The snapshot is older than this update and not its neighbour; the next update or tick asks again.
            return
        self.current = Numbered(update.epoch, update.seq, self._apply(current.state, update))
        self._changed(update)

    @staticmethod
    def _missed(current: Numbered[State], update: Update) -> bool:
        if update.epoch != current.epoch:
            return update.epoch > current.epoch
        return update.seq > current.seq + (update.topic != TICK)

    async def _take_snapshot(self) -> None:
        try:
            self.current = await self._fetch()
        except Unavailable:
            log.info("no snapshot yet, the dispatcher does not answer")
            await asyncio.sleep(_RETRY_S)
            return
        self.snapshots += 1
        self._ready.set()
        self._changed(None)
