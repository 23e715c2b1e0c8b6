"""SimPy's own resources for the hand-written model, with what its rules ask for besides.

They grant and release as `simpy.PriorityResource` does. Three things are added: capacity changes with the shifts, a
release for which nobody waits grants nothing later, and who loses patience goes on in that same instant.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

import simpy
from simpy.resources import resource as of_simpy

from simulation.engines.replication import Kind

GRANT, GIVE_UP, RELEASE = int(Kind.GRANT), int(Kind.GIVE_UP), int(Kind.RELEASE)

Write = Callable[[tuple[int, int, int, int, int]], None]
"""Takes a row of the log: tick, patient, step, kind, value."""
T = TypeVar("T")
Way = Generator[simpy.Event, Any, T]
"""What a patient does, and what comes of it."""


class TickEnvironment(simpy.Environment):
    """SimPy's environment; its time is whole ticks."""

    if TYPE_CHECKING:

        @property
        def now(self) -> int:
            """The current tick."""
            ...


class Request(of_simpy.Request):
    """A patient asks for one unit at a step; the first is who has the least `key` (priority, deadline)."""

    def __init__(self, pool: Pool, patient: int, step: int, key: tuple[int, int]) -> None:
        self.pool, self.patient, self.step, self.key = pool, patient, step, key
        super().__init__(pool)


class Pool(simpy.PriorityResource):
    """A number of equal units, which may change. With `by_deadline` the deadline counts within a priority."""

    def __init__(self, env: TickEnvironment, number: int, capacity: int, by_deadline: bool, write: Write) -> None:
        super().__init__(env)
        self.number, self.by_deadline, self._capacity, self._write = number, by_deadline, capacity, write
        self._ticks = env

    def change(self, capacity: int) -> None:
        """From now on there are so many units; who waits gets what has come."""
        grown = capacity - int(self._capacity)
        self._capacity = capacity
        for _ in range(grown):
            self._trigger_put(None)

    def give_back(self, request: Request, step: int) -> None:
        """The unit comes back at once; if somebody waits, they are looked at as the next thing."""
        nobody_waits = not self.put_queue
        self._write((self._ticks.now, request.patient, step, RELEASE, self.number))
        given_back = of_simpy.Release(self, request)
        if nobody_waits:
            given_back.callbacks.clear()

    def lose_patience(self, request: Request, span: int) -> None:
        """After so long, a request that still waits is taken back; its patient sees that it is not `triggered`."""
        self._env.timeout(span).callbacks.append(lambda ending: self._take_back(request, ending))

    def _take_back(self, request: Request, ending: simpy.Event) -> None:
        if request.triggered:
            return
        request.cancel()
        self._write((self._ticks.now, request.patient, request.step, GIVE_UP, 0))
        self._trigger_put(None)
        for go_on in request.callbacks:
            go_on(ending)

    def _do_put(self, event: Request) -> None:  # type: ignore[override]  # SimPy's declared type is wider
        super()._do_put(event)
        if event.triggered:
            self._write((self._ticks.now, event.patient, event.step, GRANT, self.number))


class Join(simpy.Event):
    """Happens when the last of some arms has ended."""

    def __init__(self, env: TickEnvironment, arms: list[Way[None]]) -> None:
        super().__init__(env)
        self._missing = len(arms)
        for arm in arms:
            env.process(self._arm(arm))

    def _arm(self, arm: Way[None]) -> Way[None]:
        yield from arm
        self._missing -= 1
        if not self._missing:
            self.succeed()
