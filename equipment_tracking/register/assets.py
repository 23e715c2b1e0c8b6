"""An asset: one thing that wards share, with what matters when somebody looks for one."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Literal

import msgspec

from equipment_tracking.register.answers import Violation
from equipment_tracking.register.catalogue import Catalogue
from equipment_tracking.register.gs1 import is_giai, is_gtin

PumpKind = Literal["", "syringe", "volumetric"]
PUMP_KINDS: tuple[PumpKind, ...] = ("", "syringe", "volumetric")
MAX_TEXT = 120
MAX_SAFE_LOAD_KG = 2_000.0
LAST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""


class Asset(msgspec.Struct, frozen=True, omit_defaults=True):
    """A thing in the register; `id` is its GIAI, `ward` its owner, `home` the room or station where it belongs.

    `safe_load_kg` is stated for what carries a person, `pump` for pumps. `service_due_ms` is when its service must
    have been done, milliseconds UTC. `pictures` are references, never the pictures themselves.
    """

    kind: ClassVar[str] = "asset"
    id: str
    name: str
    type: str
    ward: str
    home: str
    gtin: str = ""
    serial: str = ""
    tag: str = ""
    service_due_ms: int | None = None
    safe_load_kg: float | None = None
    paediatric: bool = False
    pump: PumpKind = ""
    mr_conditional: bool = False
    leased: bool = False
    pictures: tuple[str, ...] = ()

    def overdue(self, now_ms: int) -> bool:
        """Whether its service should have been done by now."""
        return self.service_due_ms is not None and self.service_due_ms <= now_ms


class Surroundings(msgspec.Struct, frozen=True):
    """What assets refer to: the types, and the site's places (rooms and stations) and wards where they are known."""

    catalogue: Catalogue
    places: Collection[str] | None = None
    wards: Collection[str] | None = None

    def unknown_places(self, **fields: str) -> list[Violation]:
        """The fields that name no room or station of the site; empty ones are somebody else's rule."""
        return [
            Violation(
                "unknown_place",
                field,
                f"“{place}” er hverken rum eller afsætningsplads på stedet; brug dens id.",
                f"“{place}” is neither a room nor a station of the site; give its id.",
            )
            for field, place in fields.items()
            if place and self.places is not None and place not in self.places
        ]

    def unknown_wards(self, **fields: str) -> list[Violation]:
        """The fields that name no ward of the site; empty ones are somebody else's rule."""
        return [
            Violation(
                "unknown_ward",
                field,
                f"Afdelingen “{ward}” findes ikke på stedet; brug dens id.",
                f"The site has no ward “{ward}”; give its id.",
            )
            for field, ward in fields.items()
            if ward and self.wards is not None and ward not in self.wards
        ]


def asset_faults(asset: Asset, known: Surroundings) -> tuple[Violation, ...]:
    """Every rule that the asset breaks, on its own; what it may not share with others is for `shared_faults`."""
    return (*_key_faults(asset), *_text_faults(asset), *_reference_faults(asset, known), *_figure_faults(asset, known))


def _key_faults(asset: Asset) -> list[Violation]:
    faults = []
    if not is_giai(asset.id):
        faults.append(
            Violation(
                "giai",
                "giai",
                f"“{asset.id}” er intet GIAI: mindst 6 cifre (virksomhedspræfiks) og derefter ejerens nummer, "
                "højst 30 tegn uden mellemrum og æ, ø, å.",
                f"“{asset.id}” is no GIAI: at least 6 digits (company prefix), then the owner's reference, "
                "30 characters at most, no blanks or letters beyond A to Z.",
            )
        )
    if asset.gtin and not is_gtin(asset.gtin):
        faults.append(
            Violation(
                "gtin",
                "gtin",
                f"“{asset.gtin}” er intet GTIN: 8, 12, 13 eller 14 cifre, og det sidste skal passe til de andre.",
                f"“{asset.gtin}” is no GTIN: 8, 12, 13 or 14 digits, and the last must check the others.",
            )
        )
    return faults


def _text_faults(asset: Asset) -> list[Violation]:
    texts = {
        "name": asset.name,
        "type": asset.type,
        "ward": asset.ward,
        "home": asset.home,
        "serial": asset.serial,
        "tag": asset.tag,
    }
    faults = []
    for field, text in texts.items():
        if not text and field not in ("serial", "tag"):
            faults.append(Violation("missing", field, f"Feltet “{field}” mangler.", f"The field “{field}” is missing."))
        elif text != text.strip() or not text.isprintable() or len(text) > MAX_TEXT:
            faults.append(
                Violation(
                    "text",
                    field,
                    f"“{field}” må højst have {MAX_TEXT} tegn, uden linjeskift og uden mellemrum for enderne.",
                    f"“{field}” may have {MAX_TEXT} characters, without line breaks or blanks at its ends.",
                )
            )
    faults += [
        Violation(
            "picture",
            "pictures",
            f"“{picture}” er ingen billedreference: ét ord uden mellemrum og “|”.",
            f"“{picture}” is no reference of a picture: one word without blanks or “|”.",
        )
        for picture in asset.pictures
        if not picture or not picture.isprintable() or " " in picture or "|" in picture
    ]
    return faults


def _reference_faults(asset: Asset, known: Surroundings) -> list[Violation]:
    faults = []
    if asset.type and known.catalogue.get(asset.type) is None:
        types = ", ".join(kind.id for kind in known.catalogue.types)
        faults.append(
            Violation(
                "unknown_type",
                "type",
                f"Typen “{asset.type}” findes ikke. Kendte typer: {types}.",
                f"There is no type “{asset.type}”. Known types: {types}.",
            )
        )
    return [*faults, *known.unknown_wards(ward=asset.ward), *known.unknown_places(home=asset.home)]


def _figure_faults(asset: Asset, known: Surroundings) -> list[Violation]:
    faults = []
    kind = known.catalogue.get(asset.type)
    asks = () if kind is None else kind.asks
    if asset.safe_load_kg is not None and not 0 < asset.safe_load_kg <= MAX_SAFE_LOAD_KG:
        faults.append(
            Violation(
                "safe_load",
                "safe_load_kg",
                f"Tilladt last skal ligge mellem 0 og {MAX_SAFE_LOAD_KG:.0f} kg.",
                f"The safe load lies between 0 and {MAX_SAFE_LOAD_KG:.0f} kg.",
            )
        )
    if "safe_load_kg" in asks and asset.safe_load_kg is None:
        faults.append(
            Violation(
                "safe_load_missing",
                "safe_load_kg",
                "Denne type bærer mennesker: angiv tilladt last i kg.",
                "This type carries people: state its safe load in kg.",
            )
        )
    if "pump" in asks and not asset.pump:
        faults.append(
            Violation(
                "pump_kind_missing",
                "pump",
                "Angiv om pumpen er sprøjtepumpe (syringe) eller volumenpumpe (volumetric).",
                "State whether it is a syringe or a volumetric pump.",
            )
        )
    if "paediatric" in asks and not asset.paediatric:
        faults.append(
            Violation(
                "paediatric_missing",
                "paediatric",
                "Denne type er til børn: marker den som pædiatrisk.",
                "This type is for children: mark it as paediatric.",
            )
        )
    if asset.service_due_ms is not None and not 0 <= asset.service_due_ms <= LAST_MS:
        faults.append(
            Violation(
                "service_due",
                "service_due",
                "Servicedatoen skal ligge mellem 1970 og 9999.",
                "The service date lies between 1970 and 9999.",
            )
        )
    return faults
