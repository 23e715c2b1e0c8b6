"""Takes what gateways report: corrects their clocks, drops what must not be counted, and counts what it dropped.

A gateway's skew is what its newest reading is behind on arrival: the clock's error and the delay on the way. One
sample a second of arrival is kept, the smallest, so that a backlog sent at once is one sample; the skew is the third
smallest of the last 16, which neither two freak timestamps nor a gateway that was cut off for a while can move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, compress, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.readings import REASONS, Batch, Fix, Reason, plain_id

Instants = NDArray[np.int64]
Mask = NDArray[np.bool_]

SAMPLES = 16
"""Skew samples kept a gateway."""
KNOWN_AFTER = 3
"""Samples from which a clock counts as known."""
BELIEVED = 2
"""Place of the sample that is believed, in ascending order from 0; of few samples it is the middle one."""
NEVER_MS = -1
OTHERS = "(others)"
"""Under this name stand unknown gateways once too many different ones were heard."""
_UNSET = np.iinfo(np.int64).max
_LONGITUDE, _LATITUDE = 180.0, 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings:
    """What is dropped: older than `late_ms` or further ahead than `future_ms` after correction, outside the levels.

    A reading is recognised when it comes again for at least `remember_ms` and at most twice that; `most_remembered` and
    `most_strangers` bound the memory for readings and for names of unknown gateways.
    """

    late_ms: int = 30_000
    future_ms: int = 2_000
    weakest_dbm: float = -120.0
    strongest_dbm: float = 0.0
    remember_ms: int = 10_000
    most_remembered: int = 1_000_000
    most_strangers: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Readings to locate with, sorted by time, gateway, tag and level; times are corrected, none after its arrival."""

    gateway: Indexes
    tag: Indexes
    rssi_dbm: NDArray[np.float32]
    at_ms: Instants
    fixes: tuple[Fix, ...]

    def __len__(self) -> int:
        return len(self.at_ms)


class _Heard(NamedTuple):
    """Readings on their way through; `at_ms` is what the gateway said until its clock is corrected."""

    gateway: Indexes
    tag: Indexes
    rssi_dbm: Floats
    at_ms: Instants
    arrived_ms: Instants

    @property
    def age_ms(self) -> Instants:
        """On arrival."""
        return self.arrived_ms - self.at_ms

    def where(self, which: Mask | NDArray[np.intp]) -> _Heard:
        """Some of them, or all in another order."""
        return _Heard(
            gateway=self.gateway[which],
            tag=self.tag[which],
            rssi_dbm=self.rssi_dbm[which],
            at_ms=self.at_ms[which],
            arrived_ms=self.arrived_ms[which],
        )


