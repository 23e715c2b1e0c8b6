"""`portor twin` as a planner types it: an answer in a sentence, the same as JSON, and errors at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.cli.say import CommandFailed

MORNING = ("--hours", "2", "--runs", "2", "--most", "2", "--workers", "1")


def _said(*arguments: str, keep: Path) -> str:
    """What the command prints."""
    ran = CliRunner().invoke(app, ["twin", *arguments, "--keep", str(keep)], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_the_answer_is_a_sentence_and_tables_and_is_kept(tmp_path: Path) -> None:
    """With everything in service and with a lift out; asked again, it is read, and as JSON it has the same runs."""
    asked = ("clinic_small", "--robots", "3..4", "--out", "lift:E1", "--target", "50", *MORNING)
    first = _said(*asked, keep=tmp_path)
    assert "all in service: 3 robots are enough for 50 % on time" in first
    assert "E1 out: 3 robots are enough for 50 % on time" in first
    assert "ready to delivered, p95 min" in first
    assert "answered before" in _said(*asked, keep=tmp_path)
    found = json.loads(_said(*asked, "--json", keep=tmp_path))
    assert found["sizing"]["answer"]["capacities"] == [3]
    assert f"{found['replications']} runs" in first


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere", "--robots", "2..3"), "There is no site 'nowhere'"),
        (("clinic_small", "--robots", "many"), "--robots 'many' is no range"),
        (("clinic_small", "--robots", "5..3"), "not above the second"),
        (("clinic_small", "--robots", "1..3"), "1 robots are too few"),
        (("clinic_small", "--robots", "2..90"), "home bays too few"),
        (("clinic_small", "--robots", "2..3", "--out", "lift:G9"), "clinic_small has no lift 'G9'; it has E1, E2"),
        (("clinic_small", "--robots", "2..3", "--out", "robot:R01"), "robot is nothing that can be out"),
        (("clinic_small", "--robots", "2..3", "--out", "nonsense"), "nonsense cannot be out"),
        (("clinic_small", "--robots", "2..3", "--date", "soon"), "--date 'soon' is no date"),
        (("clinic_small", "--robots", "2..3", "--demand", "flow:nowhere"), "say flow: and the folder"),
        (("clinic_small", "--robots", "2..3", "--take", "visit/xray=scans"), "name the flow with --demand"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    """Each is refused with what to do before anything runs, and nothing is kept."""
    with pytest.raises(CommandFailed) as sentence:
        _said(*arguments, keep=tmp_path / "twin")
    assert says in str(sentence.value)
    assert not list((tmp_path / "twin").glob("*"))
