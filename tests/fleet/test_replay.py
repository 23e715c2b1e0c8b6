"""The state is what the rows say: a reload at any moment changes no later decision, and hash seeds change nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from fleet.draft import State
from fleet.hospital import Hospital
from fleet.planner import Planner
from fleet.requests import CancelJob, Close, CreateJob
from tests.fleet.obedient import Clinic

LOADS = (
    ("blood_sample", "s1-tube", "lab-tube"),
    ("linen", "store-out", "s1-clean"),
    ("medicine", "medicine-hatch", "s0-clean"),
    ("patient", "s1-beds", "imaging-desk"),
    ("bed", "s0-beds", "imaging-desk"),
    ("equipment", "s0-clean", "s1-clean"),
    ("waste_clinical", "s1-soiled", "soiled-in"),
)


def reloaded(state: State) -> State:
    """The state as a restart would find it in the store."""
    rows: dict[str, dict[str, bytes]] = {}
    for kind, entities in state.snapshot().items():
        rows[kind] = {id: msgspec.msgpack.encode(entity) for id, entity in entities.items()}
    return State(rows)


def story(clinic: Clinic, seed: int, *, reload_each: int = 0) -> list[str]:
    """Three random hours; with `reload_each` the state is thrown away and loaded again every so many steps."""
    draw = random.Random(seed)  # noqa: S311  # a story, not a secret
    jobs: list[str] = []
    for step in range(60):
        load, origin, destination = draw.choice(LOADS)
        answer = clinic.ask(CreateJob(load=load, origin=origin, destination=destination))
        jobs.append(answer.id if hasattr(answer, "id") else "")
        if draw.random() < 0.15:
            clinic.ask(CancelJob(draw.choice(jobs)))
        if draw.random() < 0.05:
            clinic.ask(Close("E1", reason="", until_ms=clinic.now_ms + 10 * 60_000))
        if draw.random() < 0.05:
            clinic.broken[draw.choice(sorted(clinic.hospital.robots))] = "fault"
        clinic.run(draw.uniform(0.5, 5))
        if reload_each and step % reload_each == 0:
            clinic.state = reloaded(clinic.state)
            clinic.planner = Planner(clinic.hospital)
    clinic.run(120)
    return [f"{at} {actor} {msgspec.json.encode(fact).decode()}" for at, actor, fact in clinic.facts if fact.logged]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_reload_at_any_step_changes_no_later_decision(clinic_site: Hospital, seed: int) -> None:
    """Caches beside the state hold nothing of their own."""
    assert story(Clinic(clinic_site), seed) == story(Clinic(clinic_site), seed, reload_each=3)


@pytest.mark.parametrize("seed", range(6))
def test_every_load_is_in_one_place_and_every_job_ends(clinic_site: Hospital, seed: int) -> None:
    """Custody: whatever breaks, a job ends once, or a person is asked; nobody keeps a leg that has ended."""
    clinic = Clinic(clinic_site)
    lines = story(clinic, seed)
    created = [line.split('"job":"')[1].split('"')[0] for line in lines if '"created":' in line]
    for job in created:
        ends = [line for line in lines if f'"job":"{job}"' in line and ('"on_time"' in line)]
        assert len(ends) <= 1
    for left in clinic.state.jobs.values():
        assert left.state in ("delivered", "cancelled", "trouble", "waiting", "assigned", "under_way")
    for carrier in clinic.state.carriers.values():
        for leg in (*carrier.aboard, *(stop.leg for stop in carrier.stops)):
            assert carrier.id in clinic.state.legs[leg].carriers


def test_two_hash_seeds_give_the_same_decisions() -> None:
    """No decision leans on the order of a set or a hash."""
    script = (
        "import hashlib\n"
        "from fleet.hospital import Hospital\n"
        "from site_models.load import load_site\n"
        "from tests.fleet.obedient import Clinic\n"
        "from tests.fleet.test_replay import story\n"
        "lines = story(Clinic(Hospital.of(load_site('clinic_small'))), 5)\n"
        "print(len(lines), hashlib.sha256('\\n'.join(lines).encode()).hexdigest())\n"
    )
    root = Path(__file__).parents[2]
    told = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    answers = {process.communicate()[0] for process in told}
    assert [process.returncode for process in told] == [0, 0]
    assert len(answers) == 1
