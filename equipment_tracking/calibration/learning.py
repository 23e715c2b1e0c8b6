"""Learns a site's model from labels: the newest at each place, gateway by gateway, so that hospitals fit in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from equipment_tracking.calibration.labels import BASE, SOURCES, TAP, Labels, joined, moments, points, some
from equipment_tracking.columns import Indexes, Survey
from equipment_tracking.emission import Emission
from equipment_tracking.fingerprints import UNHEARD_DBM, Fingerprints, PrintSettings
from equipment_tracking.held_out import rows_of
from equipment_tracking.locator import THINGS
from equipment_tracking.model import Model, Position, Settings
from equipment_tracking.places import Places
from equipment_tracking.radio_map import MANY, MapSettings, RadioMap, learn

Progress = Callable[[int, int], None]
"""Called with how much is done and of how much."""
TAPS = 2
"""Taps that count at most in a cell: they tell the room and not the point, so they are to weigh less."""
MOST_CELLS = 20_000_000
"""Fingerprints are kept while prints times places and prints times gateways are at most so many numbers."""
PARTS = 50
QUIET_M = 8.0
"""So far around where a gateway was heard it is learned where it was not."""
QUIET_DB = 12.0
"""A gateway that was not heard is taken to be so far below the level at which reception ends."""
QUIET_CELL_M = 1.0
"""Cells of silence are at least so large."""
LARGE = 2_000
"""Places from which on a site counts as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Rows that the radio map is learned from, and rows that the fingerprints are made of, which need whole moments."""

    for_map: np.ndarray
    for_prints: np.ndarray


def settings_for(places: Places) -> Settings:
    """The usual settings; a large site is learned in coarser cells, floor by floor, so that it takes minutes."""
    if len(places) <= LARGE:
        return Settings(motion=THINGS)
    return Settings(radio=MapSettings(cell_m=2.0, floor_height_m=15.0), motion=THINGS)


def choose_rows(labels: Labels, places: Places, radio: MapSettings) -> Chosen:
    """The newest `MANY` readings of each gateway in each cell; a survey that no label contradicts is kept as it is."""
    rows = labels.rows
    cell = np.unique(np.round(points(rows, places, radio.floor_height_m) / radio.cell_m), axis=0, return_inverse=True)[
        1
    ]
    pair = np.unique(np.column_stack([cell, rows.gateway]), axis=0, return_inverse=True)[1].ravel()
    taps = labels.source == TAP
    good = np.ones(len(labels), dtype=bool)
    good[taps] = _rank(pair[taps], rows.time_s[taps]) < TAPS
    rank = np.full(len(labels), MANY)
    rank[good] = _rank(pair[good], rows.time_s[good])
    labelled = np.zeros(int(pair.max(initial=-1)) + 1, dtype=bool)
    labelled[pair[labels.source != BASE]] = True
    for_map = good & ((rank < MANY) | ~labelled[pair])
    count, moment = moments(labels)
    whole = np.zeros(count, dtype=bool)
    whole[moment[for_map & ~taps]] = True
    return Chosen(for_map=for_map, for_prints=whole[moment])


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A model, and of how many readings its map was made: by source, and by gateway in the map's order."""

    model: Model
    by_source: dict[str, int]
    by_gateway: tuple[int, ...]


def learn_model(
    labels: Labels, places: Places, settings: Settings, progress: Progress = lambda _done, _all: None
) -> Learned:
    """A model whose gateways are those with readings; where fingerprints would be too many, the map alone.

    Raises ValueError without readings.
    """
    chosen = choose_rows(labels, places, settings.radio)
    gateways = np.unique(labels.rows.gateway[chosen.for_map])
    mapped = _only(some(labels, chosen.for_map).rows, gateways)
    quiet = _only(silence(labels, places, settings.radio), gateways)
    radio = learn_map(joined(mapped, quiet), places, {}, settings.radio, progress)
    moments_kept = some(labels, chosen.for_prints)
    count, _ = moments(moments_kept)
    if count and count * max(len(places), len(gateways)) <= MOST_CELLS:
        prints = Fingerprints.of(_only(moments_kept.rows, gateways), places, settings.prints)
    else:
        prints = no_prints(len(places), len(gateways), settings.prints)
        settings = replace(settings, emission=replace(settings.emission, map_share=1.0))
    emission = Emission(radio=radio, prints=prints, settings=settings.emission)
    by_source = np.bincount(labels.source[chosen.for_map], minlength=len(SOURCES)).tolist()
    return Learned(
        model=Model(places=places, emission=emission, settings=settings),
        by_source={str(name): count for name, count in zip(SOURCES, by_source, strict=True) if count},
        by_gateway=tuple(np.bincount(mapped.gateway, minlength=len(gateways)).tolist()),
    )


