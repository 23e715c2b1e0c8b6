"""Watching connections: a failed CURVE handshake is silent on the socket itself, so its monitor is read and counted."""

from __future__ import annotations

import itertools
import logging
from collections import Counter

import zmq
from zmq.utils.monitor import recv_monitor_message

log = logging.getLogger(__name__)

_EVENTS = (
    zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_DISCONNECTED
    | zmq.EVENT_CLOSED
)
_NAMES: dict[int, str] = {
    zmq.EVENT_HANDSHAKE_SUCCEEDED: "connected",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "auth",
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "protocol",
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "no_detail",
    zmq.EVENT_DISCONNECTED: "disconnected",
    zmq.EVENT_CLOSED: "disconnected",
}
FAILURES = ("auth", "protocol", "no_detail")
_numbers = itertools.count(1)


class ConnectionWatch:
    """Reads the monitor of one socket; `counts` holds how often each event came, by name."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], socket: zmq.Socket[bytes], name: str) -> None:
        self._name = name
        self._monitored = socket
        self.socket = self._monitor(context, socket)
        self.counts: Counter[str] = Counter()

    @staticmethod
    def _monitor(context: zmq.Context[zmq.Socket[bytes]], socket: zmq.Socket[bytes]) -> zmq.Socket[bytes]:
        # Numbered, because a closed socket's address may be given to the next one before ZeroMQ has let the name go.
        endpoint = f"inproc://monitor.{next(_numbers)}"
        socket.monitor(endpoint, _EVENTS)
        pair = context.socket(zmq.PAIR, socket_class=zmq.Socket)
        pair.linger = 0
        pair.connect(endpoint)
        return pair

    def drain(self) -> list[str]:
        """Events since the last call, oldest first: `connected`, `disconnected`, `auth`, `protocol`, `no_detail`."""
        events: list[str] = []
        while self.socket.poll(0):
            name = _NAMES.get(recv_monitor_message(self.socket, zmq.NOBLOCK)["event"])
            if name is None:
                continue
            self.counts[name] += 1
            events.append(name)
            if name in FAILURES:
                log.warning("bus handshake failed (%s) on %s: a peer with an unknown or wrong key", name, self._name)
        return events

    def close(self) -> None:
        """Stop watching; call before closing the socket that is watched."""
        self._monitored.disable_monitor()
        self.socket.close()
