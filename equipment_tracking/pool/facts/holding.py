"""Facts about who has, borrows or reserves an asset, what wards shall have, and what is called back."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec.structs import replace

from equipment_tracking.pool.draft import State
from equipment_tracking.pool.facts.base import AssetFact, Fact
from equipment_tracking.pool.model import Level, Loan, Recall, Reservation

LoanEnd = Literal["returned", "seen_home", "defective", "lost", "to_cleaning"]
ReservationEnd = Literal["taken", "cancelled", "expired", "not_ready", "overdue"]


class Lent(AssetFact, frozen=True):
    """A ward borrows it: it is in use there from now on."""

    type: ClassVar[str] = "loan.made"
    loan: str
    ward: str
    due_ms: int
    by: str

    def apply(self, state: State) -> None:
        """Make the loan; the asset has one holder, the borrower."""
        state.loans.put(Loan(self.loan, self.asset, self.ward, self.at_ms, self.due_ms, self.by))
        item = state.items[self.asset]
        state.items.put(
            replace(
                item,
                state="in_use",
                since_ms=self.at_ms,
                holder=self.ward,
                loan=self.loan,
                reservation="",
                suggestion=None,
                cleaning=None,
                confirmed=(),
            )
        )


class LoanReminded(AssetFact, frozen=True):
    """The loan is due and the asset is not back: the borrower is reminded."""

    type: ClassVar[str] = "loan.reminded"
    loan: str
    ward: str

    def apply(self, state: State) -> None:
        """Count the reminder."""
        loan = state.loans[self.loan]
        state.loans.put(replace(loan, reminders=loan.reminders + 1))


class LoanEnded(AssetFact, frozen=True):
    """The loan is over; `why` also when nobody said so but the asset was seen back home."""

    type: ClassVar[str] = "loan.ended"
    loan: str
    ward: str
    why: LoanEnd

    def apply(self, state: State) -> None:
        """Forget the loan."""
        state.loans.remove(self.loan)
        state.items.put(replace(state.items[self.asset], loan=""))


class Reserved(AssetFact, frozen=True):
    """A ready asset is kept for a ward."""

    type: ClassVar[str] = "reservation.made"
    reservation: str
    ward: str
    by: str
    until_ms: int

    def apply(self, state: State) -> None:
        """Keep it."""
        state.reservations.put(Reservation(self.reservation, self.asset, self.ward, self.by, self.until_ms))
        state.items.put(replace(state.items[self.asset], reservation=self.reservation))


class ReservationEnded(AssetFact, frozen=True):
    """It is not kept any more."""

    type: ClassVar[str] = "reservation.ended"
    reservation: str
    ward: str
    why: ReservationEnd

    def apply(self, state: State) -> None:
        """Forget the reservation."""
        state.reservations.remove(self.reservation)
        state.items.put(replace(state.items[self.asset], reservation=""))


class LevelSet(Fact, frozen=True):
    """A par level of a ward, or the emergency reserve of a place; a count of 0 ends it."""

    type: ClassVar[str] = "level.set"
    level: Level

    @property
    def subject(self) -> str:
        """The ward or place."""
        return self.level.where

    def apply(self, state: State) -> None:
        """Set or end it."""
        if self.level.count:
            state.levels.put(self.level)
        else:
            state.levels.remove(self.level.id)


class RecallStarted(Fact, frozen=True):
    """A batch is called back; `assets` are those of the register that it concerns."""

    type: ClassVar[str] = "recall.started"
    recall: Recall
    assets: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The batch."""
        return self.recall.id

    def apply(self, state: State) -> None:
        """Mark every one; which of them are quarantined at once is said by facts of their own."""
        state.recalls.put(self.recall)
        for asset in self.assets:
            item = state.items[asset]
            state.items.put(replace(item, recalls=(*item.recalls, self.recall.id)))


class RecallMet(AssetFact, frozen=True):
    """An asset that came later, or is described anew, belongs to a batch that is called back."""

    type: ClassVar[str] = "recall.met"
    recall: str

    def apply(self, state: State) -> None:
        """Mark it."""
        item = state.items[self.asset]
        state.items.put(replace(item, recalls=(*item.recalls, self.recall)))


class RecallEnded(Fact, frozen=True):
    """The batch needs no more watching; what is quarantined stays so until a person lifts it."""

    type: ClassVar[str] = "recall.ended"
    recall: str

    @property
    def subject(self) -> str:
        """The batch."""
        return self.recall

    def apply(self, state: State) -> None:
        """Forget the batch; what still waited for its quarantine is let off."""
        state.recalls.remove(self.recall)
        for item in list(state.items.values()):
            if self.recall in item.recalls:
                left = tuple(recall for recall in item.recalls if recall != self.recall)
                state.items.put(replace(item, recalls=left))
