"""The bus as the api and the workers see it: requests with one answer, and the stream of numbered updates (asyncio)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import zmq
import zmq.asyncio
from zmq.utils.monitor import recv_monitor_message

from bus import wire
from bus.address import Address
from bus.connection import hear_updates, secure
from bus.keys import Keys
from bus.messages import Busy, Reply, Request, Update

log = logging.getLogger(__name__)

_RESEND_S = 2.5
_SILENCE_S = 2.5
_WATCH_S = 0.25
_HIGH_WATER = 2000
_STREAM_LENGTH = 2000


class Unavailable(Exception):
    """The dispatcher is away or has too much to do; asking again in `retry_s` seconds may help."""

    def __init__(self, retry_s: int) -> None:
        super().__init__(f"The dispatcher does not answer; try again in {retry_s} s.")
        self.retry_s = retry_s


class BusClient:
    """One connection of a process to the dispatcher. Use it as `async with BusClient(...) as client`.

    One reader task a socket feeds queues and futures, so cancelling a caller never loses a message. While the
    dispatcher changes, `address` is read again and open requests are sent again with the same id and key.
    """

    def __init__(self, name: str, keys: Keys, address: Callable[[], Address | None]) -> None:
        self.name = f"{name}.{secrets.token_hex(4)}"
        self._keys = keys
        self._address = address
        self._connected: Address | None = None
        self._open: dict[str, tuple[Request, asyncio.Future[Reply]]] = {}
        self._streams: list[asyncio.Queue[Update]] = []
        self._heard_s = float("-inf")
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> BusClient:
        self._context = zmq.asyncio.Context()
        self._dealer = self._socket(zmq.DEALER)
        self._dealer.setsockopt(zmq.IDENTITY, self.name.encode())
        self._dealer.set(zmq.IMMEDIATE, 1)
        self._updates = self._socket(zmq.SUB)
        hear_updates(self._updates)
        self._monitor = self._dealer.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
        )
        self._follow_address()
        self._tasks = [
            asyncio.create_task(work(), name=f"{self.name} {work.__name__}")
            for work in (self._read_replies, self._read_updates, self._read_monitor, self._watch_address)
        ]
        return self

    async def __aexit__(self, *_exception: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for _request, future in self._open.values():
            if not future.done():
                future.set_exception(Unavailable(1))
        self._dealer.disable_monitor()
        self._context.destroy(linger=0)

    @property
    def in_contact(self) -> bool:
        """True while the dispatcher's ticks or updates arrive."""
        return time.monotonic() - self._heard_s < _SILENCE_S

    async def request(
        self, actor: str, role: str, key: str, body: msgspec.Struct | msgspec.Raw, timeout_s: float = 10
    ) -> Reply:
        """Ask the dispatcher and wait for its answer.

        Raises `Unavailable` when none came in `timeout_s`, or at once when the dispatcher says that it is full. After
        `Unavailable` the request may still have been carried out: asking again with the same `key` tells.
        """
        request = Request(
            id=secrets.token_hex(8),
            actor=actor,
            role=role,
            key=key,
            body=body if isinstance(body, msgspec.Raw) else wire.body(body),
        )
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._open[request.id] = (request, future)
        deadline_s = time.monotonic() + timeout_s
        try:
            while (left_s := deadline_s - time.monotonic()) > 0:
                self._send(request)
                done, _ = await asyncio.wait((future,), timeout=min(left_s, _RESEND_S))
                if done:
                    return _answered(future.result())
        finally:
            del self._open[request.id]
        raise Unavailable(2)

    async def updates(self) -> AsyncIterator[Update]:
        """Every update and tick from now on. When the reader is too slow some are dropped, which shows as a gap."""
        queue = self.subscribe()
        try:
            while True:
                yield await queue.get()
        finally:
            self.unsubscribe(queue)

    def subscribe(self) -> asyncio.Queue[Update]:
        """A bounded queue that receives every update from now on, until `unsubscribe`."""
        queue: asyncio.Queue[Update] = asyncio.Queue(_STREAM_LENGTH)
        self._streams.append(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[Update]) -> None:
        """Stop filling a queue."""
        self._streams.remove(queue)

    def _socket(self, kind: int) -> zmq.asyncio.Socket:
        socket = self._context.socket(kind)
        secure(socket, self._keys)
        socket.set_hwm(_HIGH_WATER)
        socket.set(zmq.RECONNECT_IVL, 100)
        socket.set(zmq.RECONNECT_IVL_MAX, 1000)
        return socket

    def _send(self, request: Request) -> None:
        """Hand over now or not at all: a request that nobody waits for any more must not arrive later."""
        sent = asyncio.ensure_future(self._dealer.send_multipart(wire.pack(request), zmq.NOBLOCK))
        sent.add_done_callback(_ignore_away)

    def _follow_address(self) -> None:
        address = self._address()
        if address is None or address == self._connected:
            return
        if self._connected is not None:
            self._dealer.disconnect(self._connected.router)
            self._updates.disconnect(self._connected.updates)
        self._dealer.connect(address.router)
        self._updates.connect(address.updates)
        self._connected = address

    async def _watch_address(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            self._follow_address()

    async def _read_replies(self) -> None:
        while True:
            frames = await self._dealer.recv_multipart()
            try:
                reply = wire.unpack_outbound(frames)
            except wire.Malformed as problem:
                log.warning("a reply of the dispatcher cannot be read: %s", problem.reason)
                continue
            if isinstance(reply, Reply) and reply.id in self._open:
                future = self._open[reply.id][1]
                if not future.done():
                    future.set_result(reply)

    async def _read_updates(self) -> None:
        while True:
            frames = await self._updates.recv_multipart()
            try:
                update = wire.unpack_update(frames)
            except wire.Malformed as problem:
                log.warning("an update of the dispatcher cannot be read: %s", problem.reason)
                continue
            self._heard_s = time.monotonic()
            for queue in self._streams:
                if queue.full():
                    _empty(queue)
                queue.put_nowait(update)

    async def _read_monitor(self) -> None:
        while True:
            event = (await recv_monitor_message(self._monitor))["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                for waiting in list(self._open.values()):
                    self._send(waiting[0])
            else:
                log.warning("the dispatcher refuses the key of %s: compare the key folders", self.name)


def _answered(reply: Reply) -> Reply:
    """The reply itself, unless it says that the dispatcher is full."""
    if reply.status != 503:
        return reply
    retry_s = 2
    with contextlib.suppress(msgspec.DecodeError):
        retry_s = msgspec.msgpack.decode(reply.body, type=Busy).retry_s
    raise Unavailable(retry_s)


def _ignore_away(sent: asyncio.Future[Any]) -> None:
    """Nobody was connected: the request is sent again when somebody is."""
    if not sent.cancelled() and (problem := sent.exception()) is not None and not isinstance(problem, zmq.Again):
        log.warning("a request could not be sent: %s", problem)


def _empty(queue: asyncio.Queue[Update]) -> None:
    while not queue.empty():
        queue.get_nowait()
