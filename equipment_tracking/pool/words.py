"""What people call the states of an asset, and the steps between them, in both languages."""

from __future__ import annotations

from typing import Final

from equipment_tracking.pool.model import ItemState
from equipment_tracking.register.catalogue import Check, Label

STATES: Final[dict[ItemState, Label]] = {
    "in_use": Label("i brug", "in use"),
    "used": Label("brugt", "used"),
    "to_cleaning": Label("på vej til rengøring", "on its way to cleaning"),
    "cleaned": Label("rengjort", "cleaned"),
    "ready": Label("klar", "ready"),
    "quarantined": Label("i karantæne", "quarantined"),
    "defective": Label("defekt", "defective"),
    "received": Label("modtaget af teknisk service", "received by technical service"),
    "repaired": Label("repareret", "repaired"),
    "safety_tested": Label("sikkerhedstestet", "safety-tested"),
    "lost": Label("bortkommet", "lost"),
}
CHECKS: Final[dict[Check, Label]] = {
    "checked": Label("kontrolleret", "checked"),
    "charged": Label("opladet", "charged"),
    "complete": Label("komplet", "complete"),
}


def listed(states: tuple[ItemState, ...]) -> Label:
    """“klar, brugt eller i brug” and “ready, used or in use”."""
    labels = [STATES[state] for state in states]
    return Label(_joined([label.da for label in labels], "eller"), _joined([label.en for label in labels], "or"))


def _joined(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
