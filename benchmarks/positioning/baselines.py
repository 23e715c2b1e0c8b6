"""The usual methods, to compare with: none has a memory or knows of walls."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.distance import cdist

from benchmarks.positioning import Case, Estimates
from equipment_tracking.columns import Floats, Readings, Survey

UNHEARD_DBM = -95.0
"""Stands for a gateway that did not hear the tag."""
NEIGHBOURS = 15
TREES = 100
NEAREST_M = 0.3
"""A tag is never nearer to a gateway's middle than this."""
SAME_POINT_M = 0.01


def strongest_gateway(case: Case, readings: Readings, truth_times: Floats) -> Estimates:
    """The tag is where the gateway is that hears it best."""
    heard = levels(readings, truth_times, case.window_s, case.survey.gateways)
    where = np.array([case.positions[name] for name in case.survey.gateways])
    best = np.argmax(np.where(np.isnan(heard), -np.inf, heard), axis=1)
    return _without_confidence(case, where[best, :2])


def trilateration(case: Case, readings: Readings, truth_times: Floats) -> Estimates:
    """The point whose levels, by each gateway's own path loss over the distance, fit best: least squares in dB.

    The fit begins at the strongest gateways' middle and stays in the box around all places.
    """
    heard = levels(readings, truth_times, case.window_s, case.survey.gateways)
    where = np.array([case.positions[name] for name in case.survey.gateways])
    loss = _path_losses(case.survey, where, case.tag_height_m)
    low = np.array([case.places.x_m.min(), case.places.y_m.min()])
    high = np.array([case.places.x_m.max(), case.places.y_m.max()])
    found = np.empty((len(heard), 2))
    for row, now in enumerate(heard):
        known = ~np.isnan(now)
        weight = 10.0 ** (now[known] / 20.0)
        begin = np.clip(weight @ where[known, :2] / weight.sum(), low + 1e-3, high - 1e-3)

        def off_db(point: Floats, now: Floats = now, known: Any = known) -> Floats:
            decades = _decades(point[None, :], where[known], case.tag_height_m)[0]
            off: Floats = loss[known, 0] - loss[known, 1] * decades - now[known]
            return off

        found[row] = least_squares(off_db, begin, bounds=(low, high), loss="soft_l1", f_scale=5.0).x
    return _without_confidence(case, found)


