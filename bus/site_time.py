"""Site time away from the dispatcher: its last word, run on with the machine's monotonic clock."""

from __future__ import annotations

import math


class SiteTime:
    """Never runs backwards. Unknown until the first clock; `monotonic_s` is passed in."""

    def __init__(self) -> None:
        self.factor: float | None = None
        """Site seconds a second of the wall, or None while unknown."""
        self._site_ms = 0
        self._heard_s = 0.0
        self._latest_ms = 0

    @property
    def known(self) -> bool:
        """Whether a clock has been heard."""
        return self.factor is not None

    def hear(self, site_ms: int, factor: float, monotonic_s: float) -> None:
        """Take the dispatcher's word; one that is behind makes time stand until it has caught up."""
        self._site_ms = site_ms
        self.factor = factor
        self._heard_s = monotonic_s

    def now_ms(self, monotonic_s: float) -> int:
        """Site time now; 0 while it is unknown."""
        if self.factor is not None:
            passed_ms = (monotonic_s - self._heard_s) * 1000 * self.factor
            self._latest_ms = max(self._latest_ms, self._site_ms + int(passed_ms))
        return self._latest_ms

    def wait_ms(self, due_ms: int, monotonic_s: float) -> int:
        """Wall milliseconds until an instant of site time, rounded up; 0 when it has come."""
        if self.factor is None or self.factor <= 0:
            return 1000
        return max(0, math.ceil((due_ms - self.now_ms(monotonic_s)) / self.factor))
