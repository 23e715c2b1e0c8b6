"""Facts about jobs: ordered, planned, changed by a person, ended."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from fleet.draft import META, State
from fleet.facts.base import Fact, Note
from fleet.facts.tubes import forget_figures, note_door_to_door
from fleet.model import Job, Leg, PlannedStop
from fleet.views import Candidate, ModeName, Reason


class JobFact(Fact, frozen=True):
    """A fact whose subject is a job."""

    job: str

    @property
    def subject(self) -> str:
        return self.job


class JobCreated(JobFact, frozen=True):
    """A transport was ordered. Free text is not part of the chain."""

    type: ClassVar[str] = "job.created"
    created: Job

    def apply(self, state: State) -> None:
        state.jobs.put(self.created)
        state.metas.put(replace(state.meta, last_job=state.meta.last_job + 1))


class JobModeChosen(JobFact, frozen=True):
    """How the job (what is left of it) is carried, what else was weighed, and why."""

    type: ClassVar[str] = "job.mode_chosen"
    mode: ModeName
    legs: tuple[Leg, ...]
    candidates: tuple[Candidate, ...]
    reason: Reason

    def apply(self, state: State) -> None:
        job = state.jobs[self.job]
        kept = tuple(id for id in job.legs if state.legs[id].state == "delivered")
        for id in job.legs:
            if id not in kept:
                state.legs.remove(id)
        for leg in self.legs:
            state.legs.put(leg)
        state.jobs.put(
            replace(
                job,
                mode=self.mode,
                legs=kept + tuple(leg.id for leg in self.legs),
                legs_made=job.legs_made + len(self.legs),
                candidates=self.candidates,
                reason=self.reason,
                state="waiting" if not kept else job.state,
            )
        )


class JobUnplanned(JobFact, frozen=True):
    """The job's unfinished legs are withdrawn, to be chosen anew; the load stays with its custodian."""

    type: ClassVar[str] = "job.unplanned"
    reason: Reason
    legs: tuple[str, ...] = ()

    def apply(self, state: State) -> None:
        job = state.jobs[self.job]
        for id in self.legs:
            state.legs.remove(id)
        kept = tuple(id for id in job.legs if id not in self.legs)
        state.jobs.put(replace(job, legs=kept, reason=self.reason, promised_ms=None, state="waiting"))


class JobReprioritised(JobFact, frozen=True):
    """A person gave the job another priority."""

    type: ClassVar[str] = "job.reprioritised"
    priority: str
    due_ms: int

    def apply(self, state: State) -> None:
        job = replace(state.jobs[self.job], priority=self.priority, due_ms=self.due_ms)
        state.jobs.put(job)
        for id in job.legs:
            state.legs.put(replace(state.legs[id], due_ms=self.due_ms))


class JobOverridden(JobFact, frozen=True):
    """A person chose the mode or the carrier for what is left of the job."""

    type: ClassVar[str] = "job.overridden"
    mode: ModeName | None = None
    carrier: str | None = None

    def apply(self, state: State) -> None:
        state.jobs.put(replace(state.jobs[self.job], wanted_mode=self.mode, wanted_carrier=self.carrier))


class JobResumed(JobFact, frozen=True):
    """A carrier that was put back into service still has the load aboard and goes on with it."""

    type: ClassVar[str] = "job.resumed"
    leg: Leg
    carrier: str

    def apply(self, state: State) -> None:
        job = state.jobs[self.job]
        carrier = state.carriers[self.carrier]
        state.legs.put(self.leg)
        legs = (*(id for id in job.legs if state.legs[id].state == "delivered"), self.leg.id)
        state.jobs.put(replace(job, state="under_way", legs=legs, legs_made=job.legs_made + 1))
        state.carriers.put(
            replace(
                carrier,
                aboard=(*carrier.aboard, self.leg.id),
                stops=(PlannedStop(self.leg.id, "delivery"), *carrier.stops),
                plan_version=carrier.plan_version + 1,
            )
        )


