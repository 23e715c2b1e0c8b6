"""The locator's fast twin: all tags of a site at once, each on the few places where it may be.

The model is that of `locator.Tracker` with the radio map alone. What is approximated, and nothing else:

- A tag keeps at most `keep` places. Those of least mass are cut.
- The mass elsewhere (`lost`: jumps, what was cut, a tag not heard yet) is one number per tag, even over all other
  places and both modes when a step begins. When the tag is heard it returns, by Bayes' rule, to the places that the
  loudest gateway of the map hears above its floor; all other places count as below everybody's floor.
  So a tag that suddenly is where it was very unlikely to be has, for a step or two, a slightly different probability.
- Below the floor of the map a gateway's mean, spread and share of packets are each one number for all places.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.emission import Emission, EmissionSettings
from equipment_tracking.locator import AT_MOST, Motion
from equipment_tracking.places import Places
from equipment_tracking.radio_map import RadioMap
from equipment_tracking.twin_kernels import Air, Desk, Tags, Ways, step

KEEP = 256
SPARE = 2e-5
"""Mass that may be cut from a tag in a step, as long as `keep` places suffice for the rest."""
FLOOR_DBM = -98.0
"""Where a gateway's mean level is lower, its map is one number for all places."""


class Twin:
    """Where all tags are; tags are numbered from 0, gateways as in the radio map, places as in `places`.

    Raises ValueError for settings that need fingerprints, and for no tag or no place to keep.
    """

    def __init__(
        self,
        places: Places,
        emission: Emission,
        motion: Motion,
        *,
        tags: int,
        keep: int = KEEP,
        spare: float = SPARE,
        floor_dbm: float = FLOOR_DBM,
    ) -> None:
        if emission.settings.map_share < 1.0:
            raise ValueError(
                f"map_share is {emission.settings.map_share}: the twin knows the radio map alone; set map_share to 1 "
                "or follow tags by the reference"
            )
        if tags < 1 or keep < 1:
            raise ValueError(f"{tags} tags with {keep} places each: give at least one of both")
        self.motion = motion
        self._independent_s = emission.settings.independent_s
        self._spare = spare
        self._ways = _ways(places)
        self._fastest = float(self._ways.leaving.max(initial=0.0))
        self._air = _air(emission.radio, emission.settings, floor_dbm)
        self._desk = _desk(len(places), len(emission.radio.gateways))
        self._tags = Tags(
            kept=np.zeros(tags, dtype=np.int32),
            place=np.zeros((tags, keep), dtype=np.int32),
            parked=np.zeros((tags, keep)),
            moving=np.zeros((tags, keep)),
            lost=np.ones(tags),
            left_out=np.zeros(tags),
        )

    @property
    def left_out(self) -> Floats:
        """Mass that the last step cut from each tag's support, beyond what those places have of the lost mass."""
        return self._tags.left_out.copy()

    @property
    def lost(self) -> Floats:
        """Mass of each tag outside its support, even over all other places."""
        return self._tags.lost.copy()

    @property
    def nbytes(self) -> int:
        """Memory of everything that the twin keeps."""
        return sum(array.nbytes for part in (self._ways, self._air, self._desk, self._tags) for array in part)

    def support(self, tag: int) -> tuple[Indexes, Floats]:
        """Places that a tag keeps and their probabilities; together with `lost` they make 1."""
        count = int(self._tags.kept[tag])
        mass = self._tags.parked[tag, :count] + self._tags.moving[tag, :count]
        return self._tags.place[tag, :count].copy(), mass

    def posterior(self, tag: int) -> Floats:
        """Probability of each place."""
        places, mass = self.support(tag)
        others = len(self._desk.marked) - len(places)
        probability = np.full(len(self._desk.marked), self._tags.lost[tag] / max(others, 1))
        probability[places] = mass
        return probability

    def likeliest(self) -> tuple[Indexes, Floats]:
        """The likeliest place of each tag and its probability; -1 and 0 for a tag that may be anywhere."""
        keep = self._tags.place.shape[1]
        mass = np.where(np.arange(keep) < self._tags.kept[:, None], self._tags.parked + self._tags.moving, 0.0)
        best = mass.argmax(axis=1)
        rows = np.arange(len(mass))
        known = self._tags.kept > 0
        return np.where(known, self._tags.place[rows, best], -1).astype(np.int32), mass[rows, best]

    def step(self, gateway: Indexes, tag: Indexes, rssi_dbm: Floats, span_s: float) -> None:
        """Let `span_s` pass for all tags, in which this was heard: a row a reading (dBm), sorted by tag.

        Several readings of a tag by one gateway count as their mean. A long span is walked in parts as short as those
        of the reference, and takes its time accordingly: step about once a second. Raises ValueError, and changes
        nothing, for columns that do not fit together or name gateways or tags that there are not.
        """
        wrong = self._faults(gateway, tag, rssi_dbm, span_s)
        if wrong:
            raise ValueError("; ".join(wrong))
        step(
            self._ways,
            self._air,
            self._tags,
            self._desk,
            np.array(gateway, dtype=np.int32),
            np.array(tag, dtype=np.int32),
            np.array(rssi_dbm, dtype=np.float64),
            self._now(span_s),
        )

    def _faults(self, gateway: Indexes, tag: Indexes, rssi_dbm: Floats, span_s: float) -> list[str]:
        wrong = []
        if not len(gateway) == len(tag) == len(rssi_dbm):
            wrong.append("columns of different lengths: give every reading a gateway, a tag and a level")
        if not (np.isfinite(span_s) and span_s >= 0.0):
            wrong.append(f"a span of {span_s} s: time passes forwards")
        if np.any(np.diff(tag) < 0):
            wrong.append("readings are not sorted by tag: sort them")
        if len(tag) and (np.min(tag) < 0 or np.max(tag) >= len(self._tags.kept)):
            wrong.append(f"a tag outside 0 to {len(self._tags.kept) - 1}: make the twin for all tags")
        if len(gateway) and (np.min(gateway) < 0 or np.max(gateway) >= len(self._desk.times)):
            wrong.append(f"a gateway outside 0 to {len(self._desk.times) - 1}: number them as in the radio map")
        if not np.all(np.isfinite(rssi_dbm)):
            wrong.append("a level that is no number: leave readings without a level out")
        return wrong

    def _now(self, span_s: float) -> Floats:
        """The numbers of one step, in the order of `twin_kernels`."""
        motion = self.motion
        ways_m = motion.parked_m_s * span_s, motion.moving_m_s * span_s
        parts = [max(1.0, float(np.ceil(self._fastest * way_m / AT_MOST))) for way_m in ways_m]
        change = 0.5 * (1.0 - np.exp(-2.0 * motion.switch_per_s * span_s))
        anywhere = 1.0 - np.exp(-motion.lost_per_s * span_s)
        believed = min(1.0, span_s / self._independent_s)
        return np.array([change, anywhere, ways_m[0], parts[0], ways_m[1], parts[1], believed, self._spare])


