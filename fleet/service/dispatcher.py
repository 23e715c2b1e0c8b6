"""The dispatcher's loop: read a group of events, let the core decide, commit once, then send and answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec

from bus import wire
from bus.broker import Broker
from bus.messages import Clock, Command, Reply, Request
from fleet.calendar import local_day, publish
from fleet.clock import SiteClock
from fleet.draft import State
from fleet.events import (
    Asked,
    CalendarPublished,
    Event,
    Followed,
    Jumped,
    Lost,
    Reported,
    TimerFired,
)
from fleet.facts.carriers import ReportProcessed
from fleet.facts.jobs import JobCancelled, JobDelivered
from fleet.hospital import Hospital
from fleet.orchestrator.core import handle
from fleet.orchestrator.turn import Decision
from fleet.orchestrator.wishes import order_of, passed_over
from fleet.planner import Planner
from fleet.project import job_view
from fleet.records import entries, note_of
from fleet.requests import (
    Accepted,
    CreateJob,
    Refusal,
    SetClock,
    Violation,
)
from fleet.service.group import Group
from fleet.service.inbound import Inbound
from fleet.service.latency import LatencyLog
from fleet.service.publisher import Publisher
from fleet.service.wishes import Wishes
from fleet.store.writer import FleetWriter, JobRow, Ordered
from fleet.views import JobView
from ledger.chain import Entry
from ledger.errors import Conflict, DatabaseBusy, DiskFull
from ledger.vocabulary import TransportWanted
from ledger.writer import StateChange

log = logging.getLogger(__name__)

BEAT_S = 1.0
SILENT_S = 5.0
GROUP = 24
TIMERS = 24
PAUSE_S = 0.5
STATUS = {
    "job_not_open": 409,
    "already_aboard": 409,
    "not_in_doubt": 409,
    "in_doubt": 409,
    "unknown_carrier": 404,
    "unknown_closure": 404,
}
"""Statuses of refusals that are not about the input (422)."""
CLOCK_ROW = ("clock", "now")


class SavedClock(msgspec.Struct, frozen=True):
    """Site time when it was last saved, and its offset from the machine's UTC clock."""

    site_ms: int
    offset_ms: int
    factor: float


