"""Labels re-train the map: what has changed since the survey is found, and only what helps is adopted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from equipment_tracking.calibration.changes import compare, offsets_db
from equipment_tracking.calibration.judging import answers, figures, pieces, ways_of
from equipment_tracking.calibration.labels import Labels, moments, of_survey, read_labels, some, together
from equipment_tracking.calibration.learning import choose_rows, learn_model, silence
from equipment_tracking.calibration.report import lines
from equipment_tracking.calibration.retrain import Retrained, Task, learn_from_survey, retrain
from equipment_tracking.emission import EmissionSettings
from equipment_tracking.model import Model, Settings
from equipment_tracking.radio_map import MapSettings
from equipment_tracking.tables import TableErrors, both, read_survey
from tests.equipment_tracking.flat import GATEWAYS, places, survey
from tests.equipment_tracking.robots import labels

FLOOR_M = 4.0
HOUR_S = 3600.0
NEAR, FAR = "0.5:0.5", (11.5, 3.0, 2.5)
"""A gateway of the flat, and where somebody hangs it after the survey: 11.3 m away, behind the wall."""
MOVED = {**GATEWAYS, NEAR: FAR}


def task(settings: Settings | None = None) -> Task:
    """The flat in steps of a metre; what is told is dropped."""
    settings = settings or Settings(radio=MapSettings(cell_m=1.0))
    return Task(places=places(1.0), settings=settings, tell=lambda _doing, _done, _of: None)


@pytest.fixture(scope="module")
def after_the_move() -> Retrained:
    return retrain(survey(), labels(HOUR_S, MOVED), task())


def test_a_gateway_that_was_moved_is_found_and_named(after_the_move: Retrained) -> None:
    """It alone; its centre of loudness went most of the way, and the robot's louder tag is not taken for a change."""
    report = after_the_move.report
    assert report.moved == (NEAR,)
    assert report.silent == report.new == ()
    assert report.louder_db == {"robot": pytest.approx(4.0, abs=0.3)}
    first = report.gateways[0]
    assert first.gateway == NEAR
    assert first.moved_m is not None
    assert 5.0 < first.moved_m < 11.4
    assert first.differ_db is not None
    assert first.differ_db > 5.0
    assert all(row.differ_db is not None and row.differ_db < 1.5 for row in report.gateways[1:])


def test_labels_that_were_left_out_are_found_better(after_the_move: Retrained) -> None:
    """The worst twentieth is nearer by more than 5 %, and more are in the right room; so the model is adopted."""
    report = after_the_move.report
    assert report.adopted
    assert report.before is not None
    assert report.after is not None
    assert report.after.n == report.before.n > 200
    assert report.after.mean_m < report.before.mean_m
    assert report.after.p95_m < 0.95 * report.before.p95_m
    assert report.after.room_accuracy is not None
    assert report.before.room_accuracy is not None
    assert report.after.room_accuracy > report.before.room_accuracy


def test_the_new_map_has_the_moved_gateway_where_it_is_now(after_the_move: Retrained) -> None:
    """It is loudest in the east, whatever the survey heard in the west."""
    assert after_the_move.learned is not None
    radio = after_the_move.learned.model.emission.radio
    loudest = int(radio.mean_dbm[radio.gateways.index(NEAR)].argmax())
    assert places(1.0).x_m[loudest] > 9.0


def test_the_report_reads_as_sentences(after_the_move: Retrained) -> None:
    """What moved, by how much, and both accuracies."""
    text = "\n".join(lines(after_the_move.report))
    assert f"1 gateways are moved: {NEAR}." in text
    assert "With the survey alone: median" in text
    assert "Now: median" in text


def test_a_gateway_that_failed_is_silent_and_one_that_was_added_is_new() -> None:
    """The silent one leaves the map: its silence says no more where a tag is. The new one enters it."""
    now = {name: at for name, at in GATEWAYS.items() if name != NEAR} | {"hall": (6.0, 5.5, 2.5)}
    found = retrain(survey(), labels(HOUR_S, now), task())
    assert found.report.silent == (NEAR,)
    assert found.report.new == ("hall",)
    assert found.report.moved == ()
    assert found.learned is not None
    assert set(found.learned.model.emission.radio.gateways) == set(now)
    rows = {row.gateway: (row.rows_before, row.rows_after) for row in found.report.gateways}
    assert rows[NEAR] == (1600, 0)
    assert rows["hall"][0] == 0
    assert rows["hall"][1] > 0


