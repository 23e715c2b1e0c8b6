"""The ways of a send as arrays: what a capsule passes on each of them, with resources and airs by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from routing.tube.network import Passage, TubeNetwork, TubeRoute

Int64 = NDArray[np.int64]

AIRS = ("", "out", "in", "out slow", "in slow")
"""The airs of passages by number; 0 shares a resource with nobody."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """The few ways of a send, the fastest first.

    `took_ms[w]` is the time from `send` to arrival on way `w`. `passages` has a row for each passage, way after way:
    way, resource, ms from `send` until it is entered and until it is left, air.
    """

    routes: tuple[TubeRoute, ...]
    took_ms: Int64
    passages: Int64


class Courses:
    """Ways of a network as arrays, each made once."""

    def __init__(self, network: TubeNetwork) -> None:
        self._network = network
        self.number = {resource: number for number, resource in enumerate(network.resources())}
        self._air = {air: number for number, air in enumerate(AIRS)}
        self.between = lru_cache(maxsize=40_000)(self._between)
        self.along = lru_cache(maxsize=40_000)(self._along)

    def _between(self, origin: str, destination: str, slow: bool, closed: frozenset[str]) -> Course | None:
        """The open ways from a station to another; None if there is none."""
        routes = self._network.ways(origin, destination, closed_lines=closed)
        return self._course(routes, slow) if routes else None

    def _along(
        self, origin: str, destination: str, lines: tuple[str, ...], units: tuple[str, ...], slow: bool
    ) -> Course | None:
        """The one way over these lines and units; None if it does not exist."""
        route = self._network.along(origin, destination, lines, units)
        return None if route is None else self._course((route,), slow)

    def _course(self, routes: tuple[TubeRoute, ...], slow: bool) -> Course:
        rows = [
            self._row(way, passage)
            for way, route in enumerate(routes)
            for passage in self._network.passages(route, slow)
        ]
        took_ms = [route.slow_duration_ms if slow else route.duration_ms for route in routes]
        return Course(routes=routes, took_ms=np.array(took_ms, np.int64), passages=np.array(rows, np.int64))

    def _row(self, way: int, passage: Passage) -> tuple[int, int, int, int, int]:
        return way, self.number[passage.resource], passage.enter_ms, passage.leave_ms, self._air[passage.air]
