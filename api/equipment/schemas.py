"""The bodies that the equipment interface answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas import HistoryOut, Out
from equipment_tracking.pool.model import AlarmKind, ItemState, Purpose
from equipment_tracking.register.assets import PumpKind
from equipment_tracking.register.catalogue import Check
from equipment_tracking.views import Known


class RoomShareOut(Out):
    """A room where it may be, and how probable that is."""

    id: str
    name: str
    share: float | None = Field(description="Calibrated probability; None for a room where it was only last seen.")


class WhereOut(Out):
    """Where it is, no surer than it is known: `sure` names one room, `either` two, `last_seen` where it last was.

    Coordinates are metres on the floor and only there while one is sure, or nearly: there is no false dot.
    """

    known: Known
    rooms: list[RoomShareOut]
    seen: datetime | None
    floor: str | None
    x_m: float | None
    y_m: float | None


class CleanedOut(Out):
    """Who cleaned it, how and when."""

    by: str
    how: str
    at: datetime


class ReleasedOut(Out):
    """Who of technical service answers for it, and since when."""

    by: str
    at: datetime


class LoanOut(Out):
    """A loan."""

    id: str
    asset: str
    ward: str
    since: datetime
    due: datetime
    by: str
    reminders: int
    overdue: bool


class ReservationOut(Out):
    """A reservation."""

    id: str
    asset: str
    ward: str
    by: str
    until: datetime


class TransportOut(Out):
    """A transport that was asked of the fleet; `job` is its number once the dispatcher has taken it."""

    key: str
    asset: str
    purpose: Purpose
    origin: str = Field(alias="from")
    destination: str = Field(alias="to")
    due: datetime | None
    job: str | None


class AssetOut(Out):
    """An asset: what it is, in which state, where, and who has a claim to it.

    `overdue`: its service is, so it is never offered as ready. `emergency`: held back for emergencies. `missing` are
    the checks that keep a cleaned one from being ready. People are ids of the staff list.
    """

    id: str = Field(description="GIAI.", examples=["5712345P1"])
    name: str
    type: str
    type_name: str
    ward: str = Field(description="Its owner.")
    home: str
    state: ItemState
    since: datetime
    where: WhereOut
    holder: str | None = Field(description="The ward that has it in use.")
    suggestion: ItemState | None = Field(description="What the room that it is in makes likely.")
    wiped: bool
    cleaned: CleanedOut | None
    missing: list[Check]
    reason: str | None
    picture: str | None
    recalls: list[str]
    released: ReleasedOut | None
    loan: LoanOut | None
    reservation: ReservationOut | None
    transport: TransportOut | None
    overdue: bool
    service_due: datetime | None
    emergency: bool
    battery: float | None
    tag: str | None
    gtin: str | None
    serial: str | None
    safe_load_kg: float | None
    paediatric: bool
    pump: PumpKind | None
    mr_conditional: bool
    leased: bool
    pictures: list[str]


class AssetWithHistoryOut(AssetOut):
    """An asset with what has happened to it lately, the oldest first."""

    history: list[HistoryOut]


class ListedOut(AssetOut):
    """An asset of a list. In a search: seconds that fetching it is expected to cost, and the walk to it."""

    cost_s: float | None = None
    walk_s: float | None = None


class EquipmentOut(Out):
    """The nearest first when `near` was given, else a page in order of ids; `total` is how many there are in all."""

    equipment: list[ListedOut]
    total: int
    next_cursor: str | None


class StepOut(Out):
    """What was done: `id` is what the request made or was about, `asset` how the asset is now."""

    id: str
    repeated: bool = Field(description="True when the same request had been carried out before.")
    asset: AssetOut | None


class TypeOut(Out):
    """A type of equipment; `checks` must be confirmed of a clean one before it is ready."""

    id: str
    name: str
    checks: list[Check]


class TypesOut(Out):
    """All types, in the order in which people choose among them."""

    types: list[TypeOut]


class TypeCountOut(Out):
    """How many of a type there are; `free` may be had now."""

    type: str
    name: str
    by_state: dict[ItemState, int]
    free: int
    overdue: int


class ParOut(Out):
    """A ward's par level of a type, and how it is met."""

    ward: str
    type: str
    type_name: str
    par: int
    ready: int
    coming: int
    missing: int


