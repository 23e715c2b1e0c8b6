"""The state of the pool: frozen entities, each one row of a store. Instants are integer milliseconds UTC."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from equipment_tracking.register.catalogue import Check

ItemState = Literal[
    "in_use",
    "used",
    "to_cleaning",
    "cleaned",
    "ready",
    "quarantined",
    "defective",
    "received",
    "repaired",
    "safety_tested",
    "lost",
]
Purpose = Literal["fetch", "bring", "to_cleaning"]
AlarmKind = Literal["hoarding", "exit", "battery", "loan", "service", "recall", "emergency", "transport"]
TimerKind = Literal["reservation", "loan", "service", "sweep"]
Evidence = Literal["person", "scan"]


class Entity(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of state, found by `kind` and `id`."""

    kind: ClassVar[str]
    id: str


class Cleaning(msgspec.Struct, frozen=True):
    """Who cleaned it, how (a code of the hospital's hygiene instruction) and when."""

    by: str
    method: str
    at_ms: int


class Confirmed(msgspec.Struct, frozen=True):
    """Somebody has looked: this much is in order."""

    what: Check
    by: str
    at_ms: int


class Item(Entity, frozen=True):
    """What is known of an asset now; its id is the asset's.

    `state` has one value, `holder` is the ward that has it in use. `place` is the room it was last seen to enter, at
    `entered_ms`, and `ward` whose room that is; an empty `place` with an instant: since then nobody knows where it is,
    because somebody looked and it was not there. `sighted_ms` is when a person (or a scan) last saw it; later than
    `entered_ms`, it was there. `suggestion` is what the kind of that room makes likely, until somebody confirms it.
    `reason` and `picture` say why it is quarantined or in technical service, and stay until it is released; `was` is
    the state that a lost one was in. `recalls` are recall batches that it still has to be quarantined for, or is.
    """

    kind: ClassVar[str] = "item"
    state: ItemState
    since_ms: int
    holder: str = ""
    loan: str = ""
    reservation: str = ""
    place: str = ""
    ward: str = ""
    entered_ms: int = 0
    sighted_ms: int = 0
    ward_since_ms: int = 0
    suggestion: ItemState | None = None
    wiped: bool = False
    cleaning: Cleaning | None = None
    confirmed: tuple[Confirmed, ...] = ()
    reason: str = ""
    picture: str = ""
    was: ItemState | None = None
    recalls: tuple[str, ...] = ()
    released_by: str = ""
    released_ms: int = 0
    transport: str = ""
    battery: float | None = None


class Loan(Entity, frozen=True):
    """An asset that a ward has borrowed until `due_ms`; it ends when it is given back or seen back home."""

    kind: ClassVar[str] = "loan"
    asset: str
    ward: str
    since_ms: int
    due_ms: int
    by: str
    reminders: int = 0


class Reservation(Entity, frozen=True):
    """A ready asset that is kept for a ward until `until_ms`."""

    kind: ClassVar[str] = "reservation"
    asset: str
    ward: str
    by: str
    until_ms: int


class Level(Entity, frozen=True):
    """How many ready ones of a type a ward shall have (`par`), or a place keeps back for emergencies (`emergency`)."""

    kind: ClassVar[str] = "level"
    of: Literal["par", "emergency"]
    where: str
    type: str
    count: int


class Recall(Entity, frozen=True):
    """A batch that the maker (or technical service) calls back: all that match are quarantined.

    Serial numbers are compared as numbers where both are digits, else letter by letter; empty is no bound.
    """

    kind: ClassVar[str] = "recall"
    reason: str
    since_ms: int
    type: str = ""
    gtin: str = ""
    serial_from: str = ""
    serial_to: str = ""


class Transport(Entity, frozen=True):
    """A transport that was asked of the fleet; its id is the key, `job` the fleet's answer."""

    kind: ClassVar[str] = "transport"
    asset: str
    purpose: Purpose
    origin: str
    destination: str
    due_ms: int | None = None
    job: str = ""


class Alarm(Entity, frozen=True):
    """Something that a person should see to; `id` is `<what>:<subject>`. It ends when its cause does."""

    kind: ClassVar[str] = "alarm"
    what: AlarmKind
    subject: str
    since_ms: int
    seen_by: str = ""


class Timer(Entity, frozen=True):
    """When the core wants to be woken, and for what."""

    kind: ClassVar[str] = "timer"
    due_ms: int
    what: TimerKind
    subject: str = ""
