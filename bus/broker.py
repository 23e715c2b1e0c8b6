"""The dispatcher's side of the bus: one ROUTER for agents and requests, one PUB for numbered updates, CURVE on both."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import zmq
from zmq.auth.thread import ThreadAuthenticator

from bus import wire
from bus.address import Address
from bus.inbox import Inbox, Received
from bus.keys import Keys
from bus.messages import TICK, Busy, Message, Reply, Request, Update
from bus.monitor import FAILURES, ConnectionWatch

log = logging.getLogger(__name__)

_TICK_S = 1.0
_DOMAIN = "bus"
_MAX_MESSAGE_BYTES = 8 * 1024 * 1024
_HEARTBEAT_IVL_MS = 1000
_HEARTBEAT_TIMEOUT_MS = 4000
_HANDSHAKE_MS = 4000
_LINGER_MS = 300
_UNNAMED = "(unnamed)"
_MAX_NAMES = 256


class Endpoints(NamedTuple):
    """Where the two sockets listen, with their real ports."""

    router: str
    updates: str


@dataclass(frozen=True, slots=True)
class _Admission:
    """Tells the authenticator which client keys are known."""

    admitted: frozenset[str]

    def callback(self, _domain: str, key: str | bytes) -> bool:
        text = key.decode() if isinstance(key, bytes) else key
        return text in self.admitted


class Broker:
    """Receives in order of importance, sends to named peers, publishes updates; never fails on what a peer sends.

    Not thread-safe: one loop owns it. `epoch` stamps updates and must be higher at each start of a dispatcher on the
    same data. `max_requests` bounds the requests that wait: what comes on top is answered 503 with `retry_s`.
    """

    def __init__(
        self,
        keys: Keys,
        router_endpoint: str = "tcp://127.0.0.1:*",
        updates_endpoint: str = "tcp://127.0.0.1:*",
        *,
        epoch: int = 1,
        max_requests: int = 256,
        retry_s: int = 2,
        high_water: int = 2000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not keys.server_secret:
            raise ValueError("These keys have no server secret: only the dispatcher's machine can run a broker.")
        self.epoch = epoch
        self.seq = 0
        self.malformed: Counter[tuple[str, str]] = Counter()
        self.unsent: Counter[str] = Counter()
        self._inbox = Inbox(max_requests=max_requests)
        self._busy = wire.body(Busy(retry_s=retry_s))
        self._monotonic = monotonic
        self._next_tick_s = monotonic()
        self._context = zmq.Context()
        self._auth = ThreadAuthenticator(self._context)
        self._auth.start()
        admission = _Admission(frozenset(key.decode() for key in keys.admitted))
        self._auth.configure_curve_callback(_DOMAIN, admission)
        try:
            self._router = self._listen(zmq.ROUTER, keys, high_water)
            self._router.set(zmq.ROUTER_HANDOVER, 1)
            self._router.set(zmq.ROUTER_MANDATORY, 1)
            self._updates = self._listen(zmq.PUB, keys, high_water)
            self._watches = (
                ConnectionWatch(self._context, self._router, "router"),
                ConnectionWatch(self._context, self._updates, "updates"),
            )
            _bind(self._router, router_endpoint)
            _bind(self._updates, updates_endpoint)
        except BaseException:
            self._auth.stop()
            self._context.destroy(linger=0)
            raise
        self.endpoints = Endpoints(_bound(self._router), _bound(self._updates))
        self.address = Address(
            router=self.endpoints.router, updates=self.endpoints.updates, server_public=keys.server_public.decode()
        )
        self._poller = zmq.Poller()
        for socket in (self._router, *(watch.socket for watch in self._watches)):
            self._poller.register(socket, zmq.POLLIN)

    @property
    def auth_failures(self) -> int:
        """Handshakes refused since the start, because the key was unknown or wrong; more than none is an alarm."""
        return sum(watch.counts[name] for watch in self._watches for name in FAILURES)

    @property
    def waiting_requests(self) -> int:
        """Requests received and not yet handed out by `poll`."""
        return self._inbox.waiting_requests

    def poll(self, timeout_ms: int, limit: int = 64) -> list[Received]:
        """What has arrived, at most `limit` of custody and requests; waits up to `timeout_ms` when nothing has.

        Order: hello and reports as they came, then requests as they came, then telemetry (the newest of each peer).
        """
        timeout = 0 if self._inbox else max(timeout_ms, 0)
        timeout = min(timeout, max(0, int((self._next_tick_s - self._monotonic()) * 1000)))
        ready = dict(self._poller.poll(timeout))
        for watch in self._watches:
            if watch.socket in ready:
                watch.drain()
        if self._router in ready:
            self._drain()
        self._tick()
        return self._inbox.take(limit)

    def send(self, peer: str, message: Message) -> bool:
        """Hand a message to the socket; False when the peer is not connected or does not read (it will say hello)."""
        try:
            self._router.send_multipart([peer.encode(), *wire.pack(message)], zmq.NOBLOCK)
        except zmq.Again:
            return self._not_sent(peer, "full")
        except zmq.ZMQError as problem:
            if problem.errno == zmq.EHOSTUNREACH:
                return self._not_sent(peer, "absent")
            raise
        return True

    def publish(self, topic: str, body: msgspec.Struct | msgspec.Raw) -> int:
        """Publish the next update to all subscribers and return its number."""
        self.seq += 1
        self._publish(topic, body if isinstance(body, msgspec.Raw) else wire.body(body))
        return self.seq

    def close(self) -> None:
        """Send what is queued (a moment long) and let the ports go."""
        for watch in self._watches:
            watch.close()
        self._router.close(linger=_LINGER_MS)
        self._updates.close(linger=_LINGER_MS)
        self._auth.stop()
        self._context.term()

    def _listen(self, kind: int, keys: Keys, high_water: int) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.curve_server = True
        socket.curve_publickey = keys.server_public
        socket.curve_secretkey = keys.server_secret
        socket.zap_domain = _DOMAIN.encode()
        socket.set_hwm(high_water)
        socket.set(zmq.MAXMSGSIZE, _MAX_MESSAGE_BYTES)
        socket.set(zmq.HEARTBEAT_IVL, _HEARTBEAT_IVL_MS)
        socket.set(zmq.HEARTBEAT_TIMEOUT, _HEARTBEAT_TIMEOUT_MS)
        socket.set(zmq.HANDSHAKE_IVL, _HANDSHAKE_MS)
        return socket

    def _drain(self) -> None:
        while self._inbox.has_room:
            try:
                frames = self._router.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self._receive(frames)

    def _receive(self, frames: list[bytes]) -> None:
        # An identity that begins with a zero byte is a connection without a name, or one that was just handed over.
        if frames[0][:1] == b"\0":
            self._count_malformed(_UNNAMED, "unnamed")
            return
        peer = frames[0].decode("utf-8", "replace")
        try:
            message = wire.unpack_inbound(frames[1:])
        except wire.Malformed as problem:
            self._count_malformed(peer, problem.reason)
            return
        if not self._inbox.put(Received(peer, message)) and isinstance(message, Request):
            self.send(peer, Reply(id=message.id, status=503, body=self._busy))

    def _count_malformed(self, peer: str, reason: str) -> None:
        name = peer[:64] if (peer, reason) in self.malformed or len(self.malformed) < _MAX_NAMES else "(others)"
        self.malformed[name, reason] += 1
        log.warning("bus message of %s refused: %s", name, reason)

    def _not_sent(self, peer: str, reason: str) -> bool:
        self.unsent[reason] += 1
        log.debug("bus message to %s not sent: %s", peer, reason)
        return False

    def _tick(self) -> None:
        now_s = self._monotonic()
        if now_s >= self._next_tick_s:
            self._next_tick_s = now_s + _TICK_S
            self._publish(TICK, wire.body({}))

    def _publish(self, topic: str, body: msgspec.Raw) -> None:
        self._updates.send_multipart(wire.pack(Update(epoch=self.epoch, seq=self.seq, topic=topic, body=body)))


def _bind(socket: zmq.Socket[bytes], endpoint: str) -> None:
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as problem:
        raise OSError(
            problem.errno,
            f"The bus cannot listen on {endpoint} ({problem.strerror}): stop what uses the port or choose another.",
        ) from problem


def _bound(socket: zmq.Socket[bytes]) -> str:
    endpoint = socket.get(zmq.LAST_ENDPOINT)
    return endpoint.decode().rstrip("\0") if isinstance(endpoint, bytes) else str(endpoint)
