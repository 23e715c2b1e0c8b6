"""Waiting and granting: a pool of equal units, the requests that queue for them, and the delays that may be cut short.

The rules and their numbers are those of "How both engines run a plan" in `docs/simulation.md`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from itertools import count
from typing import TYPE_CHECKING

from simpy import Environment, Event, Timeout

from simulation.engines.replication import Kind
from simulation.flow.plan import Plan

GRANT = int(Kind.GRANT)
GIVE_UP = int(Kind.GIVE_UP)
RELEASE = int(Kind.RELEASE)
PREEMPTED = int(Kind.PREEMPTED)
RESUMED = int(Kind.RESUMED)

NO_DEADLINE = 1 << 62
"""After every deadline."""
BEFORE_ALL = -1
"""The deadline of a preempted request: before all others of its priority."""

Write = Callable[[tuple[int, int, int, int, int]], None]
"""Takes a row of the log: tick, patient, step, kind, value."""
Entry = tuple[int, int, int, "Request"]
"""A place in a queue: priority, deadline, order of entry (which differs for any two), request."""


class TickEnvironment(Environment):
    """SimPy's environment; its time is whole ticks."""

    if TYPE_CHECKING:

        @property
        def now(self) -> int:
            """The current tick."""
            ...


class Urgency:
    """How urgent a patient is just now; all tokens of a patient share it."""

    __slots__ = ("deadline", "priority")

    def __init__(self, priority: int) -> None:
        self.priority = priority
        self.deadline = NO_DEADLINE


class Token:
    """A patient, or an arm or aside of one, on the way through the steps.

    `held` are the requests whose units are held, by place; `rounds` the rounds of the loops of the pathway.
    """

    __slots__ = ("draws", "held", "patient", "rounds", "urgency", "values")

    def __init__(
        self,
        patient: int,
        values: tuple[int, ...],
        draws: list[int],
        urgency: Urgency,
        held: list[Request | None],
        rounds: list[int],
    ) -> None:
        self.patient = patient
        self.values = values
        self.draws = draws
        self.urgency = urgency
        self.held = held
        self.rounds = rounds

    def aside(self, takes: Iterable[int]) -> Token:
        """A token that goes on by itself, with what is held now and the round of now; it takes over some places."""
        held = self.held.copy()
        for place in takes:
            self.held[place] = None
        return Token(self.patient, self.values, self.draws, self.urgency, held, self.rounds.copy())


class Request(Event):
    """Somebody asks for units; it happens when they are granted, with `left` as its value.

    `left` is what remains of a delay that was cut short, None for an ordinary request. `pool` is who granted.
    """

    def __init__(self, env: TickEnvironment, token: Token, step: int, place: int, units: int, priority: int) -> None:
        super().__init__(env)
        self.token = token
        self.step = step
        self.place = place
        self.units = units
        self.priority = priority
        self.standing: list[tuple[Pool, Entry]] = []
        self.left: int | None = None
        self.pool: Pool

    def withdraw(self) -> None:
        """Out of every queue it stands in."""
        for pool, entry in self.standing:
            del pool.queue[bisect_left(pool.queue, entry)]
        self.standing = []


class Service(Timeout):
    """A delay that may be cut short: it holds one unit of a pool that somebody more urgent may take."""

    def __init__(self, env: TickEnvironment, delay: int, held: Request, step: int) -> None:
        super().__init__(env, delay)
        self.ends = env.now + delay
        self.held = held
        self.step = step


class Pool:
    """The units of one resource and the queue for them, first come first served within priority (and deadline)."""

    def __init__(self, env: TickEnvironment, plan: Plan, number: int, write: Write) -> None:
        resource = plan.resources[number]
        self.env = env
        self.number = number
        self.capacity = resource.capacity[0][1]
        self.by_deadline = resource.by_deadline
        self.used = 0
        self.queue: list[Entry] = []
        self.services: list[Service] = []
        self._write = write
        self._names = plan.steps
        self._order = count(1)

    def enter(self, request: Request) -> None:
        """A request takes its place in the queue."""
        deadline = request.token.urgency.deadline if self.by_deadline else 0
        entry = (request.priority, deadline, next(self._order), request)
        insort(self.queue, entry)
        request.standing.append((self, entry))

    def trigger(self) -> None:
        """The first in the queue is granted if its units are free (rule 4)."""
        if self.queue:
            first = self.queue[0][3]
            if first.units <= self.capacity - self.used:
                self.grant(first)

    def grant(self, request: Request) -> None:
        """Units are taken; the token goes on in the present."""
        if request.standing:
            request.withdraw()
        request.pool = self
        self.used += request.units
        token = request.token
        if token.held[request.place] is not None:
            raise RuntimeError(
                f"{self._names[request.step]}: patient {token.patient} seizes into a place that is taken"
            )
        token.held[request.place] = request
        kind = GRANT if request.left is None else RESUMED
        self._write((self.env.now, token.patient, request.step, kind, self.number))
        request.succeed(request.left)

    def release(self, request: Request, step: int) -> None:
        """Units come back at once; who waits is looked at in the present (rule 6)."""
        self.used -= request.units
        self._write((self.env.now, request.token.patient, step, RELEASE, self.number))
        if self.queue:
            Timeout(self.env, 0).callbacks.append(lambda _: self._trigger(request.units))

    def _trigger(self, times: int) -> None:
        for _ in range(times):
            self.trigger()

    def change(self, capacity: int) -> None:
        """The capacity is another from now on (rule 2)."""
        grown = capacity - self.capacity
        self.capacity = capacity
        self._trigger(grown)

    def preempt(self, request: Request) -> bool:
        """The request takes the unit of the least urgent service, if any is less urgent than itself (rule 8)."""
        victim: Service | None = None
        for service in self.services:  # in the order in which they began
            if service.held.priority >= (request.priority + 1 if victim is None else victim.held.priority):
                victim = service
        if victim is None:
            return False
        self._cut_short(victim)
        self.grant(request)
        return True

    def _cut_short(self, service: Service) -> None:
        """The service loses its unit and queues for it again; who waited for its end now waits for the grant."""
        held = service.held
        token = held.token
        self.services.remove(service)
        self.used -= 1
        token.held[held.place] = None
        self._write((self.env.now, token.patient, service.step, PREEMPTED, self.number))
        again = Request(self.env, token, service.step, held.place, 1, held.priority)
        again.left = service.ends - self.env.now
        again.callbacks, service.callbacks = service.callbacks, []
        entry = (held.priority, BEFORE_ALL, -next(self._order), again)
        insort(self.queue, entry)
        again.standing.append((self, entry))


def ask(request: Request, pools: tuple[Pool, ...], *, preempt: bool) -> bool:
    """The request enters all queues, which are triggered in order until it is granted (rule 5); whether it was."""
    preferred = pools[0]
    if not preferred.queue and request.units <= preferred.capacity - preferred.used:
        preferred.grant(request)  # as the first and only one of its queue would be
        return True
    for pool in pools:
        pool.enter(request)
    for pool in pools:
        pool.trigger()
        if request.triggered:
            return True
    return preempt and request.units == 1 and any(pool.preempt(request) for pool in pools)


def give_up(request: Request, pools: tuple[Pool, ...], write: Write) -> None:
    """The request leaves its queues; whoever stood behind it is looked at."""
    request.withdraw()
    write((pools[0].env.now, request.token.patient, request.step, GIVE_UP, 0))
    for pool in pools:
        pool.trigger()
