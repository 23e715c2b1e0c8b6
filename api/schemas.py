"""The bodies of the HTTP interface: what is sent and what is answered, with every bound."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.privacy import holds_control, holds_cpr
from fleet.views import JobState, LegState, ModeName


def check_text(text: str) -> str:
    """Refuse text that holds a patient's identity or invisible characters.

    Raises
    ------
    PydanticCustomError
        `no_patient_identity` or `no_control_characters`.
    """
    if holds_cpr(text):
        raise PydanticCustomError("no_patient_identity", "looks like a CPR number")
    if holds_control(text):
        raise PydanticCustomError("no_control_characters", "holds control characters")
    return text


Words = Annotated[str, Field(max_length=500), AfterValidator(check_text)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(check_text)]
Because = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(check_text)]


class Body(BaseModel):
    """What a client sends: unknown fields are refused, not ignored."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, str_strip_whitespace=True)


class JobIn(Body):
    """An order for a transport: `due`, or `within_min` after it is ready, or neither (the priority's target holds)."""

    load: Name = Field(description="Class of load, an id from `site`.", examples=["blood_sample"])
    origin: Name = Field(alias="from", description="Station: its id or its name.", examples=["s0-tube"])
    destination: Name = Field(alias="to", description="Station: its id or its name.", examples=["lab-tube"])
    due: AwareDatetime | None = Field(default=None, description="ISO 8601 with zone.")
    within_min: float | None = Field(default=None, allow_inf_nan=False, description="Above 0.", examples=[30])
    ready: AwareDatetime | None = Field(default=None, description="ISO 8601 with zone; left out: now.")
    priority: Name | None = None
    mass_kg: float | None = Field(default=None, allow_inf_nan=False, description="Above 0.")
    precaution: Name | None = Field(default=None, description="A code from `site`; never a diagnosis.")
    specimen: Name | None = None
    escort: bool = False
    oxygen: bool = False
    bariatric: bool = False
    note: Words = Field(default="", description="For those who carry. Never a patient's identity.")


class CancelIn(Body):
    """Why a job is cancelled."""

    reason: Words = ""


class PriorityIn(Body):
    """Another priority."""

    priority: Name


class CarrierIn(Body):
    """Who shall do what is left of the job: this carrier, or any of this mode; and why."""

    carrier: Name | None = None
    mode: ModeName | None = None
    reason: Because


class WhereaboutsIn(Body):
    """Where a person saw the load of a job in doubt."""

    where: Literal["origin", "aboard", "destination"]


class OutOfServiceIn(Body):
    """Why a carrier is taken out of service."""

    reason: Because


class ClosureIn(Body):
    """A corridor, door, zone, room, floor or lift to close, why, and until when."""

    target: Name
    reason: Because
    until: AwareDatetime | None = None


class ClockIn(Body):
    """How fast site time runs against the clock on the wall."""

    factor: float = Field(gt=0, le=1000, allow_inf_nan=False)


class Out(BaseModel):
    """What the service answers."""

    model_config = ConfigDict(populate_by_name=True, frozen=True)


class ReasonOut(Out):
    """A reason: its code, its figures, and the sentence in the language asked for."""

    code: str
    args: dict[str, str | int | float]
    text: str


class CandidateOut(Out):
    """A carrier that was weighed."""

    mode: ModeName
    carrier: str
    arrival: datetime
    cost: float = Field(description="Lower wins; comparable within one job only.")
    reason: ReasonOut


class LegOut(Out):
    """One carrier's part of a job."""

    id: str
    mode: ModeName
    state: LegState
    origin: str = Field(alias="from")
    destination: str = Field(alias="to")
    carriers: list[str]
    promised: datetime | None


class HistoryOut(Out):
    """A row of the ledger about the job."""

    at: datetime
    actor: str
    kind: str
    seq: int
    args: dict[str, str | int | float]
    text: str


class JobOut(Out):
    """A job. `slack_s` is the deadline minus the promise; negative is late. Instants carry the site's offset."""

    id: str
    state: JobState
    load: str
    origin: str = Field(alias="from")
    destination: str = Field(alias="to")
    priority: str
    ready: datetime
    due: datetime
    created: datetime
    promised: datetime | None
    delivered: datetime | None
    slack_s: int | None
    mode: ModeName | None
    carrier: str | None
    requester: str
    reason: ReasonOut | None
    candidates: list[CandidateOut]
    legs: list[LegOut]
    mass_kg: float | None
    specimen: str | None
    precaution: str | None
    needs: list[str]
    note: str
    version: int


