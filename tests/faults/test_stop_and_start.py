"""A service as a whole: it stops without a trace, refuses to run twice, and goes on after it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.support.service import RunningService, wait_until

pytestmark = pytest.mark.slow
SAMPLE = {"load": "blood_sample", "specimen": "routine_blood", "from": "s0-tube", "to": "lab-tube", "within_min": 60}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and a plain kill end the supervisor and all its parts within ten seconds, without killing any."""
    with RunningService(tmp_path / "data") as service:
        processes = service.tree()
        assert len(processes) >= 5  # supervisor, dispatcher, agents, worker, api
        service.process.send_signal(number)
        assert service.process.wait(10) == 0
        _, alive = psutil.wait_procs(processes, timeout=1)
        assert alive == []
        assert [note for note in service.notes() if note["event"] == "part_killed"] == []


def test_all_parts_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    """After kill -9 of the supervisor nobody is left to stop the parts: they end by themselves."""
    with RunningService(tmp_path / "data") as service:
        processes = service.tree()
        service.process.kill()
        _, alive = psutil.wait_procs(processes, timeout=15)
        assert alive == []


def test_a_killed_service_goes_on_where_it_was(tmp_path: Path) -> None:
    """An order that was answered before kill -9 is delivered after the next start, and its key is still one job."""
    with RunningService(tmp_path / "data") as service:
        answer = service.order(SAMPLE, "before the kill")
        assert answer.status_code == 201, answer.text
        job = answer.json()["id"]
        processes = service.tree()
        service.process.kill()
        psutil.wait_procs(processes, timeout=15)
    with RunningService(tmp_path / "data") as service:
        service.set_factor(120)
        again = service.order(SAMPLE, "before the kill")
        assert (again.status_code, again.json()["id"]) == (200, job)
        wait_until(lambda: [one["id"] for one in service.jobs(["delivered"])] == [job], 120, "the job is delivered")
        assert len(service.jobs()) == 1


def test_a_second_service_on_the_same_database_is_refused(tmp_path: Path) -> None:
    """With a folder of its own but the first one's database it is fenced off; the first goes on undisturbed."""
    with RunningService(tmp_path / "data") as service:
        database = f"sqlite:///{tmp_path / 'data' / 'portor.sqlite'}"
        second = RunningService(tmp_path / "other", "--database", database)
        assert second.process.wait(60) == 1
        second.__exit__(None, None, None)
        said = "\n".join(second.said)
        assert "held by a running process" in said
        assert "Traceback" not in said
        assert service.order(SAMPLE, "undisturbed").status_code == 201


def test_a_second_service_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    """The sentence names the process that holds the folder."""
    with RunningService(tmp_path / "data") as service:
        second = RunningService(tmp_path / "data")
        assert second.process.wait(60) == 1
        second.__exit__(None, None, None)
        assert f"process {service.process.pid}" in "\n".join(second.said)
        assert service.order(SAMPLE, "undisturbed").status_code == 201


def test_the_ledger_holds_beside_the_running_service(tmp_path: Path) -> None:
    """Verification needs no stop."""
    with RunningService(tmp_path / "data", "--factor", "60") as service:
        assert service.order(SAMPLE, "one").status_code == 201
        command = [os.sys.executable, "-m", "api.cli", "ledger", "verify", "--data", str(tmp_path / "data")]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "every chain unbroken" in run.stdout
