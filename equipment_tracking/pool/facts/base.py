"""What a fact of the pool is: something decided or observed; `apply` is the only way state changes."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from equipment_tracking.pool.draft import State


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change of state. `type` names it in the ledger; `logged` facts are chained, the others are state only."""

    type: ClassVar[str]
    version: ClassVar[int] = 1
    logged: ClassVar[bool] = True

    @property
    def subject(self) -> str:
        """The id that the ledger row is about."""
        raise AttributeError("a logged fact names its subject")

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
