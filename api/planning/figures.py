"""Figures of a model as people write them in the form: `3`, `25 min`, `+2`, `× 1,2` or `-10 %`."""

from __future__ import annotations

import math
import re
from typing import Any

from simulation.experiment.request import Change
from simulation.flow.schema.durations import duration_s

MOST = 1e9
"""No figure of a model is greater; what would be is a slip of the pen."""
_NUMBER = r"\d+(?:[.,]\d+)?"
_TIMES = re.compile(rf"[x×*]\s*({_NUMBER})|({_NUMBER})\s*[x×*]")
_PER_CENT = re.compile(rf"([+\-−])\s*({_NUMBER})\s*%")
_PLUS = re.compile(r"([+\-−])\s*(\S.*)")
_PLAIN = re.compile(rf"{_NUMBER}|\d{{1,3}}(?:[.,]\d{{3}})+")
_SHARE = re.compile(rf"({_NUMBER})\s*%")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_DURATION = re.compile(rf"({_NUMBER})\s*([a-zæøå]+)\.?", re.IGNORECASE)
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_UNITS = {
    **dict.fromkeys(("s", "sec", "sek", "second", "seconds", "sekund", "sekunder"), "s"),
    **dict.fromkeys(("min", "minut", "minutter", "minute", "minutes", "m"), "min"),
    **dict.fromkeys(("h", "t", "time", "timer", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "dag", "dage", "døgn", "day", "days"), "d"),
}
YES, NO = frozenset({"yes", "ja", "true", "1"}), frozenset({"no", "nej", "false", "0"})


class NotAFigure(ValueError):
    """What was written cannot be put in the place of a figure; both languages say what can."""

    def __init__(self, da: str, en: str) -> None:
        super().__init__(en)
        self.da, self.en = da, en


def read_change(text: str, current: object) -> Change | None:
    """What a person wants done to a figure; None when it stays as it is.

    Parameters
    ----------
    text
        What was written; empty keeps the figure.
    current
        The figure as declared.

    Raises
    ------
    NotAFigure
        When it is nothing that can stand there.
    """
    text = " ".join(text.split())
    if not text:
        return None
    if isinstance(current, bool):
        return _kept(_yes_or_no(text), current)
    if isinstance(current, int | float):
        return _number(text, current)
    if isinstance(current, str) and duration_s(current) is not None:
        return _duration(text, current)
    if isinstance(current, str) and _CLOCK.fullmatch(current):
        found = _CLOCK.fullmatch(text)
        if found is None:
            raise NotAFigure("Skriv et klokkeslæt: 07:30.", "Write a time of day: 07:30.")
        return _kept(f"{int(found[1]):02d}:{found[2]}", current)
    return _kept(text, current)


def _kept(value: Any, current: object) -> Any:
    return None if value == current else value


def _yes_or_no(text: str) -> bool:
    if text.casefold() in YES | NO:
        return text.casefold() in YES
    raise NotAFigure("Skriv ja eller nej.", "Write yes or no.")


def _number(text: str, current: float) -> Change | None:
    relative = _relative(text)
    if relative is not None:
        return relative
    if found := _PLUS.fullmatch(text):
        if not _PLAIN.fullmatch(found[2]):
            raise _no_number(current)
        return {"plus": _signed(found[1], _value(found[2], current))}
    if found := _SHARE.fullmatch(text):
        return _kept(round(_value(found[1], 1.0) / 100, 12), current)
    if not _PLAIN.fullmatch(text):
        raise _no_number(current)
    value = _value(text, current)
    return None if math.isclose(value, current, rel_tol=1e-12) else value


def _duration(text: str, current: str) -> Change | None:
    relative = _relative(text)
    if relative is not None:
        return relative
    sign = ""
    if found := _PLUS.fullmatch(text):
        sign, text = found[1].replace("−", "-"), found[2]
    found = _DURATION.fullmatch(text)
    unit = _UNITS.get(found[2].casefold()) if found else None
    if found is None or unit is None:
        raise NotAFigure(
            "Skriv en varighed med enhed: 90 s, 20 min, 4 t eller 2 d – eller ×1,2, +5 min, -10 %.",
            "Write a duration with its unit: 90 s, 20 min, 4 h or 2 d – or ×1.2, +5 min, -10 %.",
        )
    number = _value(found[1], 0.5)
    written = f"{number:g} {unit}"
    if sign:
        return {"plus": f"{sign.replace('+', '')}{written}"}
    return None if duration_s(written) == duration_s(current) else written


def _relative(text: str) -> Change | None:
    if found := _TIMES.fullmatch(text):
        return {"times": _value(found[1] or found[2], 0.5)}
    if found := _PER_CENT.fullmatch(text):
        share = _signed(found[1], _value(found[2], 0.5)) / 100
        if share <= -1:
            raise NotAFigure("Der kan højst trækkes 100 % fra.", "At most 100 % can be taken away.")
        return {"times": round(1 + share, 9)}
    return None


def _signed(sign: str, value: float) -> float:
    return value if sign == "+" else -value


def _value(text: str, current: float) -> float:
    whole = isinstance(current, int) and _THOUSANDS.fullmatch(text)
    value = float(text.replace(".", "").replace(",", "") if whole else text.replace(",", "."))
    if value > MOST:
        raise NotAFigure("Tallet er for stort.", "The number is too large.")
    return int(value) if isinstance(current, int) and value.is_integer() else value


def _no_number(current: float) -> NotAFigure:
    example = "4" if isinstance(current, int) else "12,5"
    return NotAFigure(
        f"Skriv et tal, for eksempel {example} – eller ×1,2, +2, -10 %.",
        f"Write a number, for example {example.replace(',', '.')} – or ×1.2, +2, -10 %.",
    )
