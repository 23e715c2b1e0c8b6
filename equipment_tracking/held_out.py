"""Held-out data: stretches of a walked survey are located by a model of the rest, to fit confidence and settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from equipment_tracking.columns import Floats, Survey
from equipment_tracking.confidence import Confidence
from equipment_tracking.emission import EmissionSettings
from equipment_tracking.estimate import Estimate, Summary
from equipment_tracking.model import Model, Position, Settings
from equipment_tracking.places import Places

BLOCK_S = 60.0
"""Stretches of a walk that are left out together: neighbours in time are too alike to judge one another."""
FOLDS = 5
WARM_UP_S = 4.0
"""After a block begins the locator knows nothing; answers before this are not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An answer for a place that was known: error in metres, whether it was right, and what confidence is made of.

    `stretch` numbers what was left out together: answers of one stretch are too alike to judge one another.
    """

    error_m: float
    right: bool
    probability: float
    novelty: float
    stretch: int


def judged(
    estimate: Estimate, novelty: float, truth_m: tuple[float, float], room: str | None, near_m: float, stretch: int
) -> Judged:
    """An answer beside the truth: right in the same room, or where none is known within `near_m`."""
    error_m = float(np.hypot(estimate.x_m - truth_m[0], estimate.y_m - truth_m[1]))
    return Judged(
        error_m=error_m,
        right=error_m <= near_m if room is None else estimate.room == room,
        probability=estimate.p_near if room is None else estimate.p_room,
        novelty=novelty,
        stretch=stretch,
    )


def fit_confidence(answers: Sequence[Judged]) -> Confidence:
    """Confidence from answers; the default when there are too few of either kind to learn from."""
    right = np.array([answer.right for answer in answers])
    if len(answers) < 50 or right.all() or not right.any():
        return Confidence()
    probability = np.array([answer.probability for answer in answers])
    novelty = np.array([answer.novelty for answer in answers])
    return Confidence.learn(probability, novelty, right, np.array([answer.stretch for answer in answers]))


def by_blocks(survey: Survey, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and rows left out, as masks, fold by fold; whole blocks of time go to one fold.

    Raises ValueError when the survey has no times: only a walk can be left out in stretches.
    """
    if np.isnan(survey.time_s).any():
        raise ValueError("the survey has rows without time: note times while walking to judge it by itself")
    block = np.floor((survey.time_s - survey.time_s.min()) / BLOCK_S).astype(np.int64)
    names, numbered = np.unique(block, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(names)) % FOLDS
    for number in range(min(FOLDS, len(names))):
        left_out = fold[numbered] == number
        if left_out.any() and not left_out.all():
            yield ~left_out, left_out


def judge(
    survey: Survey,
    places: Places,
    positions: Mapping[str, Position],
    settings: Settings,
    seed: int = 1,
    learn: Callable[[Survey], Model] | None = None,
) -> list[Judged]:
    """Locate every left-out block of a walk with the model of the others; `learn` makes it, if not `Model.learn`."""
    answers: list[Judged] = []
    for fold, (learned, left_out) in enumerate(by_blocks(survey, seed)):
        rest = rows_of(survey, learned)
        model = learn(rest) if learn is not None else Model.learn(rest, places, positions, settings)
        answers += _walk(model, rows_of(survey, left_out), fold)
    return answers


def candidates(settings: Settings) -> tuple[Settings, ...]:
    """Settings to choose from: from readings that are all news to readings that mostly repeat each other."""
    return tuple(
        replace(
            settings,
            emission=EmissionSettings(map_share=share, independent_s=independent_s, reading_db=reading_db),
        )
        for share in (0.7, 1.0)
        for independent_s, reading_db in ((0.25, 3.0), (0.5, 4.0), (1.0, 5.0), (2.0, 5.0))
    )


def choose(
    among: Sequence[Settings],
    answers_of: Callable[[Settings], list[Judged]],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[Settings, list[Judged]]:
    """The settings that are least wrong by mean error on held-out data, and the answers they gave; of equals the first.

    `progress(done, of)` is called after each. Raises ValueError when there is nothing to choose from.
    """
    best: tuple[float, Settings, list[Judged]] | None = None
    for number, settings in enumerate(among):
        answers = answers_of(settings)
        error_m = float(np.mean([answer.error_m for answer in answers])) if answers else float("inf")
        if best is None or error_m < best[0]:
            best = error_m, settings, answers
        progress(number + 1, len(among))
    if best is None:
        raise ValueError("no settings to choose from: give at least one")
    return best[1], best[2]


def rows_of(survey: Survey, rows: np.ndarray) -> Survey:
    """Some rows of a survey."""
    return Survey(
        x_m=survey.x_m[rows],
        y_m=survey.y_m[rows],
        floor=survey.floor[rows],
        gateway=survey.gateway[rows],
        rssi_dbm=survey.rssi_dbm[rows],
        time_s=survey.time_s[rows],
        floors=survey.floors,
        gateways=survey.gateways,
    )


def follow_truth(
    model: Model,
    time_s: Floats,
    gateway: np.ndarray,
    rssi_dbm: Floats,
    truth_s: Floats,
    truth_m: Sequence[tuple[float, float]],
    stretch: int,
    floors: Sequence[int] | None = None,
) -> Iterator[Judged]:
    """Answers for one tag whose way is known, after the warm-up, as answers of `stretch`.

    Rooms are those of the places nearest to the truth, on the floors named (positions in `Places.floors`).
    """
    near_m = model.settings.near_m
    summary = Summary(model.places, near_m)
    for instant, posterior, novelty in model.follow(time_s, gateway, rssi_dbm, truth_s):
        row = int(np.searchsorted(truth_s, instant, side="right")) - 1
        if instant - truth_s[0] >= WARM_UP_S and row >= 0:
            where = truth_m[row]
            room = _room_at(model.places, *where, None if floors is None else floors[row])
            yield judged(summary.of(posterior), novelty, where, room, near_m, stretch)


def _walk(model: Model, walk: Survey, stretch: int) -> Iterator[Judged]:
    """Answers for the blocks of a walk, each begun anew."""
    order = np.argsort(walk.time_s, kind="stable")
    cuts = np.nonzero(np.diff(walk.time_s[order]) > BLOCK_S / 4)[0] + 1
    for part in np.split(order, cuts):
        times: Floats = walk.time_s[part]
        asked, first = np.unique(times, return_index=True)
        where = list(zip(walk.x_m[part][first].tolist(), walk.y_m[part][first].tolist(), strict=True))
        floors = [model.places.floors.index(walk.floors[floor]) for floor in walk.floor[part][first].tolist()]
        yield from follow_truth(model, times, walk.gateway[part], walk.rssi_dbm[part], asked, where, stretch, floors)


def _room_at(places: Places, x_m: float, y_m: float, floor: int | None) -> str | None:
    """Room of the nearest place, on a floor if one is known."""
    off_m = np.hypot(places.x_m - x_m, places.y_m - y_m)
    if floor is not None:
        off_m = np.where(places.floor == floor, off_m, np.inf)
    return places.room[int(np.argmin(off_m))]
