"""The words of the equipment pages: states, certainty, alarms and the codes that people choose, each with its shape."""

from __future__ import annotations

from typing import get_args

from api.texts import N_
from api.words import Word
from equipment_tracking.pool.model import AlarmKind, ItemState
from equipment_tracking.register.assets import PumpKind
from equipment_tracking.register.catalogue import Check

STATES: dict[ItemState, Word] = {
    "ready": Word(N_("ready for use"), "i-done", "ok"),
    "in_use": Word(N_("in use"), "i-under-way", "info"),
    "used": Word(N_("to be cleaned"), "e-used", "soon"),
    "to_cleaning": Word(N_("on its way to cleaning"), "i-arrow", "soon"),
    "cleaned": Word(N_("to be checked"), "e-drop", "info"),
    "quarantined": Word(N_("in quarantine"), "i-closed", "late"),
    "defective": Word(N_("defective"), "i-trouble", "late"),
    "received": Word(N_("at technical service"), "e-tool", "soon"),
    "repaired": Word(N_("repaired, not tested"), "e-tool", "soon"),
    "safety_tested": Word(N_("tested, not released"), "e-tool", "info"),
    "lost": Word(N_("lost"), "i-doubt", "late"),
}
GUESSES: dict[ItemState, str] = {
    "ready": N_("ready for use"),
    "in_use": N_("in use"),
    "used": N_("used"),
    "received": N_("at technical service"),
}
"""What the kind of a room makes likely."""

RESERVED = Word(N_("reserved"), "e-kept", "info")
OVERDUE = Word(N_("service overdue"), "i-late", "late")
EMERGENCY = Word(N_("emergency reserve"), "i-trouble", "soon")
NOT_SEEN = Word(N_("not seen for {span}"), "i-waiting", "soon")
NEVER_SEEN = Word(N_("never seen"), "i-doubt", "soon")
SUGGESTED = Word(N_("perhaps {state}"), "i-doubt", "quiet")

SURENESS = {
    "sure": N_("sure of the room"),
    "either": N_("one of two rooms"),
    "last_seen": N_("not sure of the place"),
    "never": N_("no tag heard yet"),
}
ALARMS: dict[AlarmKind, Word] = {
    "exit": Word(N_("seen at an exit"), "i-trouble", "late"),
    "recall": Word(N_("called back, still out"), "i-closed", "late"),
    "transport": Word(N_("transport not carried out"), "i-trouble", "late"),
    "emergency": Word(N_("emergency reserve opened"), "i-trouble", "late"),
    "loan": Word(N_("loan overdue"), "i-late", "soon"),
    "service": Word(N_("service overdue"), "i-late", "soon"),
    "hoarding": Word(N_("more than the par level, unused"), "i-waiting", "soon"),
    "battery": Word(N_("tag battery low"), "i-charging", "soon"),
}
"""What a person should see to, the most pressing first."""

CHECKS: dict[Check, str] = {
    "checked": N_("Works and is undamaged"),
    "charged": N_("Charged"),
    "complete": N_("Complete with accessories"),
}
PUMPS: dict[PumpKind, str] = {"volumetric": N_("Volumetric pump"), "syringe": N_("Syringe pump")}

METHODS = {
    "wipe_alcohol": N_("Wiped with ethanol 70-85 %"),
    "wipe_detergent": N_("Washed with water and soap"),
    "wipe_chlorine": N_("Wiped with chlorine"),
    "washer_disinfector": N_("Washer-disinfector"),
}
FAULTS = {
    "no_power": N_("Does not start"),
    "battery": N_("Battery does not hold"),
    "alarm": N_("Alarms without cause"),
    "wrong_value": N_("Measures or doses wrongly"),
    "display": N_("Display or keys"),
    "cable": N_("Cable or plug"),
    "wheel": N_("Wheel or brake"),
    "mechanical": N_("Broken or cracked"),
    "liquid": N_("Liquid has got in"),
    "other": N_("Something else"),
}
QUARANTINES = {
    "contamination": N_("Possible contamination"),
    "incident": N_("Part of an incident: keep as it is"),
    "suspicion": N_("Suspected fault"),
    "recall": N_("Called back by the maker"),
    "other": N_("Something else"),
}
WORKS = {
    "part_replaced": N_("Part replaced"),
    "battery_replaced": N_("Battery replaced"),
    "adjusted": N_("Adjusted"),
    "software": N_("Software updated"),
    "no_fault": N_("No fault found"),
}
CODES = {"method": METHODS, "fault": FAULTS, "reason": QUARANTINES, "work": WORKS}
"""What a code of each field is called; codes keep free text out of what cannot be erased."""

WITHDRAWN: tuple[ItemState, ...] = ("quarantined", "defective", "received", "repaired", "safety_tested", "lost")
"""States in which nobody can have it."""

CYCLE: tuple[ItemState, ...] = tuple(state for state in get_args(ItemState) if state not in WITHDRAWN)
"""States of everyday use."""
