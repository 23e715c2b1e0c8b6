"""The locator's fast twin: all tags of a site at once, each on the few places where it may be.

The model is that of `locator.Tracker` with `emission.Emission`. What is approximated, and nothing else:

- A tag keeps at most `keep` places. Those of least mass are cut.
- The mass elsewhere (`lost`: jumps, what was cut, a tag not heard yet) is one number per tag, even over all other
  places and both modes when a step begins. When the tag is heard it returns, by Bayes' rule, to the places that the
  loudest gateway of the map hears above its floor; all other places count as below everybody's floor.
  So a tag that suddenly is where it was very unlikely to be has, for a step or two, a slightly different probability.
- Hard evidence against what was heard makes much of little mass, and what was cut of that lay evenly.
- Below the floor of the map a gateway's mean, spread and share of packets are each one number for all places, and
  fingerprints there are like nothing that is heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.emission import Emission
from equipment_tracking.locator import AT_MOST, Motion
from equipment_tracking.places import Places
from equipment_tracking.twin_kernels import Rows, Tags, step
from equipment_tracking.twin_tables import air_of, desk_of, faults_of, prints_of, unheard, ways_of

KEEP = 256
SPARE = 2e-5
"""Mass that may be cut from a tag in a step, as long as `keep` places suffice for the rest."""
FLOOR_DBM = -98.0
"""Where a gateway's mean level is lower, its map is one number for all places."""
WALKED_S = 10.0
"""Tags that were saved walk for so long at most when they are restored."""
MOST_HELD = 64
"""Gateways whose levels of a tag are compared with fingerprints at a time."""
SCATTER = 0.6180339887498949
"""Numbers n × this, without their whole part, lie scattered over 0 to 1: the golden section."""