class Dispatcher:
    """Owns the draft, the clock and the sockets; everything that decides is in the core."""

    def __init__(
        self,
        *,
        hospital: Hospital,
        state: State,
        writer: FleetWriter,
        broker: Broker,
        clock: SiteClock,
        wishes: Wishes,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hospital = hospital
        self._state = state
        self._writer = writer
        self._broker = broker
        self._clock = clock
        self._wishes = wishes
        self._monotonic = monotonic
        self._planner = Planner(hospital)
        self._publisher = Publisher(state, hospital, broker, clock)
        self._latency = LatencyLog()
        self._inbound = Inbound(
            state=state,
            hospital=hospital,
            publisher=self._publisher,
            clock=clock,
            latency=self._latency,
            greet=self._send_clock,
            reply=self._reply,
            monotonic=monotonic,
        )
        self._beat_s = monotonic()
        self._zone = ZoneInfo(hospital.site.site.timezone)
        self._step_ms = 0.0

    def start(self) -> None:
        """After a start nobody is heard: agents say hello anew; the day is published."""
        group = Group()
        for agent in self._state.agents.values():
            if agent.connected:
                group.add(Lost(agent.id))
        group.add(self._calendar())
        self._settle(group)

    def step(self) -> None:
        """One turn of the loop: wait for messages or the next timer, decide, commit, send."""
        began_s = self._monotonic()
        received = self._broker.poll(self._timeout_ms(), GROUP)
        read_s = self._monotonic()
        group = Group()
        for message in received:
            self._inbound.receive(message, group)
        self._tick(group)
        for timer in self._state.due(self._clock.now_ms())[:TIMERS]:
            group.add(TimerFired(timer.id))
        if not group.items:
            self._step_ms = 0.0
            return
        waited = (read_s - began_s) * 1000 > 1.0
        self._settle(group)
        done_s = self._monotonic()
        queue_ms = 0.0 if waited else self._step_ms
        self._step_ms = (done_s - read_s) * 1000
        self._latency.add(self._step_ms, queue_ms, len(group.items))

    # --- reading -----------------------------------------------------------------------------------------------------

    def _timeout_ms(self) -> int:
        due_ms = self._state.next_due_ms()
        beat_ms = max(0, int((self._beat_s + BEAT_S - self._monotonic()) * 1000))
        return beat_ms if due_ms is None else min(beat_ms, self._clock.wait_ms(due_ms))

    def _tick(self, group: Group) -> None:
        """Once a second of wall time: lease, clock, silence, new day, what other rooms wish."""
        now_s = self._monotonic()
        if now_s < self._beat_s + BEAT_S:
            return
        self._beat_s = now_s
        self._writer.renew_beat()
        jump = self._clock.follow()
        if jump is not None:
            group.add(Jumped(*jump))
        for agent in self._state.agents.values():
            if agent.connected and now_s - self._inbound.heard_s.get(agent.id, now_s) > SILENT_S:
                group.add(Lost(agent.id))
        if local_day(self._clock.now_ms(), self._zone).isoformat() != self._state.meta.day:
            group.add(self._calendar())
        for wish in self._wishes.read(self._state):
            group.add(wish)
        self._save_clock()
        for name in self._state.agents.ids():
            self._send_clock(name)
        self._publisher.publish_clock()

    def _calendar(self) -> CalendarPublished:
        return publish(self._hospital, local_day(self._clock.now_ms(), self._zone))

    # --- deciding and committing -------------------------------------------------------------------------------------

    def _settle(self, group: Group) -> None:
        """Decide and commit the whole group; if one event breaks the core, each alone, without the broken one."""
        try:
            self._decide(group)
        except Exception:
            self._state.rollback()
            log.exception("an event of a group failed in the core; taking its events one by one")
            for item in group.items:
                single = Group(items=[item])
                try:
                    self._decide(single)
                except Exception:
                    self._state.rollback()
                    log.exception("event dropped: %r", item[0])
                    self._drop(single)
                self._commit(single)
            return
        self._commit(group)

    def _drop(self, group: Group) -> None:
        """An event that the core cannot take: its number still counts as processed, whoever asked is told."""
        event, peer, request = group.items[0]
        group.decisions.clear()
        if isinstance(event, Reported):
            fact = ReportProcessed(event.agent, number=event.report.number)
            fact.apply(self._state)
        elif isinstance(event, Followed):
            group.decisions.append((passed_over(self._state, event), self._clock.now_ms()))
        if peer is not None and request is not None:
            sentence = Violation(
                "internal",
                "",
                "Intern fejl; intet er ændret. Prøv igen, eller ring til it-vagten.",
                "Internal error; nothing has changed. Try again, or call IT.",
            )
            group.replies.append((peer, request, 500, Refusal((sentence,))))

    def _decide(self, group: Group) -> None:
        for event, peer, request in group.items:
            now_ms = self._clock.now_ms()
            if isinstance(event, Asked) and peer is not None and request is not None:
                repeated = self._repeated(event, group)
                if repeated is not None:
                    group.replies.append((peer, request, *repeated))
                    continue
            elif isinstance(event, Followed):
                event = self._with_known(event, group)  # noqa: PLW2901 - the same row, with what its key stands for
            decision = handle(self._state, event, now_ms, self._hospital, self._planner)
            group.decisions.append((decision, now_ms))
            self._remember_ended(decision, group)
            self._note(event, decision, group)
            if isinstance(event, Asked) and peer is not None and request is not None:
                status = 200
                if isinstance(decision.answer, Refusal):
                    status = STATUS.get(decision.answer.violations[0].rule, 422)
                elif isinstance(event.request, CreateJob):
                    status = 201
                group.replies.append((peer, request, status, decision.answer))

    def _remember_ended(self, decision: Decision, group: Group) -> None:
        """A job may end and leave the state within one group: what it ended as is written all the same."""
        for fact in decision.facts:
            if isinstance(fact, JobDelivered | JobCancelled):
                job = self._state.jobs[fact.job]
                group.ended[job.id] = job_view(self._state, job)

    def _repeated(self, event: Asked, group: Group) -> tuple[int, object] | None:
        """The answer to an order that was given before under the same key."""
        order = event.request
        if not event.key or not isinstance(order, CreateJob):
            return None
        ordered = self._ordered(event.key, group)
        if ordered is None:
            return None
        if ordered.order is not None and ordered.order != order.digest():
            sentence = Violation(
                "key_reused",
                "Idempotency-Key",
                "Nøglen er allerede brugt til en anden opgave. Brug en ny nøgle for hver opgave.",
                "The key has been used for another job. Use a new key for each job.",
            )
            return 422, Refusal((sentence,))
        return 200, Accepted(seq=self._broker.seq, job=ordered.view, repeated=True, id=ordered.view.id)

    def _with_known(self, event: Followed, group: Group) -> Followed:
        """The event with what the wish's key stands for already: a repeated wish is answered by the job it has."""
        wish = event.said
        if not isinstance(wish, TransportWanted):
            return event
        ordered = self._ordered(wish.key, group)
        if ordered is None:
            return event
        job = self._state.jobs.get(ordered.view.id) or group.ended.get(ordered.view.id) or ordered.view
        same = ordered.order == order_of(wish).digest() and job.requester == event.stream and job.state != "cancelled"
        return msgspec.structs.replace(event, known="same" if same else "other")

    def _ordered(self, key: str, group: Group) -> Ordered | None:
        """The job that was ordered with a key, in this group or before."""
        id = group.keys.get(key)
        if id is None:
            return self._writer.job_by_key(key)
        job = self._state.jobs.get(id)
        return Ordered(job_view(self._state, job) if job is not None else group.ended[id], group.orders[id])

    def _note(self, event: Event, decision: Decision, group: Group) -> None:
        """Remember under which key a job was made of which order, and what people wrote about it."""
        if not isinstance(decision.answer, Accepted):
            return
        if isinstance(event, Followed) and isinstance(event.said, TransportWanted):
            group.keys[event.said.key] = decision.answer.id
            group.orders[decision.answer.id] = order_of(event.said).digest()
        if not isinstance(event, Asked):
            return
        if isinstance(event.request, CreateJob) and event.key:
            group.keys[event.key] = decision.answer.id
            group.orders[decision.answer.id] = event.request.digest()
        note = note_of(event.request)
        if note is not None and decision.answer.id in self._state.jobs:
            group.notes[decision.answer.id] = note

    def _commit(self, group: Group) -> None:
        """One transaction; then the draft is the state, commands go out, people are answered, pages hear of it."""
        views = self._publisher.job_views()
        views += [view for id, view in sorted(group.ended.items()) if id not in self._state.jobs]
        changed = self._publisher.changed()
        rows = [entry for decision, at_ms in group.decisions for entry in entries(decision, at_ms)]
        changes = [StateChange(*row) for row in self._state.changed()]
        try:
            if rows or changes:
                self._write(rows, changes, [self._row(view, group) for view in views])
        except (DiskFull, DatabaseBusy, Conflict) as error:
            self._state.rollback()
            self._refuse_all(group, error)
            return
        self._state.commit()
        self._send(group)
        now_ms = self._clock.now_ms()
        self._publisher.publish(views, changed, now_ms)
        for peer, request, status, answer in group.replies:
            self._reply(peer, request, status, self._complete(answer))

    def _write(self, rows: list[Entry], changes: list[StateChange], jobs: list[JobRow]) -> None:
        self._writer.commit(rows, changes, jobs)

    def _row(self, view: JobView, group: Group) -> JobRow:
        job = self._state.jobs.get(view.id)
        key = job.key or None if job is not None else None
        return JobRow(view, key=key, order=group.orders.get(view.id), note=group.notes.get(view.id))

    def _complete(self, answer: object) -> object:
        if not isinstance(answer, Accepted) or answer.job is not None:
            return answer
        job = self._state.jobs.get(answer.id)
        view = job_view(self._state, job) if job is not None else None
        return msgspec.structs.replace(answer, seq=self._broker.seq, job=view)

    def _refuse_all(self, group: Group, error: Exception) -> None:
        """Nothing was written: whoever asked is told, agents will report again, timers fire again after a pause."""
        log.warning("nothing written: %s", error)
        full = isinstance(error, DiskFull)
        sentence = Violation(
            "disk_full" if full else "database_busy",
            "",
            "Disken er fuld; intet er ændret. Ryd plads på serveren, og prøv igen."
            if full
            else "Databasen er optaget; intet er ændret. Prøv igen om lidt.",
            "The disk is full; nothing has changed. Free space on the server and try again."
            if full
            else "The database is busy; nothing has changed. Try again shortly.",
        )
        for _, peer, request in group.items:
            if peer is not None and request is not None:
                self._reply(peer, request, 507 if full else 503, Refusal((sentence,), retry_s=5))
        time.sleep(PAUSE_S)

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send(self, group: Group) -> None:
        if self._monotonic() - self._beat_s > 2 * BEAT_S:
            self._writer.renew_beat()
            self._beat_s = self._monotonic()
        for decision, _ in group.decisions:
            for agent, command in decision.sends:
                self._broker.send(agent, self._stamped(command))
            if decision.solve is not None:
                self._broker.publish("solve", decision.solve)
        for event, _, _ in group.items:
            if isinstance(event, Asked) and isinstance(event.request, SetClock):
                self._clock.set_factor(self._state.meta.factor)
                self._save_clock()
                self._publisher.publish_clock()
                for name in self._state.agents.ids():
                    self._send_clock(name)

    def _stamped(self, command: Command) -> Command:
        return msgspec.structs.replace(command, epoch=self._broker.epoch)

    def _send_clock(self, agent: str) -> None:
        known = self._state.agents.get(agent)
        self._broker.send(
            agent,
            Clock(
                epoch=self._broker.epoch,
                site_ms=self._clock.now_ms(),
                factor=self._clock.factor,
                processed=known.last_report if known is not None else 0,
            ),
        )

    def _save_clock(self) -> None:
        now_ms = self._clock.now_ms()
        saved = SavedClock(site_ms=now_ms, offset_ms=now_ms - self._clock.wall_ms(), factor=self._clock.factor)
        try:
            self._writer.commit((), (StateChange(*CLOCK_ROW, msgspec.msgpack.encode(saved)),))
        except (DiskFull, DatabaseBusy, Conflict) as error:
            log.warning("site time not saved: %s", error)

    def _reply(self, peer: str, request: Request, status: int, body: object) -> None:
        self._broker.send(peer, Reply(id=request.id, status=status, body=wire.body(body)))
