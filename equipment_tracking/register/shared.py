"""What no two assets may share: the identifier within a list, the tag, and the serial number of one product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from equipment_tracking.register.answers import Violation
from equipment_tracking.register.assets import Asset


class Clash(msgspec.Struct, frozen=True):
    """A broken rule and the place in the list (from 0) of the asset that broke it."""

    number: int
    violation: Violation


def clashes(incoming: Iterable[Asset], existing: Mapping[str, Asset]) -> list[Clash]:
    """Every clash within the incoming list, and with what would still stand in the register beside it."""
    listed = list(incoming)
    replaced = {asset.id for asset in listed}
    tags: dict[str, str] = {}
    serials: dict[tuple[str, str], str] = {}
    for asset in existing.values():
        if asset.id not in replaced:
            _note(asset, tags, serials)
    seen: set[str] = set()
    found: list[Clash] = []
    for number, asset in enumerate(listed):
        if asset.id in seen:
            found.append(
                Clash(
                    number,
                    Violation(
                        "listed_twice",
                        "giai",
                        f"“{asset.id}” står der mere end én gang; behold én af rækkerne.",
                        f"“{asset.id}” is listed more than once; keep one of them.",
                    ),
                )
            )
            continue
        seen.add(asset.id)
        if (holder := tags.get(asset.tag)) is not None:
            found.append(
                Clash(
                    number,
                    Violation(
                        "tag_taken",
                        "tag",
                        f"Sporingsbrikken “{asset.tag}” sidder allerede på {holder}; fjern den dér først.",
                        f"Tag “{asset.tag}” is already on {holder}; take it off there first.",
                    ),
                )
            )
        if (holder := serials.get(_product(asset))) is not None:
            found.append(
                Clash(
                    number,
                    Violation(
                        "serial_taken",
                        "serial",
                        f"Serienummer “{asset.serial}” af dette produkt har {holder} allerede.",
                        f"{holder} already has serial number “{asset.serial}” of this product.",
                    ),
                )
            )
        _note(asset, tags, serials)
    return found


def _product(asset: Asset) -> tuple[str, str]:
    return asset.gtin.zfill(14), asset.serial


def _note(asset: Asset, tags: dict[str, str], serials: dict[tuple[str, str], str]) -> None:
    if asset.tag:
        tags.setdefault(asset.tag, asset.id)
    if asset.gtin and asset.serial:
        serials.setdefault(_product(asset), asset.id)
