"""The state of the fleet: frozen entities, each one row in the store. Instants are integer milliseconds UTC."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from bus.messages import Cancel as CancelCommand
from bus.messages import Charge, Drop, Lift, Move, Pick, Release, SendCapsule
from fleet.views import Candidate, JobState, LegState, ModeName, Reason

OrderMessage = Move | Release | Pick | Drop | Charge | Lift | SendCapsule | CancelCommand


class Entity(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of state, found by `kind` and `id`."""

    kind: ClassVar[str]
    id: str


class Job(Entity, frozen=True):
    """One load from A to B by a deadline. `custodian` is who answers for the load now."""

    kind: ClassVar[str] = "job"
    load: str
    origin: str
    destination: str
    priority: str
    ready_ms: int
    due_ms: int
    created_ms: int
    requester: str
    mass_kg: float
    custodian: str
    state: JobState = "waiting"
    key: str = ""
    specimen: str | None = None
    precaution: str | None = None
    needs: tuple[str, ...] = ()
    porters: int = 1
    legs: tuple[str, ...] = ()
    mode: ModeName | None = None
    reason: Reason | None = None
    candidates: tuple[Candidate, ...] = ()
    promised_ms: int | None = None
    delivered_ms: int | None = None
    wanted_mode: ModeName | None = None
    wanted_carrier: str | None = None
    cancelling: bool = False
    attempts: int = 0
    legs_made: int = 0


class TubePath(msgspec.Struct, frozen=True):
    """The way of a capsule: system, metres, transfers, lines, time from `send` to arrival, whether it goes slowly."""

    system: str
    path_m: float
    transfers: int
    lines: tuple[str, ...]
    duration_ms: int
    slow: bool


class Leg(Entity, frozen=True):
    """One carrier's part of a job (two porters for a heavy move: `carriers[0]` leads and signs).

    `origin` is a station, or `@<node>` when the load is fetched from where a broken carrier stands.
    """

    kind: ClassVar[str] = "leg"
    job: str
    mode: ModeName
    origin: str
    destination: str
    ready_ms: int
    due_ms: int
    state: LegState = "planned"
    carriers: tuple[str, ...] = ()
    crew: int = 1
    promised_ms: int | None = None
    tube: TubePath | None = None
    refused_by: tuple[str, ...] = ()
    offered_ms: int | None = None
    picked_ms: int | None = None
    waiting: Reason | None = None
    only: str | None = None


class PlannedStop(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stop in a carrier's plan; `not_before_ms` is the appointment of a move with two porters."""

    leg: str
    act: Literal["pickup", "delivery"]
    not_before_ms: int = 0


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a carrier does next: `move` to a node, `call`, `ride` or `leave` a lift, `pick`, `drop`, `charge`.

    `until` is the index in a robot's drive at which a move or ride ends, 0 while traffic has not planned it.
    """

    act: Literal["move", "call", "ride", "leave", "pick", "drop", "charge"]
    node: str = ""
    lift: str = ""
    floor: str = ""
    leg: str = ""
    expected_ms: int = 0
    length_m: float = 0.0
    command: str = ""
    until: int = 0


class Carrier(Entity, frozen=True):
    """A robot, a porter or a tube system. `stops` is its plan, `steps` the drive to the first stop (or home)."""

    kind: ClassVar[str] = "carrier"
    mode: ModeName
    fleet: str
    agent: str
    node: str
    since_ms: int
    status: Literal["active", "out_of_service", "trouble"] = "active"
    reason: Reason | None = None
    heard: bool = True
    battery: float | None = None
    charging: bool = False
    stops: tuple[PlannedStop, ...] = ()
    plan_version: int = 0
    steps: tuple[Step, ...] = ()
    purpose: Literal["", "stop", "home"] = ""
    aboard: tuple[str, ...] = ()
    slot: str | None = None
    free_ms: int = 0
    waiting: Reason | None = None
    shifts: tuple[tuple[int, int], ...] = ()
    loaded_m: float = 0.0
    empty_m: float = 0.0
    busy_ms: int = 0


class LiftState(Entity, frozen=True):
    """A lift: who holds it, who waits (in order), the floor it was last sent to."""

    kind: ClassVar[str] = "lift"
    agent: str
    floor: str = ""
    holder: str | None = None
    queue: tuple[str, ...] = ()
    in_service: bool = True
    heard: bool = True


class Slots(Entity, frozen=True):
    """A station's slots: which carriers hold one."""

    kind: ClassVar[str] = "slots"
    holders: tuple[str, ...] = ()


class Agent(Entity, frozen=True):
    """An agent's numbering: the last report processed and the last command number used."""

    kind: ClassVar[str] = "agent"
    session: str = ""
    last_report: int = 0
    last_command: int = 0
    connected: bool = False


class OpenCommand(Entity, frozen=True):
    """A command that is not finished: sent again after a restart until the agent has accepted it."""

    kind: ClassVar[str] = "command"
    agent: str
    number: int
    carrier: str
    message: OrderMessage
    acked: bool = False


TimerKind = Literal[
    "release",
    "accept",
    "retry",
    "free",
    "shift",
    "closure",
    "round",
    "return",
    "solve",
    "reassign",
    "reweigh",
    "sweep",
    "tube",
    "missing",
    "cut",
    "park",
]


class Timer(Entity, frozen=True):
    """Something to do at an instant of site time."""

    kind: ClassVar[str] = "timer"
    due_ms: int
    what: TimerKind
    subject: str = ""
    timeout: bool = False


class Closure(Entity, frozen=True):
    """Something closed by a person: until when, and by whom. The reason is shown, not chained."""

    kind: ClassVar[str] = "closure"
    target: str
    reason: str
    actor: str
    since_ms: int
    until_ms: int | None = None


class PendingJob(Entity, frozen=True):
    """A job of a round or a return trip that is not ordered yet; its timer has the same id."""

    kind: ClassVar[str] = "pending"
    load: str
    origin: str
    destination: str
    ready_ms: int
    due_ms: int | None = None


class Cursor(Entity, frozen=True):
    """How far the stream of another room has been read; its id is the stream's name."""

    kind: ClassVar[str] = "cursor"
    seq: int = 0


class Withdrawal(Entity, frozen=True):
    """A wish (`<stream>:<key>`) that was withdrawn when there was no job of it."""

    kind: ClassVar[str] = "withdrawal"
    at_ms: int


class Meta(Entity, frozen=True):
    """The fleet's single facts: numbering of jobs and proposals, site clock, and today's figures."""

    kind: ClassVar[str] = "meta"
    last_job: int = 0
    last_closure: int = 0
    last_solve: int = 0
    solving: bool = False
    solve_ms: int = 0
    now_ms: int = 0
    factor: float = 1.0
    shift_ms: int = 0
    day: str = ""
    delivered: int = 0
    on_time: int = 0
    windows: dict[str, tuple[tuple[int, int], ...]] = {}
    shifts: dict[str, tuple[tuple[int, int], ...]] = {}
