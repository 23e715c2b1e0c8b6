"""What a fact is: something decided or observed; `apply` is the only way state changes."""

from __future__ import annotations

from typing import ClassVar

from fleet.draft import State
from ledger.facts import Recorded


class Fact(Recorded, frozen=True):
    """A change of the fleet's state."""

    def apply(self, _state: State) -> None:
        """Change the draft."""
        raise AttributeError("a fact says how it changes state")


class Note(Fact, frozen=True):
    """A fact that is state only: drives, commands, timers, estimates."""

    logged: ClassVar[bool] = False
