"""An alarm on simulated time: it rings once, at the earliest instant that it has been set to."""

from __future__ import annotations

from collections.abc import Callable

from simpy import Environment, Event


class Alarm:
    """Calls `ring` at the earliest instant (ms) of all that it was set to since it last rang."""

    def __init__(self, env: Environment, ring: Callable[[], None]) -> None:
        self._env = env
        self._ring = ring
        self._due_ms: int | None = None

    def set(self, due_ms: int | None) -> None:
        """Ring at this instant, or now if it is past; None, or later than it will ring anyway, changes nothing."""
        if due_ms is None or (self._due_ms is not None and self._due_ms <= due_ms):
            return
        self._due_ms = due_ms
        event = self._env.timeout(max(0, due_ms - int(self._env.now)), due_ms)
        event.callbacks.append(self._rung)

    def _rung(self, event: Event) -> None:
        if event.value == self._due_ms:  # otherwise it was set to something earlier meanwhile
            self._due_ms = None
            self._ring()
