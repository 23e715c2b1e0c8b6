"""What may stand in a text field: no patient identity, no invisible characters."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

_CPR = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})[\s\-–—‐‑−./]{0,3}\d{4}(?!\d)")
_CENTURIES = (1900, 2000, 1800)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PLAIN = frozenset("\n\r\t")


def holds_cpr(text: str) -> bool:
    """Tell whether the text holds something that looks like a CPR number: `ddmmyy-xxxx` with a valid date.

    The check digit is not used: numbers issued since 2007 do not follow it (CPR office, "Personnumre uden kontrol").
    Any ten digits that begin with a date are therefore refused, also when they were meant as something else.
    """
    for day, month, year in _CPR.findall(unicodedata.normalize("NFKC", text)):
        if any(_is_date(century + int(year), int(month), int(day)) for century in _CENTURIES):
            return True
    return False


def holds_control(text: str) -> bool:
    """Tell whether the text holds control characters, or marks that turn the direction of writing."""
    return any(
        letter in _BIDI or (unicodedata.category(letter) in ("Cc", "Cs") and letter not in _PLAIN) for letter in text
    )


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True