def test_too_few_labels_change_nothing() -> None:
    """Of 40 minutes there are four blocks, and a fifth is needed to have one to judge by."""
    found = retrain(survey(), labels(2390.0, MOVED), task())
    assert found.learned is None
    assert not found.report.adopted
    assert "4 blocks of 10 minutes, and 5 are needed" in found.report.reason
    assert found.report.moved == (NEAR,)


def test_labels_that_make_it_worse_are_not_adopted() -> None:
    """A robot that says it is 6 m from where it is, except while nobody learns from it: in the third block of five."""
    right = labels(HOUR_S)
    astray = (right.rows.time_s - right.rows.time_s.min()) // 600.0 % 5 != 2
    wrong = replace(right, rows=replace(right.rows, x_m=(right.rows.x_m + 6.0 * astray) % 12.0))
    found = retrain(survey(), wrong, task())
    assert found.learned is None
    assert not found.report.adopted
    assert "the mean error grows from" in found.report.reason
    assert "the share of right rooms falls from" in found.report.reason


def test_labels_off_the_site_are_counted_and_left_out() -> None:
    """A robot in another building, 100 m away, for the first ten minutes."""
    good = labels(2 * HOUR_S)
    away = good.rows.time_s < good.rows.time_s.min() + 600.0
    far = replace(good, rows=replace(good.rows, x_m=good.rows.x_m + 100.0 * away))
    report = retrain(survey(), far, task()).report
    assert report.outside == int(away.sum())
    assert report.moved == ()


def test_a_tap_weighs_less_than_a_robot() -> None:
    """Ten taps in the middle of a room count as two readings a gateway, ten of a robot as eight."""
    here = some(labels(40.0), np.arange(8).repeat(10))
    when = replace(here.rows, time_s=np.tile(np.arange(10.0), 8) * 60.0)
    robot = replace(here, rows=when)
    tap = replace(robot, source=np.full(80, 4, dtype=np.int32))
    rows = [np.bincount(here.rows.gateway[choose_rows(of, places(), MapSettings()).for_map]) for of in (robot, tap)]
    assert rows[0].tolist() == [8] * 8
    assert rows[1].tolist() == [2] * 8
    assert not choose_rows(tap, places(), MapSettings()).for_prints.any()


def test_the_newest_readings_of_a_cell_are_taken() -> None:
    """Five new ones of a robot and the three newest of the survey's ten; where no robot was, the survey stays whole."""
    base = some(of_survey(survey()), np.zeros(20, dtype=np.int64))
    where = np.repeat([1.0, 9.0], 10)
    base = replace(base, rows=replace(base.rows, x_m=where, time_s=np.tile(np.arange(10.0), 2)))
    robot = some(labels(2.0), np.zeros(5, dtype=np.int64))
    robot = replace(robot, rows=replace(robot.rows, x_m=np.full(5, 1.0), y_m=np.full(5, base.rows.y_m[0])))
    every = together(base, robot)
    taken = choose_rows(every, places(), MapSettings()).for_map
    assert taken[:10].tolist() == [False] * 7 + [True] * 3
    assert taken[10:].all()


def test_two_robots_without_names_are_told_apart() -> None:
    """They pass one another 4 m apart; a label belongs to the nearest one that can have come there."""
    one, other = labels(30.0), labels(30.0, seed=6)
    both_of = together(one, other)
    count, moment = moments(both_of)
    first = np.array([int(np.flatnonzero(moment == number)[0]) for number in range(count)], dtype=np.int32)
    ways = ways_of(both_of, first)
    whose = [{bool(first[number] < len(one)) for number in way} for way in ways]
    assert len(ways) == 2
    assert sorted(whose) == sorted([{True}, {False}])


