"""A dispatcher in this process that speaks the bus interface of the api: orders, assigns, and publishes updates.

It decides nothing of interest: a test puts the jobs and carriers it needs into it and sees what the api makes of them.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
from msgspec.structs import replace

from api.problems import refuse
from bus import wire
from bus.client import BusClient, Unavailable
from bus.messages import Reply, Update
from fleet import requests as ask
from fleet.store.queries import JobFilter, Page
from fleet.views import (
    CarrierView,
    ClockView,
    ClosureView,
    Counts,
    HistoryEntry,
    JobView,
    Latency,
    LiftView,
    Positions,
    Reason,
    Snapshot,
    Statistics,
)
from tests.api.scenes import MINUTE_MS, START_MS, a_job


class FakeDispatcher(BusClient):
    """Speaks as `BusClient` does, without sockets; `away` makes it silent."""

    def __init__(self) -> None:
        self.away = False
        self.factor = 0.0
        self.epoch, self.seq = 1, 0
        self.jobs: dict[str, JobView] = {}
        self.histories: dict[str, list[HistoryEntry]] = {}
        self.carriers: dict[str, CarrierView] = {}
        self.lifts: dict[str, LiftView] = {}
        self.closures: dict[str, ClosureView] = {}
        self.counts = Counts()
        self.asked: list[tuple[str, str, str, ask.FleetRequest]] = []
        self.refuse_with: tuple[int, ask.Refusal] | None = None
        self._by_key: dict[str, tuple[bytes, str]] = {}
        self._queues: list[asyncio.Queue[Update]] = []
        self._wall_ms = time.time_ns() // MINUTE_MS * MINUTE_MS // 1_000_000

    @property
    def in_contact(self) -> bool:
        return not self.away

    @property
    def now_ms(self) -> int:
        """Site time: it stands still unless `factor` moves it."""
        return START_MS

    def clock(self) -> ClockView:
        return ClockView(site_ms=START_MS, factor=self.factor, at_wall_ms=time.time_ns() // 1_000_000)

    def subscribe(self) -> asyncio.Queue[Update]:
        queue: asyncio.Queue[Update] = asyncio.Queue()
        self._queues.append(queue)
        queue.put_nowait(Update(self.epoch, self.seq, "tick", wire.body({})))
        return queue

    def unsubscribe(self, queue: asyncio.Queue[Update]) -> None:
        self._queues.remove(queue)

    def publish(self, topic: str, body: Any) -> int:
        """Number an update and hand it to every subscriber."""
        self.seq += 1
        for queue in self._queues:
            queue.put_nowait(Update(self.epoch, self.seq, topic, wire.body(body)))
        return self.seq

    def change_leader(self) -> None:
        """A new dispatcher takes over: the epoch rises, and everybody must take a new snapshot."""
        self.epoch, self.seq = self.epoch + 1, 0
        for queue in self._queues:
            queue.put_nowait(Update(self.epoch, 0, "tick", wire.body({})))

    def put(self, view: JobView, *history: HistoryEntry) -> JobView:
        """Let a job be as it is given, and tell everybody."""
        self.jobs[view.id] = view
        self.histories.setdefault(view.id, []).extend(history)
        self.publish("job", view)
        return view

    def put_carrier(self, view: CarrierView) -> None:
        """Let a carrier be as it is given, and tell everybody."""
        self.carriers[view.id] = view
        self.publish("carrier", view)

    def move(self, id: str, floor: str, x_m: float, y_m: float) -> None:
        """Let a carrier move."""
        self.carriers[id] = replace(self.carriers[id], floor=floor, x_m=x_m, y_m=y_m)
        self.publish("positions", Positions(self.now_ms, ((id, floor, x_m, y_m),)))

    async def request(self, actor: str, role: str, key: str, body: Any, timeout_s: float = 10) -> Reply:  # noqa: ARG002
        if self.away:
            raise Unavailable(2)
        if isinstance(body, ask.GetSnapshot):
            return Reply("", 200, wire.body(self.snapshot()))
        if isinstance(body, ask.GetStatistics):
            return Reply("", 200, wire.body(Statistics(carriers=(), latency=Latency(0, 0.0, 0.0, 0.0, 0.0))))
        self.asked.append((actor, role, key, body))
        if self.refuse_with is not None:
            status, refusal = self.refuse_with
            return Reply("", status, wire.body(refusal))
        status, answer = self._answer(actor, key, body)
        return Reply("", status, wire.body(answer))

    def snapshot(self) -> Snapshot:
        return Snapshot(
            epoch=self.epoch,
            seq=self.seq,
            clock=self.clock(),
            jobs=tuple(job for job in self.jobs.values() if job.state not in ("delivered", "cancelled")),
            carriers=tuple(self.carriers.values()),
            lifts=tuple(self.lifts.values()),
            closures=tuple(self.closures.values()),
            counts=self.counts,
        )

    def _answer(self, actor: str, key: str, body: Any) -> tuple[int, ask.Accepted | ask.Refusal]:
        written = msgspec.json.encode(body)
        if key in self._by_key:
            before, id = self._by_key[key]
            if before != written:
                return 422, _refusal(
                    "key_reused",
                    "Idempotency-Key",
                    "Nøglen er brugt til noget andet.",
                    "The key was used for something else.",
                )
            return 200, ask.Accepted(seq=self.seq, id=id, job=self.jobs.get(id), repeated=True)
        match body:
            case ask.CreateJob():
                status, answer = self._create(actor, body)
            case ask.CancelJob() | ask.Reprioritise() | ask.ChooseCarrier() | ask.ConfirmWhereabouts():
                status, answer = self._change(actor, body)
            case ask.Close():
                id = f"C{len(self.closures) + 1}"
                self.closures[id] = ClosureView(id, body.target, body.reason, actor, self.now_ms, body.until_ms)
                status, answer = 201, ask.Accepted(seq=self.publish("closure", self.closures[id]), id=id)
            case ask.Reopen():
                if body.closure not in self.closures:
                    return 404, _refusal("unknown_closure", "closure", "Ikke lukket.", "Not closed.")
                del self.closures[body.closure]
                status, answer = 200, ask.Accepted(seq=self.publish("closure", {"id": body.closure, "ended": True}))
            case ask.CarrierOut() | ask.CarrierBack():
                status, answer = self._carrier(body)
            case _:
                self.factor = getattr(body, "factor", self.factor)
                status, answer = 200, ask.Accepted(seq=self.publish("clock", self.clock()))
        if isinstance(answer, ask.Accepted) and key:
            self._by_key[key] = (written, answer.id)
        return status, answer

    def _create(self, actor: str, body: ask.CreateJob) -> tuple[int, ask.Accepted | ask.Refusal]:
        wrong = []
        if body.origin == body.destination:
            wrong.append(ask.Violation("same_station", "to", "Fra og til er samme sted.", "From and to are the same."))
        if body.mass_kg is not None and body.mass_kg <= 0:
            wrong.append(
                ask.Violation("mass_out_of_range", "mass_kg", "Vægten skal være over 0.", "The mass must be above 0.")
            )
        for field, place in (("from", body.origin), ("to", body.destination)):
            if " " in place or place.startswith("no-"):
                wrong.append(
                    ask.Violation("unknown_station", field, f"“{place}” findes ikke.", f"There is no “{place}”.")
                )
        if body.due_ms is not None and body.due_ms <= self.now_ms:
            wrong.append(ask.Violation("deadline_passed", "due", "Fristen er passeret.", "The deadline has passed."))
        if wrong:
            return 422, ask.Refusal(tuple(wrong))
        id = f"J{len(self.jobs) + 1:05d}"
        job = a_job(
            id,
            load=body.load,
            origin=body.origin,
            destination=body.destination,
            due_ms=body.due_ms or self.now_ms + round((body.within_min or 30) * MINUTE_MS),
            priority=body.priority or "routine",
            requester=actor,
            note=body.note,
            state="assigned",
            mode="porter",
            carrier="day-01",
            promised_ms=self.now_ms + 8 * MINUTE_MS,
        )
        self.put(job, HistoryEntry(self.now_ms, actor, "job.created", self.seq))
        return 201, ask.Accepted(seq=self.seq, id=id, job=job)

    def _change(self, actor: str, body: Any) -> tuple[int, ask.Accepted | ask.Refusal]:
        job = self.jobs.get(body.job)
        if job is None or job.state in ("delivered", "cancelled"):
            return 409, _refusal("job_not_open", "job", "Opgaven er afsluttet.", "The job has ended.")
        match body:
            case ask.CancelJob():
                job, kind = replace(job, state="cancelled", promised_ms=None), "job.cancelled"
            case ask.Reprioritise():
                job, kind = replace(job, priority=body.priority), "job.reprioritised"
            case ask.ChooseCarrier():
                carrier = body.carrier or job.carrier
                mode = body.mode or (self.carriers[carrier].mode if carrier in self.carriers else job.mode)
                job, kind = (
                    replace(job, carrier=carrier, mode=mode, state="assigned", reason=Reason("override")),
                    "job.overridden",
                )
            case _:
                job, kind = replace(job, state="under_way"), "leg.located"
        job = replace(job, version=job.version + 1)
        self.put(job, HistoryEntry(self.now_ms, actor, kind, self.seq))
        return 200, ask.Accepted(seq=self.seq, id=job.id, job=job)

    def _carrier(self, body: Any) -> tuple[int, ask.Accepted | ask.Refusal]:
        if body.carrier not in self.carriers:
            return 404, _refusal("unknown_carrier", "carrier", "Findes ikke.", "Does not exist.")
        out = isinstance(body, ask.CarrierOut)
        view = replace(self.carriers[body.carrier], status="out_of_service" if out else "idle")
        self.put_carrier(view)
        return 200, ask.Accepted(seq=self.seq, id=view.id)


class FakeRecords:
    """Committed rows of the fake dispatcher."""

    def __init__(self, dispatcher: FakeDispatcher) -> None:
        self._dispatcher = dispatcher

    async def jobs(self, wanted: JobFilter) -> Page:
        if wanted.cursor is not None and not wanted.cursor.isdecimal():
            raise refuse(422, "bad_cursor", "cursor", da="Ingen markør.", en="No cursor.")
        found = [
            job
            for job in sorted(self._dispatcher.jobs.values(), key=lambda job: job.id, reverse=True)
            if (not wanted.states or job.state in wanted.states)
            and wanted.priority in (None, job.priority)
            and wanted.load in (None, job.load)
            and wanted.carrier in (None, job.carrier)
            and wanted.station in (None, job.origin, job.destination)
            and (wanted.text or "").lower() in f"{job.id} {job.load} {job.origin}".lower()
            and job.created_ms >= (wanted.since_ms or 0)
        ]
        start = int(wanted.cursor or 0)
        end = start + wanted.limit
        return Page(jobs=tuple(found[start:end]), next_cursor=str(end) if len(found) > end else None)

    async def job(self, id: str) -> tuple[JobView, tuple[HistoryEntry, ...]] | None:
        job = self._dispatcher.jobs.get(id)
        return None if job is None else (job, tuple(self._dispatcher.histories.get(id, ())))


def _refusal(rule: str, field: str, da: str, en: str) -> ask.Refusal:
    return ask.Refusal((ask.Violation(rule, field, da, en),))
