"""The shape of a refusal in this room: every broken rule at once, with a sentence in both languages."""

from __future__ import annotations

import msgspec


class Violation(msgspec.Struct, frozen=True):
    """One broken rule: its code, the field it is about, and a sentence with the way out in both languages."""

    rule: str
    field: str
    da: str
    en: str


class Refusal(msgspec.Struct, frozen=True):
    """Why a request was refused; `offers` are assets that may be had instead, the best first."""

    violations: tuple[Violation, ...]
    offers: tuple[str, ...] = ()


class Accepted(msgspec.Struct, frozen=True):
    """A request was carried out; `id` is what it was about. `repeated`: it had been carried out before."""

    id: str
    repeated: bool = False