def nearest_neighbours(case: Case, readings: Readings, truth_times: Floats) -> Estimates:
    """The middle of the 15 prints of the survey that differ least (kNN); the confidence is the share that agrees."""
    points, known_dbm = prints(case.survey, case.window_s)
    heard = levels(readings, truth_times, case.window_s, case.survey.gateways)
    apart = cdist(np.where(np.isnan(heard), UNHEARD_DBM, heard), known_dbm)
    nearest = np.argpartition(apart, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    return _by_vote(case, points[nearest])


def random_forest(case: Case, readings: Readings, truth_times: Floats) -> Estimates:
    """The mean of 100 regression trees; the confidence is the share of them that agrees.

    Raises SystemExit when scikit-learn is not installed.
    """
    try:
        ensemble = importlib.import_module("sklearn.ensemble")
    except ModuleNotFoundError as missing:
        raise SystemExit("the random forest needs scikit-learn: pip install 'portor[bench]'") from missing
    points, known_dbm = prints(case.survey, case.window_s)
    forest = ensemble.RandomForestRegressor(n_estimators=TREES, random_state=1)
    forest.fit(known_dbm, points)
    heard = levels(readings, truth_times, case.window_s, case.survey.gateways)
    now = np.where(np.isnan(heard), UNHEARD_DBM, heard)
    return _by_vote(case, np.stack([tree.predict(now) for tree in forest.estimators_], axis=1))


def levels(readings: Readings, times_s: Floats, window_s: float, gateways: tuple[str, ...]) -> Floats:
    """Mean level by time and gateway over the window that ends at each time, in dBm; nan where nothing was heard.

    A window without any reading repeats the one before it. The readings are those of one tag.
    """
    found = np.full((len(times_s), len(gateways)), np.nan)
    for place, name in enumerate(gateways):
        mine = readings.gateway == (readings.gateways.index(name) if name in readings.gateways else -1)
        heard_s = readings.time_s[mine]
        total = np.concatenate([[0.0], np.cumsum(readings.rssi_dbm[mine])])
        first, last = (np.searchsorted(heard_s, times_s - back, side="right") for back in (window_s, 0.0))
        some = last > first
        found[some, place] = (total[last] - total[first])[some] / (last - first)[some]
    silent = np.all(np.isnan(found), axis=1)
    latest = np.maximum.accumulate(np.where(silent, 0, np.arange(len(found))))
    repeated: Floats = found[latest]
    return repeated


def prints(survey: Survey, window_s: float) -> tuple[Floats, Floats]:
    """Points of the survey, shape (n, 2) in metres, and the levels heard there together, shape (n, gateways) in dBm."""
    standing = np.column_stack(
        [np.round(survey.x_m / SAME_POINT_M), np.round(survey.y_m / SAME_POINT_M), np.floor(survey.time_s / window_s)]
    )
    _, first, mine = np.unique(standing, axis=0, return_index=True, return_inverse=True)
    total, count = np.zeros((2, len(first), len(survey.gateways)))
    np.add.at(total, (mine, survey.gateway), survey.rssi_dbm)
    np.add.at(count, (mine, survey.gateway), 1.0)
    heard = np.where(count > 0, total / np.maximum(count, 1.0), UNHEARD_DBM)
    return np.column_stack([survey.x_m[first], survey.y_m[first]]), heard


def _path_losses(survey: Survey, where: Floats, tag_height_m: float) -> Floats:
    """Level at 1 m and loss a decade of distance of each gateway, fitted to the survey, shape (gateways, 2)."""
    found = np.empty((len(where), 2))
    for number in range(len(where)):
        mine = survey.gateway == number
        points = np.column_stack([survey.x_m[mine], survey.y_m[mine]])
        decades = _decades(points, where[number : number + 1], tag_height_m)[:, 0]
        terms = np.column_stack([np.ones(len(decades)), -decades])
        found[number] = np.linalg.lstsq(terms, survey.rssi_dbm[mine], rcond=None)[0]
    return found


def _decades(points: Floats, where: Floats, tag_height_m: float) -> Floats:
    """Decimal logarithm of the metres between points (n, 2) and gateways (g, 3), shape (n, g)."""
    tags = np.column_stack([points, np.full(len(points), tag_height_m)])
    found: Floats = np.log10(np.maximum(cdist(tags, where), NEAREST_M))
    return found


def _without_confidence(case: Case, points: Floats) -> Estimates:
    return Estimates(x_m=points[:, 0], y_m=points[:, 1], room=_rooms(case, points), p_room=np.full(len(points), np.nan))


def _by_vote(case: Case, votes: Floats) -> Estimates:
    """The mean of the votes, shape (times, votes, 2), and the share of them in its room or near enough."""
    middle = votes.mean(axis=1)
    rooms = _rooms(case, middle)
    if case.room_of is None:
        agrees = np.linalg.norm(votes - middle[:, None], axis=2) <= case.right_within_m
    else:
        voted = np.array(_rooms(case, votes.reshape(-1, 2)), dtype=object).reshape(votes.shape[:2])
        agrees = voted == np.array(rooms, dtype=object)[:, None]
    return Estimates(x_m=middle[:, 0], y_m=middle[:, 1], room=rooms, p_room=agrees.mean(axis=1))


def _rooms(case: Case, points: Floats) -> tuple[str | None, ...]:
    if case.room_of is None:
        return (None,) * len(points)
    return tuple(case.room_of(x, y) for x, y in points.tolist())