def learn_map(
    survey: Survey,
    places: Places,
    positions: Mapping[str, Position],
    settings: MapSettings,
    progress: Progress = lambda _done, _all: None,
) -> RadioMap:
    """The radio map, some gateways at a time, so that one sees how far it is. Raises ValueError without readings."""
    count = len(survey.gateways)
    order = np.argsort(survey.gateway, kind="stable")
    sorted_rows = rows_of(survey, order)
    size = max(1, -(-count // PARTS))
    mean_dbm = np.empty((count, len(places)))
    spread_db, heard = np.empty_like(mean_dbm), np.empty_like(mean_dbm)
    for first in range(0, max(count, 1), size):
        last = min(count, first + size)
        begin, end = np.searchsorted(sorted_rows.gateway, [first, last])
        part = rows_of(sorted_rows, np.arange(begin, end))
        part = replace(part, gateway=part.gateway - first, gateways=survey.gateways[first:last])
        learned = learn(part, places, positions, settings)
        mean_dbm[first:last] = learned.mean_dbm
        spread_db[first:last] = learned.spread_db
        heard[first:last] = learned.heard
        progress(last, count)
    return RadioMap(gateways=survey.gateways, mean_dbm=mean_dbm, spread_db=spread_db, heard=heard)


def silence(labels: Labels, places: Places, radio: MapSettings) -> Survey:
    """Where gateways were not heard though a tag was there: a weak reading for each cell near those that heard them.

    Without it a map would suppose the usual level wherever nothing was heard. Of a gateway that the base does not have
    the base says nothing, since it was hung up later.
    """
    rows = labels.rows
    where = points(rows, places, radio.floor_height_m)
    corner, cell = np.unique(
        np.floor(where / max(radio.cell_m, QUIET_CELL_M)), axis=0, return_index=True, return_inverse=True
    )[1:]
    middle = where[corner]
    later = np.zeros(len(corner), dtype=bool)
    later[cell[labels.source != BASE]] = True
    in_base = np.bincount(rows.gateway[labels.source == BASE], minlength=len(rows.gateways)) > 0
    order = np.argsort(rows.gateway, kind="stable")
    first = np.searchsorted(rows.gateway[order], np.arange(len(rows.gateways) + 1))
    quiet: list[np.ndarray] = []
    for gateway, known in enumerate(in_base.tolist()):
        heard = np.unique(cell[order[first[gateway] : first[gateway + 1]]])
        if not len(heard):
            quiet.append(np.empty(0, dtype=np.int64))
            continue
        apart_m = np.asarray(cKDTree(middle[heard]).query(middle, distance_upper_bound=QUIET_M)[0])
        near = apart_m <= QUIET_M
        near[heard] = False
        quiet.append(np.flatnonzero(near if known else near & later))
    cells = np.concatenate(quiet) if quiet else np.empty(0, dtype=np.int64)
    weak = rows_of(rows, corner[cells])
    gateways = np.repeat(np.arange(len(quiet), dtype=np.int32), [len(cells) for cells in quiet])
    return replace(weak, gateway=gateways, rssi_dbm=np.full(len(cells), radio.silent_dbm - QUIET_DB))


def no_prints(places: int, gateways: int, settings: PrintSettings) -> Fingerprints:
    """Fingerprints that favour no place."""
    return Fingerprints(levels_dbm=np.full((1, gateways), UNHEARD_DBM), weight=np.zeros((places, 1)), settings=settings)


def _only(survey: Survey, gateways: Indexes) -> Survey:
    """The rows of these gateways (ascending), which are then all the survey's gateways."""
    mine = rows_of(survey, np.isin(survey.gateway, gateways))
    number = np.searchsorted(gateways, mine.gateway).astype(np.int32)
    return replace(mine, gateway=number, gateways=tuple(survey.gateways[gateway] for gateway in gateways.tolist()))


def _rank(group: np.ndarray, time_s: np.ndarray) -> np.ndarray:
    """Of each row within its group, from 0 for the newest; rows without time are the oldest."""
    order = np.lexsort((-np.nan_to_num(time_s, nan=-np.inf, neginf=-np.inf), group))
    begins = np.searchsorted(group[order], group[order], side="left")
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - begins
    return rank
