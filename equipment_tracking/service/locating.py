"""From messages to positions, second by second: intake, the twin, and who has entered which room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equipment_tracking.columns import Floats
from equipment_tracking.estimate import SURE
from equipment_tracking.evidence import Evidence
from equipment_tracking.intake import NEVER_MS, Intake
from equipment_tracking.model import Model
from equipment_tracking.positions import Saved
from equipment_tracking.readings import Batch, Fix
from equipment_tracking.service.building import Building
from equipment_tracking.service.changes import NOWHERE, RoomChanges
from equipment_tracking.service.labels import Recent
from equipment_tracking.service.located import GatewayHealth, Located
from equipment_tracking.twin import Twin
from equipment_tracking.whereabouts import Rooms, Whereabouts

BATTERY_STEP = 0.01
LONGEST_STEP_S = 10.0
"""After a pause tags have moved as in so much time; what was farther is for `lost` to find."""
FIX_M = 3.0
"""Another system's fix is believed within this radius at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step found: where all tags are, who entered which area, and batteries (tag, share) that have changed."""

    located: Located
    entered: tuple[tuple[str, int], ...]
    batteries: tuple[tuple[str, float], ...]


class Locating:
    """Follows the tags of a building by its radio map. One thread owns it; `Located` may be read by all."""

    def __init__(self, building: Building, model: Model, tags: Sequence[str]) -> None:
        self._building = building
        self._confidence = model.confidence
        self._loudest = model.emission.radio.mean_dbm.argmax(axis=1).astype(np.int32)
        self.intake = Intake(model.emission.radio.gateways, tags)
        self._rooms = Rooms(building.places)
        count = max(1, len(self.intake.tags))
        hold_s = model.settings.prints.hold_s
        self._twin = Twin(building.places, model.emission, model.settings.motion, tags=count, hold_s=hold_s)
        self._changes = RoomChanges(building.is_room, count)
        self._heard_ms = np.full(count, NEVER_MS, dtype=np.int64)
        self._last_area = np.full(count, NOWHERE, dtype=np.int32)
        self._battery = np.full(count, np.nan)
        self._stepped_ms: int | None = None
        self._recent = Recent()
        self.readings = 0

    def admit(self, tags: Sequence[str]) -> None:
        """Follow more tags; those that are known stay."""
        self.intake.admit(tags=tags)
        more = len(self.intake.tags) - len(self._heard_ms)
        if more > 0:
            self._twin = self._twin.grown(len(self.intake.tags))
            self._changes.grow(len(self.intake.tags))
            self._heard_ms = np.append(self._heard_ms, np.full(more, NEVER_MS, dtype=np.int64))
            self._last_area = np.append(self._last_area, np.full(more, NOWHERE, dtype=np.int32))
            self._battery = np.append(self._battery, np.full(more, np.nan))

    def step(self, arrivals: Sequence[tuple[Batch, int]], now_ms: int) -> Step:
        """Take what has arrived and bring all tags to `now_ms`."""
        heard = self.intake.take(arrivals)
        span_s = 1.0 if self._stepped_ms is None else (now_ms - self._stepped_ms) / 1000.0
        self._stepped_ms = now_ms
        order = np.argsort(heard.tag, kind="stable")
        self._twin.step(
            heard.gateway[order],
            heard.tag[order],
            heard.rssi_dbm[order].astype(np.float64),
            min(max(span_s, 0.0), LONGEST_STEP_S),
        )
        for fix in heard.fixes:
            self._take_fix(fix)
        np.maximum.at(self._heard_ms, heard.tag, heard.at_ms)
        self._recent.note(heard, now_ms)
        self.readings += len(heard)
        located = self._located(now_ms)
        entered = self._changes.entered(located.where.room, located.sure, now_ms).tolist()
        return Step(
            located=located,
            entered=tuple((self.intake.tags[tag], int(located.where.room[tag])) for tag in entered),
            batteries=self._batteries(),
        )

    def learn(self, tag: str, evidence: Evidence) -> None:
        """Take hard evidence of where a tag is, or is not."""
        number = self.intake.number_of(tag)
        if number is not None:
            self._twin.learn_of(number, evidence.mask(self._building.places), evidence.inside, evidence.outside)

    def heard_of(self, tag: str, since_ms: int = 0) -> list[tuple[str, float]]:
        """What gateways (id, mean level in dBm) have heard of a tag in the last seconds."""
        number = self.intake.number_of(tag)
        if number is None:
            return []
        gateway, rssi_dbm = self._recent.of(number, since_ms)
        return [(self.intake.gateways[place], level) for place, level in zip(gateway.tolist(), rssi_dbm, strict=True)]

    def saved(self) -> Saved:
        """Everything about positions that shall outlive this process."""
        return Saved(
            tags=self.intake.tags,
            at_ms=self._stepped_ms or 0,
            twin=self._twin.saved(),
            columns={"heard_ms": self._heard_ms.copy(), "last_area": self._last_area.copy()},
        )

    def restore(self, saved: Saved, now_ms: int) -> None:
        """Go on where an earlier process stopped."""
        rows = saved.rows(self.intake.tags)
        if not len(rows):
            return
        known = rows >= 0
        self._twin = self._twin.restored(saved.twin, rows, (now_ms - saved.at_ms) / 1000.0)
        self._heard_ms[known] = saved.columns["heard_ms"][rows[known]]
        self._last_area[known] = saved.columns["last_area"][rows[known]]
        self._stepped_ms = now_ms

    def health(self) -> GatewayHealth:
        """How the gateways do."""
        return GatewayHealth(
            gateways=self.intake.gateways,
            last_heard_ms=self.intake.last_heard_ms.copy(),
            skew_ms=tuple(self.intake.skew_ms(gateway) for gateway in self.intake.gateways),
            refused={(gateway, str(reason)): count for (gateway, reason), count in self.intake.counts().items()},
            loudest=self._loudest,
        )

    def _located(self, now_ms: int) -> Located:
        where = self._rooms.of(self._twin)
        sure, sure2 = self._sure(where)
        certain = (sure >= SURE) & (where.room >= 0)
        self._last_area = np.where(certain, where.room, self._last_area).astype(np.int32)
        return Located(
            tags=self.intake.tags,
            where=where,
            sure=sure,
            sure2=sure2,
            heard_ms=self._heard_ms.copy(),
            last_area=self._last_area.copy(),
            now_ms=now_ms,
        )

    def _batteries(self) -> tuple[tuple[str, float], ...]:
        """Tags whose battery has changed by a hundredth or more since it was told, with the share that is left."""
        share = self.intake.battery_percent / 100.0
        changed = np.flatnonzero(~(np.abs(share - self._battery[: len(share)]) < BATTERY_STEP) & ~np.isnan(share))
        self._battery[changed] = share[changed]
        return tuple((self.intake.tags[tag], float(share[tag])) for tag in changed.tolist())

    def _sure(self, where: Whereabouts) -> tuple[Floats, Floats]:
        """Calibrated probabilities of the two areas; together at most 1."""
        known = np.zeros(len(where))
        sure = np.where(where.room >= 0, self._confidence.of(where.p_room, known), 0.0)
        raw = np.where(where.room2 >= 0, where.p_room2, 0.0)
        return sure, np.minimum(raw, 1.0 - sure)

    def _take_fix(self, fix: Fix) -> None:
        """Another locating system's word, in the site's own metres."""
        number = self.intake.number_of(fix.trackable)
        places = self._building.places
        if number is None or fix.crs != "local":
            return
        radius_m = max(FIX_M, fix.accuracy_m or 0.0)
        near = np.hypot(places.x_m - fix.x, places.y_m - fix.y) <= radius_m
        floor = f"{fix.floor:g}"
        if floor in places.floors:
            near &= places.floor == places.floors.index(floor)
        if near.any():
            self._twin.learn_of(number, near, 0.95, 0.05)
            self._heard_ms[number] = max(int(self._heard_ms[number]), fix.at_ms)