def test_the_twin_judges_as_the_reference_does() -> None:
    """A map without fingerprints goes through the twin, seconds instead of half seconds: about the same figures."""
    settings = Settings(radio=MapSettings(cell_m=1.0), emission=EmissionSettings(map_share=1.0), step_s=1.0)
    model = learn_model(of_survey(survey()), places(1.0), settings).model
    asked = pieces(labels(600.0, louder_db=0.0), model)
    by_twin = figures(answers(model, asked))
    emission = replace(model.emission, settings=replace(settings.emission, map_share=0.999999))
    same = replace(model, emission=emission, settings=replace(settings, emission=emission.settings))
    by_reference = figures(answers(same, asked))
    assert by_twin.n == by_reference.n
    assert by_twin.median_m == pytest.approx(by_reference.median_m, abs=0.15)
    assert by_twin.room_accuracy == pytest.approx(by_reference.room_accuracy, abs=0.03)


def test_a_model_learned_in_parts_is_that_of_the_whole() -> None:
    """Gateway by gateway, so that a hospital fits: the same map and the same fingerprints."""
    settings = Settings(radio=MapSettings(cell_m=1.0))
    whole = Model.learn(survey(), places(1.0), {}, settings)
    told: list[tuple[int, int]] = []
    parts = learn_model(of_survey(survey()), places(1.0), settings, lambda done, of: told.append((done, of)))
    order = [parts.model.emission.radio.gateways.index(name) for name in whole.emission.radio.gateways]
    assert np.allclose(parts.model.emission.radio.mean_dbm[order], whole.emission.radio.mean_dbm)
    assert parts.model.emission.prints.levels_dbm.shape == whole.emission.prints.levels_dbm.shape
    assert told[-1] == (8, 8)
    assert parts.by_source == {"base": 12_800}


def along(x_m: list[float], gateways: list[str], *, source: int) -> Labels:
    """One reading of -70 dBm at each point of a straight way, by the gateway of that name."""
    count = len(x_m)
    names = tuple(sorted({*gateways}))
    rows = replace(
        some(of_survey(survey(1.0)), np.zeros(count, dtype=np.int64)).rows,
        x_m=np.array(x_m),
        y_m=np.ones(count),
        gateway=np.array([names.index(name) for name in gateways], dtype=np.int32),
        rssi_dbm=np.full(count, -70.0),
        time_s=np.arange(count) * 10.0,
        gateways=names,
    )
    return Labels(
        rows=rows, source=np.full(count, source, dtype=np.int32), tag=np.zeros(count, dtype=np.int32), tags=("",)
    )


def test_where_a_gateway_was_not_heard_is_learned_too() -> None:
    """Both rooms were surveyed, and a was heard in the west alone: in the east the map does not suppose -70 dBm."""
    surveyed = along([0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5], ["a"] * 5 + ["b"] * 4, source=0)
    quiet = silence(surveyed, places(1.0), MapSettings(cell_m=1.0))
    assert sorted(quiet.x_m[quiet.gateway == 0].tolist()) == [5.5, 6.5, 7.5, 8.5]
    assert set(quiet.rssi_dbm.tolist()) == {-100.0}
    radio = learn_model(surveyed, places(1.0), Settings(radio=MapSettings(cell_m=1.0))).model.emission.radio
    level_dbm = dict(zip(places(1.0).ids, radio.mean_dbm[0].tolist(), strict=True))
    assert level_dbm["0:2.50:0.50"] > -82.0
    assert level_dbm["0:7.50:0.50"] < level_dbm["0:2.50:0.50"] - 10.0


def test_the_survey_says_nothing_of_gateways_that_came_later() -> None:
    """A robot hears c at 2.5 m and not at 6.5 m; that the survey did not hear it at 4.5 m means nothing."""
    surveyed = along([0.5, 4.5, 8.5], ["a"] * 3, source=0)
    robot = along([2.5, 6.5], ["c", "a"], source=2)
    quiet = silence(together(surveyed, robot), places(1.0), MapSettings(cell_m=1.0))
    assert quiet.x_m[quiet.gateway == 1].tolist() == [6.5]


