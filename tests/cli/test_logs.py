"""Logs of the service: bounded, one line an event, and never the reason why the service stops."""

from __future__ import annotations

import json
from pathlib import Path

from api.serve.logs import ROOM_BYTES, last_lines, note_to, open_log


def test_an_event_is_one_line_of_json(tmp_path: Path) -> None:
    """Name, figures and the instant in UTC, in one line even when a figure holds two."""
    with open_log(tmp_path, "supervisor") as file:
        note_to(file)("part_died", part="api", said="one\ntwo")
    (line,) = (tmp_path / "supervisor.log").read_text(encoding="utf-8").splitlines()
    event = json.loads(line)
    assert (event["event"], event["part"], event["said"]) == ("part_died", "api", "one\ntwo")
    assert event["at"].endswith("+00:00")


def test_a_large_log_is_put_aside_when_its_part_starts(tmp_path: Path) -> None:
    """Above the bound the old lines move to `.log.1` and the new log begins empty; below it they stay."""
    path = tmp_path / "api.log"
    path.write_bytes(b"x" * ROOM_BYTES)
    open_log(tmp_path, "api").close()
    assert path.stat().st_size == ROOM_BYTES
    path.write_bytes(b"x" * (ROOM_BYTES + 1))
    open_log(tmp_path, "api").close()
    assert path.stat().st_size == 0
    assert (tmp_path / "api.log.1").stat().st_size == ROOM_BYTES + 1


def test_a_full_disk_costs_lines_not_the_service() -> None:
    """/dev/full has no room for anything: the note is lost, and nothing is raised."""
    with Path("/dev/full").open("wb", buffering=0) as file:
        note_to(file)("ready")


def test_last_lines_are_those_after_the_beginning_of_a_life(tmp_path: Path) -> None:
    """Three lines, of which the first is of an earlier life and one is empty: two at most are quoted."""
    path = tmp_path / "api.log"
    path.write_text("old\n\nnew\nnewest\n", encoding="utf-8")
    assert last_lines(path, begin=len("old\n")) == ["new", "newest"]
    assert last_lines(path, count=1) == ["newest"]
    assert last_lines(tmp_path / "none.log") == []
