"""How long events take from being read to being committed, and at most in the queue, by percentile."""

from __future__ import annotations

from collections import deque

import numpy as np

from fleet.views import Latency

KEPT = 200_000


class LatencyLog:
    """Milliseconds of wall time of the newest events."""

    def __init__(self) -> None:
        self._commit_ms: deque[float] = deque(maxlen=KEPT)
        self._queue_ms: deque[float] = deque(maxlen=KEPT)

    def add(self, commit_ms: float, queue_ms: float, events: int) -> None:
        """Events of one group: each waited at most `queue_ms` before the read and `commit_ms` after it."""
        self._commit_ms.extend([commit_ms] * events)
        self._queue_ms.extend([queue_ms] * events)

    def figures(self) -> Latency:
        """Percentiles so far."""
        if not self._commit_ms:
            return Latency(0, 0.0, 0.0, 0.0, 0.0)
        commit = np.percentile(self._commit_ms, [50, 99])
        queue = np.percentile(self._queue_ms, [50, 99])
        values = [round(float(value), 3) for value in (*commit, *queue)]
        return Latency(len(self._commit_ms), values[0], values[1], values[2], values[3])
