"""What waits at the dispatcher, bounded and in order of importance: custody before requests before telemetry."""

from __future__ import annotations

from collections import deque
from itertools import islice

import msgspec

from bus.messages import AgentMessage, CarrierReport, Heartbeat, Progress, Request


class Received(msgspec.Struct, frozen=True):
    """A message and the name of the peer that sent it."""

    peer: str
    message: AgentMessage | Request


class Inbox:
    """Three queues. Telemetry of a peer is merged, so it never holds more than one entry a peer and kind."""

    def __init__(self, *, max_requests: int = 256, max_custody: int = 4096, max_telemetry: int = 2048) -> None:
        self._max_requests = max_requests
        self._max_custody = max_custody
        self._max_telemetry = max_telemetry
        self._custody: deque[Received] = deque()
        self._requests: dict[tuple[str, str], Received] = {}
        self._heartbeats: dict[str, Received] = {}
        self._progress: dict[str, Received] = {}

    def __bool__(self) -> bool:
        return bool(self._custody or self._requests or self._heartbeats or self._progress)

    @property
    def has_room(self) -> bool:
        """False while reports must wait on the wire: they may not be lost, so their sender is held up instead."""
        return len(self._custody) < self._max_custody

    @property
    def waiting_requests(self) -> int:
        """Requests that wait."""
        return len(self._requests)

    def put(self, received: Received) -> bool:
        """Queue a message; False when it was dropped because its queue is full. A request that waits already is one."""
        message = received.message
        if isinstance(message, Request):
            return self._put_request((received.peer, message.id), received)
        if isinstance(message, Heartbeat):
            return self._put_newest(self._heartbeats, received)
        if isinstance(message, Progress):
            return self._put_newest(self._progress, self._merged(received.peer, message))
        self._custody.append(received)
        return True

    def take(self, limit: int) -> list[Received]:
        """Up to `limit` of custody and requests, then all telemetry."""
        taken = [self._custody.popleft() for _ in range(min(limit, len(self._custody)))]
        oldest = list(islice(self._requests, limit - len(taken)))
        taken.extend(self._requests.pop(key) for key in oldest)
        for queue in (self._heartbeats, self._progress):
            taken.extend(queue.values())
            queue.clear()
        return taken

    def _put_request(self, key: tuple[str, str], received: Received) -> bool:
        if key not in self._requests and len(self._requests) >= self._max_requests:
            return False
        self._requests.setdefault(key, received)
        return True

    def _put_newest(self, queue: dict[str, Received], received: Received) -> bool:
        if received.peer not in queue and len(queue) >= self._max_telemetry:
            return False
        queue[received.peer] = received
        return True

    def _merged(self, peer: str, newer: Progress) -> Received:
        """The newest word on each carrier: a progress names only those that moved since the one before."""
        waiting = self._progress.get(peer)
        if waiting is None or not isinstance(waiting.message, Progress):
            return Received(peer, newer)
        by_carrier: dict[str, CarrierReport] = {report.carrier: report for report in waiting.message.carriers}
        by_carrier.update((report.carrier, report) for report in newer.carriers)
        return Received(peer, Progress(at_ms=newer.at_ms, carriers=tuple(by_carrier.values())))