class JobWithHistoryOut(JobOut):
    """A job with everything that has happened to it."""

    history: list[HistoryOut]


class JobsOut(Out):
    """A page of jobs, the newest first."""

    jobs: list[JobOut]
    next_cursor: str | None


class CarrierOut(Out):
    """A robot, porter or tube system. A porter's position is the last one known."""

    id: str
    mode: ModeName
    fleet: str
    status: Literal["idle", "busy", "charging", "off_duty", "out_of_service", "trouble", "silent"]
    floor: str
    node: str
    x_m: float
    y_m: float
    seen: datetime
    battery: float | None
    job: str | None
    stops: list[str]
    reason: ReasonOut | None


class CarriersOut(Out):
    """All carriers that pass the filters."""

    carriers: list[CarrierOut]


class LiftOut(Out):
    """A lift."""

    id: str
    status: Literal["free", "held", "out_of_service"]
    floor: str
    holder: str | None
    waiting: list[str]


class ClosureOut(Out):
    """Something that is closed."""

    id: str
    target: str
    name: str
    reason: str
    actor: str
    since: datetime
    until: datetime | None


class ClosuresOut(Out):
    """All that is closed now."""

    closures: list[ClosureOut]


class DoneOut(Out):
    """A write was carried out; the updates from `seq` on show it."""

    id: str
    seq: int


class ClockOut(Out):
    """Site time, and how fast it runs."""

    site: datetime
    factor: float


class CarrierFiguresOut(Out):
    """What a carrier has done since it is known: seconds of site time at work, metres with and without a load."""

    id: str
    mode: ModeName
    fleet: str
    busy_s: float
    loaded_m: float
    empty_m: float


class LatencyOut(Out):
    """Wall milliseconds from reading an event to its commit, and at most in the queue before it."""

    events: int
    p50_ms: float
    p99_ms: float
    queue_p50_ms: float
    queue_p99_ms: float


class TubeTimesOut(Out):
    """Today's sends by tube of one group: all, a specimen, a load without specimen, or a priority.

    Seconds from ready to arrival at the destination, of the latest 500; `emptied_p95_s` until the capsule is emptied.
    """

    group: Literal["all", "specimen", "load", "priority"]
    id: str
    sends: int
    on_time: int
    median_s: float
    p95_s: int
    emptied_p95_s: float


class StatisticsOut(Out):
    """Figures for reports: of the carriers, of the dispatcher itself, and of the sends by tube."""

    carriers: list[CarrierFiguresOut]
    latency: LatencyOut
    tube: list[TubeTimesOut]


class CountsOut(Out):
    """Figures of today by site time."""

    delivered: int
    on_time: int
    waiting: int
    under_way: int
    trouble: int
    robots_ready: int
    robots: int
    porters_on_duty: int
    tube_median_s: int | None


class SnapshotOut(Out):
    """Everything open now; `events` goes on from `last_event_id`."""

    last_event_id: str
    clock: ClockOut
    counts: CountsOut
    jobs: list[JobOut]
    carriers: list[CarrierOut]
    lifts: list[LiftOut]
    closures: list[ClosureOut]


class HealthOut(Out):
    """Whether the process lives, and whether it can serve."""

    status: Literal["ok"]
    dispatcher: Literal["connected", "away"]
    since: datetime | None = Field(description="When contact with the dispatcher was lost.")


class NamedOut(Out):
    """Something with its name in both languages."""

    id: str
    name: dict[str, str]


class FloorOut(NamedOut):
    """A floor and where its drawing is."""

    elevation_m: float
    svg: str


class StationOut(NamedOut):
    """A station where loads are handed over."""

    floor: str
    ward: str | None
    kinds: list[str]
    slots: int
    opens: str | None
    in_use: bool = Field(description="False when a later phase of the site opens it.")


class LoadOut(NamedOut):
    """A class of loads."""

    modes: list[ModeName]
    priority: str
    mass_kg: float
    person: bool
    specimen_table: bool


class PriorityOut(NamedOut):
    """A priority and its target."""

    rank: int
    target_min: float


class StaffOut(Out):
    """Somebody who may act."""

    id: str
    name: str
    roles: list[str]
    ward: str | None


class SiteOut(NamedOut):
    """The site: what may be ordered, from where to where."""

    timezone: str
    version: str
    floors: list[FloorOut]
    stations: list[StationOut]
    loads: list[LoadOut]
    specimens: list[NamedOut]
    precautions: list[NamedOut]
    priorities: list[PriorityOut]
    staff: list[StaffOut]
