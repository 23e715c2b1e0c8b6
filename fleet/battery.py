"""How long a robot's battery lasts: what it may be planned for without touching its reserve."""

from __future__ import annotations

from site_models.schema.carriers import Battery

BATTERY_STEP = 0.05
"""A battery is read anew when it has moved by this share; so much less may be left than was read."""
HOUR_MS = 3_600_000


def range_ms(battery: Battery, share: float | None, driving_ms: int) -> int | None:
    """How long a robot may drive and handle from now on until it is down to its reserve; None if nobody knows.

    `share` is what was read last, `driving_ms` what it drives already. Handling is counted like driving, which is on
    the safe side.
    """
    if share is None or battery.drive_share_per_h <= 0:
        return None
    usable = share - BATTERY_STEP - battery.reserve
    return round(usable / battery.drive_share_per_h * HOUR_MS) - driving_ms
