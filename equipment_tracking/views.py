"""What equipment tracking shows of itself: the read models that the API and the pages share."""

from __future__ import annotations

from typing import Literal

import msgspec

from equipment_tracking.pool.model import AlarmKind, ItemState, Purpose
from equipment_tracking.register.answers import Violation
from equipment_tracking.register.assets import PumpKind
from equipment_tracking.register.catalogue import Check, Label

Known = Literal["sure", "either", "last_seen", "never"]
"""How surely it is known where something is: one room, one of two, only where it was last, or nothing at all."""


class View(msgspec.Struct, frozen=True, omit_defaults=False):
    """A read model; instants are integer milliseconds UTC of site time, people are references."""


class WhereView(View, frozen=True):
    """Where something is. `rooms` has one id when sure, two (the likelier first) for either, else the last or none.

    `shares` are the rooms' calibrated probabilities. `floor`, `x_m` and `y_m` are for the map, and only set when
    `known` is sure or either: there is no false dot. `node` is the nearest node of the floor graph, "" without one.
    """

    known: Known = "never"
    rooms: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    seen_ms: int | None = None
    floor: str = ""
    x_m: float | None = None
    y_m: float | None = None
    node: str = ""


class LoanView(View, frozen=True):
    """Who has borrowed it, since when and until when; `overdue` is past due."""

    id: str
    asset: str
    ward: str
    since_ms: int
    due_ms: int
    by: str
    reminders: int
    overdue: bool


class ReservationView(View, frozen=True):
    """For which ward it is kept, by whom and until when."""

    id: str
    asset: str
    ward: str
    by: str
    until_ms: int


class TransportView(View, frozen=True):
    """A transport that was asked of the fleet; `job` is "" until the fleet has taken it."""

    key: str
    asset: str
    purpose: Purpose
    origin: str
    destination: str
    due_ms: int | None
    job: str


class AssetView(View, frozen=True):
    """An asset as people see it: what it is, what state it is in, where, and who has a claim to it.

    `missing` are the checks that still keep a cleaned one from being ready; `overdue`: its service is, so it is never
    offered as ready. `emergency`: held back for emergencies.
    """

    id: str
    name: str
    type: str
    type_name: Label
    ward: str
    home: str
    state: ItemState
    since_ms: int
    where: WhereView
    holder: str = ""
    place: str = ""
    suggestion: ItemState | None = None
    wiped: bool = False
    cleaned_by: str = ""
    cleaned_how: str = ""
    cleaned_ms: int | None = None
    missing: tuple[Check, ...] = ()
    reason: str = ""
    picture: str = ""
    recalls: tuple[str, ...] = ()
    released_by: str = ""
    released_ms: int | None = None
    loan: LoanView | None = None
    reservation: ReservationView | None = None
    transport: TransportView | None = None
    overdue: bool = False
    service_due_ms: int | None = None
    emergency: bool = False
    battery: float | None = None
    tag: str = ""
    gtin: str = ""
    serial: str = ""
    safe_load_kg: float | None = None
    paediatric: bool = False
    pump: PumpKind = ""
    mr_conditional: bool = False
    leased: bool = False
    pictures: tuple[str, ...] = ()


class OfferView(View, frozen=True):
    """An asset in the order in which it should be fetched; `walk_s` is the expected walk (None: nobody knows where)."""

    asset: AssetView
    cost_s: float
    walk_s: float | None


class Found(View, frozen=True):
    """The answer to a search: the best first, and how many there are in all."""

    offers: tuple[OfferView, ...]
    total: int
    now_ms: int


class Assets(View, frozen=True):
    """One page of assets in order of their ids; `next` continues it, "" at the end."""

    assets: tuple[AssetView, ...]
    next: str
    total: int


class TypeCount(View, frozen=True):
    """How many assets of a type there are, by state; `free` may be had now."""

    type: str
    name: Label
    by_state: dict[str, int]
    free: int
    overdue: int


class ParView(View, frozen=True):
    """A ward's par level of a type: what it has ready, what is on its way, what is missing."""

    ward: str
    type: str
    type_name: Label
    par: int
    ready: int
    coming: int
    missing: int


class PickView(View, frozen=True):
    """A line of the pick list; `asset` is None where there is none to bring."""

    ward: str
    type: str
    type_name: Label
    asset: AssetView | None