class Twin:
    """Where all tags are; tags are numbered from 0, gateways as in the radio map, places as in `places`.

    A gateway that misses a packet keeps its level for `hold_s` where levels are compared with fingerprints. Raises
    ValueError for no tag or no place to keep.
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
        hold_s: float = 0.0,
    ) -> None:
        if tags < 1 or keep < 1:
            raise ValueError(f"{tags} tags with {keep} places each: give at least one of both")
        self.motion = motion
        self._independent_s = emission.settings.independent_s
        self._spare = spare
        self._hold_s = hold_s
        self._ways = ways_of(places)
        self._fastest = float(self._ways.leaving.max(initial=0.0))
        self._air = air_of(emission.radio, emission.settings, floor_dbm)
        self._prints = prints_of(emission.prints, emission.settings)
        self._desk = desk_of(len(places), len(emission.radio.gateways), len(self._prints.alone))
        hold = min(MOST_HELD, len(emission.radio.gateways)) if emission.settings.map_share < 1.0 else 0
        self._tags = unheard(tags, keep, hold)

    @property
    def left_out(self) -> Floats:
        """Mass that the last step cut from each tag's support, beyond what those places have of the lost mass."""
        return self._tags.left_out.copy()

    @property
    def lost(self) -> Floats:
        """Mass of each tag outside its support, even over all other places."""
        return self._tags.lost.copy()

    @property
    def tags(self) -> Tags:
        """What is known of each tag, as the kernels keep it: to read, not to change; a step writes into it."""
        return self._tags

    @property
    def places(self) -> int:
        """How many places there are."""
        return len(self._desk.marked)

    @property
    def nbytes(self) -> int:
        """Memory of everything that the twin keeps."""
        return sum(
            array.nbytes for part in (self._ways, self._air, self._prints, self._desk, self._tags) for array in part
        )

    def support(self, tag: int) -> tuple[Indexes, Floats]:
        """Places that a tag keeps and their probabilities; together with `lost` they make 1."""
        count = int(self._tags.kept[tag])
        mass = self._tags.parked[tag, :count] + self._tags.moving[tag, :count]
        return self._tags.place[tag, :count].copy(), mass

    def posterior(self, tag: int) -> Floats:
        """Probability of each place."""
        parked, moving = self._modes(tag)
        probability: Floats = parked + moving
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
        rows = Rows(
            gateway=np.array(gateway, dtype=np.int32),
            tag=np.array(tag, dtype=np.int32),
            rssi_dbm=np.array(rssi_dbm, dtype=np.float64),
        )
        step(self._ways, self._air, self._prints, self._tags, self._desk, rows, self._now(span_s))

    def learn_of(self, tag: int, here: NDArray[np.bool_], inside: float, outside: float) -> None:
        """Weigh a tag's places by hard evidence: how likely it is if the tag is `here`, and if it is elsewhere.

        Exact by Bayes' rule, the lost mass being even over the places that the tag does not keep; those that are now
        the likeliest are kept. `left_out` is then what this cut. Raises ValueError, and changes nothing, for a tag or
        a mask that does not fit, and for likelihoods that are not above 0 and at most 1.
        """
        count, keep = self.places, self._tags.place.shape[1]
        if not 0 <= tag < len(self._tags.kept):
            raise ValueError(f"tag {tag} is outside 0 to {len(self._tags.kept) - 1}: make the twin for all tags")
        if len(here) != count:
            raise ValueError(f"a mask of {len(here)} places, the twin has {count}: give every place a truth value")
        if not (0.0 < inside <= 1.0 and 0.0 < outside <= 1.0):
            raise ValueError(f"likelihoods of {inside} and {outside}: give numbers above 0, at most 1")
        weight = np.where(here, inside, outside)
        parked, moving = (mass * weight for mass in self._modes(tag))
        total = (parked + moving).sum()
        parked, moving = parked / total, moving / total
        mass = parked + moving
        # Of places that are as likely those are kept that lie scattered.
        likely = np.lexsort((SCATTER * np.arange(count) % 1.0, -mass))
        around = mass[likely[keep:]].sum() / (count - keep) if count > keep else 0.0
        chosen = likely[:keep][mass[likely[:keep]] > around + self._spare / count]
        rest = np.ones(count, dtype=np.bool_)
        rest[chosen] = False
        lost = mass[rest]
        kept = len(chosen)
        self._tags.kept[tag] = kept
        self._tags.place[tag, :kept] = chosen
        self._tags.parked[tag, :kept] = parked[chosen]
        self._tags.moving[tag, :kept] = moving[chosen]
        self._tags.lost[tag] = lost.sum()
        self._tags.left_out[tag] = np.maximum(lost - lost.mean(), 0.0).sum() if len(lost) else 0.0

    def saved(self) -> dict[str, NDArray[Any]]:
        """What is known of all tags, as arrays of its own: by tag `kept` and `lost`, and `kept` entries of the rest."""
        tags = self._tags
        filled = np.arange(tags.place.shape[1]) < tags.kept[:, None]
        return {
            "kept": tags.kept.copy(),
            "lost": tags.lost.copy(),
            "place": tags.place[filled],
            "parked": tags.parked[filled],
            "moving": tags.moving[filled],
        }

    def restored(self, saved: Mapping[str, NDArray[Any]], rows: Indexes, span_s: float) -> Twin:
        """A twin with the same map that goes on from what was saved `span_s` ago.

        `rows` is for each tag of this twin its number in `saved`, -1 for one that starts anew. Tags walk for at most
        `WALKED_S`; of the time beyond that only the share that may be anywhere is taken. Where this twin keeps fewer
        places the least are cut. Raises ValueError for what cannot have been saved of these places.
        """
        wrong = faults_of(saved, self.places)
        if len(rows) != len(self._tags.kept) or np.max(rows) >= len(saved.get("kept", rows)):
            wrong.append(f"{len(rows)} rows for {len(self._tags.kept)} tags: give each its number in what was saved")
        if wrong:
            raise ValueError("; ".join(wrong))
        tags = self._unheard(len(rows))
        ends = np.cumsum(saved["kept"])
        for tag, row in enumerate(rows.tolist()):
            if row < 0:
                continue
            mine = slice(ends[row] - saved["kept"][row], ends[row])
            mass = saved["parked"][mine] + saved["moving"][mine]
            chosen = np.sort(np.argsort(-mass, kind="stable")[: tags.place.shape[1]])
            kept = tags.kept[tag] = len(chosen)
            for name in ("place", "parked", "moving"):
                getattr(tags, name)[tag, :kept] = saved[name][mine][chosen]
            tags.lost[tag] = saved["lost"][row] + np.delete(mass, chosen).sum()
        found = self._with(tags, len(self._desk.times))
        walked_s = min(max(span_s, 0.0), WALKED_S)
        if walked_s > 0.0:
            nothing = np.empty(0, dtype=np.int32)
            found.step(nothing, nothing, np.empty(0), walked_s)
            stays = np.exp(-self.motion.lost_per_s * max(span_s - walked_s, 0.0))
            tags.parked[:] *= stays
            tags.moving[:] *= stays
            tags.lost[:] = 1.0 - stays * (1.0 - tags.lost)
        return found

    def grown(self, tags: int, gateways: int | None = None) -> Twin:
        """A twin with the same map and state, for so many tags and gateways; left out, the gateways stay as they are.

        More tags are not heard yet. What is heard by gateways that the map does not know says nothing about where.
        Raises ValueError for fewer than there are.
        """
        now, known = len(self._tags.kept), len(self._desk.times)
        more = (known if gateways is None else gateways) - known
        if tags < now or more < 0:
            raise ValueError(f"{tags} tags and {known + more} gateways: there are {now} and {known} already")
        new = self._unheard(tags - now)
        columns = (np.concatenate([getattr(self._tags, name), getattr(new, name)]) for name in Tags._fields)
        return self._with(Tags(*columns), known + more)

    def _unheard(self, tags: int) -> Tags:
        return unheard(tags, self._tags.place.shape[1], self._tags.held_gateway.shape[1])

    def _with(self, tags: Tags, gateways: int) -> Twin:
        found = copy(self)
        found._begin(tags, gateways)  # noqa: SLF001  # an object of this class, not yet given away
        return found

    def _begin(self, tags: Tags, gateways: int) -> None:
        """Go on with these tags; gateways past the map's have no places."""
        self._tags = tags
        self._air = self._air._replace(first=_longer(self._air.first, gateways + 1))
        self._prints = self._prints._replace(first=_longer(self._prints.first, gateways + 1))
        self._desk = desk_of(self.places, gateways, len(self._prints.alone))

    def _modes(self, tag: int) -> tuple[Floats, Floats]:
        """Probability of each place, parked and moving."""
        tags, kept = self._tags, int(self._tags.kept[tag])
        places = tags.place[tag, :kept]
        parked = np.full(self.places, 0.5 * tags.lost[tag] / max(self.places - kept, 1))
        moving = parked.copy()
        parked[places], moving[places] = tags.parked[tag, :kept], tags.moving[tag, :kept]
        return parked, moving

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
        return np.array(
            [change, anywhere, ways_m[0], parts[0], ways_m[1], parts[1], believed, self._spare, span_s, self._hold_s]
        )


def _longer(first: Indexes, size: int) -> Indexes:
    """Where rows begin, with as many empty rows at the end."""
    return np.append(first, np.repeat(first[-1:], size - len(first)))
