"""What a form of the equipment pages has just done, or why not, said on the page that it leads to."""

from __future__ import annotations

from api.equipment.pages_steps import BY_ID
from api.equipment.pages_voice import Equipped
from api.house import VisitContext
from api.problems import Problem
from api.texts import N_
from equipment_tracking.views import AssetView

CONFLICT = 409
DONE = {
    "bring": N_("Ordered: it is being brought to {ward}."),
    "carried": N_("Ordered: it is being fetched."),
    "here": N_("Thank you. It is noted that it is here."),
    "not-here": N_("Thank you. It is noted that it is not there; nobody else is sent there."),
    "seen": N_("The alarm is marked as seen."),
    "level": N_("The par level is set."),
    "recall": N_("The batch is called back: what is ready is in quarantine, the rest follows when it is free."),
    "recall-ended": N_("The recall is ended."),
}


BEATEN = frozenset({"not_in_state", "reserved", "on_its_way", "taken_by_colleague"})
"""Rules that refuse whoever comes second."""


def is_beaten(refused: Problem | None) -> bool:
    """Whether somebody else was first."""
    return refused is not None and refused.status == CONFLICT and any(v.rule in BEATEN for v in refused.violations)


def beaten_by(e: Equipped, asset: AssetView) -> str:
    """Who has it now, in plain words; nothing when that is not known."""
    if asset.state == "in_use" and asset.holder:
        return e.p.say(N_("{name} is now in use at {ward}."), name=e.name(asset), ward=e.ward(asset.holder))
    if asset.reservation:
        return e.p.say(N_("{name} is now kept for {ward}."), name=e.name(asset), ward=e.ward(asset.reservation.ward))
    return e.p.say(N_("{name} is now: {state}."), name=e.name(asset), state=e.state(asset).text)


def done_sentence(visit: VisitContext, asset: AssetView | None = None) -> str:
    """Say what was done, by the code in the address; what names an asset is said on the page of that asset only."""
    code = visit.request.query_params.get("done", "")
    step = BY_ID.get(code)
    text = step.done if step else DONE.get(code, "")
    if not text:
        return ""
    e = Equipped(visit.phrases, visit.link.now_ms)
    if asset is None:
        return e.p.say(text) if "{" not in text else e.p.say(N_("Done."))
    ward = asset.holder or (asset.reservation.ward if asset.reservation else "")
    return e.p.say(text, name=e.name(asset), ward=e.ward(ward), state=e.state(asset).text)
