"""Site time: UTC that may run faster in a demo and never goes back."""

from __future__ import annotations

import time
from collections.abc import Callable

JUMP_MS = 2_000
"""A difference between the machine's clock and the monotonic one beyond this is a jump."""


class SiteClock:
    """Site milliseconds from the monotonic clock and a factor.

    At factor 1 it follows the machine's UTC clock plus `offset_ms`; at another factor it runs on its own.
    """

    def __init__(
        self,
        start_ms: int | None = None,
        factor: float = 1.0,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._base_ms = int(wall() * 1000) if start_ms is None else start_ms
        self._base_s = monotonic()
        self._offset_ms = self._base_ms - int(wall() * 1000)
        self.factor = factor
        self._last_ms = self._base_ms

    def now_ms(self) -> int:
        """Site time now; never before what was said last."""
        self._last_ms = max(self._last_ms, self._project_ms())
        return self._last_ms

    def wall_ms(self) -> int:
        """The machine's UTC clock."""
        return int(self._wall() * 1000)

    def set_factor(self, factor: float) -> None:
        """Run at another speed from now on."""
        self._base_ms = self.now_ms()
        self._base_s = self._monotonic()
        self._offset_ms = self._base_ms - self.wall_ms()
        self.factor = factor

    def follow(self) -> tuple[int, int] | None:
        """Follow the machine's clock at factor 1; (from, to) if it was set forward by more than `JUMP_MS`.

        Small steps are taken over silently, a step back never makes site time go back.
        """
        if self.factor != 1.0:
            return None
        drift_ms = self.wall_ms() + self._offset_ms - self._project_ms()
        if drift_ms < -JUMP_MS:
            self._offset_ms -= drift_ms
            return None
        before_ms = self.now_ms()
        self._base_ms += drift_ms
        return (before_ms, self.now_ms()) if drift_ms > JUMP_MS else None

    def wait_ms(self, due_ms: int) -> int:
        """Wall milliseconds until site time reaches an instant."""
        return max(0, int((due_ms - self._project_ms()) / self.factor) + 1)

    def _project_ms(self) -> int:
        return self._base_ms + int((self._monotonic() - self._base_s) * 1000 * self.factor)
