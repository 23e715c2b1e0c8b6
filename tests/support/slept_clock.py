"""A clock that only sleeping moves, so that no test waits for a lease."""

from __future__ import annotations


class SleptClock:
    """Seconds since it was made."""

    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s
