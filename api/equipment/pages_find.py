"""What somebody looks for, from where, and what is found: the form of `/find` read, resolved and asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args
from urllib.parse import urlencode

from api.directory import Directory
from api.equipment import pages_places as places
from api.equipment import pages_words as words
from api.house import VisitContext
from api.problems import Problem
from equipment_tracking.pool.model import ItemState
from equipment_tracking.queries import Find, GetAsset, GetTypes, GetWard
from equipment_tracking.register.assets import PumpKind
from equipment_tracking.views import AssetView, Catalogued, Found, OfferView, ParView, Types, WardView

FROM_COOKIE = "portor_from"
SHOWN = 8
"""How many are shown; the nearest few are what somebody walks to."""
MOST = 24
_NUMBER = re.compile(r"\S*\d\S*")
USABLE: tuple[ItemState, ...] = ("ready",)
PUMP_WORDS: dict[PumpKind, tuple[str, ...]] = {
    "volumetric": ("volumenpumpe", "dråbepumpe", "volumetric pump"),
    "syringe": ("sprøjtepumpe", "syringe pump"),
}
"""What people say for an infusion pump of one kind."""
ALSO_USED: tuple[ItemState, ...] = ("ready", "cleaned", "used", "to_cleaning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the form says. `place` is a ward or a room; `kind` is a type of the catalogue, `q` what was written."""

    q: str = ""
    kind: str = ""
    place: str = ""
    room: str = ""
    pump: PumpKind = ""
    used: bool = False
    kg: float | None = None
    child: bool = False
    mr: bool = False
    more: bool = False

    @staticmethod
    def of(values: Mapping[str, str]) -> Wanted:
        """Read the form; what cannot be read is left out."""
        pump = values.get("pump", "")
        try:
            kg = float(values.get("kg", "").replace(",", "."))
        except ValueError:
            kg = 0.0
        return Wanted(
            q=" ".join(values.get("q", "").split())[:100],
            kind=values.get("type", "")[:64],
            place=values.get("from", "")[:64],
            room=values.get("room", "")[:64],
            pump=next((known for known in get_args(PumpKind) if known == pump), ""),
            used=values.get("used") == "1",
            kg=kg if 0 < kg < 1_000 else None,
            child=values.get("child") == "1",
            mr=values.get("mr") == "1",
            more=values.get("more") == "1",
        )

    def address(self, **changes: str) -> str:
        """The address of this search, with some of its fields set anew ("" leaves a field out)."""
        fields = {
            "type": self.kind,
            "q": "" if self.kind else self.q,
            "from": self.place,
            "pump": self.pump,
            "used": "1" if self.used else "",
            "kg": f"{self.kg:g}" if self.kg else "",
            "child": "1" if self.child else "",
            "mr": "1" if self.mr else "",
        } | changes
        written = urlencode({name: value for name, value in fields.items() if value})
        return f"/find?{written}" if written else "/find"

    @property
    def asked(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.kind or self.q)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is shown: the offers, how many there are in all, and what the ward has of it."""

    offers: tuple[OfferView, ...] = ()
    total: int = 0
    par: ParView | None = None


def place_of(visit: VisitContext, wanted: Wanted) -> str:
    """Where somebody stands: what was chosen, else last chosen, else the ward that the person works in."""
    directory = visit.directory
    member = directory.staff.get(visit.actor.id) if visit.actor else None
    if wanted.room and places.ward_of(directory, wanted.room) == wanted.place:
        return wanted.room
    chosen = (wanted.place, visit.request.cookies.get(FROM_COOKIE, ""), (member.ward if member else None) or "")
    return next((place for place in chosen if place and near(directory, place)), "")


def near(directory: Directory, place: str) -> str:
    """The room, station or ward from which one walks; nothing for what the site does not have."""
    known = place in directory.layout.rooms or place in directory.stations or places.ward_of(directory, place)
    return place if known else ""


async def types_of(visit: VisitContext) -> tuple[Catalogued, ...]:
    """The catalogue."""
    return (await visit.equipment.ask(visit.actor, GetTypes(), Types)).types


def resolve(wanted: Wanted, types: tuple[Catalogued, ...]) -> Wanted:
    """Make a type of what was written when it names one: by its whole name, or as the only one that holds it."""
    written = wanted.q.casefold()
    if wanted.kind or not written:
        return wanted
    for kind, said in PUMP_WORDS.items():
        if written in said:
            return replace(wanted, kind="infusion_pump", pump=kind, q="")
    names = {item.id: (item.name.da.casefold(), item.name.en.casefold()) for item in types}
    whole = [id for id, both in names.items() if written in both]
    part = [id for id, both in names.items() if any(written in name for name in both)]
    chosen = whole or (part if len(written) > 2 else [])
    return replace(wanted, kind=chosen[0], q="") if len(chosen) == 1 else wanted


async def scanned(visit: VisitContext, text: str) -> AssetView | None:
    """The asset with this number, tag or scanned code; None when it is no number, or nobody's."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return await visit.equipment.ask(visit.actor, GetAsset(text), AssetView)
    except Problem as problem:
        if problem.status == 404:
            return None
        raise


async def search(visit: VisitContext, wanted: Wanted) -> Answer:
    """What is found, the best first. Raises `Problem` as the part refuses."""
    states: tuple[ItemState, ...] = ALSO_USED if wanted.used else USABLE
    if not wanted.kind:
        states = words.CYCLE
    question = Find(
        near=near(visit.directory, wanted.place),
        asset_type=wanted.kind or None,
        states=states,
        carries_kg=wanted.kg,
        paediatric=True if wanted.child else None,
        pump=wanted.pump or None,
        mr_conditional=True if wanted.mr else None,
        text="" if wanted.kind else wanted.q,
        limit=MOST,
    )
    found = await visit.equipment.ask(visit.actor, question, Found)
    return Answer(offers=found.offers, total=found.total, par=await _par(visit, wanted))


async def _par(visit: VisitContext, wanted: Wanted) -> ParView | None:
    ward = places.ward_of(visit.directory, wanted.place)
    if not ward or not wanted.kind:
        return None
    view = await visit.equipment.ask(visit.actor, GetWard(ward), WardView)
    return next((level for level in view.levels if level.type == wanted.kind), None)