def _ways(places: Places) -> Ways:
    rate = sparse.csr_array(places.neighbours())
    return Ways(
        first=rate.indptr.astype(np.int32),
        head=rate.indices.astype(np.int32),
        rate=rate.data.astype(np.float64),
        leaving=np.asarray(rate.sum(axis=1), dtype=np.float64).ravel(),
    )


def _air(radio: RadioMap, settings: EmissionSettings, floor_dbm: float) -> Air:
    """The map above its floor, row by row, so that no second full table is ever made."""
    rows: list[tuple[Indexes, Floats, Floats, Floats]] = []
    silence = np.zeros(radio.mean_dbm.shape[1])
    below = np.zeros(4)
    for mean_dbm, spread_db, heard in zip(radio.mean_dbm, radio.spread_db, radio.heard, strict=True):
        place = np.nonzero(mean_dbm > floor_dbm)[0].astype(np.int32)
        low = mean_dbm <= floor_dbm
        below += [low.sum(), mean_dbm[low].sum(), (spread_db[low] ** 2).sum(), heard[low].sum()]
        silence += np.log1p(-heard)
        rows.append((place, mean_dbm[place], spread_db[place] ** 2 + settings.reading_db**2, heard[place]))
    # Where nothing is below the floor these numbers are used by no place.
    count, mean, variance, share = below if below[0] else (1.0, floor_dbm, 0.0, 0.5)
    floor_variance = variance / count + settings.reading_db**2
    variances = np.concatenate([row[2] for row in rows])
    loudest = silence.max()
    floor = [
        mean / count,
        1.0 / (settings.tail * floor_variance),
        float(_news(np.array([share / count]), np.array([floor_variance]))[0]),
        loudest + np.log(np.mean(np.exp(silence - loudest))),
        0.5 * (settings.tail + 1.0),
    ]
    return Air(
        first=np.cumsum([0, *(len(row[0]) for row in rows)]).astype(np.int32),
        place=np.concatenate([row[0] for row in rows]),
        mean_dbm=np.concatenate([row[1] for row in rows]),
        shrink=1.0 / (settings.tail * variances),
        news=_news(np.concatenate([row[3] for row in rows]), variances),
        silence=silence,
        floor=np.array(floor),
    )


def _news(heard: Floats, variance: Floats) -> Floats:
    """What being heard adds to the log likelihood apart from the level: it is not silent, and the t's norm."""
    added: Floats = np.log(heard) - np.log1p(-heard) - 0.5 * np.log(variance)
    return added


def _desk(places: int, gateways: int) -> Desk:
    return Desk(
        parked=np.zeros(places),
        moving=np.zeros(places),
        fresh=np.zeros(places),
        product=np.zeros(places),
        news=np.zeros(places),
        marked=np.zeros(places, dtype=np.uint8),
        active=np.zeros(places, dtype=np.int32),
        even_parked=np.zeros(places),
        even_moving=np.zeros(places),
        total_dbm=np.zeros(gateways),
        times=np.zeros(gateways, dtype=np.int32),
        heard=np.zeros(gateways, dtype=np.int32),
    )
