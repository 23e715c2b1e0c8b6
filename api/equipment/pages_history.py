"""What has happened to an asset, as sentences: one wording for each kind of event in the stream of equipment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.equipment import pages_words as words
from api.equipment.pages_voice import Equipped
from api.reasons import GENERIC_EVENT, sentence
from api.texts import N_
from api.times import to_datetime
from fleet.views import HistoryEntry

Value = str | int | float

HISTORY: dict[str, tuple[str, ...]] = {
    "asset.registered": (N_("Entered in the register."),),
    "asset.changed": (N_("Changed in the register."),),
    "asset.retired": (N_("Taken out of the register."),),
    "asset.taken": (N_("Taken into use at {ward}."), N_("Taken into use.")),
    "asset.used": (N_("No longer in use."),),
    "asset.sent_to_cleaning": (N_("On its way to cleaning."),),
    "asset.cleaned": (N_("Cleaned: {method}."), N_("Cleaned.")),
    "asset.confirmed": (N_("Confirmed: {what}."), N_("Confirmed.")),
    "asset.ready": (N_("Ready for use."),),
    "asset.quarantined": (N_("In quarantine: {reason}."), N_("In quarantine.")),
    "asset.quarantine_lifted": (N_("Quarantine lifted."),),
    "asset.defective": (N_("Fault reported: {fault}."), N_("Fault reported.")),
    "asset.received": (N_("Received at technical service."),),
    "asset.repaired": (N_("Repaired: {work}."), N_("Repaired.")),
    "asset.safety_tested": (N_("Passed its safety test."),),
    "asset.safety_test_failed": (N_("Failed its safety test."),),
    "asset.released": (N_("Released for use."),),
    "asset.lost": (N_("Reported as lost."),),
    "asset.found": (N_("Found again."),),
    "asset.entered": (N_("Seen in {place}."), N_("Seen elsewhere.")),
    "asset.sighted": (N_("Looked for in {place}: {here}."), N_("Looked for.")),
    "asset.suggested": (N_("From its room it is perhaps {state}."), N_("The suggestion from its room fell away.")),
    "asset.transport_taken": (N_("The transport became job {job}."), N_("The transport became a job.")),
    "asset.transport_ended": (N_("The transport ended: {how}."), N_("The transport ended.")),
    "transport.wanted": (N_("Transport to {destination} asked for."), N_("Transport asked for.")),
    "transport.withdrawn": (N_("Transport cancelled."),),
    "loan.made": (N_("Lent to {ward} until {due_ms}."), N_("Lent.")),
    "loan.reminded": (N_("Reminded {ward} of the loan."), N_("Reminded of the loan.")),
    "loan.ended": (N_("Loan ended: {why}."), N_("Loan ended.")),
    "reservation.made": (N_("Kept for {ward} until {until_ms}."), N_("Kept for a ward.")),
    "reservation.ended": (N_("No longer kept: {why}."), N_("No longer kept.")),
    "recall.met": (N_("Belongs to recall {recall}."), N_("Belongs to a recall.")),
    "alarm.raised": (N_("Alarm: {what}."), N_("Alarm.")),
    "alarm.seen": (N_("The alarm was seen."),),
    "alarm.ended": (N_("Alarm over: {what}."), N_("Alarm over.")),
}
ENDS = {
    "returned": N_("given back"),
    "seen_home": N_("seen back home"),
    "defective": N_("defective"),
    "lost": N_("lost"),
    "to_cleaning": N_("on its way to cleaning"),
    "taken": N_("taken into use"),
    "cancelled": N_("cancelled"),
    "expired": N_("time ran out"),
    "not_ready": N_("no longer ready"),
    "overdue": N_("service overdue"),
    "delivered": N_("delivered"),
    "refused": N_("not possible"),
}
MOVES = frozenset({"asset.entered", "asset.suggested"})
"""Events that tell of movement alone; they are many."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history."""

    at_ms: int
    time: str
    text: str
    who: str
    quiet: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the history, its newest line first."""

    name: str
    lines: tuple[Line, ...]


def days(e: Equipped, history: Sequence[HistoryEntry], most: int, *, moves: bool) -> list[Day]:
    """The newest lines of a history by day; without `moves` only what somebody did or decided."""
    wanted = [entry for entry in reversed(history) if moves or entry.kind not in MOVES][:most]
    found: list[tuple[str, list[Line]]] = []
    for entry in wanted:
        day = e.p.day(entry.at_ms)
        if not found or found[-1][0] != day:
            found.append((day, []))
        time = to_datetime(entry.at_ms, e.p.directory.zone).strftime("%H:%M")
        found[-1][1].append(Line(entry.at_ms, time, tell(e, entry), e.person(entry.actor), entry.kind in MOVES))
    return [Day(name, tuple(lines)) for name, lines in found]


def tell(e: Equipped, entry: HistoryEntry) -> str:
    """An event as a sentence; an unknown kind still makes one."""
    args: dict[str, Value] = {name.rpartition(".")[2]: value for name, value in entry.args.items() if value != ""}
    variants = HISTORY.get(entry.kind, (GENERIC_EVENT,))
    return sentence(variants, {**args, "code": entry.kind}, e.p.say, lambda name, value: _show(e, name, value))


def _show(e: Equipped, name: str, value: Value) -> str:
    """Write one figure of an event; its name tells what it is."""
    text = str(value)
    if name in words.CODES:
        return e.code(name, text)
    if name.endswith("_ms"):
        return e.p.clock(int(value), e.now_ms)
    show = _SHOWN.get(name)
    return show(e, text) if show else text


def _state(e: Equipped, text: str) -> str:
    return next((e.guess(state) for state in words.STATES if state == text), text)


def _what(e: Equipped, text: str) -> str:
    """A check that was confirmed, or what an alarm is about."""
    alarms = {str(kind): word.text for kind, word in words.ALARMS.items()}
    checks = {str(check): said for check, said in words.CHECKS.items()}
    return e.p.say((alarms | checks).get(text, text))


def _here(e: Equipped, text: str) -> str:
    return e.p.say(N_("it is here") if text == "1" else N_("it is not here"))


def _end(e: Equipped, text: str) -> str:
    return e.p.say(ENDS.get(text, text))


_SHOWN: dict[str, Callable[[Equipped, str], str]] = {
    "why": _end,
    "how": _end,
    "here": _here,
    "state": _state,
    "what": _what,
    "place": lambda e, text: e.room(text),
    "origin": lambda e, text: e.room(text),
    "destination": lambda e, text: e.room(text),
    "ward": lambda e, text: e.ward(text),
}
