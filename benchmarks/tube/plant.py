"""The core and a simulated tube under one virtual clock: nothing else of the hospital, so that all goes by tube."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from benchmarks.tube.orders import Send
from bus.messages import Cancel as CancelCommand
from bus.messages import CarrierReport, Command, Hello, Report, SendCapsule
from fleet.draft import State
from fleet.events import Asked, Event, Greeted, Lost, Reported, TimerFired
from fleet.facts.base import Fact
from fleet.facts.jobs import JobDelivered
from fleet.facts.tubes import CapsuleSent, SendHeld
from fleet.hospital import Hospital
from fleet.model import Job
from fleet.orchestrator.core import handle
from fleet.planner import Planner
from fleet.requests import Accepted, AnyRequest
from fleet.simulated.cores.faults import Jam
from fleet.simulated.cores.tube import Capsule, Tube, Tubes
from fleet.tubes import Flight
from site_models.schema import Site

AGENT = "sim-tube"
BEGIN_MS = 1_773_644_400_000
"""2026-03-16 08:00 in Copenhagen."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of the sends: job → its group, the job as delivered, every trip of a capsule, what was waited for."""

    groups: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    trips: list[Capsule] = field(default_factory=list)
    flights: list[Flight] = field(default_factory=list)
    waited: dict[str, set[str]] = field(default_factory=dict)
    facts: list[tuple[int, Fact]] = field(default_factory=list)


class TubePlant:
    """Runs sends of a site through the real core and the real simulated tube."""

    def __init__(
        self,
        site: Site,
        jams: tuple[Jam, ...] = (),
        stock: Mapping[str, int] | None = None,
        begin_ms: int = BEGIN_MS,
    ) -> None:
        """`stock`: the capsules that there really are at stations, where it is not as the site says."""
        self.hospital = Hospital.of(site)
        self.state = State()
        self.outcome = Outcome()
        self.now_ms = self._begin_ms = begin_ms
        self._planner = Planner(self.hospital)
        self._rules = Tubes(network=self.hospital.tube_network, jams=jams)
        self._tubes = {tube.id: Tube(id=tube.id, stock={**tube.stock(), **(stock or {})}) for tube in site.tubes}
        self._reports = 0
        self._unheard: list[Report] | None = None
        self._greet()

    def run(self, sends: Sequence[Send], minutes: float) -> Outcome:
        """Order each send at its instant and let time pass until all that is due within so many minutes has been."""
        end_ms = self._begin_ms + round(minutes * 60_000)
        waiting = [(self._begin_ms + send.at_ms, send) for send in reversed(sends)]
        while True:
            order_ms = waiting[-1][0] if waiting else None
            due = (order_ms, self.state.next_due_ms(), self._rules.next_due(self._tubes))
            upcoming = min((at for at in due if at is not None), default=None)
            if upcoming is None or upcoming > end_ms:
                return self.outcome
            self.now_ms = max(self.now_ms, upcoming)
            self._tubes, reports = self._rules.advance(self._tubes, self.now_ms)
            self._hear(reports)
            while waiting and waiting[-1][0] <= self.now_ms:
                send = waiting.pop()[1]
                self.outcome.groups[self.ask(send.order).id] = send.group
            for timer in self.state.due(self.now_ms):
                self._handle(TimerFired(timer.id))

    def ask(self, request: AnyRequest) -> Accepted:
        """Ask the fleet for something now that it must not refuse."""
        answer = self._handle(Asked(request, actor="benchmark"))
        if not isinstance(answer, Accepted):
            raise TypeError(f"the fleet refused {request}: {answer}")
        return answer

    def lose_word(self) -> None:
        """From now on nothing is heard of the tube, which itself goes on; nobody has noticed."""
        self._unheard = []

    def fall_silent(self) -> None:
        """The fleet notices that it hears nothing."""
        self._handle(Lost(AGENT))

    def be_heard(self) -> None:
        """The tube says what has happened meanwhile, and hello before if it was missed."""
        unheard, self._unheard = self._unheard or [], None
        if not self.state.agents[AGENT].connected:
            self._greet()
        self._hear(unheard)

    def _greet(self) -> None:
        greeting = tuple(CarrierReport(carrier=id, node="") for id in self._tubes)
        sent = max((command.number for command in self.state.commands.values()), default=0)
        self._handle(Greeted(Hello(AGENT, "s1", 1, greeting, last_command=sent, last_report=self._reports)))

    def _handle(self, event: Event) -> object:
        decision = handle(self.state, event, self.now_ms, self.hospital, self._planner)
        for fact in decision.facts:
            self._note(fact)
        self.state.commit()
        for _, command in decision.sends:
            self._send(command)
        return decision.answer

    def _note(self, fact: Fact) -> None:
        self.outcome.facts.append((self.now_ms, fact))
        if isinstance(fact, JobDelivered):
            self.outcome.jobs[fact.job] = self.state.jobs[fact.job]
        elif isinstance(fact, CapsuleSent):
            self.outcome.flights.append(fact.sent)
        elif isinstance(fact, SendHeld) and fact.reason is not None:
            self.outcome.waited.setdefault(fact.reason.code, set()).add(fact.leg)

    def _send(self, command: Command) -> None:
        if not isinstance(command, SendCapsule | CancelCommand):
            raise TypeError(f"no command for a tube: {command}")
        self._tubes, reports = self._rules.accept(self._tubes, command, self.now_ms)
        capsules = self._tubes[command.carrier].capsules
        if isinstance(command, SendCapsule) and capsules and capsules[-1].command == command:
            self.outcome.trips.append(capsules[-1])
        self._hear(reports)

    def _hear(self, reports: Sequence[Report]) -> None:
        if self._unheard is not None:
            self._unheard.extend(reports)
            return
        for report in reports:
            self._reports += 1
            self._handle(Reported(AGENT, replace(report, number=self._reports)))