class Clocks:
    """Skew samples by gateway: a ring of `SAMPLES`, in milliseconds by which a gateway's newest reading was behind."""

    def __init__(self) -> None:
        self._ring: Instants = np.empty((0, SAMPLES), np.int64)
        self._count: Instants = np.empty(0, np.int64)
        self._second: Instants = np.empty(0, np.int64)

    def grow(self, size: int) -> None:
        """Make room for gateways 0 to `size`."""
        more = size - len(self._count)
        self._ring = np.vstack([self._ring, np.full((more, SAMPLES), _UNSET)])
        self._count = np.concatenate([self._count, np.zeros(more, np.int64)])
        self._second = np.concatenate([self._second, np.full(more, NEVER_MS)])

    def hear(self, gateway: Indexes, behind_ms: Instants, arrived_ms: Instants) -> None:
        """Take the readings of known gateways into account."""
        second = arrived_ms // 1000
        for now in np.unique(second).tolist():
            mine = second == now
            heard, place = np.unique(gateway[mine], return_inverse=True)
            least = np.full(len(heard), _UNSET)
            np.minimum.at(least, place, behind_ms[mine])
            fresh = self._second[heard] < now
            self._second[heard[fresh]] = now
            self._count[heard[fresh]] += 1
            slot = (self._count[heard] - 1) % SAMPLES
            kept = np.where(fresh, _UNSET, self._ring[heard, slot])
            self._ring[heard, slot] = np.minimum(kept, least)

    def known(self, gateway: Indexes) -> Mask:
        """Whether enough was heard of each gateway to say how its clock goes."""
        return self._count[gateway] >= KNOWN_AFTER

    def skew_ms(self, gateway: Indexes) -> Instants:
        """To be added to what each gateway says; 0 while its clock is not known."""
        count = np.minimum(self._count[gateway], SAMPLES)
        place = np.minimum(BELIEVED, np.maximum(count - 1, 0) // 2)
        sample = np.sort(self._ring[gateway], axis=1)[np.arange(len(gateway)), place]
        return np.where(count >= KNOWN_AFTER, sample, 0)


class Remembered:
    """Readings seen lately, as numbers: two generations, so that forgetting costs nothing and memory is bounded."""

    def __init__(self, settings: IntakeSettings) -> None:
        self._settings = settings
        self._now: set[object] = set()
        self._before: set[object] = set()
        self._since_ms = NEVER_MS

    def __len__(self) -> int:
        return len(self._now) + len(self._before)

    def pass_time(self, now_ms: int) -> None:
        """Forget what is older than two generations."""
        full = len(self._now) >= self._settings.most_remembered
        if full or now_ms >= self._since_ms + self._settings.remember_ms:
            self._now, self._before, self._since_ms = set(), self._now, now_ms

    def are_new(self, keys: Sequence[object]) -> list[bool]:
        """Which of the keys, all different, were not there yet; now they are."""
        new = set(keys) - self._now - self._before
        self._now |= new
        return list(map(new.__contains__, keys))


class Intake:
    """The only way from messages to the locator. Gateways and tags are given by id and known by index from then on.

    `battery_percent` (nan: never said) and `battery_at_ms` are by tag, `last_heard_ms` by gateway, times on arrival.
    """

    def __init__(self, gateways: Iterable[str], tags: Iterable[str], settings: IntakeSettings | None = None) -> None:
        self.settings = settings or IntakeSettings()
        self.last_heard_ms: Instants = np.empty(0, np.int64)
        self.battery_percent: Floats = np.empty(0)
        self.battery_at_ms: Instants = np.empty(0, np.int64)
        self._gateway: dict[str, int] = {}
        self._tag: dict[str, int] = {}
        self._clocks = Clocks()
        self._remembered = Remembered(self.settings)
        self._refused: NDArray[np.int64] = np.empty((0, len(REASONS)), np.int64)
        self._strangers: dict[str, Counter[Reason]] = {}
        self.admit(gateways, tags)

    @property
    def gateways(self) -> tuple[str, ...]:
        """Plain ids of the gateways, by index."""
        return tuple(self._gateway)

    @property
    def tags(self) -> tuple[str, ...]:
        """Plain ids of the tags, by index."""
        return tuple(self._tag)

    def number_of(self, tag: str) -> int | None:
        """The index of a tag by its plain id, None when it was not admitted."""
        return self._tag.get(tag)

    def admit(self, gateways: Iterable[str] = (), tags: Iterable[str] = ()) -> None:
        """Know more gateways and tags; indexes given before stay. Raises ValueError for what is no id."""
        new_gateways, new_tags = [plain_id(name) for name in gateways], [plain_id(name) for name in tags]
        for index, new in ((self._gateway, new_gateways), (self._tag, new_tags)):
            for name in new:
                index.setdefault(name, len(index))
        more_gateways = len(self._gateway) - len(self.last_heard_ms)
        more_tags = len(self._tag) - len(self.battery_percent)
        self._clocks.grow(len(self._gateway))
        self._refused = np.vstack([self._refused, np.zeros((more_gateways, len(REASONS)), np.int64)])
        self.last_heard_ms = np.concatenate([self.last_heard_ms, np.full(more_gateways, NEVER_MS)])
        self.battery_percent = np.concatenate([self.battery_percent, np.full(more_tags, np.nan)])
        self.battery_at_ms = np.concatenate([self.battery_at_ms, np.full(more_tags, NEVER_MS)])

    def counts(self) -> dict[tuple[str, Reason], int]:
        """How many readings were refused since the start, by gateway and reason, without zeros."""
        names = self.gateways
        known = {
            (names[gateway], REASONS[reason]): int(self._refused[gateway, reason])
            for gateway, reason in np.argwhere(self._refused).tolist()
        }
        strange = {(name, reason): n for name, by in self._strangers.items() for reason, n in by.items()}
        return known | strange

    def skew_ms(self, gateway: str) -> int | None:
        """What is added to a gateway's times (positive: its clock is behind), None while that is not known.

        Raises KeyError for a gateway that was not admitted.
        """
        place = np.array([self._gateway[plain_id(gateway)]], np.int32)
        return int(self._clocks.skew_ms(place)[0]) if self._clocks.known(place)[0] else None

    def take(self, arrivals: Sequence[tuple[Batch, int]]) -> Accepted:
        """Take batches, each with its time of arrival in milliseconds UTC; one call for many costs least."""
        if arrivals:
            self._remembered.pass_time(min(arrived for _, arrived in arrivals))
        for batch, arrived_ms in arrivals:
            self._note(batch, arrived_ms)
        self._note_batteries(arrivals)
        fixes = [fix for batch, arrived_ms in arrivals for fix in batch.fixes if self._takes(fix, arrived_ms)]
        fixes.sort(key=lambda fix: (fix.at_ms, fix.source, fix.trackable, fix.x, fix.y))
        return self._take_readings([(batch, arrived) for batch, arrived in arrivals if batch.at_ms], tuple(fixes))

    def _take_readings(self, arrivals: Sequence[tuple[Batch, int]], fixes: tuple[Fix, ...]) -> Accepted:
        """Ask of each reading who heard whom, whether it is new, and when it was by the corrected clock."""
        settings = self.settings
        heard = self._columns(arrivals)
        np.maximum.at(self.last_heard_ms, heard.gateway, heard.arrived_ms)
        heard = self._keep(heard, heard.tag >= 0, "unknown_tag")
        audible = (heard.rssi_dbm >= settings.weakest_dbm) & (heard.rssi_dbm <= settings.strongest_dbm)
        heard = self._keep(heard, audible, "out_of_range")
        heard = self._keep(heard, self._are_new(_keys(heard)), "duplicate")

        self._clocks.hear(heard.gateway, heard.arrived_ms - heard.at_ms, heard.arrived_ms)
        spoke, place = np.unique(heard.gateway, return_inverse=True)
        heard = heard._replace(at_ms=heard.at_ms + self._clocks.skew_ms(spoke)[place])
        sound = (heard.age_ms <= settings.late_ms) & (heard.age_ms >= -settings.future_ms)
        heard = self._keep(heard, sound | self._clocks.known(heard.gateway), "weak_clock")
        heard = self._keep(heard, heard.age_ms <= settings.late_ms, "late")
        heard = self._keep(heard, heard.age_ms >= -settings.future_ms, "future")

        heard = heard._replace(at_ms=np.minimum(heard.at_ms, heard.arrived_ms))
        heard = heard.where(np.lexsort((heard.rssi_dbm, heard.tag, heard.gateway, heard.at_ms)))
        return Accepted(
            gateway=heard.gateway,
            tag=heard.tag,
            rssi_dbm=heard.rssi_dbm.astype(np.float32),
            at_ms=heard.at_ms,
            fixes=fixes,
        )

    def _columns(self, arrivals: Sequence[tuple[Batch, int]]) -> _Heard:
        """The readings of known gateways; tags are -1 where they are not known."""
        batches = [batch for batch, _ in arrivals]
        lengths = [len(batch.at_ms) for batch in batches]
        count = sum(lengths)
        names = list(chain.from_iterable(batch.gateways for batch in batches))
        tags = chain.from_iterable(batch.tags for batch in batches)
        heard = _Heard(
            gateway=np.fromiter(map(self._gateway.get, names, repeat(-1)), np.int32, count),
            tag=np.fromiter(map(self._tag.get, tags, repeat(-1)), np.int32, count),
            rssi_dbm=np.fromiter(chain.from_iterable(batch.rssi_dbm for batch in batches), np.float64, count),
            at_ms=np.fromiter(chain.from_iterable(batch.at_ms for batch in batches), np.int64, count),
            arrived_ms=np.repeat(np.array([arrived for _, arrived in arrivals], np.int64), lengths),
        )
        strange = heard.gateway < 0
        for name, number in Counter(compress(names, strange.tolist())).items():
            self._refuse(name, "unknown_gateway", number)
        return heard.where(~strange)

    def _keep(self, heard: _Heard, wanted: Mask, reason: Reason) -> _Heard:
        """The readings that are wanted; the others are counted."""
        if wanted.all():
            return heard
        np.add.at(self._refused[:, REASONS.index(reason)], heard.gateway[~wanted], 1)
        return heard.where(wanted)

    def _are_new(self, keys: NDArray[np.uint64]) -> Mask:
        """By reading: the first with this key, now and lately."""
        different, first = np.unique(keys, return_index=True)
        new = np.zeros(len(keys), np.bool_)
        new[first] = self._remembered.are_new(different.tolist())
        return new

    def _note(self, batch: Batch, arrived_ms: int) -> None:
        """Who speaks in a batch, and what of it could not be read."""
        for reject in batch.rejects:
            self._refuse(reject.gateway, reject.reason, reject.count)
        for name in batch.heard:
            if (gateway := self._gateway.get(name)) is not None:
                self.last_heard_ms[gateway] = max(arrived_ms, int(self.last_heard_ms[gateway]))

    def _note_batteries(self, arrivals: Sequence[tuple[Batch, int]]) -> None:
        """What tags say of their batteries; the latest counts."""
        percents: dict[str, float] = {}
        said_ms: dict[str, int] = {}
        for batch, arrived_ms in sorted(arrivals, key=lambda arrival: arrival[1]):
            percents.update(batch.batteries)
            said_ms.update(dict.fromkeys(batch.batteries, arrived_ms))
        tag = np.fromiter(map(self._tag.get, percents, repeat(-1)), np.int32, len(percents))
        percent = np.fromiter(percents.values(), np.float64, len(percents))
        at_ms = np.fromiter(map(said_ms.__getitem__, percents), np.int64, len(percents))
        known = tag >= 0
        tag, percent, at_ms = tag[known], percent[known], at_ms[known]
        newer = at_ms >= self.battery_at_ms[tag]
        self.battery_percent[tag[newer]] = percent[newer]
        self.battery_at_ms[tag[newer]] = at_ms[newer]

    def _takes(self, fix: Fix, arrived_ms: int) -> bool:
        """Whether a fix may be used; its clock is another system's and is taken as it is."""
        age_ms = arrived_ms - fix.at_ms
        reason: Reason | None = None
        if fix.trackable not in self._tag:
            reason = "unknown_tag"
        elif fix.crs != "local" and not (abs(fix.x) <= _LONGITUDE and abs(fix.y) <= _LATITUDE):
            reason = "out_of_range"
        elif age_ms > self.settings.late_ms:
            reason = "late"
        elif age_ms < -self.settings.future_ms:
            reason = "future"
        elif not self._remembered.are_new([(fix.trackable, fix.source, fix.at_ms, fix.x, fix.y)])[0]:
            reason = "duplicate"
        if reason is not None:
            self._refuse(fix.source, reason, 1)
        return reason is None

    def _refuse(self, gateway: str, reason: Reason, count: int) -> None:
        """Count by name; of strangers only so many have a name."""
        if (place := self._gateway.get(gateway)) is not None:
            self._refused[place, REASONS.index(reason)] += count
            return
        if gateway not in self._strangers and len(self._strangers) >= self.settings.most_strangers:
            gateway = OTHERS
        self._strangers.setdefault(gateway, Counter())[reason] += count


def _keys(heard: _Heard) -> NDArray[np.uint64]:
    """A 64-bit number a reading, by the gateway's own time: equal readings have equal numbers.

    Different ones share a number with a chance of 2⁻⁶⁴ a pair (steps and factors of SplitMix64, Steele, Lea & Flood,
    Fast splittable pseudorandom number generators, OOPSLA 2014).
    """
    key = np.zeros(len(heard.at_ms), np.uint64)
    for column in (heard.gateway.astype(np.int64), heard.tag.astype(np.int64), heard.at_ms, heard.rssi_dbm):
        key += column.view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        key ^= key >> np.uint64(31)
    return key
