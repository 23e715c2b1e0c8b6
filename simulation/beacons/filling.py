"""Fills the register of a fresh installation with a made-up stock; what is there already is left alone."""

from __future__ import annotations

import logging

from equipment_tracking.pool.requests import AnyRequest, Register
from simulation.beacons.asking import ACTOR, ROLE, Asking
from simulation.beacons.stock import PREFIX, Stock, Wards, stock

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Assets of one request."""


async def fill(asking: Asking, wards: Wards, seed: int, count: int) -> tuple[Stock, bool]:
    """Register what is missing at the end of the stock, and set the levels with it; the whole stock, and if any was.

    The stock is registered in order of its ids, so an interrupted filling goes on, and what somebody has retired since
    does not come back.
    """
    made = stock(wards, seed, count, await asking.now_ms())
    last = ""
    async for asset in asking.assets():
        if asset.id.startswith(PREFIX) and len(asset.id) == len(made.assets[0].id):
            last = max(last, asset.id)
    missing = [asset for asset in made.assets if asset.id > last]
    for first in range(0, len(missing), AT_ONCE):
        batch = tuple(missing[first : first + AT_ONCE])
        await _ask(asking, Register(batch), f"demo-{seed}-register-{batch[0].id}")
        log.info("Registered %d of %d assets", first + len(batch), len(missing))
    levels: tuple[AnyRequest, ...] = (*made.pars, *made.reserves)
    for number, level in enumerate(levels if missing else ()):
        await _ask(asking, level, f"demo-{seed}-level-{count}-{number}")
    return made, bool(missing)


async def _ask(asking: Asking, request: AnyRequest, key: str) -> None:
    reply = await asking.insist(request, ACTOR, ROLE, key)
    if reply.status >= 400:
        log.warning("%s is refused: %s", type(request).__name__, bytes(reply.body)[:500])
