"""What the fleet shows of itself: the read models that the pages, the API and the updates share."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Place: TypeAlias = tuple[str, float, float]
"""A floor and metres on it."""
JobState = Literal["waiting", "assigned", "under_way", "trouble", "delivered", "cancelled"]
LegState = Literal["planned", "offered", "accepted", "picked_up", "delivered", "failed", "in_doubt", "cancelled"]
CarrierStatus = Literal["idle", "busy", "charging", "off_duty", "out_of_service", "trouble", "silent"]
ModeName = Literal["tube", "robot", "porter"]
OPEN_STATES: tuple[JobState, ...] = ("waiting", "assigned", "under_way", "trouble")


class View(msgspec.Struct, frozen=True, omit_defaults=False):
    """A read model; instants are integer milliseconds UTC of site time."""


class Reason(View, frozen=True):
    """A reason as data: a code and its figures; `api` has the sentence for each code in both languages."""

    code: str
    args: dict[str, str | int | float] = {}


class Candidate(View, frozen=True):
    """One carrier that was weighed: its mode, when it would deliver, and its cost against the others (lower wins)."""

    mode: ModeName
    carrier: str
    arrival_ms: int
    cost: float
    reason: Reason


class LegView(View, frozen=True):
    """One carrier's part of a job."""

    id: str
    mode: ModeName
    state: LegState
    origin: str
    destination: str
    carriers: tuple[str, ...]
    promised_ms: int | None = None


class HistoryEntry(View, frozen=True):
    """A row of the ledger about a job, for people: when, who, what, with its figures."""

    at_ms: int
    actor: str
    kind: str
    seq: int
    args: dict[str, str | int | float] = {}


class JobView(View, frozen=True):
    """A job as the board shows it. `slack_s` is due minus promised; negative is late."""

    id: str
    state: JobState
    load: str
    origin: str
    destination: str
    priority: str
    ready_ms: int
    due_ms: int
    created_ms: int
    requester: str
    mode: ModeName | None = None
    carrier: str | None = None
    promised_ms: int | None = None
    slack_s: int | None = None
    delivered_ms: int | None = None
    reason: Reason | None = None
    candidates: tuple[Candidate, ...] = ()
    legs: tuple[LegView, ...] = ()
    mass_kg: float | None = None
    specimen: str | None = None
    precaution: str | None = None
    needs: tuple[str, ...] = ()
    note: str = ""
    version: int = 0


class CarrierView(View, frozen=True):
    """A robot, porter or tube system: where it is, what it does, when it was last heard.

    `route` is where its drive leads, from the last point that it has reached. The first `reserved` points of it are
    had in turn with other robots, and the first `released` of these are its own: it may go there without asking again.
    `blocks` are points that nobody may come to, because it broke down and may stand there.
    """

    id: str
    mode: ModeName
    fleet: str
    status: CarrierStatus
    node: str
    floor: str
    x_m: float
    y_m: float
    seen_ms: int
    battery: float | None = None
    job: str | None = None
    stops: tuple[str, ...] = ()
    route: tuple[Place, ...] = ()
    released: int = 0
    reserved: int = 0
    blocks: tuple[Place, ...] = ()
    reason: Reason | None = None


class LiftView(View, frozen=True):
    """A lift: on which floor, for whom, who waits."""

    id: str
    status: Literal["free", "held", "out_of_service"]
    floor: str
    holder: str | None = None
    waiting: tuple[str, ...] = ()


class ClosureView(View, frozen=True):
    """Something that is closed, why, by whom and until when."""

    id: str
    target: str
    reason: str
    actor: str
    since_ms: int
    until_ms: int | None = None


class ClockView(View, frozen=True):
    """Site time and its speed; `at_wall_ms` is the wall clock when this was said."""

    site_ms: int
    factor: float
    at_wall_ms: int


class Counts(View, frozen=True):
    """Figures over the table: today so far, by site time."""

    delivered: int = 0
    on_time: int = 0
    waiting: int = 0
    under_way: int = 0
    trouble: int = 0
    robots_ready: int = 0
    robots: int = 0
    porters_on_duty: int = 0
    tube_median_s: int | None = None


class Snapshot(View, frozen=True):
    """Everything open, as of update `seq` in `epoch`."""

    epoch: int
    seq: int
    clock: ClockView
    jobs: tuple[JobView, ...]
    carriers: tuple[CarrierView, ...]
    lifts: tuple[LiftView, ...]
    closures: tuple[ClosureView, ...]
    counts: Counts


class Positions(View, frozen=True):
    """A frame of movement: (carrier, floor, x, y) of those that moved, at one instant."""

    at_ms: int
    moved: tuple[tuple[str, str, float, float], ...]


class Reservation(View, frozen=True):
    """What a robot has of the lanes now: the fields of its `CarrierView` that change while it drives."""

    id: str
    route: tuple[Place, ...]
    released: int
    reserved: int
    blocks: tuple[Place, ...]


class Reservations(View, frozen=True):
    """What has changed of the lanes since the last frame."""

    robots: tuple[Reservation, ...]


class CarrierFigures(View, frozen=True):
    """What one carrier has done since it is known: milliseconds at work, metres with and without a load."""

    id: str
    mode: ModeName
    fleet: str
    busy_ms: int
    loaded_m: float
    empty_m: float


class Latency(View, frozen=True):
    """How fast the dispatcher is: wall milliseconds from reading an event to its commit, and at most in the queue."""

    events: int
    p50_ms: float
    p99_ms: float
    queue_p50_ms: float
    queue_p99_ms: float


class TubeTimes(View, frozen=True):
    """Today's sends by tube of one `group`: all, a specimen (or load), or a priority.

    Seconds from ready to arrival at the destination, of the latest 500: half were there sooner than `median_s`, 95 %
    within `p95_s`; and within `emptied_p95_s` the capsule had been emptied too.
    """

    group: Literal["all", "specimen", "load", "priority"]
    id: str
    sends: int
    on_time: int
    median_s: float
    p95_s: int
    emptied_p95_s: float


class Statistics(View, frozen=True):
    """Figures for reports: of carriers, of the dispatcher itself, and of the sends by tube."""

    carriers: tuple[CarrierFigures, ...]
    latency: Latency
    tube: tuple[TubeTimes, ...] = ()
