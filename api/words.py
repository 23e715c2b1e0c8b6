"""The words for states, carriers and needs, each with its shape: never colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from api.texts import N_


@dataclass(frozen=True, slots=True)
class Word:
    """A message, the symbol in front of it and the tone that colours it."""

    text: str
    symbol: str
    tone: str = "quiet"


UNKNOWN = Word(N_("unknown"), "i-doubt")

JOB_STATES = {
    "waiting": Word(N_("waiting"), "i-waiting", "soon"),
    "assigned": Word(N_("assigned"), "i-assigned", "info"),
    "under_way": Word(N_("under way"), "i-under-way", "info"),
    "trouble": Word(N_("stopped"), "i-trouble", "late"),
    "delivered": Word(N_("delivered"), "i-done", "ok"),
    "cancelled": Word(N_("cancelled"), "i-cancelled"),
}
LEG_STATES = {
    "planned": Word(N_("planned"), "i-waiting"),
    "offered": Word(N_("offered"), "i-assigned", "info"),
    "accepted": Word(N_("accepted"), "i-assigned", "info"),
    "picked_up": Word(N_("picked up"), "i-under-way", "info"),
    "delivered": Word(N_("delivered"), "i-done", "ok"),
    "failed": Word(N_("failed"), "i-trouble", "late"),
    "in_doubt": Word(N_("in doubt"), "i-doubt", "late"),
    "cancelled": Word(N_("cancelled"), "i-cancelled"),
}
CARRIER_STATES = {
    "idle": Word(N_("ready"), "i-done", "ok"),
    "busy": Word(N_("busy"), "i-under-way", "info"),
    "charging": Word(N_("charging"), "i-charging", "info"),
    "off_duty": Word(N_("off duty"), "i-cancelled"),
    "out_of_service": Word(N_("out of service"), "i-closed", "soon"),
    "trouble": Word(N_("needs action"), "i-trouble", "late"),
    "silent": Word(N_("no contact"), "i-doubt", "late"),
}
CARRIER_WAITS = Word(N_("waits"), "i-waiting", "soon")
WAITING = frozenset(
    {
        "needs_two_porters",
        "no_way",
        "not_ready",
        "waiting_for_basket",
        "waiting_for_capsule",
        "waiting_for_lift",
        "waiting_for_load",
        "waiting_for_partner",
        "waiting_for_slot",
        "waiting_for_taker",
        "waiting_for_traffic",
        "waiting_for_tube",
        "waiting_to_share",
    }
)
"""Reasons that say what is waited for at this moment, not why something was chosen."""
LIFT_STATES = {
    "free": Word(N_("free"), "i-done", "ok"),
    "held": Word(N_("in use"), "i-under-way", "info"),
    "out_of_service": Word(N_("out of service"), "i-closed", "soon"),
}
MODES = {
    "robot": Word(N_("robot"), "i-robot", "robot"),
    "porter": Word(N_("porter"), "i-porter", "porter"),
    "tube": Word(N_("tube"), "i-tube", "tube"),
}
NEEDS = {
    "escort": N_("escort"),
    "oxygen": N_("oxygen"),
    "bariatric": N_("bariatric"),
    "locked": N_("locked compartment"),
    "upright": N_("upright"),
    "slow": N_("gently"),
    "two_porters": N_("two porters"),
}
ROLES = {
    "dispatcher": N_("dispatcher"),
    "porter": N_("porter (person)"),
    "clinician": N_("clinician"),
    "planner": N_("planner"),
    "technician": N_("technician"),
}
PLACES = {
    "origin": N_("At the sender"),
    "aboard": N_("Aboard"),
    "destination": N_("At the receiver"),
}
