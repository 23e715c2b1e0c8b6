"""The twin as a model of experiments: sized with common random numbers, each closure beside it, kept when stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation.experiment import bundle, executors
from simulation.experiment.request import Dial, Request, Scenario, Sizing, Target
from simulation.experiment.run import run
from simulation.twin.fleet_size import NoRoom
from simulation.twin.model import FLOW, TWIN, asked_tree
from tests.simulation.twin.house_days import MONDAY, busy_clinic


def question(least: int = 2, most: int = 4, out: str = "E1", hours: float = 3.0) -> Request:
    """How many robots bring 90 % on time in the first hours, and how many if something is out."""
    return Request(
        kind="size",
        flow=FLOW,
        model=asked_tree(busy_clinic(), MONDAY, hours),
        scenarios=(Scenario(id="all in service"), Scenario(id="out", changes={"out": [out]})),
        least=2,
        most=3,
        sizing=Sizing(
            dials=(Dial(path="robots", least=least, most=most),), targets={"on_time": Target(at_least=90.0)}, probes=0
        ),
    )


def test_each_scenario_is_sized_and_compared_with_as_many_robots(tmp_path: Path) -> None:
    """Two searches over the same runs; the difference is taken at the answer of the first, run by run."""
    folder = bundle.prepare(tmp_path, question(), TWIN)
    found = run(folder, executors.in_process(), model=TWIN)
    assert found is not None
    assert found.sizing is not None
    assert len(found.others) == 1
    asked = found.sizing.answer or found.sizing.top
    assert {one.scenario for one in found.differences} == {f"out, robots = {asked.capacities[0]}"}
    jobs = next(one for one in found.differences if one.output == "jobs")
    assert jobs.difference == 0.0  # the same demand, whatever is out


def test_what_is_done_is_kept_when_it_is_stopped(tmp_path: Path) -> None:
    """Stopped at once, asked again: the answer is that of an undisturbed run."""
    small = question(least=3, most=3, hours=2.0)
    folder = bundle.prepare(tmp_path / "stopped", small, TWIN)
    looks = iter([False, False, True])
    assert run(folder, executors.in_process(), model=TWIN, stop=lambda: next(looks, True)) is None
    gone_on = run(folder, executors.in_process(), model=TWIN)
    undisturbed = run(bundle.prepare(tmp_path / "whole", small, TWIN), executors.in_process(), model=TWIN)
    assert gone_on is not None
    assert undisturbed is not None
    assert gone_on.sha256 == undisturbed.sha256


def test_what_cannot_be_run_is_said_before_anything_is(tmp_path: Path) -> None:
    """An unknown lift, and more robots than bays: no folder is made."""
    with pytest.raises(ValueError, match=r"G9 cannot be out.*E1, E2"):
        bundle.prepare(tmp_path, question(out="G9"), TWIN)
    with pytest.raises(NoRoom, match="add bays"):
        bundle.prepare(tmp_path, question(most=40), TWIN)
    assert not list(tmp_path.iterdir())
