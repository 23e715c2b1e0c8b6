"""The planning process: the oldest question first, one at a time, and nothing that goes wrong stops the next."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from simulation.experiment import bundle
from simulation.experiment.executors import Executor, in_process
from simulation.experiment.request import Request, Scenario
from simulation.worker import work_on


def asked(experiments: Path, seed: int, at_s: int) -> Path:
    """A question that was asked at that second: two replications of two days in the small clinic."""
    request = Request(
        kind="run",
        flow="visits",
        site="clinic_small",
        scenarios=(Scenario(id="basis"),),
        seed=seed,
        least=2,
        most=2,
        warm_up_d=0,
        runs_d=2,
    )
    folder = bundle.prepare(experiments, request)
    os.utime(folder / bundle.REQUEST, (at_s, at_s))
    return folder


def after(looks: int) -> Callable[[], bool]:
    """Says so when it has been asked so often."""
    numbers = itertools.count()
    return lambda: next(numbers) >= looks


def here() -> AbstractContextManager[Executor]:
    """Work in this process."""
    return nullcontext(in_process())


@pytest.fixture
def experiments(tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    return tmp_path / "experiments"


def test_a_folder_that_is_not_there_yet_holds_nothing_to_do(experiments: Path) -> None:
    """It waits, and opens no processes."""
    paused: list[float] = []

    def refuse() -> AbstractContextManager[Executor]:
        raise AssertionError("nothing is to be done")

    work_on(experiments, after(3), pool=refuse, pause=paused.append)
    assert len(paused) == 3


def test_the_oldest_question_is_answered_first(experiments: Path) -> None:
    """Then the next; each is done before another begins."""
    newer, older = asked(experiments, seed=2, at_s=200), asked(experiments, seed=1, at_s=100)
    work_on(experiments, after(6), pool=here, pause=lambda _: None)
    results = [folder / bundle.RESULT for folder in (older, newer)]
    assert all(path.exists() for path in results)
    assert results[0].stat().st_mtime_ns < results[1].stat().st_mtime_ns
    assert bundle.waiting(experiments) == ()


def test_a_question_that_cannot_be_answered_does_not_stop_the_next(experiments: Path) -> None:
    """It says why; the next is answered."""
    broken, sound = asked(experiments, seed=1, at_s=100), asked(experiments, seed=2, at_s=200)
    (broken / bundle.MODEL).write_text("{}", encoding="utf-8")
    work_on(experiments, after(8), pool=here, pause=lambda _: None)
    assert bundle.read_progress(broken).state == "failed"
    assert bundle.read_progress(broken).problem
    assert bundle.read_result(sound) is not None


def test_a_stopped_question_is_passed_over(experiments: Path) -> None:
    """Until it is asked again."""
    folder = asked(experiments, seed=1, at_s=100)
    bundle.ask_stop(folder)
    work_on(experiments, after(3), pool=here, pause=lambda _: None)
    assert bundle.read_result(folder) is None
    bundle.ask_again(folder)
    work_on(experiments, after(6), pool=here, pause=lambda _: None)
    assert bundle.read_result(folder) is not None
