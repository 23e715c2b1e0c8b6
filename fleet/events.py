"""What happens to the orchestrator: requests, wishes, reports, timers, calendars and proposals."""

from __future__ import annotations

from typing import Literal

import msgspec

from bus.messages import CarrierReport, Hello, Report
from fleet.requests import AnyRequest
from ledger.vocabulary import TransportWanted, TransportWithdrawn
from routing.dispatch.messages import PlanProposed


class Asked(msgspec.Struct, frozen=True):
    """A person (or a round) asks for something; `key` makes a repetition harmless."""

    request: AnyRequest
    actor: str
    role: str = "dispatcher"
    key: str = ""


class Followed(msgspec.Struct, frozen=True):
    """A row of another room's stream: a wish, its withdrawal, or None where it cannot be read.

    `known` says what the wish's key stands for already: nothing, an open or delivered job of this very wish, or
    something else.
    """

    stream: str
    seq: int
    said: TransportWanted | TransportWithdrawn | None = None
    known: Literal["", "same", "other"] = ""


class Reported(msgspec.Struct, frozen=True):
    """An agent acknowledges, passes, finishes or fails; reports of an agent come in order of their numbers."""

    agent: str
    report: Report


class Greeted(msgspec.Struct, frozen=True):
    """An agent said hello after a start of its own or of ours."""

    hello: Hello


class Lost(msgspec.Struct, frozen=True):
    """An agent has been silent on the wall clock for too long."""

    agent: str


class BatterySeen(msgspec.Struct, frozen=True):
    """Telemetry crossed a threshold that decisions care about."""

    report: CarrierReport


class StandsElsewhere(msgspec.Struct, frozen=True):
    """A robot that was not told to drive says that it stands elsewhere."""

    report: CarrierReport


class TimerFired(msgspec.Struct, frozen=True):
    """A timer of the state is due."""

    timer: str


class RoundRun(msgspec.Struct, frozen=True):
    """One job of a recurring round on one day; the id is its idempotency key."""

    id: str
    load: str
    origin: str
    destination: str
    ready_ms: int
    due_ms: int


class CalendarPublished(msgspec.Struct, frozen=True):
    """A day of the site expanded to UTC: who is on duty, what is open, which rounds run, when the next day begins."""

    day: str
    next_day_ms: int
    shifts: dict[str, tuple[tuple[int, int], ...]]
    windows: dict[str, tuple[tuple[int, int], ...]]
    rounds: tuple[RoundRun, ...]


class Jumped(msgspec.Struct, frozen=True):
    """The shell saw site time jump by more than two seconds."""

    from_ms: int
    to_ms: int


class Proposed(msgspec.Struct, frozen=True):
    """The worker's answer to an earlier problem."""

    proposal: PlanProposed


Event = (
    Asked
    | Followed
    | Reported
    | Greeted
    | Lost
    | BatterySeen
    | StandsElsewhere
    | TimerFired
    | CalendarPublished
    | Jumped
    | Proposed
)
