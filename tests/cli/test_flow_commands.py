"""`portor flow check` and `draw` as a planner runs them."""

from __future__ import annotations

from pathlib import Path

from tests.support.declared import framed
from tests.support.in_process import portor_here
from tests.support.portor import portor, refused

SOUND = framed("- {hold: bay, for: 1 h}\n- {leave: home}")
BAD = framed("- {seize: bay}\n- {delay: -1 h}\n- {leave: home}\n- {delay: 1 h, id: late}")


def _file(folder: Path, text: str) -> str:
    file = folder / "flows.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_all_errors_of_a_file_are_listed_with_their_places(tmp_path: Path) -> None:
    """Three errors, one a line on standard output, the count on standard error, exit code 1."""
    run = portor("flow", "check", _file(tmp_path, BAD))
    assert "3 errors" in refused(run)
    lines = run.stdout.strip().splitlines()
    assert [line.rpartition("[")[2] for line in lines] == ["negative_duration]", "held_at_leave]", "unreachable_step]"]
    first = BAD.splitlines().index("      - {delay: -1 h}") + 1
    assert lines[0].startswith(f"{tmp_path / 'flows.yaml'}:{first}:17: ")


def test_sound_flows_are_said_to_be_in_order(tmp_path: Path) -> None:
    """The sentence names the flows; so does that of a folder that holds the file."""
    for name in (_file(tmp_path, SOUND), str(tmp_path)):
        run = portor_here("flow", "check", name)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "in order: day" in run.stdout


def test_flows_that_are_nowhere_are_refused_with_the_known_sites() -> None:
    """Neither folder nor site."""
    run = portor_here("flow", "check", "nowhere")
    refused(run)
    assert "clinic_small" in run.stdout


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The sentence names the file."""
    run = portor_here("flow", "check", str(tmp_path / "none.yaml"))
    refused(run)
    assert "none.yaml" in run.stdout


def test_a_flow_is_drawn_into_the_file_asked_for(tmp_path: Path) -> None:
    """Folders on the way are made; the drawing stands alone."""
    file = tmp_path / "drawings" / "day.svg"
    run = portor_here("flow", "draw", _file(tmp_path, SOUND), "day", "--out", str(file), "--language", "en")
    assert run.returncode == 0, run.stderr
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "<style>" in text
    assert "Bay" in text


def test_a_flow_that_is_unknown_or_wrong_is_not_drawn(tmp_path: Path) -> None:
    """The sentence names the flows there are, the languages, or all errors; no file is written."""
    file = str(tmp_path / "x.svg")
    assert "known are day" in refused(portor_here("flow", "draw", _file(tmp_path, SOUND), "night", "--out", file))
    assert "da or en" in refused(
        portor_here("flow", "draw", _file(tmp_path, SOUND), "day", "--language", "sv", "--out", file)
    )
    assert "negative" in refused(portor_here("flow", "draw", _file(tmp_path, BAD), "day", "--out", file))
    assert not (tmp_path / "x.svg").exists()


def test_a_drawing_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Nobody makes folders in /proc: the sentence names the file and --out."""
    text = refused(portor_here("flow", "draw", _file(tmp_path, SOUND), "day", "--out", "/proc/portor/day.svg"))
    assert "--out" in text
