"""One connection of an agent: a DEALER that never reconnects, so that nothing travels unseen to a new dispatcher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import zmq

from bus import wire
from bus.address import Address
from bus.keys import Keys
from bus.messages import Message
from bus.monitor import ConnectionWatch

_HIGH_WATER = 5000
_HEARTBEAT_IVL_MS = 1000
_HEARTBEAT_TIMEOUT_MS = 4000
_HANDSHAKE_MS = 3000
_KEEP_ALIVE = (
    (zmq.TCP_KEEPALIVE, 1),
    (zmq.TCP_KEEPALIVE_IDLE, 3),
    (zmq.TCP_KEEPALIVE_INTVL, 1),
    (zmq.TCP_KEEPALIVE_CNT, 3),
)


def secure(socket: zmq.Socket[Any], keys: Keys) -> None:
    """Prepare a socket to connect with CURVE; a server with another key is refused. Call before `connect`."""
    socket.curve_publickey = keys.client_public
    socket.curve_secretkey = keys.client_secret
    socket.curve_serverkey = keys.server_public
    socket.set(zmq.HEARTBEAT_IVL, _HEARTBEAT_IVL_MS)
    socket.set(zmq.HEARTBEAT_TIMEOUT, _HEARTBEAT_TIMEOUT_MS)
    socket.set(zmq.HANDSHAKE_IVL, _HANDSHAKE_MS)
    socket.linger = 0


def hear_updates(socket: zmq.Socket[Any], topics: Sequence[str] = ()) -> None:
    """Prepare a secured SUB to hear these topics, or all, however slowly it is read. Call before `connect`.

    A slow reader stops its input, and a ZMTP heartbeat that times out meanwhile reconnects and aborts the process
    (libzmq issue 3937, "_input_stopped"); the kernel's own probes are answered however slow the reader is.
    """
    socket.set(zmq.HEARTBEAT_IVL, 0)
    for option, value in _KEEP_ALIVE:
        socket.set(option, value)
    for prefix in [wire.subscription(topic) for topic in topics] or [b""]:
        socket.subscribe(prefix)


class Connection:
    """From connect to the first failure; `established` is True after the CURVE handshake."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], keys: Keys, identity: str, address: Address) -> None:
        self.established = False
        self._socket = context.socket(zmq.DEALER)
        secure(self._socket, keys)
        self._socket.setsockopt(zmq.IDENTITY, identity.encode())
        self._socket.set(zmq.RECONNECT_IVL, -1)
        self._socket.set(zmq.IMMEDIATE, 1)
        self._socket.set_hwm(_HIGH_WATER)
        self._watch = ConnectionWatch(context, self._socket, f"{identity} at {address.router}")
        self._socket.connect(address.router)

    @property
    def sockets(self) -> tuple[zmq.Socket[bytes], ...]:
        """The data socket and its monitor."""
        return (self._socket, self._watch.socket)

    def events(self) -> list[str]:
        """Connection events since the last call; see `ConnectionWatch.drain`."""
        events = self._watch.drain()
        self.established = self.established or "connected" in events
        return events

    def send(self, message: Message) -> bool:
        """True when the socket took the message."""
        try:
            self._socket.send_multipart(wire.pack(message), zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def receive(self) -> list[bytes] | None:
        """The next frames, or None when none wait."""
        try:
            return self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None

    def close(self) -> None:
        """Drop everything that is still queued."""
        self._watch.close()
        self._socket.close()
