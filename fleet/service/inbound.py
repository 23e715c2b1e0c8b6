"""What arrives on the bus becomes events for the core: reports once and in order, telemetry only when it matters."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from bus.inbox import Received
from bus.messages import Ack, Done, Failed, Hello, Passed, Progress, Report, Request
from fleet.clock import SiteClock
from fleet.draft import State
from fleet.events import Asked, BatterySeen, Greeted, Proposed, Reported, StandsElsewhere
from fleet.hospital import Hospital
from fleet.project import tube_times
from fleet.requests import Accepted, AnyRequest, GetSnapshot, GetStatistics, Refusal, Violation
from fleet.service.group import Group
from fleet.service.latency import LatencyLog
from fleet.service.publisher import Publisher
from fleet.telemetry import battery_news, place_news
from fleet.views import CarrierFigures, Statistics
from routing.dispatch.messages import PlanProposed

_request = msgspec.msgpack.Decoder(AnyRequest | PlanProposed)

Reply = Callable[[str, Request, int, object], None]


class Inbound:
    """Reads messages. `greet` sends the clock to an agent that said hello, `reply` answers a request."""

    def __init__(
        self,
        *,
        state: State,
        hospital: Hospital,
        publisher: Publisher,
        clock: SiteClock,
        latency: LatencyLog,
        greet: Callable[[str], None],
        reply: Reply,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._hospital = hospital
        self._publisher = publisher
        self._clock = clock
        self._latency = latency
        self._greet = greet
        self._reply = reply
        self._monotonic = monotonic
        self.heard_s: dict[str, float] = {}

    def receive(self, received: Received, group: Group) -> None:
        """Put what a message means into the group; what needs no decision is answered at once."""
        peer, message = received.peer, received.message
        if isinstance(message, Request):
            self._request(peer, message, group)
            return
        self.heard_s[peer] = self._monotonic()
        if isinstance(message, Progress):
            self._progress(message, group)
        elif isinstance(message, Hello):
            if message.agent == peer:
                self._greet(peer)
                group.add(Greeted(message))
        elif isinstance(message, Ack | Passed | Done | Failed):
            self._report(peer, message, group)

    def _report(self, peer: str, report: Report, group: Group) -> None:
        """Only the report after the last one counts: older ones are known, later ones come again in order."""
        agent = self._state.agents.get(peer)
        if agent is None or not agent.connected:
            return
        pending = sum(isinstance(event, Reported) and event.agent == peer for event, _, _ in group.items)
        if report.number == agent.last_report + pending + 1:
            group.add(Reported(peer, report))

    def _progress(self, message: Progress, group: Group) -> None:
        self._publisher.progress(message, self._clock.now_ms())
        for report in message.carriers:
            if battery_news(self._state, report):
                group.add(BatterySeen(report))
            if place_news(self._state, report):
                group.add(StandsElsewhere(report))

    def _request(self, peer: str, request: Request, group: Group) -> None:
        try:
            body = _request.decode(request.body)
        except msgspec.DecodeError as problem:
            sentence = Violation("malformed", "body", f"Ugyldig anmodning: {problem}", f"Malformed request: {problem}")
            self._reply(peer, request, 400, Refusal((sentence,)))
            return
        if isinstance(body, PlanProposed):
            group.add(Proposed(body))
            self._reply(peer, request, 202, Accepted(seq=self._publisher.seq))
        elif isinstance(body, GetSnapshot):
            self._reply(peer, request, 200, self._publisher.snapshot(self._clock.now_ms()))
        elif isinstance(body, GetStatistics):
            self._reply(peer, request, 200, self._statistics())
        else:
            group.add(Asked(body, actor=request.actor, role=request.role, key=request.key), peer, request)

    def _statistics(self) -> Statistics:
        figures = tuple(
            CarrierFigures(c.id, c.mode, c.fleet, c.busy_ms, round(c.loaded_m, 1), round(c.empty_m, 1))
            for c in self._state.carriers.values()
        )
        return Statistics(figures, self._latency.figures(), tube_times(self._state, self._hospital))
