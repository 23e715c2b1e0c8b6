"""The table of allowed transitions: which step leads from which states to which."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from equipment_tracking.pool.model import Item, ItemState
from equipment_tracking.pool.words import STATES, listed
from equipment_tracking.register.answers import Violation
from equipment_tracking.register.catalogue import Label

StepName = Literal[
    "take",
    "lend",
    "put_down",
    "send_to_cleaning",
    "clean",
    "confirm",
    "make_ready",
    "quarantine",
    "lift_quarantine",
    "report_defect",
    "receive",
    "repair",
    "pass_test",
    "fail_test",
    "release",
    "report_lost",
    "report_found",
]


class Step(msgspec.Struct, frozen=True):
    """A step, the states that it may be taken from, and the one that it leads to."""

    before: tuple[ItemState, ...]
    after: ItemState
    name: Label


_NOT_LOST: Final[tuple[ItemState, ...]] = tuple(state for state in STATES if state != "lost")
_IDLE: Final[tuple[ItemState, ...]] = ("used", "to_cleaning", "cleaned", "ready")

STEPS: Final[dict[StepName, Step]] = {
    "take": Step(("ready",), "in_use", Label("Tage i brug", "Taking into use")),
    "lend": Step(("ready",), "in_use", Label("Udlån", "Lending")),
    "put_down": Step(("in_use", "cleaned", "ready"), "used", Label("Melde brugt", "Marking as used")),
    "send_to_cleaning": Step(
        ("in_use", "used", "cleaned", "ready"), "to_cleaning", Label("Sende til rengøring", "Sending to cleaning")
    ),
    "clean": Step(("used", "to_cleaning"), "cleaned", Label("Melde rengjort", "Marking as cleaned")),
    "confirm": Step(("cleaned",), "cleaned", Label("Bekræfte klargøring", "Confirming readiness")),
    "make_ready": Step(("cleaned",), "ready", Label("Melde klar", "Marking as ready")),
    "quarantine": Step(_IDLE, "quarantined", Label("Karantæne", "Quarantining")),
    "lift_quarantine": Step(("quarantined",), "used", Label("Ophæve karantæne", "Lifting the quarantine")),
    "report_defect": Step(
        ("in_use", "used", "to_cleaning", "cleaned", "ready", "quarantined"),
        "defective",
        Label("Melde defekt", "Reporting a fault"),
    ),
    "receive": Step(
        (*_IDLE, "quarantined", "defective"),
        "received",
        Label("Modtage i teknisk service", "Receiving in technical service"),
    ),
    "repair": Step(("received",), "repaired", Label("Melde repareret", "Marking as repaired")),
    "pass_test": Step(("received", "repaired"), "safety_tested", Label("Sikkerhedstest", "Safety-testing")),
    "fail_test": Step(("received", "repaired", "safety_tested"), "received", Label("Sikkerhedstest", "Safety-testing")),
    "release": Step(("safety_tested",), "used", Label("Frigive", "Releasing")),
    "report_lost": Step(_NOT_LOST, "lost", Label("Melde bortkommet", "Reporting as lost")),
    "report_found": Step(("lost",), "used", Label("Melde fundet", "Reporting as found")),
}
"""Technical service receives what is defective, and for its planned service anything that nobody has in use. A test
may be failed after it was passed, until the release.

What comes back from elsewhere (use, quarantine, repair, loss) comes back as used: nobody has said it is clean.
"""


def forbidden(name: StepName, item: Item) -> list[Violation]:
    """Empty when the step may be taken now; else the sentence that says when it may."""
    step = STEPS[name]
    if item.state in step.before:
        return []
    now, may = STATES[item.state], listed(step.before)
    return [
        Violation(
            "not_in_state",
            "asset",
            f"{item.id} er {now.da}. {step.name.da} kan kun ske, når udstyret er {may.da}.",
            f"{item.id} is {now.en}. {step.name.en} is possible only while it is {may.en}.",
        )
    ]
