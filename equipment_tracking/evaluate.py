"""Evaluation: locate tags whose way is known, and say how far off, how often right and how honest the answers are."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from equipment_tracking.accuracy import calibration
from equipment_tracking.calibration.labels import joined, of_survey
from equipment_tracking.calibration.learning import silence
from equipment_tracking.columns import Readings, Survey, Truth
from equipment_tracking.estimate import Estimate, State, Summary, state_of
from equipment_tracking.held_out import fit_confidence, judge
from equipment_tracking.model import Model, Settings
from equipment_tracking.places import Places

SPACING_M = 1.0
"""Spacing of the points of a floor that has no floor graph."""
COLUMNS = ("time", "tag", "x", "y", "floor", "room", "p_room", "room2", "p_room2", "state")
SHORTEST_WALK_S = 300.0
"""A survey of at least this length can be judged by itself, which confidence is learned from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """An answer for one row of the truth; `p_room` is calibrated (without rooms: of being near enough)."""

    time_s: float
    tag: str
    estimate: Estimate
    p_room: float
    p_room2: float
    state: State


def places_around(survey: Survey) -> Places:
    """Places of a floor without a floor graph: a grid over what was surveyed.

    Raises ValueError for a survey of several floors, since nothing says how they hang together.
    """
    if len(survey.floors) != 1:
        raise ValueError(f"the survey has {len(survey.floors)} floors: name the site, whose lifts join them")
    low = float(survey.x_m.min()) - SPACING_M, float(survey.y_m.min()) - SPACING_M
    high = float(survey.x_m.max()) + SPACING_M, float(survey.y_m.max()) + SPACING_M
    return Places.grid([low, high], SPACING_M, floor=survey.floors[0])


def learn_model(survey: Survey, places: Places, settings: Settings | None = None) -> Model:
    """A model with a confidence that is fitted where the survey is a walk long enough to be judged by itself.

    Nobody says where the gateways are, so the map also learns where the surveyor stood and was not heard.
    """
    settings = settings or Settings()

    def learn(surveyed: Survey) -> Model:
        quiet = silence(of_survey(surveyed), places, settings.radio)
        return Model.learn(surveyed, places, {}, settings, mapped=joined(surveyed, quiet))

    model = learn(survey)
    times = survey.time_s
    if np.isnan(times).any() or float(np.ptp(times)) < SHORTEST_WALK_S:
        return model
    return model.sure(fit_confidence(judge(survey, places, {}, settings, learn=learn)))


def locate(
    model: Model, readings: Readings, truth: Truth, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> list[Located]:
    """One answer for every row of the truth, in its order; an answer at t knows readings up to t."""
    found: list[Located | None] = [None] * len(truth.time_s)
    summary = Summary(model.places, model.settings.near_m)
    number = {tag: place for place, tag in enumerate(readings.tags)}
    for done, tag in enumerate(truth.tags):
        rows = np.flatnonzero(truth.tag == done)
        rows = rows[np.argsort(truth.time_s[rows], kind="stable")]
        heard = readings.tag == number.get(tag, -1)
        times = readings.time_s[heard]
        asked = truth.time_s[rows]
        answers = list(model.follow(times, readings.gateway[heard], readings.rssi_dbm[heard], asked))
        last = np.searchsorted(np.array([instant for instant, _, _ in answers]), asked, side="right") - 1
        newest = np.searchsorted(times, asked, side="right") - 1
        for row, answer, reading in zip(rows.tolist(), last.tolist(), newest.tolist(), strict=True):
            _, posterior, novelty = answers[answer]
            age_s = float("inf") if reading < 0 else float(truth.time_s[row] - times[reading])
            found[row] = _located(model, summary, posterior, novelty, float(truth.time_s[row]), tag, age_s)
        progress(done + 1, len(truth.tags))
    return [row for row in found if row is not None]


def _located(
    model: Model, summary: Summary, posterior: np.ndarray, novelty: float, time_s: float, tag: str, age_s: float
) -> Located:
    estimate = summary.of(posterior)
    raw = estimate.p_near if estimate.room is None else estimate.p_room
    sure = float(model.confidence.of(np.array([raw]), np.array([novelty]))[0])
    rest = 1.0 - estimate.p_room
    second = estimate.p_room2 * (1.0 - sure) / rest if rest > 0 else 0.0
    state = state_of(sure, second, age_s)
    return Located(time_s=time_s, tag=tag, estimate=estimate, p_room=sure, p_room2=second, state=state)


def figures(found: Sequence[Located], truth: Truth, near_m: float) -> dict[str, Any]:
    """Errors in metres on the true floor, shares of right rooms and floors, and how true the confidence is.

    Rooms count where the truth names them, else an answer is right within `near_m`.
    """
    off_m = np.array(
        [
            np.hypot(row.estimate.x_m - x_m, row.estimate.y_m - y_m)
            for row, x_m, y_m in zip(found, truth.x_m, truth.y_m, strict=True)
        ]
    )
    on_floor = [row.estimate.floor == truth.floors[floor] for row, floor in zip(found, truth.floor, strict=True)]
    named = np.array([room is not None for room in truth.room])
    in_room = np.array([row.estimate.room == room for row, room in zip(found, truth.room, strict=True)])
    right = np.where(named, in_room, (off_m <= near_m) & np.array(on_floor)) if named.any() else off_m <= near_m
    median_m, p75_m, p95_m = np.percentile(off_m, [50, 75, 95])
    stated = np.array([row.p_room for row in found])
    return {
        "median_m": round(float(median_m), 3),
        "p75_m": round(float(p75_m), 3),
        "p95_m": round(float(p95_m), 3),
        "mean_m": round(float(off_m.mean()), 3),
        "room_accuracy": round(float(in_room[named].mean()), 4) if named.any() else None,
        "floor_accuracy": round(float(np.mean(on_floor)), 4),
        "calibration_error": calibration(stated, right.astype(np.float64))["calibration_error"],
        "n": len(found),
    }


def write_estimates(path: Path, found: Sequence[Located]) -> None:
    """One line an answer: `time,tag,x,y,floor,room,p_room,room2,p_room2,state`. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for row in found:
            at = row.estimate
            rooms = at.room or "", f"{row.p_room:.4f}", at.room2 or "", f"{row.p_room2:.4f}"
            out.writerow((f"{row.time_s:.3f}", row.tag, f"{at.x_m:.3f}", f"{at.y_m:.3f}", at.floor, *rooms, row.state))
