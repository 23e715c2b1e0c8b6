"""The planning part under a running service: killed half-way it goes on, and the answer is the same to the bit."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulation.experiment import bundle
from simulation.experiment.executors import in_process
from simulation.experiment.run import run
from tests.support.service import RunningService, wait_until

pytestmark = pytest.mark.slow
EXPERIMENTS = "/api/v1/planning/experiments"
PLANNER = {"Portor-Actor": "erik"}
LONG = {
    "flow": "visits",
    "scenarios": [{"id": "basis"}, {"id": "changed", "changes": {"resources.doctor.shifts.0.count": 2}}],
    "replications": 150,
    "runs_d": 365,
}
"""Three hundred years in the small clinic."""
RUN_S = 600.0


def ask(service: RunningService, body: dict[str, Any]) -> str:
    """Ask for an experiment; its id."""
    answer = service.http.post(EXPERIMENTS, json=body, headers=PLANNER)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


def progress(service: RunningService, id: str) -> dict[str, Any]:
    """How far an experiment is."""
    found: dict[str, Any] = service.http.get(f"{EXPERIMENTS}/{id}").json()
    return found


def test_a_planning_part_killed_half_way_goes_on(tmp_path: Path) -> None:
    """Kill -9, twice: what was done is kept, nothing is left running, and the digest is that of an unbroken run."""
    with RunningService(tmp_path / "data") as service:
        id = ask(service, LONG)
        kept = 0
        for _ in range(2):
            before = kept
            wait_until(lambda before=before: progress(service, id)["done"] > before + 10, RUN_S, "some are done")
            kept = int(progress(service, id)["done"])
            workers = psutil.Process(service.pid("planning")).children(recursive=True)
            service.kill("planning")
            _, alive = psutil.wait_procs(workers, timeout=15)
            assert alive == []
        wait_until(lambda: progress(service, id)["state"] == "done", RUN_S, "the experiment is done")
        assert progress(service, id)["done"] >= kept
        found = service.http.get(f"{EXPERIMENTS}/{id}/result").json()
        assert service.order({"load": "blood_sample", "from": "s0-tube", "to": "lab-tube"}, "beside").is_success
    unbroken = tmp_path / "unbroken"
    request = bundle.read_request(tmp_path / "data" / "experiments" / id)
    result = run(bundle.prepare(unbroken, request), in_process())
    assert result is not None
    assert found["sha256"] == result.sha256


def test_a_service_stops_in_time_beside_an_experiment(tmp_path: Path) -> None:
    """Nothing has to be killed; the next start goes on."""
    with RunningService(tmp_path / "data") as service:
        id = ask(service, LONG)
        wait_until(lambda: progress(service, id)["done"] > 0, RUN_S, "some are done")
        processes = service.tree()
        os.kill(service.process.pid, signal.SIGTERM)
        assert service.process.wait(10) == 0
        _, alive = psutil.wait_procs(processes, timeout=1)
        assert alive == []
        assert [note for note in service.notes() if note["event"] == "part_killed"] == []
    assert bundle.waiting(tmp_path / "data" / "experiments") != ()
