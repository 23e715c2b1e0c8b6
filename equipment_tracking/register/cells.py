"""One cell of a list of assets: how each attribute is written, and what is wrong with what was written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from equipment_tracking.register.assets import PUMP_KINDS, Asset

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS: Final = 86_400_000
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
"""A cell that begins so would be run by a spreadsheet; it is written with an apostrophe before it."""
_WORDS: Final = {
    "yes": True,
    "ja": True,
    "true": True,
    "1": True,
    "no": False,
    "nej": False,
    "false": False,
    "0": False,
}

HEADERS: Final[dict[str, str]] = {
    "giai": "id",
    "name": "name",
    "type": "type",
    "ward": "ward",
    "home": "home",
    "gtin": "gtin",
    "serial": "serial",
    "tag": "tag",
    "service_due": "service_due_ms",
    "safe_load_kg": "safe_load_kg",
    "paediatric": "paediatric",
    "pump": "pump",
    "mr_conditional": "mr_conditional",
    "leased": "leased",
    "pictures": "pictures",
}
"""Header → attribute, in the order in which they are exported."""
REQUIRED: Final = ("giai", "name", "type", "ward", "home")


class Unreadable(Exception):
    """A cell cannot be read; in both languages."""

    def __init__(self, da: str, en: str) -> None:
        super().__init__(en)
        self.da = da
        self.en = en


def write_cell(header: str, asset: Asset) -> str:
    """The attribute under this header as it is exported."""
    value = getattr(asset, HEADERS[header])
    if value is None:
        text = ""
    elif header == "service_due":
        text = _written_instant(value)
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, float):
        text = repr(value)
    elif isinstance(value, tuple):
        text = "|".join(value)
    else:
        text = str(value)
    return "'" + text if _FORMULA.match(text) else text


def read_cell(header: str, text: str) -> Any:
    """The value of the attribute under this header.

    Raises
    ------
    Unreadable
        The cell holds something else than the header asks for.
    """
    if text.startswith("'") and _FORMULA.match(text[1:]):
        text = text[1:]
    text = text.strip()
    return _READERS.get(header, _text)(text)


def _text(text: str) -> str:
    return text


def _written_instant(at_ms: int) -> str:
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    if at_ms % _DAY_MS == 0:
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _instant(text: str) -> int | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or (moment.tzinfo is None and len(text) != len("2027-03-01")):
        raise Unreadable(
            f"“{text}” er ingen dato: skriv 2027-03-01 eller 2027-03-01T06:00:00Z.",
            f"“{text}” is no date: write 2027-03-01 or 2027-03-01T06:00:00Z.",
        )
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _kilograms(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Unreadable(f"“{text}” er intet antal kg, for eksempel 250.", f"“{text}” is no number of kg such as 250.")
    return value


def _yes(text: str) -> bool:
    if not text:
        return False
    answer = _WORDS.get(text.lower())
    if answer is None:
        raise Unreadable(f"“{text}” er hverken ja (yes) eller nej (no).", f"“{text}” is neither yes nor no.")
    return answer


def _pump(text: str) -> str:
    if text not in PUMP_KINDS:
        raise Unreadable(
            f"“{text}” er ingen pumpetype: syringe, volumetric eller tom.",
            f"“{text}” is no kind of pump: syringe, volumetric or empty.",
        )
    return text


def _pictures(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "service_due": _instant,
    "safe_load_kg": _kilograms,
    "paediatric": _yes,
    "mr_conditional": _yes,
    "leased": _yes,
    "pump": _pump,
    "pictures": _pictures,
}
