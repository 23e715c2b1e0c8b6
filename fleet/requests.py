"""What people ask of the fleet over the bus: one frozen struct a request, and the shape of a refusal."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

import msgspec

from fleet.views import JobView


class FleetRequest(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """A request to the dispatcher; the actor and the idempotency key travel in the bus envelope."""


class CreateJob(FleetRequest, frozen=True, tag="create_job"):
    """Order a transport. Exactly one of `due_ms` and `within_min`, or neither: the priority's target holds."""

    load: str
    origin: str
    destination: str
    due_ms: int | None = None
    within_min: float | None = None
    ready_ms: int | None = None
    priority: str | None = None
    mass_kg: float | None = None
    specimen: str | None = None
    precaution: str | None = None
    escort: bool = False
    oxygen: bool = False
    bariatric: bool = False
    note: str = ""

    def digest(self) -> bytes:
        """SHA-256 of all that was asked for except the note: equal for the same order, whatever becomes of the job."""
        return sha256(msgspec.msgpack.encode(msgspec.structs.replace(self, note=""))).digest()


class CancelJob(FleetRequest, frozen=True, tag="cancel_job"):
    """Stop a job. A load already aboard is brought to its destination or back; the reply says which."""

    job: str
    reason: str = ""


class Reprioritise(FleetRequest, frozen=True, tag="reprioritise"):
    """Give a job another priority (and by it another weight)."""

    job: str
    priority: str


class ChooseCarrier(FleetRequest, frozen=True, tag="choose_carrier"):
    """Override: this mode, or this very carrier, shall do what is left of the job."""

    job: str
    reason: str
    mode: Literal["tube", "robot", "porter"] | None = None
    carrier: str | None = None


class ConfirmWhereabouts(FleetRequest, frozen=True, tag="confirm_whereabouts"):
    """A person has looked: this is where the load of the job in doubt is."""

    job: str
    where: Literal["origin", "aboard", "destination"]


class CarrierOut(FleetRequest, frozen=True, tag="carrier_out"):
    """Take a carrier (robot, porter, lift or tube line) out of service; what it has not picked up goes to others."""

    carrier: str
    reason: str


class CarrierBack(FleetRequest, frozen=True, tag="carrier_back"):
    """Put a carrier back into service."""

    carrier: str


class Close(FleetRequest, frozen=True, tag="close"):
    """Close a corridor, door, zone, room or lift until a time or until reopened."""

    target: str
    reason: str
    until_ms: int | None = None


class Reopen(FleetRequest, frozen=True, tag="reopen"):
    """End a closure."""

    closure: str


class SetClock(FleetRequest, frozen=True, tag="set_clock"):
    """Let site time run `factor` times as fast as the wall clock (simulated carriers only)."""

    factor: float


class GetSnapshot(FleetRequest, frozen=True, tag="get_snapshot"):
    """Everything the pages show now; the reply is a `fleet.views.Snapshot`."""


class GetStatistics(FleetRequest, frozen=True, tag="get_statistics"):
    """Figures of carriers and of the dispatcher; the reply is `fleet.views.Statistics`."""


AnyRequest = (
    CreateJob
    | CancelJob
    | Reprioritise
    | ChooseCarrier
    | ConfirmWhereabouts
    | CarrierOut
    | CarrierBack
    | Close
    | Reopen
    | SetClock
    | GetSnapshot
    | GetStatistics
)


class Violation(msgspec.Struct, frozen=True):
    """One broken rule: its code, the field it is about, and a sentence with the way out in both languages."""

    rule: str
    field: str
    da: str
    en: str


class Refusal(msgspec.Struct, frozen=True):
    """Why a request was refused; all broken rules at once. `retry_s` is set when trying again may help."""

    violations: tuple[Violation, ...]
    retry_s: int | None = None


class Accepted(msgspec.Struct, frozen=True):
    """A request was carried out: the update sequence that shows it, and the job it was about."""

    seq: int
    job: JobView | None = None
    repeated: bool = False
    id: str = ""
