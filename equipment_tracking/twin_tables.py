"""The tables that the locator's twin works on, made once of places, radio map and fingerprints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.emission import EmissionSettings
from equipment_tracking.fingerprints import UNHEARD_DBM, Fingerprints
from equipment_tracking.places import Places
from equipment_tracking.radio_map import RadioMap
from equipment_tracking.twin_kernels import Air, Desk, Prints, Tags, Ways

SLIGHT = 1e-6
"""So much the mass of a tag may be off 1 by rounding."""
LEAST_WEIGHT = 1e-9
"""A print of less weight at a place says nothing there."""


def ways_of(places: Places) -> Ways:
    """The stretches between places, by where they begin."""
    rate = sparse.csr_array(places.neighbours())
    return Ways(
        first=rate.indptr.astype(np.int32),
        head=rate.indices.astype(np.int32),
        rate=rate.data.astype(np.float64),
        leaving=np.asarray(rate.sum(axis=1), dtype=np.float64).ravel(),
    )


def air_of(radio: RadioMap, settings: EmissionSettings, floor_dbm: float) -> Air:
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


def unheard(tags: int, keep: int, hold: int) -> Tags:
    """Tags that may be anywhere, with room for so many places and levels held."""
    return Tags(
        kept=np.zeros(tags, dtype=np.int32),
        place=np.zeros((tags, keep), dtype=np.int32),
        parked=np.zeros((tags, keep)),
        moving=np.zeros((tags, keep)),
        lost=np.ones(tags),
        left_out=np.zeros(tags),
        held=np.zeros(tags, dtype=np.int32),
        held_gateway=np.zeros((tags, hold), dtype=np.int32),
        held_dbm=np.zeros((tags, hold)),
        held_age_s=np.zeros((tags, hold)),
    )


def prints_of(prints: Fingerprints, settings: EmissionSettings) -> Prints:
    """The fingerprints without what they did not hear and where they say nothing; none at all if they have no share."""
    share = 1.0 - settings.map_share
    above_db = sparse.csr_array((prints.levels_dbm if share > 0.0 else np.empty((0, 0))).T - UNHEARD_DBM)
    weight = sparse.csr_array(np.where(prints.weight < LEAST_WEIGHT, 0.0, prints.weight) if share > 0.0 else (0, 0))
    scale = 1.0 / (2.0 * prints.settings.differ_db**2)
    total = prints.weight.sum(axis=1)
    return Prints(
        first=above_db.indptr.astype(np.int32),
        number=above_db.indices.astype(np.int32),
        above_db=above_db.data.astype(np.float64),
        alone=-scale * np.asarray(above_db.power(2).sum(axis=0), dtype=np.float64).ravel(),
        first_at=weight.indptr.astype(np.int32),
        number_at=weight.indices.astype(np.int32),
        weight=weight.data.astype(np.float64),
        total=total,
        settings=np.array([2.0 * scale, share, prints.settings.background, np.median(total)]),
    )


def desk_of(places: int, gateways: int, prints: int) -> Desk:
    """Room for so many places, gateways and fingerprints."""
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
        alike=np.zeros(prints),
    )


def faults_of(saved: Mapping[str, NDArray[Any]], places: int) -> list[str]:
    """Why this cannot be what a twin of so many places saved; nothing if it can."""
    missing = [name for name in ("kept", "lost", "place", "parked", "moving") if name not in saved]
    if missing:
        return [f"no {name}" for name in missing]
    kept, lost, place = saved["kept"], saved["lost"], saved["place"]
    if any(column.ndim != 1 for column in saved.values()) or len(kept) != len(lost) or np.any(kept < 0):
        return ["columns that do not fit together"]
    if kept.dtype.kind != "i" or place.dtype.kind != "i":
        return ["numbers of places that are not whole"]
    if not kept.sum() == len(place) == len(saved["parked"]) == len(saved["moving"]):
        return ["places and their masses in different numbers"]
    wrong = []
    if len(place) and (place.min() < 0 or place.max() >= places):
        wrong.append("a place that there is not")
    mass = saved["parked"] + saved["moving"]
    tag = np.repeat(np.arange(len(kept)), kept)
    if len(np.unique(tag * places + place)) < len(place):
        wrong.append("a place twice")
    total = np.bincount(tag, mass, len(kept)) + lost
    least = min((column.min() for column in (saved["parked"], saved["moving"], lost) if len(column)), default=0.0)
    if not (least >= 0.0 and np.all(np.abs(total - 1.0) < SLIGHT)):
        wrong.append("masses that do not make 1")
    return wrong
