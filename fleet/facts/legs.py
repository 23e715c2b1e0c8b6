"""Facts about legs and the plans they stand in: given out, handed over, failed, estimated."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec.structs import replace

from fleet.draft import State
from fleet.facts.base import Fact, Note
from fleet.facts.jobs import JobFact
from fleet.model import PlannedStop
from fleet.views import JobState, Reason

Evidence = Literal["sensor", "scan", "person"]
Plans = tuple[tuple[str, tuple[PlannedStop, ...]], ...]


def set_plans(state: State, plans: Plans) -> None:
    """Give carriers new plans; their version counts up."""
    for id, stops in plans:
        carrier = state.carriers[id]
        state.carriers.put(replace(carrier, stops=stops, plan_version=carrier.plan_version + 1))


class LegFact(JobFact, frozen=True):
    """A fact about a leg; its subject is the job."""

    leg: str


class LegAssigned(LegFact, frozen=True):
    """Carriers got a leg; `plans` are the plans that changed by it."""

    type: ClassVar[str] = "leg.assigned"
    carriers: tuple[str, ...]
    plans: Plans
    promised_ms: int

    def apply(self, state: State) -> None:
        set_plans(state, self.plans)
        leg = state.legs[self.leg]
        state.legs.put(replace(leg, carriers=self.carriers, promised_ms=self.promised_ms, waiting=None))
        job = state.jobs[self.job]
        if job.state in ("waiting", "trouble"):
            state.jobs.put(replace(job, state="assigned" if job.legs[0] == self.leg else "under_way"))


class LegUnassigned(LegFact, frozen=True):
    """A leg that was not picked up is taken from its carriers, to be assigned anew."""

    type: ClassVar[str] = "leg.unassigned"
    reason: Reason
    plans: Plans
    refused_by: tuple[str, ...] = ()

    def apply(self, state: State) -> None:
        set_plans(state, self.plans)
        leg = state.legs[self.leg]
        state.legs.put(
            replace(
                leg,
                state="planned",
                carriers=(),
                offered_ms=None,
                promised_ms=None,
                waiting=self.reason,
                refused_by=leg.refused_by + self.refused_by,
            )
        )
        job = state.jobs[self.job]
        moved: JobState = "waiting" if job.legs[0] == self.leg else "under_way"
        state.jobs.put(replace(job, state=moved, promised_ms=None))


class LegOffered(LegFact, frozen=True):
    """The first command of the leg went to its carrier."""

    type: ClassVar[str] = "leg.offered"
    carrier: str
    at_ms: int

    def apply(self, state: State) -> None:
        state.legs.put(replace(state.legs[self.leg], state="offered", offered_ms=self.at_ms))


class LegAccepted(LegFact, frozen=True):
    """The carrier took the leg."""

    type: ClassVar[str] = "leg.accepted"
    carrier: str

    def apply(self, state: State) -> None:
        state.legs.put(replace(state.legs[self.leg], state="accepted"))


class LegPickedUp(LegFact, frozen=True):
    """Hand-over from the station to the carrier: from now on the carrier answers for the load."""

    type: ClassVar[str] = "leg.picked_up"
    carrier: str
    station: str
    at_ms: int
    evidence: Evidence

    def apply(self, state: State) -> None:
        leg = state.legs[self.leg]
        state.legs.put(replace(leg, state="picked_up", picked_ms=self.at_ms))
        for id in leg.carriers:
            carrier = state.carriers[id]
            stops = tuple(s for s in carrier.stops if (s.leg, s.act) != (self.leg, "pickup"))
            aboard = (*carrier.aboard, self.leg)
            state.carriers.put(replace(carrier, stops=stops, aboard=aboard, plan_version=carrier.plan_version + 1))
        state.jobs.put(replace(state.jobs[self.job], state="under_way", custodian=f"carrier:{self.carrier}"))


class LegDelivered(LegFact, frozen=True):
    """Hand-over from the carrier to the station."""

    type: ClassVar[str] = "leg.delivered"
    carrier: str
    station: str
    at_ms: int
    evidence: Evidence

    def apply(self, state: State) -> None:
        leg = state.legs[self.leg]
        state.legs.put(replace(leg, state="delivered", promised_ms=self.at_ms))
        for id in leg.carriers:
            release(state, id, self.leg)
        state.jobs.put(replace(state.jobs[self.job], custodian=f"station:{self.station}"))


class LegFailed(LegFact, frozen=True):
    """The leg ended without its effect; the load is with `custodian`."""

    type: ClassVar[str] = "leg.failed"
    carrier: str
    reason: Reason
    custodian: str

    def apply(self, state: State) -> None:
        leg = state.legs[self.leg]
        state.legs.put(replace(leg, state="failed", promised_ms=None))
        for id in leg.carriers:
            release(state, id, self.leg)
        state.jobs.put(replace(state.jobs[self.job], custodian=self.custodian, promised_ms=None))


class LegInDoubt(LegFact, frozen=True):
    """A once-only act of unknown outcome: nobody knows where the load is until somebody looks."""

    type: ClassVar[str] = "leg.in_doubt"
    carrier: str
    act: str

    def apply(self, state: State) -> None:
        state.legs.put(replace(state.legs[self.leg], state="in_doubt", promised_ms=None))


class LegLocated(LegFact, frozen=True):
    """A person looked: the load of the leg in doubt is here."""

    type: ClassVar[str] = "leg.located"
    where: Literal["origin", "aboard", "destination"]

    def apply(self, state: State) -> None:
        leg = state.legs[self.leg]
        aboard = bool(leg.picked_ms)
        state.legs.put(replace(leg, state="picked_up" if aboard else "accepted"))
        state.jobs.put(replace(state.jobs[self.job], state="under_way" if aboard else "assigned"))


class LegEstimated(Note, frozen=True):
    """New estimate of when the leg is delivered, and of the job when it is its last leg."""

    type: ClassVar[str] = "leg.estimated"
    leg: str
    promised_ms: int
    job_promised_ms: int | None

    def apply(self, state: State) -> None:
        leg = replace(state.legs[self.leg], promised_ms=self.promised_ms)
        state.legs.put(leg)
        if self.job_promised_ms is not None:
            state.jobs.put(replace(state.jobs[leg.job], promised_ms=self.job_promised_ms))


class CrewReappointed(Note, frozen=True):
    """One of two porters is late: both keep a later appointment."""

    type: ClassVar[str] = "crew.reappointed"
    leg: str
    appointment_ms: int

    def apply(self, state: State) -> None:
        for id in state.legs[self.leg].carriers:
            carrier = state.carriers[id]
            stops = tuple(
                replace(stop, not_before_ms=self.appointment_ms)
                if (stop.leg, stop.act) == (self.leg, "pickup")
                else stop
                for stop in carrier.stops
            )
            state.carriers.put(replace(carrier, stops=stops))


class LegWaits(Note, frozen=True):
    """Nobody can take the leg now; this is why."""

    type: ClassVar[str] = "leg.waits"
    leg: str
    reason: Reason

    def apply(self, state: State) -> None:
        leg = replace(state.legs[self.leg], waiting=self.reason, refused_by=())
        state.legs.put(leg)
        state.jobs.put(replace(state.jobs[leg.job], promised_ms=None))


class LegExpected(Note, frozen=True):
    """When the load of a later leg will be ready for its carrier."""

    type: ClassVar[str] = "leg.expected"
    leg: str
    ready_ms: int

    def apply(self, state: State) -> None:
        state.legs.put(replace(state.legs[self.leg], ready_ms=self.ready_ms))


class PlanAdopted(Fact, frozen=True):
    """A proposal of the solver was better and still held: only what differs is written."""

    type: ClassVar[str] = "plan.adopted"
    request: str
    plans: Plans
    moved: tuple[tuple[str, tuple[str, ...]], ...]
    gain: float

    @property
    def subject(self) -> str:
        return self.request

    def apply(self, state: State) -> None:
        set_plans(state, self.plans)
        for leg, carriers in self.moved:
            state.legs.put(replace(state.legs[leg], carriers=carriers, waiting=None))
            job = state.jobs[state.legs[leg].job]
            if job.state == "waiting":
                state.jobs.put(replace(job, state="assigned" if job.legs[0] == leg else "under_way"))


def release(state: State, carrier: str, leg: str) -> None:
    """Take a leg out of a carrier's plan and compartment."""
    found = state.carriers[carrier]
    state.carriers.put(
        replace(
            found,
            stops=tuple(s for s in found.stops if s.leg != leg),
            aboard=tuple(a for a in found.aboard if a != leg),
            plan_version=found.plan_version + 1,
        )
    )
