"""Experiments with the small clinic's patients, asked for as a planner does and carried out in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from simulation.experiment import bundle
from simulation.experiment.executors import in_process
from simulation.experiment.run import run

EXPERIMENTS = "/api/v1/planning/experiments"
PLANNER = {"Portor-Actor": "erik"}
SHORT = {"flow": "visits", "replications": 3, "warm_up_d": 1, "runs_d": 7}
"""Three replications of a week."""
ONE_DOCTOR_LESS = {"id": "changed", "changes": {"resources.doctor.shifts.0.count": 2}}
COMPARED = {**SHORT, "scenarios": [{"id": "basis"}, ONE_DOCTOR_LESS]}


async def ask(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    """Ask for an experiment; its description."""
    answer = await client.post(EXPERIMENTS, json=body, headers=PLANNER)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def carry_out(data: Path, id: str) -> None:
    """Do what the planning process does."""
    assert run(data / "experiments" / id, in_process()) is not None


async def done(client: httpx.AsyncClient, data: Path, body: dict[str, Any]) -> str:
    """Ask for an experiment and carry it out; its id."""
    id = str((await ask(client, body))["id"])
    if bundle.read_result(data / "experiments" / id) is None:
        carry_out(data, id)
    return id
