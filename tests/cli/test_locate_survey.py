"""`portor locate survey` as a person runs it: a list to print, a walk at a terminal, and a survey at the end."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.in_process import portor_here
from tests.support.portor import ROOT, refused


def at_a_terminal(typed: str, *arguments: str) -> int:
    """Run a command with somebody typing; its exit code."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        return subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
            stdin=theirs,
            capture_output=True,
            timeout=300,
            check=False,
        ).returncode
    finally:
        os.close(ours)
        os.close(theirs)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_without_a_terminal_the_round_is_printed_and_drawn(tmp_path: Path) -> None:
    """Numbered, in English, a drawing a floor; nothing is walked."""
    plan = tmp_path / "plan"
    run = portor_here("locate", "survey", "--site", "clinic_small", "--language", "en", "--plan", str(plan))
    assert run.returncode == 0, run.stderr
    assert "middle of the room" in run.stdout
    assert "Floor 1" in run.stdout
    assert sorted(file.name for file in plan.iterdir()) == ["0.svg", "1.svg"]
    assert not (tmp_path / "walk.csv").exists()


def test_at_a_terminal_the_walk_is_kept_and_gone_on_with(tmp_path: Path) -> None:
    """Two stops, then left; one more with the same command."""
    walk = tmp_path / "walk.csv"
    command = ["locate", "survey", "--site", "clinic_small", "--floor", "1", "--walk", str(walk), "--pause", "0"]
    assert at_a_terminal("\n\nq\n", *command) == 0
    assert [row["stop"] for row in rows_of(walk) if row["stop"]] == ["1", "2"]
    assert at_a_terminal("\nq\n", *command) == 0
    rows = rows_of(walk)
    assert [row["stop"] for row in rows if row["stop"]] == ["1", "2", "3"]
    assert {row["floor"] for row in rows} == {"1"}
    assert [float(row["time"]) for row in rows] == sorted(float(row["time"]) for row in rows)


def test_a_walk_and_readings_become_a_survey(tmp_path: Path) -> None:
    """10 m in 10 s, of which a tag sends twice; printed is what the survey covers."""
    (tmp_path / "walk.csv").write_text("time,x,y,floor\n100,5,0,0\n110,15,0,0\n", encoding="utf-8")
    (tmp_path / "r.csv").write_text(
        "time,tag,gateway,rssi\n102,s,a,-60\n104.5,s,b,-61\n104,other,c,-50\n300,s,a,-62\n", encoding="utf-8"
    )
    join = ["locate", "survey", "--site", "clinic_small", "--join", "walk.csv", "--readings", "r.csv"]
    run = portor_here(*join, "--tag", "s")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "survey.csv").read_text("utf-8").splitlines() == [
        "x,y,floor,gateway,rssi,time",
        "7.000,0.000,0,a,-60.00,102.000",
        "9.500,0.000,0,b,-61.00,104.500",
    ]
    covered = json.loads(run.stdout)
    assert covered["readings"] == 2
    assert covered["left_out"] == 1
    assert covered["unheard"] == ["c"]
    assert len(covered["poor_rooms"]) == 13
    assert "1 gateways never heard the tag: c." in run.stderr
    assert "--tag must be given with --join" in refused(portor_here(*join))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named as people do who stand in their folder."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--language", "de"], "There is no language 'de': use da or en."),
        (["--floor", "9"], "there is no floor 9: use one of 0, 1"),
    ],
)
def test_what_there_is_not_is_named(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """With what there is."""
    assert sentence in refused(portor_here("locate", "survey", "--site", "clinic_small", *arguments))


def test_every_error_of_walk_and_readings_is_named(tmp_path: Path) -> None:
    """By file, line and column, and nothing is written."""
    (tmp_path / "w.csv").write_text("time,x,y,floor\n100,5,0,0\n90,a,0,0\n", encoding="utf-8")
    (tmp_path / "r.csv").write_text("time,tag,gateway,rssi\n102,s,,-60\n", encoding="utf-8")
    join = ["locate", "survey", "--site", "clinic_small", "--join", "w.csv", "--readings", "r.csv", "--tag", "s"]
    text = refused(portor_here(*join))
    for place in ("w.csv:3:time", "w.csv:3:x", "r.csv:2:gateway"):
        assert place in text
    assert not (tmp_path / "survey.csv").exists()
