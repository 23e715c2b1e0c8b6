"""GS1 keys: check digits, GTINs, asset identifiers (GIAI) and what a scanner makes of them.

Source: GS1 General Specifications, sections 3.4 (GTIN), 3.9 (AI 8004), 7.9 (check digit) and 7.11 (characters).
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final

GIAI_LENGTH: Final = 30
"""Characters of a GIAI at most, company prefix included."""
PREFIX_DIGITS: Final = 6
"""A GIAI begins with the digits of a company prefix, at least this many."""
GTIN_LENGTHS: Final = (8, 12, 13, 14)
_DIGITS: Final = "0123456789"
_CHARACTERS: Final = frozenset("!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")


def check_digit(digits: str) -> int:
    """The digit that follows these: 10 minus the sum weighted 3, 1, 3, … from the right, modulo 10.

    Raises
    ------
    ValueError
        Something else than the digits 0 to 9 is among them.
    """
    if not digits or any(digit not in _DIGITS for digit in digits):
        raise ValueError(f"a check digit follows digits, not {digits!r}")
    return -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))) % 10


def is_gtin(text: str) -> bool:
    """Whether this is a GTIN of 8, 12, 13 or 14 digits whose last digit checks the others."""
    if len(text) not in GTIN_LENGTHS or any(digit not in _DIGITS for digit in text):
        return False
    return check_digit(text[:-1]) == int(text[-1])


def same_gtin(one: str, other: str) -> bool:
    """Whether two GTINs are the same number, written with leading zeros or without."""
    return one.zfill(14) == other.zfill(14)


def is_giai(text: str) -> bool:
    """Whether this can be a GIAI: a company prefix of digits, then the owner's reference, 30 characters in all."""
    return (
        PREFIX_DIGITS < len(text) <= GIAI_LENGTH
        and all(digit in _DIGITS for digit in text[:PREFIX_DIGITS])
        and all(character in _CHARACTERS for character in text)
    )


def scanned_giai(text: str, known: Container[str] = ()) -> str | None:
    """The GIAI in what a scanner read, or None.

    Understood are the bare key, an element string (`8004…` or `(8004)…`, with or without a symbology identifier such
    as `]d2`), and a GS1 Digital Link (`https://…/8004/…`). A bare key may itself begin with 8004, an Italian prefix:
    one that is `known` as it stands is that.
    """
    text = text.strip()
    if text in known:
        return text
    if text.startswith("]") and len(text) > 3:
        text = text[3:]
    if "://" in text:
        path, _, _ = text.partition("?")
        _, found, text = path.partition("/8004/")
        text = _unquoted(text.partition("/")[0]) if found else ""
    elif text.startswith("(8004)"):
        text = text[len("(8004)") :]
    elif text.startswith("8004"):
        text = text[len("8004") :].partition("\x1d")[0]
    return text if is_giai(text) else None


def _unquoted(text: str) -> str:
    """Percent signs of an address undone; only single bytes occur among the characters of a key."""
    head, *rest = text.split("%")
    parts = [head]
    for part in rest:
        code = part[:2]
        known = len(code) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in code)
        parts.append(chr(int(code, 16)) + part[2:] if known else "%" + part)
    return "".join(parts)