class AlarmView(View, frozen=True):
    """Something that a person should see to; `asset` and `ward` are "" where it is about none."""

    id: str
    what: AlarmKind
    subject: str
    since_ms: int
    seen_by: str
    asset: str = ""
    ward: str = ""


class LevelView(View, frozen=True):
    """How many of a type a place keeps back for emergencies, and how many are there now."""

    place: str
    type: str
    type_name: Label
    count: int
    there: int


class RecallView(View, frozen=True):
    """A batch that is called back, and how many assets still have to be withdrawn (`open`) or are (`done`)."""

    id: str
    reason: str
    since_ms: int
    type: str
    gtin: str
    serial_from: str
    serial_to: str
    open: int
    done: int


class WardView(View, frozen=True):
    """A ward's own view: levels, what is there, what it has borrowed or reserved, and what others have of its own."""

    ward: str
    levels: tuple[ParView, ...]
    here: tuple[AssetView, ...]
    borrowed: tuple[LoanView, ...]
    reserved: tuple[ReservationView, ...]
    away: tuple[AssetView, ...]
    picks: tuple[PickView, ...]
    alarms: tuple[AlarmView, ...]


class PoolView(View, frozen=True):
    """The whole pool at a glance."""

    types: tuple[TypeCount, ...]
    levels: tuple[ParView, ...]
    emergency: tuple[LevelView, ...]
    picks: tuple[PickView, ...]
    alarms: tuple[AlarmView, ...]
    loans: tuple[LoanView, ...]
    recalls: tuple[RecallView, ...]
    now_ms: int


class GatewayView(View, frozen=True):
    """How a gateway does: last heard (None: never), by how much its clock is off, what of its readings was refused.

    `room` is where its readings are loudest; `silent`: not heard for longer than the hospital's rule.
    """

    id: str
    last_heard_ms: int | None
    silent: bool
    skew_ms: int | None
    refused: dict[str, int]
    room: str = ""
    floor: str = ""
    x_m: float | None = None
    y_m: float | None = None


class LocatorView(View, frozen=True):
    """How locating goes: whether there is a map, how many tags are heard, and what is refused from strangers."""

    running: bool
    reason: str
    tags: int
    heard_tags: int
    readings: int
    readings_per_s: float
    model_made_ms: int | None
    refused: dict[str, int]
    gateways: tuple[GatewayView, ...]


class Dot(View, frozen=True):
    """An asset on the map."""

    id: str
    name: str
    type: str
    state: ItemState
    known: Known
    x_m: float
    y_m: float
    rooms: tuple[str, ...]
    seen_ms: int | None


class FloorMap(View, frozen=True):
    """What is shown on a floor, and how many assets nobody can place."""

    floor: str
    dots: tuple[Dot, ...]
    unplaced: int
    now_ms: int


class Taken(View, frozen=True):
    """What became of a message of a gateway: readings that could be read, and rows that could not."""

    readings: int
    fixes: int
    malformed: int


class ImportPlan(View, frozen=True):
    """What an import adds and changes, or every rule that it breaks; nothing was written when `dry_run` or refused."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    violations: tuple[Violation, ...]
    applied: bool


class Exported(View, frozen=True):
    """The register as CSV."""

    text: str


class Catalogued(View, frozen=True):
    """A type of equipment as people choose it."""

    id: str
    name: Label
    checks: tuple[Check, ...]


class Types(View, frozen=True):
    """All types, in the order of the catalogue."""

    types: tuple[Catalogued, ...]


class Done(View, frozen=True):
    """A request was carried out; `id` is what it made or was about. `repeated`: it had been carried out before."""

    id: str
    repeated: bool = False
    asset: AssetView | None = None


class Refused(View, frozen=True):
    """Why a request was refused; `offers` are assets that may be had instead, the best first."""

    violations: tuple[Violation, ...]
    offers: tuple[AssetView, ...] = ()
    retry_s: int | None = None


class Answer(View, frozen=True):
    """What became of one request among several: `rules` are those it broke, `state` is the asset's now."""

    status: int
    rules: tuple[str, ...] = ()
    state: ItemState | None = None
    since_ms: int = 0


class Answers(View, frozen=True):
    """What became of each, in the order of the requests."""

    answers: tuple[Answer, ...]
