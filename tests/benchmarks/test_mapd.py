"""The pickup-and-delivery benchmark on a small map of our own: rules of the game, and a judge that sees offences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.mapd.__main__ import main
from benchmarks.mapd.instance import read
from benchmarks.mapd.judge import collisions, undelivered
from benchmarks.mapd.run import Outcome, Run

MAP = """6 9
8
3
1000
.........
.e@@@@@er
.e.....er
.e.....er
.e@@@@@e.
.........
"""
TASKS = """7
12
0\t0\t1\t0\t0
0\t2\t5\t0\t0
1\t3\t4\t0\t0
1\t7\t6\t0\t0
4\t6\t0\t0\t0
9\t4\t3\t0\t0
12\t5\t2\t0\t0
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A map of two aisles with eight endpoints and three homes, and seven tasks."""
    (tmp_path / "small.map").write_text(MAP, encoding="ascii")
    (tmp_path / "small.task").write_text(TASKS, encoding="ascii")
    return tmp_path / "small.map", tmp_path / "small.task"


def test_all_is_delivered_without_a_collision(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line of JSON; the last task is released at 12 and has 7 steps from its start to its goal."""
    monkeypatch.setattr("sys.argv", ["mapd", *map(str, files)])
    assert main() == 0
    line = json.loads(capsys.readouterr().out)
    assert (line["collisions"], line["undelivered"], line["agents"]) == (0, 0, 3)
    assert line["makespan"] >= 12 + 7
    assert line["service_time"] > 0


def test_no_task_is_picked_up_before_it_is_known(files: tuple[Path, Path]) -> None:
    """Nobody may know a task before its release; the same seed gives the same run."""
    instance = read(*files)
    one, two = Run(instance, 1).all_the_way(), Run(instance, 1).all_the_way()
    assert np.array_equal(one.at, two.at)
    assert all(begin >= task.release for begin, task in zip(one.picked, instance.tasks, strict=True))


def test_the_judge_sees_a_meeting_a_swap_and_a_leap(files: tuple[Path, Path]) -> None:
    """Squares 0 and 1 are neighbours, 0 and 5 are not."""
    instance = read(*files)
    assert collisions(instance, np.array([[0, 2], [1, 2]])) == 0
    assert collisions(instance, np.array([[0, 2], [1, 1]])) == 1
    assert collisions(instance, np.array([[0, 1], [1, 0]])) == 1
    assert collisions(instance, np.array([[0, 3], [5, 3]])) == 1
    assert collisions(instance, np.array([[0, 1], [1, 2]])) == 0, "following is allowed"


def test_the_judge_sees_a_task_that_was_not_carried(files: tuple[Path, Path]) -> None:
    """A delivery that somebody else is said to have made, or that began before the one before had ended."""
    instance = read(*files)
    run = Run(instance, 1).all_the_way()

    def wrong(outcome: Outcome, **changed: np.ndarray) -> int:
        said = {"carrier": outcome.carrier, "picked": outcome.picked, "delivered": outcome.delivered, **changed}
        return undelivered(instance, outcome.at, said["carrier"], said["picked"], said["delivered"])

    assert wrong(run) == 0
    assert wrong(run, carrier=(run.carrier + 1) % 3) > 0
    assert wrong(run, delivered=run.delivered - 1) > 0


def test_a_map_that_is_not_what_its_header_says_is_refused(files: tuple[Path, Path]) -> None:
    """The file and both counts are named."""
    files[0].write_text(MAP.replace("8\n3\n", "9\n3\n"), encoding="ascii")
    with pytest.raises(ValueError, match=r"small.map: 8 endpoints and 3 homes, the header says 9 and 3"):
        read(*files)
