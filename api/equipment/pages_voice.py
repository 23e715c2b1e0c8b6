"""How equipment is spoken of in one language: what it is, in which state, where, how surely, and how far away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.equipment import pages_places as places
from api.equipment import pages_words as words
from api.phrases import Phrases
from api.texts import N_
from api.words import UNKNOWN, Word
from equipment_tracking.pool.model import ItemState
from equipment_tracking.register.catalogue import Label
from equipment_tracking.views import AlarmView, AssetView, Dot, OfferView, RecallView, WhereView

A_MINUTE_S = 60
JUST_NOW_MS = 10_000


@dataclass(frozen=True, slots=True)
class Chip:
    """A word with its figures filled in, its symbol and its tone."""

    text: str
    symbol: str
    tone: str


@dataclass(frozen=True, slots=True)
class Equipped:
    """The equipment pages' voice at one moment of site time."""

    p: Phrases
    now_ms: int
    kinds: Mapping[str, Label] = field(default_factory=dict)

    def label(self, label: Label) -> str:
        """A name of the catalogue."""
        return label.da if self.p.language == "da" else label.en

    def name(self, asset: AssetView) -> str:
        """What people call it; a name that does not say what it is gets its kind in front."""
        kind = self.kind(asset)
        if not asset.name:
            return f"{kind} {asset.id[-4:]}"
        name = self._own_words(asset.name, asset.type_name)
        sorts = f"{kind} {self.label(asset.type_name)}".casefold()
        named = any(word in sorts for word in name.casefold().split() if word.isalpha())
        return name if named else f"{kind} {name}"

    def dot(self, dot: Dot) -> str:
        """What people call an asset of the map."""
        label = self.kinds.get(dot.type)
        return self._own_words(dot.name, label) if label and dot.name else dot.name or dot.id

    def _own_words(self, name: str, label: Label) -> str:
        """A name that begins with the type in the other language begins with it in this one."""
        for said in (label.da, label.en):
            if name.casefold().startswith(said.casefold()):
                return self.label(label) + name[len(said) :]
        return name

    def kind(self, asset: AssetView) -> str:
        """What it is, as exactly as somebody who looks for one asks for it."""
        pump = words.PUMPS.get(asset.pump)
        kind = self.label(asset.type_name)
        return self.p.say(pump) if pump and asset.type == "infusion_pump" else kind

    def traits(self, asset: AssetView) -> list[str]:
        """What distinguishes it from others of its type, as far as it matters to who needs one."""
        found = [self.p.say(words.PUMPS[asset.pump])] if asset.pump else []
        if asset.safe_load_kg is not None:
            found.append(self.p.say(N_("up to {kg} kg"), kg=self.p.number(asset.safe_load_kg)))
        if asset.paediatric:
            found.append(self.p.say(N_("for children")))
        if asset.mr_conditional:
            found.append(self.p.say(N_("MR conditional")))
        if asset.leased:
            found.append(self.p.say(N_("leased")))
        name = self.name(asset).casefold()
        return [trait for trait in found if trait.casefold() not in name]

    # --- state --------------------------------------------------------------------------------------------------------

    def chip(self, word: Word, **figures: object) -> Chip:
        """A word as a chip."""
        return Chip(self.p.say(word.text, **figures), word.symbol, word.tone)

    def state(self, asset: AssetView) -> Chip:
        """Its state."""
        return self.state_word(asset.state)

    def state_word(self, state: ItemState) -> Chip:
        """A state."""
        return self.chip(words.STATES.get(state, UNKNOWN))

    def chips(self, asset: AssetView) -> list[Chip]:
        """Its state, and what else decides whether one may have it."""
        found = [self.state(asset)]
        if asset.overdue:
            found.append(self.chip(words.OVERDUE))
        if asset.reservation:
            found.append(self.chip(words.RESERVED))
        if asset.emergency:
            found.append(self.chip(words.EMERGENCY))
        if asset.suggestion:
            found.append(self.chip(words.SUGGESTED, state=self.guess(asset.suggestion)))
        return found

    def guess(self, state: ItemState) -> str:
        """What a room makes likely."""
        return self.p.say(words.GUESSES.get(state, words.STATES[state].text))

    def headline(self, asset: AssetView) -> Chip:
        """What stands first on a card: that it is ready, unless nobody is sure where it is."""
        if asset.where.known in ("sure", "either") or asset.state != "ready":
            return self.state(asset)
        if asset.where.seen_ms is None:
            return self.chip(words.NEVER_SEEN)
        return self.chip(words.NOT_SEEN, span=self.age(asset.where.seen_ms))

    def alarm(self, alarm: AlarmView) -> Chip:
        """What an alarm is about."""
        return self.chip(words.ALARMS.get(alarm.what, UNKNOWN))

    def subject(self, alarm: AlarmView) -> str:
        """What an alarm is about when it is no asset: a place or ward and a type."""
        where, _, kind = alarm.subject.rpartition("/")
        place = self.ward(alarm.ward) if alarm.ward else self.room(where) if where else ""
        return " · ".join(part for part in (self.type(kind), place) if part)

    def type(self, id: str) -> str:
        """The name of a type."""
        return self.label(self.kinds[id]) if id in self.kinds else id

    def code(self, kind: str, code: str) -> str:
        """What a code that somebody chose means; a code of another origin speaks for itself."""
        text = words.CODES[kind].get(code)
        return self.p.say(text) if text else code

    def reason(self, asset: AssetView) -> str:
        """Why nobody can have it."""
        return self.code("fault" if asset.state == "defective" else "reason", asset.reason) if asset.reason else ""

    # --- place --------------------------------------------------------------------------------------------------------

    def room(self, id: str, where: WhereView | None = None) -> str:
        """The name of a room, corridor or station; of a corridor also beside which room, when that is known."""
        directory = self.p.directory
        if id in directory.layout.rooms:
            return directory.place(id, self.p.language)
        if id in directory.stations:
            return self.p.station(id)
        corridor = id.removesuffix("-corridor")
        beside = places.nearest_room(directory, where) if where else ""
        if beside:
            return self.p.say(N_("corridor {id} at {room}"), id=corridor, room=directory.place(beside, self.p.language))
        return self.p.say(N_("corridor {id}"), id=corridor)

    def visited(self, where: WhereView) -> str:
        """The room that somebody is sent to and may say it is not in; nothing for a corridor or without one room."""
        sure = where.known == "sure" and where.rooms[0] in self.p.directory.layout.rooms
        return where.rooms[0] if sure else ""

    def ward(self, id: str) -> str:
        """The name of a ward."""
        return self.p.directory.ward(id, self.p.language) if id else ""

    def floor_of(self, where: WhereView) -> str:
        """The floor of the likeliest room, or nothing."""
        return where.floor or (places.floor_of(self.p.directory, where.rooms[0]) if where.rooms else "")

    def floor(self, where: WhereView) -> str:
        """The name of its floor."""
        id = self.floor_of(where)
        return self.p.floor(id) if id else ""

    def rooms(self, where: WhereView) -> list[str]:
        """The names of the rooms that may be named."""
        return [self.room(id, where if where.known == "sure" else None) for id in where.rooms]

    def place(self, where: WhereView) -> str:
        """Where it is in one line, no surer than it is known."""
        if not where.rooms:
            return self.p.say(N_("Place not known"))
        floor, rooms = self.floor(where), self.rooms(where)
        if where.known == "either":
            said = self.either(rooms[0], rooms[1])
        elif where.known == "sure":
            said = rooms[0]
        else:
            return self.p.say(N_("Last seen: {place}"), place=f"{rooms[0]}, {floor}" if floor else rooms[0])
        return f"{floor} · {said}" if floor else said

    def either(self, one: str, other: str) -> str:
        """One of two."""
        return self.p.say(N_("{one} or {other}"), one=one, other=other)

    def age(self, instant_ms: int) -> str:
        """How long ago."""
        return self.p.span(max(0, self.now_ms - instant_ms) / 1000)

    def seen(self, where: WhereView) -> str:
        """When it was last seen."""
        if where.seen_ms is None:
            return self.p.say(N_("never seen"))
        if self.now_ms - where.seen_ms < JUST_NOW_MS:
            return self.p.say(N_("seen just now"))
        return self.p.say(N_("seen {span} ago"), span=self.age(where.seen_ms))

    def sureness(self, where: WhereView) -> str:
        """How surely it is known where it is."""
        return self.p.say(words.SURENESS[where.known])

    # --- way ----------------------------------------------------------------------------------------------------------

    def walk(self, walk_s: float | None) -> str:
        """How long one walks, in whole minutes; nothing when nobody knows where to."""
        if walk_s is None:
            return ""
        if walk_s < A_MINUTE_S:
            return self.p.say(N_("under 1 min."))
        return self.p.say(N_("{n} min."), n=math.ceil(walk_s / 60))

    def next_sure(self, offers: Sequence[OfferView], index: int) -> str:
        """For one whose place is not known: how far the next is whose place is."""
        if offers[index].asset.where.known in ("sure", "either"):
            return ""
        known = (o for o in offers if o.asset.where.known in ("sure", "either") and o.walk_s is not None)
        nearest = min((o.walk_s for o in known if o.walk_s is not None), default=None)
        if nearest is None:
            return ""
        return self.p.say(N_("the nearest that is surely placed: {walk}"), walk=self.walk(nearest))

    # --- who and when -------------------------------------------------------------------------------------------------

    def person(self, id: str) -> str:
        """Somebody of the staff, or the service."""
        return self.p.actor(id)

    def recall(self, recall: RecallView) -> str:
        """What a recall is about: product and range of serial numbers."""
        parts = [self.type(recall.type), recall.gtin]
        if recall.serial_from or recall.serial_to:
            parts.append(f"{recall.serial_from or '…'}-{recall.serial_to or '…'}")
        return " · ".join(part for part in parts if part)
