"""One change to many listeners: encoded once a format; a slow listener loses positions before anything else."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from api.live import LiveView
from fleet.views import Positions

HISTORY = 4096
QUEUE = 1024


@dataclass(slots=True)
class Change:
    """A numbered change. `frame` keeps each encoding, so that it is made once however many listen."""

    epoch: int
    seq: int
    topic: str
    view: LiveView | None = None
    _frames: dict[str, bytes] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Number of the change for `Last-Event-ID`: epoch and sequence."""
        return f"{self.epoch}.{self.seq}"

    def frame(self, form: str, encode: Callable[[Change], bytes]) -> bytes:
        """Return the change in this form, encoding it only the first time."""
        if form not in self._frames:
            self._frames[form] = encode(self)
        return self._frames[form]


class Listener:
    """The bounded queue of one client."""

    def __init__(self, topics: frozenset[str] | None, limit: int = QUEUE) -> None:
        self._topics = topics
        self._limit = limit
        self._queue: deque[Change] = deque()
        self._filled = asyncio.Event()
        self.closed = False

    def put(self, change: Change) -> None:
        """Queue a change; when full, the oldest positions go first, and failing that all goes and `reset` stands."""
        if self._topics is not None and change.topic not in self._topics and change.topic not in ("reset", "link"):
            return
        if len(self._queue) >= self._limit:
            oldest = next((item for item in self._queue if isinstance(item.view, Positions)), None)
            if oldest is not None:
                self._queue.remove(oldest)
            elif not isinstance(change.view, Positions):
                self._queue.clear()
                change = Change(change.epoch, change.seq, "reset")
            else:
                return
        self._queue.append(change)
        self._filled.set()

    def close(self) -> None:
        """End the stream of this client."""
        self.closed = True
        self._filled.set()

    async def take(self, timeout_s: float) -> list[Change]:
        """Wait for changes and return all that are queued; empty after `timeout_s` of silence or when closed."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._filled.wait()
        except TimeoutError:
            return []
        taken = list(self._queue)
        self._queue.clear()
        if not self.closed:
            self._filled.clear()
        return taken


class Fanout:
    """All listeners, and the last changes for those that come back."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._recent: deque[Change] = deque(maxlen=HISTORY)
        self._closed = False

    def publish(self, change: Change) -> None:
        """Hand a change to every listener. A `reset` forgets what went before it."""
        if change.topic == "reset":
            self._recent.clear()
        elif change.topic not in ("positions", "link"):
            self._recent.append(change)
        for listener in self._listeners:
            listener.put(change)

    def join(self, topics: frozenset[str] | None, after: str | None, now: str) -> Listener:
        """Add a listener that has seen everything up to `after` (epoch.seq); `now` is the replica's own number.

        What it missed is queued first; when that is no longer known it gets `reset`.
        """
        listener = Listener(topics)
        listener.closed = self._closed
        if after is not None and after != now:
            missed = self._missed(after, now)
            if missed is None:
                epoch, _, seq = now.partition(".")
                listener.put(Change(int(epoch), int(seq), "reset"))
            else:
                for change in missed:
                    listener.put(change)
        self._listeners.append(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def close(self) -> None:
        """End every stream, now and later: the process stops."""
        self._closed = True
        for listener in self._listeners:
            listener.close()

    def _missed(self, after: str, now: str) -> list[Change] | None:
        epoch, _, seq = after.partition(".")
        if not (epoch.isdecimal() and seq.isdecimal()) or not self._recent:
            return None
        last = int(seq)
        first = self._recent[0]
        if int(epoch) != first.epoch or not first.seq - 1 <= last <= int(now.partition(".")[2]):
            return None
        return [change for change in self._recent if change.seq > last]
