"""The fleet on simulated time: the orchestrator's core and the simulated world, joined by SimPy instead of a bus.

What the dispatcher's process does around the core is done here without sockets and files: events are decided one after
the other, commands reach the world and reports the core at the instant at which they are given, timers ring, the day is
published at midnight, batteries are looked at, and the solver's answer comes after its budget.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import simpy

from bus.messages import PROTOCOL, Command, Hello
from fleet.calendar import local_day, publish
from fleet.draft import State
from fleet.events import Asked, BatterySeen, CalendarPublished, Event, Greeted, Proposed, Reported, TimerFired
from fleet.hospital import Hospital
from fleet.lanes import Lanes
from fleet.orchestrator.core import handle
from fleet.planner import Planner
from fleet.requests import AnyRequest, Close, Refusal
from fleet.simulated.cores.world import AGENTS, Agent, Order, Said, World, WorldRules
from fleet.telemetry import battery_news
from routing.dispatch.engines.worker import answer
from routing.dispatch.messages import SolveRequested
from simulation.demand import Order as Wanted
from simulation.twin.alarm import Alarm
from simulation.twin.record import Record

LOOK_EVERY_MS = 60_000
"""Robots tell their battery so often (site time)."""
SOLUTIONS = 0
"""The solver ends after so many solutions of OR-Tools: by count, so that its answer is the same on every machine.

With 0 it builds and improves by insertion alone, from which most of what it finds comes (`docs/twin.md`).
"""
TWIN = "twin"
"""Who orders and closes in the twin."""


class Shell:
    """Runs one hospital from `begin_ms` on. `record` keeps what comes of it, `refused` the orders that broke a rule.

    Parameters
    ----------
    hospital
        The site as the core sees it.
    rules, world
        The simulated carriers, lifts and tube, where their day begins.
    begin_ms
        Site time of the start, ms UTC.
    solutions
        Solutions of OR-Tools after which the solver ends; its answer comes after its stated budget in any case.
    lanes
        Traffic to be asked in place of the orchestrator's own, to measure it.
    """

    def __init__(
        self,
        hospital: Hospital,
        rules: WorldRules,
        world: World,
        *,
        begin_ms: int,
        solutions: int = SOLUTIONS,
        lanes: Lanes | None = None,
    ) -> None:
        self.hospital = hospital
        self.state = State()
        self.record = Record()
        self.refused: list[Refusal] = []
        self.env = simpy.Environment(initial_time=begin_ms)
        self._planner = Planner(hospital, lanes)
        self._rules = rules
        self._world = rules.wake(world, begin_ms)
        self._zone = ZoneInfo(hospital.site.site.timezone)
        self._solutions = solutions
        self._reports: dict[Agent, int] = dict.fromkeys(AGENTS, 0)
        self._events: deque[Event] = deque()
        self._commands: deque[tuple[str, Command]] = deque()
        self._timers = Alarm(self.env, self._fire)
        self._work = Alarm(self.env, self._advance)

    @property
    def now_ms(self) -> int:
        """Site time, ms UTC."""
        return int(self.env.now)

    def start(self, closures: Sequence[str] = ()) -> None:
        """The day is published, what is out is closed, every agent says hello."""
        self._tell(self._calendar())
        for target in closures:
            self.ask(Close(target=target, reason=TWIN))
        for agent in AGENTS:
            self._tell(Greeted(self._hello(agent)))
        self.env.process(self._days())
        self.env.process(self._looks())

    def order(self, orders: Sequence[Wanted]) -> None:
        """Place each order at its instant; they come in order of time."""
        self.env.process(self._order(orders))

    def ask(self, request: AnyRequest) -> None:
        """Ask the fleet for something now; a refusal is kept."""
        self._tell(Asked(request, actor=TWIN))

    def run(self, until_ms: int) -> None:
        """Let time pass."""
        self.env.run(until=until_ms)

    # --- deciding ----------------------------------------------------------------------------------------------------

    def _tell(self, *events: Event) -> None:
        """Let the core decide these events and all that follows from them at this instant."""
        self._events.extend(events)
        while self._events or self._commands:
            if self._events:
                self._decide(self._events.popleft())
            else:
                self._command(*self._commands.popleft())
        self._timers.set(self.state.next_due_ms())
        self._work.set(self._rules.next_due(self._world))

    def _decide(self, event: Event) -> None:
        decision = handle(self.state, event, self.now_ms, self.hospital, self._planner)
        self.record.keep(self.state, decision, self.now_ms)
        self.state.commit()
        if isinstance(decision.answer, Refusal):
            self.refused.append(decision.answer)
        self._commands.extend(decision.sends)
        if decision.solve is not None:
            self.env.process(self._solve(decision.solve))

    def _solve(self, asked: SolveRequested) -> Generator[simpy.Event, Any, None]:
        """Think by count, answer when the budget is over."""
        times = self.hospital.ways(frozenset(asked.problem.closures)).times
        proposal = answer(msgspec.structs.replace(asked, solution_limit=self._solutions), times)
        yield self.env.timeout(asked.budget_ms)
        self._tell(Proposed(msgspec.structs.replace(proposal, solve_ms=asked.budget_ms)))

    # --- timers and the world ----------------------------------------------------------------------------------------

    def _fire(self) -> None:
        self._tell(*(TimerFired(timer.id) for timer in self.state.due(self.now_ms)))

    def _advance(self) -> None:
        self._world, said = self._rules.advance(self._world, self.now_ms)
        self._hear(*said)
        self._tell()

    def _command(self, name: str, command: Command) -> None:
        agent = next(each for each in AGENTS if each == name)
        assert isinstance(command, Order)  # noqa: S101 - the core sends agents nothing else
        self._world, said = self._rules.accept(self._world, agent, command, self.now_ms)
        self._hear(*said)

    def _hear(self, *said: Said) -> None:
        for agent, report in said:
            self._reports[agent] += 1
            self._events.append(Reported(agent, msgspec.structs.replace(report, number=self._reports[agent])))

    def _hello(self, agent: Agent) -> Hello:
        return Hello(agent, TWIN, PROTOCOL, self._rules.positions(self._world, agent, self.now_ms))

    # --- what happens by itself --------------------------------------------------------------------------------------

    def _order(self, orders: Sequence[Wanted]) -> Generator[simpy.Event, Any, None]:
        for order in orders:
            yield self.env.timeout(order.at_ms - self.now_ms)
            self.ask(order.request)

    def _days(self) -> Generator[simpy.Event, Any, None]:
        while True:
            today = self._calendar()
            yield self.env.timeout(today.next_day_ms - self.now_ms)
            self._tell(self._calendar())

    def _looks(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield self.env.timeout(LOOK_EVERY_MS)
            reports = self._rules.positions(self._world, "sim-robots", self.now_ms)
            self._tell(*(BatterySeen(report) for report in reports if battery_news(self.state, report)))

    def _calendar(self) -> CalendarPublished:
        return publish(self.hospital, local_day(self.now_ms, self._zone))