class JobHandedOn(JobFact, frozen=True):
    """A robot that is cut off with the load gives it to others where it stands; or goes on itself, with no more legs.

    `leg` is the robot's, which ends at `destination`; `legs` are to follow it.
    """

    type: ClassVar[str] = "job.handed_on"
    leg: str
    carrier: str
    destination: str
    mode: ModeName
    legs: tuple[Leg, ...]
    candidates: tuple[Candidate, ...]
    reason: Reason

    def apply(self, state: State) -> None:
        job = state.jobs[self.job]
        kept = tuple(id for id in job.legs if id == self.leg or state.legs[id].state == "delivered")
        for id in job.legs:
            if id not in kept:
                state.legs.remove(id)
        for leg in (replace(state.legs[self.leg], destination=self.destination), *self.legs):
            state.legs.put(leg)
        state.jobs.put(
            replace(
                job,
                state="under_way",
                mode=self.mode,
                legs=kept + tuple(leg.id for leg in self.legs),
                legs_made=job.legs_made + len(self.legs),
                candidates=self.candidates,
                reason=self.reason,
                promised_ms=None,
            )
        )
        carrier = state.carriers[self.carrier]
        first = sorted(carrier.stops, key=lambda stop: stop.leg != self.leg)
        state.carriers.put(replace(carrier, stops=tuple(first), plan_version=carrier.plan_version + 1))


class JobTrouble(JobFact, frozen=True):
    """The job cannot go on by itself: a person is needed."""

    type: ClassVar[str] = "job.trouble"
    reason: Reason

    def apply(self, state: State) -> None:
        state.jobs.put(replace(state.jobs[self.job], state="trouble", reason=self.reason, promised_ms=None))


class JobCancelling(JobFact, frozen=True):
    """A person cancelled a job whose load is aboard: it is brought back (or on, when it cannot turn)."""

    type: ClassVar[str] = "job.returned"
    destination: str

    def apply(self, state: State) -> None:
        job = state.jobs[self.job]
        state.jobs.put(replace(job, cancelling=True))
        for id in job.legs:
            leg = state.legs[id]
            if leg.state == "planned":
                state.legs.remove(id)
            elif leg.state != "delivered":
                state.legs.put(replace(leg, destination=self.destination))
        state.jobs.put(replace(state.jobs[self.job], legs=tuple(i for i in job.legs if i in state.legs)))


class JobCancelled(JobFact, frozen=True):
    """The job ended without being carried out."""

    type: ClassVar[str] = "job.cancelled"
    custodian: str
    key: str = ""

    def apply(self, state: State) -> None:
        state.jobs.put(replace(state.jobs[self.job], state="cancelled", promised_ms=None))


class JobDelivered(JobFact, frozen=True):
    """The load is where it was to go."""

    type: ClassVar[str] = "job.delivered"
    at_ms: int
    on_time: bool
    destination: str
    load: str
    key: str = ""

    def apply(self, state: State) -> None:
        job = state.jobs[self.job]
        state.jobs.put(replace(job, state="delivered", delivered_ms=self.at_ms, promised_ms=self.at_ms))
        meta = state.meta
        state.metas.put(replace(meta, delivered=meta.delivered + 1, on_time=meta.on_time + int(self.on_time)))
        if job.mode == "tube":
            note_door_to_door(state, job, self.at_ms)


class JobForgotten(Note, frozen=True):
    """A finished job leaves the working state; its row and its ledger stay."""

    type: ClassVar[str] = "job.forgotten"
    job: str

    def apply(self, state: State) -> None:
        for id in state.jobs[self.job].legs:
            state.legs.remove(id)
        state.jobs.remove(self.job)


class JobWeighed(Note, frozen=True):
    """A job that may miss its deadline was weighed anew: these are its best carriers now."""

    type: ClassVar[str] = "job.weighed"
    job: str
    candidates: tuple[Candidate, ...]

    def apply(self, state: State) -> None:
        state.jobs.put(replace(state.jobs[self.job], candidates=self.candidates))


class JobAttempted(Note, frozen=True):
    """The job was tried once more."""

    type: ClassVar[str] = "job.attempted"
    job: str
    ready_ms: int

    def apply(self, state: State) -> None:
        job = state.jobs[self.job]
        state.jobs.put(replace(job, attempts=job.attempts + 1))


class DayBegan(Fact, frozen=True):
    """A new day by the site's clock: today's figures start from nothing, its opening hours are known."""

    type: ClassVar[str] = "calendar.published"
    day: str
    windows: dict[str, tuple[tuple[int, int], ...]]
    shifts: dict[str, tuple[tuple[int, int], ...]]

    @property
    def subject(self) -> str:
        return self.day

    def apply(self, state: State) -> None:
        meta = state.meta
        fresh = meta.day != self.day
        if fresh:
            forget_figures(state)
        state.metas.put(
            replace(
                meta,
                id=META,
                day=self.day,
                windows=self.windows,
                shifts=self.shifts,
                delivered=0 if fresh else meta.delivered,
                on_time=0 if fresh else meta.on_time,
            )
        )
