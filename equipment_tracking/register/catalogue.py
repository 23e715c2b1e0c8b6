"""The types of equipment as data: what they are called and what must be known and confirmed of each."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from typing import Literal

import msgspec

from equipment_tracking.register.answers import Violation

Attribute = Literal["safe_load_kg", "paediatric", "pump"]
Check = Literal["checked", "charged", "complete"]


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in the two languages of the pages."""

    da: str
    en: str


class AssetType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sort of equipment. `asks`: attributes that every asset of it must state; `battery`: it must be charged."""

    id: str
    name: Label
    asks: tuple[Attribute, ...] = ()
    battery: bool = True

    @property
    def checks(self) -> tuple[Check, ...]:
        """What must be confirmed of a clean one before it is ready."""
        return ("checked", "charged", "complete") if self.battery else ("checked", "complete")


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All types that a hospital has, in the order in which people choose among them."""

    types: tuple[AssetType, ...]

    def get(self, id: str) -> AssetType | None:
        """The type with this id, or None."""
        return next((kind for kind in self.types if kind.id == id), None)

    def checks(self, id: str) -> tuple[Check, ...]:
        """What must be confirmed of a clean asset of this type; all there is for a type that nobody knows."""
        kind = self.get(id)
        return ("checked", "charged", "complete") if kind is None else kind.checks


def catalogue_faults(catalogue: Catalogue) -> tuple[Violation, ...]:
    """Every rule that a catalogue breaks: types share no id, and each has a name in both languages."""
    counts = Counter(kind.id for kind in catalogue.types)
    faults = [
        Violation(
            "type_twice",
            f"types.{id}",
            f"Typen “{id}” står der {count} gange; behold én af dem.",
            f"Type “{id}” stands there {count} times; keep one of them.",
        )
        for id, count in sorted(counts.items())
        if count > 1
    ]
    faults += [
        Violation(
            "type_without_name",
            f"types.{kind.id}.name",
            f"Typen “{kind.id}” mangler id eller navn på dansk eller engelsk.",
            f"Type “{kind.id}” lacks its id or its name in Danish or English.",
        )
        for kind in catalogue.types
        if not (kind.id and kind.name.da.strip() and kind.name.en.strip())
    ]
    return tuple(faults)


def standard_catalogue() -> Catalogue:
    """The types that come with the program; a hospital may have its own instead."""
    found = resources.files("equipment_tracking.register").joinpath("types.json").read_bytes()
    return msgspec.json.decode(found, type=Catalogue)
