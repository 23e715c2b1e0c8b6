"""Which assets a recalled batch concerns: by type, product and range of serial numbers."""

from __future__ import annotations

from equipment_tracking.pool.model import Recall
from equipment_tracking.register.assets import Asset
from equipment_tracking.register.gs1 import same_gtin


def concerns(recall: Recall, asset: Asset) -> bool:
    """Whether the asset is of the batch; one without a serial number is, since nobody can rule it out."""
    if recall.type and asset.type != recall.type:
        return False
    if recall.gtin and not same_gtin(asset.gtin, recall.gtin):
        return False
    if not asset.serial:
        return True
    after_first = not recall.serial_from or not_after(recall.serial_from, asset.serial)
    before_last = not recall.serial_to or not_after(asset.serial, recall.serial_to)
    return after_first and before_last


def not_after(low: str, high: str) -> bool:
    """Serial numbers in order: as numbers where both are digits, else letter by letter."""
    if all(text.isascii() and text.isdecimal() for text in (low, high)):
        return int(low) <= int(high)
    return low <= high