def test_a_survey_alone_makes_a_model_that_is_judged_by_itself() -> None:
    """Its times allow leaving stretches out; without times it is learned and not judged."""
    found = learn_from_survey(survey(), task())
    assert found.report.adopted
    assert found.report.after is not None
    assert found.report.after.median_m < 2.0
    bare = learn_from_survey(replace(survey(), time_s=np.full(12_800, np.nan)), task())
    assert bare.report.after is None
    assert bare.learned is not None
    assert bare.learned.by_gateway == (1600,) * 8


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_few_labels_do_not_make_a_gateway_move(seed: int) -> None:
    """Each reading arrives with one chance in ten, as at the edge of hearing: the centre wanders, the levels do not."""
    heard = labels(600.0, seed=seed)
    kept = np.random.default_rng(seed).random(len(heard)) < 0.1
    every = together(of_survey(survey()), some(heard, kept))
    assert set(compare(every, places(), FLOOR_M).state) == {"same"}


def test_tags_and_changes_are_told_apart_only_where_there_are_gateways_enough() -> None:
    """With two gateways nobody can say whether they are louder or the tag is; so nothing is taken off."""
    few = [0, 1]
    base = of_survey(survey())
    every = together(
        some(base, np.isin(base.rows.gateway, few)),
        some(labels(600.0), np.isin(labels(600.0).rows.gateway, few)),
    )
    assert offsets_db(every, places(), FLOOR_M) == {"robot": 0.0}
    assert set(compare(every, places(), FLOOR_M).state) == {"same"}


def test_all_that_is_wrong_with_both_files_is_told_at_once(tmp_path: Path) -> None:
    """Line and column of each: a level of the survey, and a time, a source and a place of the labels."""
    (tmp_path / "s.csv").write_text("x,y,floor,gateway,rssi\n1,1,0,a,-60\n1,1,0,a,60\n", encoding="utf-8")
    (tmp_path / "l.csv").write_text(
        "x,y,floor,gateway,rssi,time,source\n1,1,0,a,-60,,robot\n1,1,0,a,-60,2,parrot\nx,1,0,a,-60,3,base\n",
        encoding="utf-8",
    )
    with pytest.raises(TableErrors) as wrong:
        both(lambda: read_survey(tmp_path / "s.csv"), lambda: read_labels(tmp_path / "l.csv"))
    text = str(wrong.value)
    for place in ("s.csv:3:rssi", "l.csv:2:time", "l.csv:3:source", "l.csv:4:x", "l.csv:4:source"):
        assert place in text
    assert "'parrot' is none of survey, robot, dock, tap" in text


def test_labels_are_read_with_and_without_tags(tmp_path: Path) -> None:
    """A label whose tag is not noted has none."""
    (tmp_path / "l.csv").write_text(
        "x,y,floor,gateway,rssi,time,source,tag\n1,2,0,b,-60,5,tap,\n3,4,1,a,-70,6,dock,t1\n", encoding="utf-8"
    )
    found: Labels = read_labels(tmp_path / "l.csv")
    assert found.tags == ("", "t1")
    assert found.tag.tolist() == [0, 1]
    assert found.source.tolist() == [4, 3]
    assert found.rows.gateways == ("a", "b")


def test_labels_of_another_building_leave_everything_as_it_is() -> None:
    """All of them are off the site, so that there is nothing to learn from and nothing has changed."""
    away = labels(HOUR_S)
    away = replace(away, rows=replace(away.rows, y_m=away.rows.y_m + 500.0))
    found = retrain(survey(), away, task())
    assert found.learned is None
    assert found.report.outside == len(away)
    assert "0 blocks" in found.report.reason
    assert found.report.moved == found.report.silent == found.report.new == ()


def test_taps_alone_can_re_train() -> None:
    """A porter taps at some place every two minutes of eight hours: each is judged by its last moment alone."""
    walked = labels(8 * HOUR_S, MOVED, source="tap")
    now_and_then = (walked.rows.time_s - walked.rows.time_s.min()) % 120.0 < 3.0
    found = retrain(survey(), some(walked, now_and_then), task())
    assert found.report.moved == (NEAR,)
    assert found.report.after is not None
    assert 45 <= found.report.after.n <= 55
