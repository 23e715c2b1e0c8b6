"""`portor locate evaluate` as a person runs it: files in, one answer a row of truth out, and every error at once."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from equipment_tracking.tables import TableErrors, read_readings, read_survey, read_truth
from tests.equipment_tracking.flat import heard, survey
from tests.support.in_process import portor_here
from tests.support.portor import portor, refused


def write(path: Path, header: str, columns: list[object]) -> Path:
    """A CSV file of columns of equal length."""
    lines = [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A survey of five minutes, and a pump that is pushed around for a minute and a half."""
    walked = survey(320.0)
    readings, truth = heard(90.0)
    names = [walked.gateways[number] for number in walked.gateway]
    floors = ["0"] * len(names)
    return {
        "survey": str(
            write(
                tmp_path / "survey.csv",
                "x,y,floor,gateway,rssi,time",
                [walked.x_m, walked.y_m, floors, names, walked.rssi_dbm, walked.time_s],
            )
        ),
        "readings": str(
            write(
                tmp_path / "readings.csv",
                "time,tag,gateway,rssi",
                [
                    readings.time_s,
                    ["pump"] * len(readings.time_s),
                    [readings.gateways[number] for number in readings.gateway],
                    readings.rssi_dbm,
                ],
            )
        ),
        "truth": str(
            write(
                tmp_path / "truth.csv",
                "time,tag,x,y,floor",
                [truth.time_s, ["pump"] * len(truth.time_s), truth.x_m, truth.y_m, ["0"] * len(truth.time_s)],
            )
        ),
        "out": str(tmp_path / "estimates.csv"),
    }


def run(files: dict[str, str], *more: str) -> list[str]:
    return ["locate", "evaluate", *(part for name, path in files.items() for part in (f"--{name}", path)), *more]


def test_every_row_of_truth_gets_an_answer_and_the_figures_are_one_object(files: dict[str, str]) -> None:
    """On a bare floor, without walls, rooms or gateway positions: under two metres off in the middle."""
    printed = portor(*run(files))
    assert printed.returncode == 0, printed.stderr
    figures = json.loads(printed.stdout)
    with Path(files["out"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert figures["n"] == len(rows) == 360
    assert figures["median_m"] < 2.0
    assert figures["floor_accuracy"] == 1.0
    assert figures["room_accuracy"] is None
    assert set(rows[0]) == {"time", "tag", "x", "y", "floor", "room", "p_room", "room2", "p_room2", "state"}
    assert {row["state"] for row in rows} <= {"sure", "either", "last_seen"}


def test_an_answer_knows_nothing_of_what_comes_later(files: dict[str, str], tmp_path: Path) -> None:
    """With the second half of the readings cut off, the answers for the first half are the same."""
    portor_here(*run(files))
    whole = Path(files["out"]).read_text("utf-8").splitlines()
    lines = Path(files["readings"]).read_text("utf-8").splitlines()
    early = [lines[0], *(text for text in lines[1:] if float(text.split(",")[0]) <= 45.0)]
    (tmp_path / "early.csv").write_text("\n".join(early), encoding="utf-8")
    portor_here(*run({**files, "readings": str(tmp_path / "early.csv")}))
    again = Path(files["out"]).read_text("utf-8").splitlines()
    assert whole[:181] == again[:181]
    assert whole[300] != again[300]


def test_a_file_that_is_wrong_names_every_place_and_writes_nothing(files: dict[str, str], tmp_path: Path) -> None:
    """Line and column of each."""
    (tmp_path / "survey.csv").write_text("x,y,floor,gateway,rssi\n1,a,0,g,-60\n1,2,,g,40\n", encoding="utf-8")
    text = refused(portor_here(*run(files)))
    assert "survey.csv:2:y" in text
    assert "survey.csv:3:floor" in text
    assert "survey.csv:3:rssi" in text
    assert not Path(files["out"]).exists()


def test_a_floor_that_the_site_does_not_have_is_named(files: dict[str, str]) -> None:
    """With the floors that there are; nothing is written."""
    Path(files["survey"]).write_text("x,y,floor,gateway,rssi\n1,1,attic,a,-60\n", encoding="utf-8")
    Path(files["truth"]).write_text("time,tag,x,y,floor\n1,pump,1,1,attic\n", encoding="utf-8")
    text = refused(portor_here(*run(files, "--site", "clinic_small")))
    assert "attic" in text
    assert "0, 1" in text
    assert not Path(files["out"]).exists()


@pytest.mark.parametrize("text", ["", "x;y\n", "x,y,floor,gateway\n1,2,0,g\n", "x,y,floor,gateway,rssi\n"])
def test_a_file_without_its_columns_or_rows_is_refused(tmp_path: Path, text: str) -> None:
    """The sentence says what is missing."""
    (tmp_path / "survey.csv").write_text(text, encoding="utf-8")
    with pytest.raises(TableErrors, match=r"lacks the columns|has no rows"):
        read_survey(tmp_path / "survey.csv")


def test_readings_are_sorted_and_strange_gateways_left_out(tmp_path: Path) -> None:
    """Nobody surveyed them, so they say nothing."""
    (tmp_path / "r.csv").write_text("time,tag,gateway,rssi\n2,t,a,-60\n1,t,a,-61\n1.5,t,new,-50\n", encoding="utf-8")
    readings = read_readings(tmp_path / "r.csv", ("a",))
    assert readings.time_s.tolist() == [1.0, 2.0]
    assert readings.rssi_dbm.tolist() == [-61.0, -60.0]


def test_truth_keeps_its_order_and_may_lack_rooms(tmp_path: Path) -> None:
    """One estimate is wanted for every row, in the order of the file."""
    (tmp_path / "t.csv").write_text("time,tag,x,y,floor,room\n2,b,1,2,0,\n1,a,3,4,0,R1\n", encoding="utf-8")
    truth = read_truth(tmp_path / "t.csv")
    assert np.array_equal(truth.time_s, [2.0, 1.0])
    assert truth.room == (None, "R1")