class LevelOut(Out):
    """What a place keeps back for emergencies, and how much of it is there."""

    place: str
    type: str
    type_name: str
    count: int
    there: int


class PickOut(Out):
    """A line of the pick list: bring this one to the ward; None where there is none to bring."""

    ward: str
    type: str
    type_name: str
    asset: AssetOut | None


class AlarmOut(Out):
    """Something that a person should see to."""

    id: str
    what: AlarmKind
    subject: str
    since: datetime
    seen_by: str | None
    asset: str | None
    ward: str | None


class AlarmsOut(Out):
    """All alarms, the oldest first."""

    alarms: list[AlarmOut]


class RecallOut(Out):
    """A batch that is called back; `open` still have to be withdrawn, `done` are."""

    id: str
    reason: str
    since: datetime
    type: str | None
    gtin: str | None
    serial_from: str | None
    serial_to: str | None
    open: int
    done: int


class WardOut(Out):
    """A ward's view of the pool."""

    ward: str
    levels: list[ParOut]
    here: list[AssetOut]
    borrowed: list[LoanOut]
    reserved: list[ReservationOut]
    away: list[AssetOut]
    picks: list[PickOut]
    alarms: list[AlarmOut]


class PoolOut(Out):
    """The whole pool at a glance."""

    at: datetime
    types: list[TypeCountOut]
    levels: list[ParOut]
    emergency: list[LevelOut]
    picks: list[PickOut]
    alarms: list[AlarmOut]
    loans: list[LoanOut]
    recalls: list[RecallOut]


class DotOut(Out):
    """An asset on the map."""

    id: str
    name: str
    type: str
    state: ItemState
    known: Literal["sure", "either"]
    x_m: float
    y_m: float
    rooms: list[str]
    seen: datetime | None


class FloorMapOut(Out):
    """What is shown on a floor; `unplaced` assets nobody can place, on any floor."""

    at: datetime
    floor: str
    equipment: list[DotOut]
    unplaced: int


class GatewayOut(Out):
    """How a gateway does; `skew_ms` is by how much its clock is off, `refused` counts what was refused and why."""

    id: str
    last_heard: datetime | None
    silent: bool
    skew_ms: int | None
    refused: dict[str, int]
    room: str | None
    floor: str | None
    x_m: float | None
    y_m: float | None


class LocatorOut(Out):
    """How locating goes."""

    running: bool
    reason: str | None = Field(description="Why it is not running.")
    tags: int
    heard_tags: int
    readings: int
    readings_per_s: float
    model_made: datetime | None
    refused: dict[str, int]
    gateways: list[GatewayOut]


class ImportFaultOut(Out):
    """A broken rule of a list, with line and column of the file, from 1; column 0 is the whole line."""

    rule: str
    line: int
    column: int
    field: str
    message: str


class ImportOut(Out):
    """What an import adds and changes, or every rule that it breaks; `applied` when it has been written."""

    added: list[str]
    changed: list[str]
    unchanged: int
    violations: list[ImportFaultOut]
    applied: bool


class OwnedOut(Out):
    """A ward's assets of a type: seconds in use, anywhere, of seconds registered, and the share."""

    type: str
    ward: str
    in_use_s: float
    total_s: float
    share: float


class UsedByOut(Out):
    """Seconds that a ward had assets of a type in use, its own or others'."""

    type: str
    ward: str
    in_use_s: float


class UtilisationOut(Out):
    """How much equipment was in use between two instants, by owner and by user."""

    since: datetime
    until: datetime
    owned: list[OwnedOut]
    used: list[UsedByOut]


class TakenOut(Out):
    """What became of a gateway's message: readings and fixes that could be read, and rows that could not."""

    readings: int
    fixes: int
    malformed: int
