"""Our own method in the benchmark: the locator's reference, with settings fixed before any test was read.

marckolak's settings were chosen by leaving out whole survey runs (`--validate`); philotuxo's are chosen anew for each
track on the four others. Confidence is fitted on answers for data that the model had not learned from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.positioning import Case, Estimates
from equipment_tracking.columns import Floats, Readings
from equipment_tracking.emission import EmissionSettings
from equipment_tracking.estimate import Summary
from equipment_tracking.fingerprints import PrintSettings
from equipment_tracking.heading import Walking
from equipment_tracking.held_out import Judged, candidates, choose, fit_confidence, follow_truth, judge
from equipment_tracking.model import Model, Settings
from equipment_tracking.radio_map import MapSettings

STEP_S = {"marckolak": 1 / 3, "philotuxo": 0.5}
"""Both sets are asked at these steps."""
MARCKOLAK = Settings(
    step_s=STEP_S["marckolak"],
    radio=MapSettings(cell_m=0.2, noise_db=10.0),
    prints=PrintSettings(window_s=0.1, reach_m=0.5, differ_db=4.0),
    emission=EmissionSettings(independent_s=0.5, map_share=0.6),
    walking=Walking(),
)
PHILOTUXO = Settings(step_s=STEP_S["philotuxo"], prints=PrintSettings(window_s=2.0, reach_m=1.5))


def locate(case: Case, readings: Readings, asked_s: Floats) -> Estimates:
    """Learn from the case and follow one tag; the probability is that of the room, or of being near enough."""
    model = _model(case)
    summary = Summary(model.places, case.right_within_m)
    instants, found, novelties = [], [], []
    for instant, posterior, novelty in model.follow(readings.time_s, readings.gateway, readings.rssi_dbm, asked_s):
        instants.append(instant)
        found.append(summary.of(posterior))
        novelties.append(novelty)
    answers = [found[row] for row in np.searchsorted(np.array(instants), asked_s, side="right") - 1]
    new = np.array([novelties[row] for row in np.searchsorted(np.array(instants), asked_s, side="right") - 1])
    raw = np.array([answer.p_near if case.room_of is None else answer.p_room for answer in answers])
    return Estimates(
        x_m=np.array([answer.x_m for answer in answers]),
        y_m=np.array([answer.y_m for answer in answers]),
        room=tuple(answer.room for answer in answers),
        p_room=model.confidence.of(raw, new),
    )


def _model(case: Case) -> Model:
    """The model of a case: on tracks that are known it chooses, on a walked survey it holds stretches out."""
    if len(case.truth.time_s):
        among = candidates(PHILOTUXO)
        settings, answers = choose(among, lambda settings: _on_tracks(case, _learned(case, settings)))
        return _learned(case, settings).sure(fit_confidence(answers))
    answers = judge(case.survey, case.places, case.positions, MARCKOLAK)
    return _learned(case, MARCKOLAK).sure(fit_confidence(answers))


def _learned(case: Case, settings: Settings) -> Model:
    return Model.learn(case.survey, case.places, case.positions, settings)


def _on_tracks(case: Case, model: Model) -> list[Judged]:
    """Answers for the tracks that the case may be tuned on."""
    answers: list[Judged] = []
    for tag in range(len(case.truth.tags)):
        heard, known = case.readings.tag == tag, case.truth.tag == tag
        if not known.any():
            continue
        where: Sequence[tuple[float, float]] = list(
            zip(case.truth.x_m[known].tolist(), case.truth.y_m[known].tolist(), strict=True)
        )
        readings = case.readings
        answers += follow_truth(
            model,
            readings.time_s[heard],
            readings.gateway[heard],
            readings.rssi_dbm[heard],
            case.truth.time_s[known],
            where,
            tag,
        )
    return answers
