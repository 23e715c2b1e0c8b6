"""`portor locate retrain` as a person runs it: files in, a model and a report out, or nothing and the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipment_tracking.calibration.labels import SOURCES, Labels, of_survey
from equipment_tracking.calibration.model_file import load
from equipment_tracking.columns import Survey
from equipment_tracking.evaluate import places_around
from tests.equipment_tracking.flat import GATEWAYS, survey
from tests.equipment_tracking.robots import labels
from tests.support.in_process import portor_here
from tests.support.portor import refused

NEAR = "0.5:0.5"
MOVED = {**GATEWAYS, NEAR: (11.5, 3.0, 2.5)}


def write(path: Path, labels: Labels, *, with_source: bool = True) -> str:
    """A file of labels, or of a survey without their source."""
    rows, text = labels.rows, ["x,y,floor,gateway,rssi,time" + ",source" * with_source]
    for row in range(len(rows.x_m)):
        place = f"{rows.x_m[row]:.2f},{rows.y_m[row]:.2f},{rows.floors[rows.floor[row]]}"
        heard = f"{rows.gateways[rows.gateway[row]]},{rows.rssi_dbm[row]:.1f},{rows.time_s[row]:.2f}"
        text.append(f"{place},{heard}" + f",{SOURCES[labels.source[row]]}" * with_source)
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def walked() -> Survey:
    return survey(120.0)


@pytest.fixture
def files(tmp_path: Path, walked: Survey) -> list[str]:
    """A survey of two minutes on a bare floor, an hour of a robot after a gateway was moved, and a file to write."""
    base = write(tmp_path / "survey.csv", of_survey(walked), with_source=False)
    known = write(tmp_path / "labels.csv", labels(3600.0, MOVED))
    return ["locate", "retrain", "--survey", base, "--labels", known, "--out", str(tmp_path / "model.npz")]


def test_a_robot_re_trains_the_map_of_a_bare_floor(files: list[str], tmp_path: Path, walked: Survey) -> None:
    """Without walls, rooms and gateway positions: one JSON object for programs, sentences for people, and the model."""
    run = portor_here(*files)
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["adopted"]
    assert report["moved"] == [NEAR]
    assert report["after"]["mean_m"] < report["before"]["mean_m"]
    assert report["after"]["room_accuracy"] is None
    assert f"1 gateways are moved: {NEAR}." in run.stderr
    model, made = load(tmp_path / "model.npz", places_around(walked))
    assert set(model.emission.radio.gateways) == set(GATEWAYS)
    assert made.by_source["robot"] > 0


def test_a_dry_run_reports_the_same_and_writes_nothing(files: list[str], tmp_path: Path) -> None:
    """Its exit code says whether the labels would be adopted."""
    run = portor_here(*files, "--dry-run")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["adopted"]
    assert not (tmp_path / "model.npz").exists()


def test_what_is_not_adopted_leaves_the_file_as_it_was(files: list[str], tmp_path: Path) -> None:
    """Exit code 1, the reason in a sentence, and the report none the less."""
    write(tmp_path / "labels.csv", labels(600.0, MOVED))
    (tmp_path / "model.npz").write_bytes(b"the model of now")
    run = portor_here(*files)
    assert "The model is not adopted: too few labels" in refused(run)
    assert not json.loads(run.stdout)["adopted"]
    assert (tmp_path / "model.npz").read_bytes() == b"the model of now"


def test_a_first_model_is_made_of_the_survey_alone_and_then_re_trained(
    files: list[str], tmp_path: Path, walked: Survey
) -> None:
    """The changes are told beside it, its settings are kept, and it lies beside the new one."""
    path = str(tmp_path / "model.npz")
    first = portor_here(*files[:4], "--out", path)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["before"] is None
    again = portor_here(*files, "--model", path)
    assert again.returncode == 0, again.stderr
    changes = {row["gateway"]: row["differ_db"] for row in json.loads(again.stdout)["gateways"]}
    assert max(changes, key=lambda name: changes[name]) == NEAR
    before, made = load(tmp_path / "model.npz.before", places_around(walked))
    assert made.by_source == {"base": len(walked.x_m)}
    assert load(tmp_path / "model.npz", places_around(walked))[0].settings == before.settings


def test_every_error_of_both_files_and_a_strange_floor_or_model_are_named(files: list[str], tmp_path: Path) -> None:
    """By file, line and column; a site has floors of its own, and a broken model is not taken for one."""
    survey_lines = (tmp_path / "survey.csv").read_text("utf-8")
    (tmp_path / "survey.csv").write_text(survey_lines + "a,1,0,g,-60,1\n", encoding="utf-8")
    (tmp_path / "labels.csv").write_text("x,y,floor,gateway,rssi,time,source\n1,1,0,g,-60,1,cat\n", encoding="utf-8")
    text = refused(portor_here(*files))
    assert f"survey.csv:{len(survey_lines.splitlines()) + 1}:x" in text
    assert "labels.csv:2:source" in text
    (tmp_path / "survey.csv").write_text(survey_lines, encoding="utf-8")
    (tmp_path / "labels.csv").write_text("x,y,floor,gateway,rssi,time,source\n1,1,9,g,-60,1,tap\n", encoding="utf-8")
    assert "no floor 9; use the floors 0" in refused(portor_here(*files))
    assert "there is no" in refused(portor_here(*files[:4], "--model", str(tmp_path / "none.npz")))
