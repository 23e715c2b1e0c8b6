"""Re-trains a site's model with labels, and adopts it only if labels that were left out are found no worse by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import msgspec
import numpy as np

from equipment_tracking.calibration.changes import Changes, State, compare, offsets_db
from equipment_tracking.calibration.judging import Answer, Figures, answers, figures, pieces
from equipment_tracking.calibration.labels import BASE, SOURCES, Labels, inside, of_survey, some, together
from equipment_tracking.calibration.learning import Learned, learn_model
from equipment_tracking.columns import Floats, Survey
from equipment_tracking.held_out import BLOCK_S as SURVEY_BLOCK_S
from equipment_tracking.held_out import FOLDS as EVERY
from equipment_tracking.held_out import fit_confidence
from equipment_tracking.model import Settings
from equipment_tracking.places import Places
from equipment_tracking.radio_map import RadioMap

Tell = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and of how much."""
BLOCK_S = 600.0
"""Labels are left out in blocks of time of this length, every fifth: neighbours in time are too alike."""
FEWEST_ANSWERS = 30
"""Fewer answers about labels that were left out say nothing."""
SLACK = 0.01
"""Shares of right rooms and floors may be lower by this much: so much is chance."""


class GatewayReport(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway: the readings its map was and is made of, and how far it has moved.

    Where it is heard its level has changed by `change_db` on average, and by `differ_db` regardless of the sign.
    """

    gateway: str
    state: State
    rows_before: int
    rows_after: int
    change_db: float | None = None
    differ_db: float | None = None
    moved_m: float | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `rows` are by source, `outside` are labels off the site, `louder_db` is beside the survey's tag.

    `before` is how well labels that were left out are found with the survey alone, `after` with the other labels too.
    `gateways` come by how much they have changed.
    """

    adopted: bool
    reason: str
    rows: dict[str, int]
    outside: int
    louder_db: dict[str, float]
    blocks: int
    before: Figures | None
    after: Figures | None
    new: tuple[str, ...]
    silent: tuple[str, ...]
    moved: tuple[str, ...]
    gateways: tuple[GatewayReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """The model that is to be used from now on, or None where it is not to be adopted."""

    learned: Learned | None
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What all steps share. `settings` are those of the model to be."""

    places: Places
    settings: Settings
    tell: Tell

    def learn(self, labels: Labels, doing: str) -> Learned:
        """A model, with progress."""
        return learn_model(labels, self.places, self.settings, partial(self.tell, doing))

    def tried(self, labels: Labels, left_out: Labels, doing: str) -> tuple[list[Answer], RadioMap]:
        """Answers about labels that were left out by a model of others, and its map, with progress."""
        model = self.learn(labels, doing).model
        given = answers(model, pieces(left_out, model), partial(self.tell, "Locating what was left out"))
        return given, model.emission.radio


def learn_from_survey(survey: Survey, task: Task) -> Retrained:
    """A model of the survey alone, judged by stretches of it where its times allow that.

    Raises ValueError for a survey without readings.
    """
    every = of_survey(survey)
    left_out = _left_out(survey.time_s, SURVEY_BLOCK_S)
    given: list[Answer] = []
    if left_out.any():
        given, _ = task.tried(some(every, ~left_out), some(every, left_out), "Learning from four fifths")
    learned = _sure(task.learn(every, "Learning from the survey"), given)
    number = {name: place for place, name in enumerate(learned.model.emission.radio.gateways)}
    report = Report(
        adopted=True,
        reason="the survey alone: there is nothing to compare it with",
        rows=_by_source(every),
        outside=0,
        louder_db={},
        blocks=0,
        before=None,
        after=figures(given) if given else None,
        new=(),
        silent=(),
        moved=(),
        gateways=tuple(
            GatewayReport(gateway=name, state="same", rows_before=0, rows_after=learned.by_gateway[number[name]])
            for name in number
        ),
    )
    return Retrained(learned=learned, report=report)


def retrain(survey: Survey, labels: Labels, task: Task, current: RadioMap | None = None) -> Retrained:
    """A model of survey and labels, if it is adopted. Gateways are reported beside `current`, else beside the survey.

    A gateway that has moved or fallen silent is learned anew from the labels. Floors must be those of the places.
    Raises ValueError for a survey without readings.
    """
    on_site = inside(labels, task.places, task.settings.radio.floor_height_m)
    every = together(of_survey(survey), some(labels, on_site))
    is_label = np.arange(len(every)) >= len(survey.x_m)
    left_out = np.zeros(len(every), dtype=bool)
    left_out[is_label] = _left_out(every.rows.time_s[is_label], BLOCK_S)
    every, louder_db = _level(every, left_out, task)
    changes = compare(every, task.places, task.settings.radio.floor_height_m)
    report = Report(
        adopted=False,
        reason="",
        rows=_by_source(every),
        outside=int(np.sum(~on_site)),
        louder_db={name: round(offset, 2) for name, offset in louder_db.items()},
        blocks=_blocks(every.rows.time_s[is_label], BLOCK_S),
        before=None,
        after=None,
        new=_named(every, changes, "new"),
        silent=_named(every, changes, "silent"),
        moved=_named(every, changes, "moved"),
        gateways=(),
    )
    if not left_out.any():
        few = f"too few labels: they are of {report.blocks} blocks of 10 minutes, and {EVERY} are needed to judge them"
        return Retrained(learned=None, report=msgspec.structs.replace(report, reason=few))
    asked, train = some(every, left_out), some(every, ~left_out)
    before, was = task.tried(of_survey(survey), asked, "Learning from the survey")
    train = _current(train, compare(train, task.places, task.settings.radio.floor_height_m))
    after, _ = task.tried(train, asked, "Learning with labels")
    if len(after) < FEWEST_ANSWERS:
        few = f"too few labels: only {len(after)} were left out to judge by, and {FEWEST_ANSWERS} are needed"
        return Retrained(learned=None, report=msgspec.structs.replace(report, reason=few))
    report = msgspec.structs.replace(report, before=figures(before), after=figures(after))
    worse = _worse(figures(before), figures(after))
    if worse:
        return Retrained(learned=None, report=msgspec.structs.replace(report, reason=worse))
    learned = _sure(task.learn(_current(every, changes), "Learning from everything"), after)
    gateways = _by_gateway(every, changes, current or was, learned, task.settings.radio.silent_dbm)
    reason = "labels that were left out are found no worse"
    return Retrained(
        learned=learned, report=msgspec.structs.replace(report, adopted=True, reason=reason, gateways=gateways)
    )


def _left_out(time_s: Floats, block_s: float) -> np.ndarray:
    """Rows of every fifth block of time, the third of five; none when there are fewer blocks, or rows without time."""
    if np.isnan(time_s).any() or _blocks(time_s, block_s) < EVERY:
        return np.zeros(len(time_s), dtype=bool)
    _, block = np.unique(np.floor((time_s - time_s.min()) / block_s), return_inverse=True)
    return np.asarray(block % EVERY == EVERY // 2)


def _blocks(time_s: Floats, block_s: float) -> int:
    return len(np.unique(np.floor((time_s - time_s.min()) / block_s))) if len(time_s) else 0


def _level(labels: Labels, left_out: np.ndarray, task: Task) -> tuple[Labels, dict[str, float]]:
    """Labels as the survey's tag would have been heard; by how much louder theirs are, told without those left out."""
    louder_db = offsets_db(some(labels, ~left_out), task.places, task.settings.radio.floor_height_m)
    by_source = np.array([louder_db.get(str(name), 0.0) for name in SOURCES])
    rows = replace(labels.rows, rssi_dbm=labels.rows.rssi_dbm - by_source[labels.source])
    return replace(labels, rows=rows), louder_db


def _current(labels: Labels, changes: Changes) -> Labels:
    """Without what the survey says of gateways that are no longer where, or what, they were."""
    gone = np.array([state in {"moved", "silent"} for state in changes.state])
    return some(labels, ~(gone[labels.rows.gateway] & (labels.source == BASE)))


def _sure(learned: Learned, given: list[Answer]) -> Learned:
    """With a confidence that is fitted to answers about labels that were left out."""
    return replace(learned, model=learned.model.sure(fit_confidence([answer.judged for answer in given])))


def _worse(before: Figures, after: Figures) -> str:
    """In what labels that were left out are found worse; empty when in nothing."""
    found = []
    if after.mean_m > before.mean_m:
        found.append(f"the mean error grows from {before.mean_m} to {after.mean_m} m")
    shares = (
        ("rooms", before.room_accuracy, after.room_accuracy),
        ("floors", before.floor_accuracy, after.floor_accuracy),
    )
    found += [
        f"the share of right {name} falls from {old:.1%} to {new:.1%}"
        for name, old, new in shares
        if old is not None and new is not None and new < old - SLACK
    ]
    return "; ".join(found)


def _by_source(labels: Labels) -> dict[str, int]:
    counts = np.bincount(labels.source, minlength=len(SOURCES)).tolist()
    return {str(name): count for name, count in zip(SOURCES, counts, strict=True) if count}


def _named(labels: Labels, changes: Changes, state: State) -> tuple[str, ...]:
    return tuple(name for name, of in zip(labels.rows.gateways, changes.state, strict=True) if of == state)


def _by_gateway(
    labels: Labels, changes: Changes, before: RadioMap, learned: Learned, silent_dbm: float
) -> tuple[GatewayReport, ...]:
    """Every gateway, those first whose level has changed most."""
    after = learned.model.emission.radio
    old = {name: place for place, name in enumerate(before.gateways)}
    new = {name: place for place, name in enumerate(after.gateways)}
    rows = np.bincount(labels.rows.gateway[labels.source == BASE], minlength=len(labels.rows.gateways)).tolist()
    reports = []
    for number, name in enumerate(labels.rows.gateways):
        change_db = np.empty(0)
        if name in old and name in new:
            was_dbm, is_dbm = before.mean_dbm[old[name]], after.mean_dbm[new[name]]
            change_db = (is_dbm - was_dbm)[np.maximum(was_dbm, is_dbm) > silent_dbm]
        moved_m = float(changes.moved_m[number])
        reports.append(
            GatewayReport(
                gateway=name,
                state=changes.state[number],
                rows_before=rows[number],
                rows_after=learned.by_gateway[new[name]] if name in new else 0,
                change_db=round(float(change_db.mean()), 2) if len(change_db) else None,
                differ_db=round(float(np.abs(change_db).mean()), 2) if len(change_db) else None,
                moved_m=None if np.isnan(moved_m) else round(moved_m, 1),
            )
        )
    return tuple(sorted(reports, key=lambda row: (-(row.differ_db or 0.0), row.gateway)))
