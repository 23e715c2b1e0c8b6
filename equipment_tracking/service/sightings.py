"""Where each asset is, from both who knows: the locator, which hears its tag, and people and scans, who saw it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.columns import Indexes
from equipment_tracking.estimate import FRESH_S, state_of
from equipment_tracking.intake import Instants
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.search import Guesses
from equipment_tracking.readings import plain_id
from equipment_tracking.service.building import Building
from equipment_tracking.service.located import Located
from equipment_tracking.views import WhereView

NONE = -1


class Sightings:
    """A row an asset; `renew` follows the register and the pool, `locate` the locator.

    `version` rises whenever an asset gets another tag.
    """

    def __init__(self, building: Building, state: State) -> None:
        self._building = building
        self._state = state
        self._located: Located | None = None
        self._ahead_ms = 0
        self._assets: list[str] = []
        self._row: dict[str, int] = {}
        self._tag: list[str] = []
        self._area: list[int] = []
        self._told_ms: list[int] = []
        self._tag_row: Indexes | None = None
        self._guesses: Guesses | None = None
        self.version = 0
        self._owner: dict[str, str] = {}
        self._owner_version = -1
        self._heard_row = np.empty(0, dtype=np.int32)
        self.renew(state.items.ids())

    @property
    def ahead_ms(self) -> int:
        """By how much site time is ahead of the machine's."""
        return self._ahead_ms

    def renew(self, assets: Iterable[str]) -> None:
        """Take over what has changed of these assets."""
        for id in assets:
            item, asset = self._state.items.get(id), self._state.assets.get(id)
            row = self._row.get(id)
            if row is None:
                row = self._row[id] = len(self._assets)
                self._assets.append(id)
                self._tag.append("")
                self._area.append(NONE)
                self._told_ms.append(0)
            tag = plain_id(asset.tag) if item is not None and asset is not None and asset.tag else ""
            if tag != self._tag[row]:
                self._tag[row], self._tag_row = tag, None
                self.version += 1
            place = self._building.room_of(item.place) if item is not None and item.place else ""
            self._area[row] = self._building.area_number.get(place, NONE)
            self._told_ms[row] = max(item.entered_ms, item.sighted_ms) if item is not None and place else 0
        self._guesses = None

    def locate(self, located: Located, ahead_ms: int) -> None:
        """Take over what the locator says; `ahead_ms` is by how much site time is ahead of the machine's."""
        if self._located is None or located.tags != self._located.tags:
            self._tag_row = None
        self._located, self._ahead_ms, self._guesses = located, ahead_ms, None

    def tags(self) -> list[str]:
        """Plain ids of all tags that assets carry, sorted."""
        return sorted(tag for tag in self._tag if tag)

    def asset_of(self, tag: str) -> str | None:
        """Whose tag it is."""
        if self._owner_version != self.version:
            self._owner = {tag: asset for tag, asset in zip(self._tag, self._assets, strict=True) if tag}
            self._owner_version = self.version
        return self._owner.get(tag)

    def rows(self, assets: Iterable[str]) -> NDArray[np.intp]:
        """Their rows in `guesses`."""
        return np.array([self._row[asset] for asset in assets], dtype=np.intp)

    def guesses(self) -> Guesses:
        """Where every asset may be, for the search."""
        if self._guesses is None:
            self._guesses = self._guess()
        return self._guesses

    def where(self, asset: str, now_ms: int) -> WhereView:
        """What may be said of one asset's place."""
        row = self._row.get(asset)
        if row is None:
            return WhereView()
        guesses = self.guesses()
        rooms = [(int(room), float(p)) for room, p in zip(guesses.room[row], guesses.p[row], strict=True) if room >= 0]
        seen_ms, last = int(guesses.seen_ms[row]), int(guesses.last_room[row])
        if seen_ms <= 0:
            return WhereView()
        shares = [p for _, p in rooms] + [0.0, 0.0]
        known = state_of(shares[0], shares[1], (now_ms - seen_ms) / 1000.0)
        areas = self._building.areas
        if known == "last_seen":
            return WhereView(
                known=known,
                rooms=() if last < 0 else (areas[last],),
                seen_ms=seen_ms,
                node="" if last < 0 else self._building.node_of(areas[last]),
            )
        named = rooms[:1] if known == "sure" else rooms[:2]
        floor, x_m, y_m = self._point(row, named[0][0])
        return WhereView(
            known=known,
            rooms=tuple(areas[room] for room, _ in named),
            shares=tuple(round(p, 3) for _, p in named),
            seen_ms=seen_ms,
            floor=floor,
            x_m=x_m,
            y_m=y_m,
            node=self._building.node_of(areas[named[0][0]]),
        )

    def _guess(self) -> Guesses:
        count = len(self._assets)
        area = np.array(self._area, dtype=np.int32)
        seen_ms = np.array(self._told_ms, dtype=np.int64)
        room = np.stack([area, np.full(count, NONE, dtype=np.int32)], axis=1)
        p = np.zeros((count, 2))
        p[:, 0] = area != NONE
        last = area.copy()
        self._heard_row, heard_ms = self._heard(seen_ms)
        if self._located is not None:
            heard = np.flatnonzero(self._heard_row >= 0)
            of = self._heard_row[heard]
            where, found = self._located.where, self._located
            room[heard] = np.stack([where.room[of], where.room2[of]], axis=1)
            p[heard] = np.stack([found.sure[of], found.sure2[of]], axis=1)
            seen_ms[heard] = heard_ms[heard]
            last[heard] = np.where(found.last_area[of] >= 0, found.last_area[of], area[heard])
        p[room < 0] = 0.0
        return Guesses(assets=tuple(self._assets), room=room, p=p, seen_ms=seen_ms, last_room=last)

    def _heard(self, told_ms: Instants) -> tuple[Indexes, Instants]:
        """By asset: the row of its tag where the locator's word is the newer one, else -1; and when it was heard."""
        tag_row = self._rows_of_tags()
        heard_ms = np.full(len(tag_row), NONE, dtype=np.int64)
        if self._located is None:
            return np.full(len(tag_row), NONE, dtype=np.int32), heard_ms
        tagged = tag_row >= 0
        of = tag_row[tagged]
        ever = (self._located.heard_ms[of] >= 0) & (self._located.where.p_known[of] > 0.0)
        heard_ms[tagged] = np.where(ever, self._located.heard_ms[of] + self._ahead_ms, NONE)
        return np.where(heard_ms > told_ms, tag_row, NONE).astype(np.int32), heard_ms

    def _rows_of_tags(self) -> Indexes:
        if self._tag_row is None or len(self._tag_row) != len(self._assets):
            number = self._located.number if self._located is not None else {}
            self._tag_row = np.array([number.get(tag, NONE) if tag else NONE for tag in self._tag], dtype=np.int32)
        return self._tag_row

    def _point(self, row: int, area: int) -> tuple[str, float, float]:
        """A point in the likeliest area: the locator's own where it lies on that floor, else the area's middle."""
        floor = self._building.floor_of_area[area]
        middle = self._building.middle_of_area[area]
        if self._located is None:
            return floor, *middle
        of = int(self._heard_row[row])
        where = self._located.where
        if of < 0 or self._building.places.floors[int(where.floor[of])] != floor:
            return floor, *middle
        return floor, round(float(where.x_m[of]), 1), round(float(where.y_m[of]), 1)


FRESH_MS = int(FRESH_S * 1000)
"""After this long without a sighting nobody is sure any more."""
