"""Facts about the state of an asset: registered, taken, used, cleaned, ready, withdrawn, repaired, lost, found."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from msgspec.structs import replace

from equipment_tracking.pool.draft import State
from equipment_tracking.pool.facts.base import AssetFact, Fact
from equipment_tracking.pool.model import Cleaning, Confirmed, Evidence, Item, ItemState
from equipment_tracking.register.assets import Asset
from equipment_tracking.register.catalogue import Check


class AssetRegistered(Fact, frozen=True):
    """A new asset. Nobody has said that it is clean, so it begins as used."""

    type: ClassVar[str] = "asset.registered"
    registered: Asset
    at_ms: int

    @property
    def subject(self) -> str:
        """The asset."""
        return self.registered.id

    def apply(self, state: State) -> None:
        """Add it to register and pool."""
        state.assets.put(self.registered)
        state.items.put(Item(self.registered.id, state="used", since_ms=self.at_ms))


class AssetChanged(Fact, frozen=True):
    """What the register says of an asset is new. Of another type, it must be confirmed anew."""

    type: ClassVar[str] = "asset.changed"
    changed: Asset
    at_ms: int

    @property
    def subject(self) -> str:
        """The asset."""
        return self.changed.id

    def apply(self, state: State) -> None:
        """Replace it in the register; of another type it falls back from ready to cleaned."""
        before = state.assets[self.changed.id]
        state.assets.put(self.changed)
        item = state.items[self.changed.id]
        if before.tag != self.changed.tag:
            item = replace(item, battery=None)
            state.items.put(item)
        if before.type != self.changed.type and item.state in ("cleaned", "ready"):
            since_ms = self.at_ms if item.state == "ready" else item.since_ms
            state.items.put(replace(item, state="cleaned", since_ms=since_ms, confirmed=()))


class AssetRetired(AssetFact, frozen=True):
    """It leaves register and pool for good; the reason is a code. What happened to it stays in the ledger."""

    type: ClassVar[str] = "asset.retired"
    reason: str

    def apply(self, state: State) -> None:
        """Forget it."""
        state.assets.remove(self.asset)
        state.items.remove(self.asset)


BENCH: Final[tuple[ItemState, ...]] = ("defective", "received", "repaired", "safety_tested")
"""The states of technical service: the fault and its picture stay with the asset."""


class StateFact(AssetFact, frozen=True):
    """The asset passes into another state; what belonged to the one before ends with it."""

    after: ClassVar[ItemState]

    def details(self) -> dict[str, Any]:
        """What this state brings with it."""
        return {}

    def apply(self, state: State) -> None:
        """Set the state; holder, suggestion, reason and confirmations of the one before are gone."""
        item = state.items[self.asset]
        same_fault = self.after in BENCH and item.state in BENCH
        cleared: dict[str, Any] = {
            "holder": "",
            "loan": "",
            "reservation": "",
            "suggestion": None,
            "wiped": False,
            "cleaning": item.cleaning if self.after == "ready" else None,
            "confirmed": item.confirmed if self.after == "ready" else (),
            "reason": item.reason if same_fault else "",
            "picture": item.picture if same_fault else "",
            "was": None,
        }
        state.items.put(replace(item, state=self.after, since_ms=self.at_ms, **(cleared | self.details())))


class Taken(StateFact, frozen=True):
    """A ward takes it into use; `emergency`: out of the reserve."""

    type: ClassVar[str] = "asset.taken"
    after: ClassVar[ItemState] = "in_use"
    ward: str
    emergency: bool = False
    evidence: Evidence = "person"

    def details(self) -> dict[str, Any]:
        """The ward is its holder."""
        return {"holder": self.ward}


class Used(StateFact, frozen=True):
    """No longer in use and not clean; `wiped` by the ward that had it."""

    type: ClassVar[str] = "asset.used"
    after: ClassVar[ItemState] = "used"
    ward: str = ""
    wiped: bool = False
    evidence: Evidence = "person"

    def details(self) -> dict[str, Any]:
        """Wiped or not."""
        return {"wiped": self.wiped}


class SentToCleaning(StateFact, frozen=True):
    """On its way to be cleaned."""

    type: ClassVar[str] = "asset.sent_to_cleaning"
    after: ClassVar[ItemState] = "to_cleaning"


class Cleaned(StateFact, frozen=True):
    """Clean, but not yet confirmed to be in order."""

    type: ClassVar[str] = "asset.cleaned"
    after: ClassVar[ItemState] = "cleaned"
    by: str
    method: str

    def details(self) -> dict[str, Any]:
        """Who, how and when."""
        return {"cleaning": Cleaning(by=self.by, method=self.method, at_ms=self.at_ms)}


class CheckConfirmed(AssetFact, frozen=True):
    """Somebody confirmed a part of what makes a clean asset ready."""

    type: ClassVar[str] = "asset.confirmed"
    what: Check
    by: str

    def apply(self, state: State) -> None:
        """Note it; a second confirmation replaces the first."""
        item = state.items[self.asset]
        others = tuple(confirmed for confirmed in item.confirmed if confirmed.what != self.what)
        state.items.put(replace(item, confirmed=(*others, Confirmed(self.what, self.by, self.at_ms))))


class Ready(StateFact, frozen=True):
    """Clean, and everything that its type asks for is confirmed."""

    type: ClassVar[str] = "asset.ready"
    after: ClassVar[ItemState] = "ready"


class Quarantined(StateFact, frozen=True):
    """Withdrawn from use for a reason (a code), or by a recall batch."""

    type: ClassVar[str] = "asset.quarantined"
    after: ClassVar[ItemState] = "quarantined"
    reason: str
    recall: str = ""

    def details(self) -> dict[str, Any]:
        """Why."""
        return {"reason": self.reason}


class QuarantineLifted(StateFact, frozen=True):
    """A person looked at it and lets it back; the recalls that concerned it are answered."""

    type: ClassVar[str] = "asset.quarantine_lifted"
    after: ClassVar[ItemState] = "used"
    by: str

    def details(self) -> dict[str, Any]:
        """No recall concerns it any more."""
        return {"recalls": ()}


class Defective(StateFact, frozen=True):
    """Somebody reported a fault (a code), perhaps with a picture (a reference)."""

    type: ClassVar[str] = "asset.defective"
    after: ClassVar[ItemState] = "defective"
    fault: str
    picture: str = ""

    def details(self) -> dict[str, Any]:
        """The fault and its picture."""
        return {"reason": self.fault, "picture": self.picture}


class Received(StateFact, frozen=True):
    """Technical service has it."""

    type: ClassVar[str] = "asset.received"
    after: ClassVar[ItemState] = "received"
    by: str


class Repaired(StateFact, frozen=True):
    """Technical service has repaired it; `work` is a code of its own."""

    type: ClassVar[str] = "asset.repaired"
    after: ClassVar[ItemState] = "repaired"
    by: str
    work: str = ""


class SafetyTested(StateFact, frozen=True):
    """It passed the electrical safety test."""

    type: ClassVar[str] = "asset.safety_tested"
    after: ClassVar[ItemState] = "safety_tested"
    by: str


class SafetyTestFailed(StateFact, frozen=True):
    """It failed the electrical safety test and is back on the bench."""

    type: ClassVar[str] = "asset.safety_test_failed"
    after: ClassVar[ItemState] = "received"
    by: str


class Released(StateFact, frozen=True):
    """Technical service gives it back; who answers for that stands here."""

    type: ClassVar[str] = "asset.released"
    after: ClassVar[ItemState] = "used"
    by: str

    def details(self) -> dict[str, Any]:
        """Who and when."""
        return {"released_by": self.by, "released_ms": self.at_ms}


class DeclaredLost(StateFact, frozen=True):
    """Looked for and not found."""

    type: ClassVar[str] = "asset.lost"
    after: ClassVar[ItemState] = "lost"

    def apply(self, state: State) -> None:
        """Set the state, and keep what it was and why: being lost mends nothing."""
        item = state.items[self.asset]
        super().apply(state)
        lost = state.items[self.asset]
        state.items.put(replace(lost, was=item.state, reason=item.reason, picture=item.picture))


class Found(StateFact, frozen=True):
    """A lost one turned up."""

    type: ClassVar[str] = "asset.found"
    after: ClassVar[ItemState] = "used"
