"""All assets by the ids that omlox gives them: read from equipment tracking page by page, and kept for a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from uuid import UUID

from api.equipment.link import EquipmentLink
from api.equipment.omlox import provider_id, trackable_id
from equipment_tracking.queries import ListAssets
from equipment_tracking.views import Assets, AssetView

PAGE = 500
KEPT_S = 2.0
"""How old a list of all assets may be: whoever polls costs the process no more than one list in so long."""


class Trackables:
    """What is registered, a moment ago at most."""

    def __init__(self, link: EquipmentLink, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._read_s = float("-inf")
        self._all: tuple[AssetView, ...] = ()
        self._by_id: dict[UUID, AssetView] = {}
        self._by_provider: dict[str, AssetView] = {}

    async def all(self) -> tuple[AssetView, ...]:
        """Every asset in order of ids. Raises `Problem` 503 when nobody answers."""
        async with self._lock:
            if self._monotonic() - self._read_s > KEPT_S:
                self._keep(await self._read())
                self._read_s = self._monotonic()
        return self._all

    async def by_id(self, id: UUID) -> AssetView | None:
        """The asset of a trackable, or None. Raises as `all`."""
        await self.all()
        return self._by_id.get(id)

    async def by_provider(self, id: str) -> AssetView | None:
        """The asset that a location provider is on, or None. Raises as `all`."""
        await self.all()
        return self._by_provider.get(id)

    async def _read(self) -> list[AssetView]:
        found: list[AssetView] = []
        after = ""
        while True:
            page = await self._link.ask(None, ListAssets(after=after, limit=PAGE), Assets)
            found += page.assets
            if not page.next:
                return found
            after = page.next

    def _keep(self, found: list[AssetView]) -> None:
        self._all = tuple(found)
        self._by_id = {trackable_id(asset.id): asset for asset in found}
        self._by_provider = {provider_id(asset): asset for asset in found}
