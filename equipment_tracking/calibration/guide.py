"""Guides a surveyor from stop to stop: says where to go, notes the time, and keeps what was walked after every step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from equipment_tracking.calibration.walk import Walk

WORDS = {
    "da": {
        "keys": "Enter = jeg er her · b = tilbage · s = spring over · q = hold op (kan fortsættes senere)",
        "stop": "{number}/{of} · {name} · {metres} m · omtrent {minutes} min tilbage",
        "stay": "Bliv stående i {seconds:g} s og drej langsomt rundt …",
        "unknown": "{answer!r} forstås ikke.",
        "done": "Runden er gået: {stamps} stop, {skipped} sprunget over.",
        "left": "Gemt ved stop {number} af {of}; samme kommando fortsætter her.",
    },
    "en": {
        "keys": "Enter = I am here · b = back · s = skip · q = leave (can be gone on with later)",
        "stop": "{number}/{of} · {name} · {metres} m · about {minutes} min left",
        "stay": "Stay for {seconds:g} s and turn around slowly …",
        "unknown": "{answer!r} is not understood.",
        "done": "The round is walked: {stamps} stops, {skipped} skipped.",
        "left": "Kept at stop {number} of {of}; the same command goes on from here.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The world of a walk: `ask` shows a text and returns the answer (None at the end of input), `say` shows a text.

    `now_s` is the clock of the readings, `wait` lets seconds pass, `keep` saves the walk.
    """

    ask: Callable[[str], str | None]
    say: Callable[[str], None]
    now_s: Callable[[], float]
    wait: Callable[[float], None]
    keep: Callable[[Walk], None]


def guide(walk: Walk, called: Sequence[str], company: Company, language: str, pause_s: float) -> Walk:
    """Go on with a walk until it is done or left; in rooms the surveyor stays `pause_s`."""
    words = WORDS[language]
    company.say(words["keys"])
    while not walk.is_done:
        stop = walk.stops[walk.next]
        answer = company.ask(
            words["stop"].format(
                number=walk.next + 1,
                of=len(walk.stops),
                name=called[walk.next],
                metres=round(stop.walk_m),
                minutes=math.ceil(walk.left_s(pause_s) / 60.0),
            )
        )
        match (answer or "").strip().lower() if answer is not None else "q":
            case "" | "n":
                at_s = company.now_s()
                if stop.why == "room" and pause_s > 0:
                    company.say(words["stay"].format(seconds=pause_s))
                    company.wait(pause_s)
                    walk = walk.reached(at_s, company.now_s())
                else:
                    walk = walk.reached(at_s, at_s)
            case "b":
                walk = walk.back()
            case "s":
                walk = walk.skipped()
            case "q":
                company.say(words["left"].format(number=walk.next + 1, of=len(walk.stops)))
                return walk
            case unknown:
                company.say(words["unknown"].format(answer=unknown) + " " + words["keys"])
                continue
        company.keep(walk)
    stamps = len(walk.stamps)
    company.say(words["done"].format(stamps=stamps, skipped=len(walk.stops) - stamps))
    return walk
