"""What a fact of the pool is: something decided or observed; `apply` is the only way state changes."""

from __future__ import annotations

from typing import ClassVar

from equipment_tracking.pool.draft import State
from ledger.facts import Recorded


class Fact(Recorded, frozen=True):
    """A change of the pool's state."""

    def apply(self, _state: State) -> None:
        """Change the draft."""
        raise AttributeError("a fact says how it changes state")


class AssetFact(Fact, frozen=True):
    """A fact about one asset at an instant (milliseconds UTC)."""

    asset: str
    at_ms: int

    @property
    def subject(self) -> str:
        """The asset."""
        return self.asset


class Note(Fact, frozen=True):
    """A fact that is state only: timers, battery levels."""

    logged: ClassVar[bool] = False
