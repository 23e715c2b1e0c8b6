"""What people ask of the pool: one frozen struct a request. Ids of what is made come from the caller."""

from __future__ import annotations

import msgspec

from equipment_tracking.pool.model import Evidence, Purpose
from equipment_tracking.register.assets import Asset
from equipment_tracking.register.catalogue import Check


class PoolRequest(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """A request to the pool; the actor travels beside it."""


class Register(PoolRequest, frozen=True, tag="register"):
    """Add these assets or change them, all or none; the plan of an import gives them."""

    assets: tuple[Asset, ...]


class Retire(PoolRequest, frozen=True, tag="retire"):
    """It is scrapped, sold or given back to its lessor; the reason is a code."""

    asset: str
    reason: str


class Take(PoolRequest, frozen=True, tag="take"):
    """Take a ready asset into use in a ward; `emergency` out of the reserve.

    `candidates` are the next best as search ranked them: whoever comes second is offered those that are still free.
    """

    asset: str
    ward: str
    emergency: bool = False
    candidates: tuple[str, ...] = ()
    evidence: Evidence = "person"


class Reserve(PoolRequest, frozen=True, tag="reserve"):
    """Keep a ready asset for a ward; without `until_ms` for as long as the hospital's rules say."""

    id: str
    asset: str
    ward: str
    until_ms: int | None = None
    candidates: tuple[str, ...] = ()


class CancelReservation(PoolRequest, frozen=True, tag="cancel_reservation"):
    """It need not be kept any more."""

    reservation: str


class Lend(PoolRequest, frozen=True, tag="lend"):
    """Lend a ready asset to a ward until `due_ms`."""

    id: str
    asset: str
    ward: str
    due_ms: int
    candidates: tuple[str, ...] = ()


class GiveBack(PoolRequest, frozen=True, tag="give_back"):
    """The borrower gives it back."""

    loan: str
    wiped: bool = False


class PutDown(PoolRequest, frozen=True, tag="put_down"):
    """No longer in use, or not clean after all; `wiped` by the ward."""

    asset: str
    wiped: bool = False
    evidence: Evidence = "person"


class SendToCleaning(PoolRequest, frozen=True, tag="send_to_cleaning"):
    """It goes to cleaning with whoever says so; `AskTransport` has it carried."""

    asset: str


class MarkCleaned(PoolRequest, frozen=True, tag="mark_cleaned"):
    """The actor has cleaned it, by this method (a code of the hygiene instruction)."""

    asset: str
    method: str


class Confirm(PoolRequest, frozen=True, tag="confirm"):
    """The actor confirms parts of what makes it ready; with the last of them it is."""

    asset: str
    what: tuple[Check, ...]


class Quarantine(PoolRequest, frozen=True, tag="quarantine"):
    """Withdraw it from use; the reason is a code."""

    asset: str
    reason: str


class LiftQuarantine(PoolRequest, frozen=True, tag="lift_quarantine"):
    """The actor has looked at it and lets it back."""

    asset: str


class ReportDefect(PoolRequest, frozen=True, tag="report_defect"):
    """It has a fault (a code); `picture` is a reference."""

    asset: str
    fault: str
    picture: str = ""


class Receive(PoolRequest, frozen=True, tag="receive"):
    """Technical service has received it, for repair or for its planned service."""

    asset: str
    evidence: Evidence = "person"


class Repair(PoolRequest, frozen=True, tag="repair"):
    """Technical service has repaired it; `work` is a code."""

    asset: str
    work: str = ""


class TestSafety(PoolRequest, frozen=True, tag="test_safety"):
    """Technical service has tested it."""

    __test__ = False  # not a test of this program

    asset: str
    passed: bool


class Release(PoolRequest, frozen=True, tag="release"):
    """Technical service gives it back to the pool; the actor answers for it by name.

    `service_due_ms` is when its next service must have been done; without it that stays as it is.
    """

    asset: str
    service_due_ms: int | None = None


class ReportLost(PoolRequest, frozen=True, tag="report_lost"):
    """Looked for and not found."""

    asset: str


class ReportFound(PoolRequest, frozen=True, tag="report_found"):
    """A lost one turned up."""

    asset: str


class SayWhere(PoolRequest, frozen=True, tag="say_where"):
    """The actor has looked: it is `here` at this place (a room or station of the site), or it is not."""

    asset: str
    place: str
    here: bool
    evidence: Evidence = "person"


class ConfirmSuggestion(PoolRequest, frozen=True, tag="confirm_suggestion"):
    """What its room suggests is so: somebody saw it, or scanned it there."""

    asset: str
    evidence: Evidence = "person"


class DismissSuggestion(PoolRequest, frozen=True, tag="dismiss_suggestion"):
    """What its room suggests is not so."""

    asset: str


class SetPar(PoolRequest, frozen=True, tag="set_par"):
    """How many ready ones of a type a ward shall have; 0 ends it."""

    ward: str
    asset_type: str
    count: int


class SetEmergency(PoolRequest, frozen=True, tag="set_emergency"):
    """How many ready ones of a type a place keeps back for emergencies; 0 ends it."""

    place: str
    asset_type: str
    count: int


class StartRecall(PoolRequest, frozen=True, tag="start_recall"):
    """Call back a batch: by type, product, range of serial numbers, or several of them together."""

    id: str
    reason: str
    asset_type: str = ""
    gtin: str = ""
    serial_from: str = ""
    serial_to: str = ""


class EndRecall(PoolRequest, frozen=True, tag="end_recall"):
    """The batch needs no more watching."""

    recall: str


class AskTransport(PoolRequest, frozen=True, tag="ask_transport"):
    """Have it carried: `bring` a ready one to a ward, `fetch` one away, or `to_cleaning`. Stations are the site's.

    `ward` is needed to bring: it is kept for that ward on its way.
    """

    key: str
    asset: str
    purpose: Purpose
    origin: str
    destination: str
    ward: str = ""
    due_ms: int | None = None
    candidates: tuple[str, ...] = ()


class WithdrawTransport(PoolRequest, frozen=True, tag="withdraw_transport"):
    """It need not be carried any more; the reason is a code."""

    key: str
    reason: str = ""


class SeeAlarm(PoolRequest, frozen=True, tag="see_alarm"):
    """The actor has seen the alarm."""

    alarm: str


AnyRequest = (
    Register
    | Retire
    | Take
    | Reserve
    | CancelReservation
    | Lend
    | GiveBack
    | PutDown
    | SendToCleaning
    | MarkCleaned
    | Confirm
    | Quarantine
    | LiftQuarantine
    | ReportDefect
    | Receive
    | Repair
    | TestSafety
    | Release
    | ReportLost
    | ReportFound
    | SayWhere
    | ConfirmSuggestion
    | DismissSuggestion
    | SetPar
    | SetEmergency
    | StartRecall
    | EndRecall
    | AskTransport
    | WithdrawTransport
    | SeeAlarm
)
