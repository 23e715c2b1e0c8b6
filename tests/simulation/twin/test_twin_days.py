"""The twin runs the real orchestrator: every job ends, the same seed gives the same ledger, and what is out matters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fleet.calendar import instant_ms
from fleet.hospital import Hospital
from fleet.orchestrator.proposals import BUDGET_MS
from fleet.requests import CreateJob
from fleet.simulated.cores.build import first_world, rules_of
from simulation.demand import Order
from simulation.twin.figures import OUTPUTS, figures
from simulation.twin.fleet_size import with_robots
from simulation.twin.shell import Shell
from simulation.twin.simulate import Run, orders, simulate
from tests.simulation.twin.house_days import MONDAY, busy_clinic, morning

SECOND_MS = 1_000
HASHED = """
from simulation.twin.simulate import simulate
from tests.simulation.twin.house_days import morning
print(simulate(morning(), seed=3).ledger)
"""


@pytest.fixture(scope="module")
def ordinary() -> Run:
    """The morning with everything in service."""
    return simulate(morning(), seed=3)


def test_every_job_of_the_morning_ends(ordinary: Run) -> None:
    """Nothing is refused and nothing stays under way: what was ordered is delivered."""
    assert ordinary.refused == 0
    assert len(ordinary.jobs) > 50
    assert {job.state for job in ordinary.jobs} == {"delivered"}


def test_the_same_seed_writes_the_same_ledger(ordinary: Run) -> None:
    """Row for row: the hash of the last row is that of the whole chain."""
    again = simulate(morning(), seed=3)
    assert (again.rows, again.ledger) == (ordinary.rows, ordinary.ledger)
    assert again.jobs == ordinary.jobs


def test_another_seed_or_replication_writes_another_ledger(ordinary: Run) -> None:
    """Chance is named by both."""
    assert len({ordinary.ledger, simulate(morning(), seed=4).ledger, simulate(morning(), 3, 1).ledger}) == 3


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_ledger_leans_on_no_order_of_hashes(ordinary: Run, hash_seed: str) -> None:
    """Another process with another seed of Python's own hashes writes the same ledger."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    found = subprocess.run(
        [sys.executable, "-c", HASHED], env=environment, capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert found.stdout.strip() == ordinary.ledger


def test_the_solver_answers_when_its_budget_is_over() -> None:
    """However fast it is here: asked at one instant, its answer is there a budget later and not before."""
    hospital = Hospital.of(busy_clinic(), MONDAY)
    begin_ms = instant_ms(MONDAY, "08:00", ZoneInfo(hospital.site.site.timezone))
    rules = rules_of(hospital.site, hospital.layout, seed=1)
    shell = Shell(hospital, rules, first_world(hospital.site, hospital.layout), begin_ms=begin_ms)
    shell.start()
    loads = [CreateJob(load="linen", origin="store-out", destination=to) for to in ("s1-clean", "s0-clean") * 4]
    shell.order([Order(at_ms=begin_ms, request=load) for load in loads])
    asked_ms = answered_ms = 0
    for now_ms in range(begin_ms + 1, begin_ms + 180 * SECOND_MS, SECOND_MS // 2):
        shell.run(now_ms)
        if shell.state.meta.solving:
            asked_ms = shell.state.meta.solve_ms
        elif asked_ms:
            answered_ms = now_ms
            break
    assert asked_ms
    assert asked_ms + BUDGET_MS <= answered_ms <= asked_ms + BUDGET_MS + SECOND_MS // 2


def test_a_lift_that_is_out_changes_how_things_are_carried(ordinary: Run) -> None:
    """Without the robots' lift nothing goes between floors by robot, and the same jobs take other ways."""
    without = simulate(morning(out=("E1",)), seed=3)
    assert without.ledger != ordinary.ledger
    assert {job.state for job in without.jobs} == {"delivered"}
    assert figures(without)["robot_use"] < figures(ordinary)["robot_use"]


def test_every_fleet_and_every_closure_meets_the_same_demand() -> None:
    """Orders belong to seed and replication: nobody else's chance moves when robots come or a lift goes."""
    site = busy_clinic()
    as_it_is = orders(morning(site), seed=7)
    assert as_it_is == orders(morning(with_robots(site, 3)), seed=7)
    assert as_it_is == orders(morning(site, out=("E1",)), seed=7)
    assert as_it_is != orders(morning(site), seed=8)


def test_a_run_says_all_its_figures(ordinary: Run) -> None:
    """In the order of the outputs; shares are percentages."""
    found = figures(ordinary)
    assert tuple(found) == OUTPUTS
    assert found["jobs"] == len(ordinary.jobs)
    assert found["unfinished"] == 0
    assert 0 < found["on_time"] <= 100
    assert found["minutes_p50"] <= found["minutes_p95"]
