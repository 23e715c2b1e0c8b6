"""A service as a whole: it stops without a trace, and goes on after it was killed."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest

from tests.support.service import RunningService, wait_until

pytestmark = pytest.mark.slow
SAMPLE = {"load": "blood_sample", "specimen": "routine_blood", "from": "s0-tube", "to": "lab-tube", "within_min": 60}


def stop(service: RunningService, number: signal.Signals) -> None:
    """Tell the supervisor to stop: within ten seconds nothing is left, and nothing had to be killed."""
    processes = service.tree()
    assert len(processes) >= 5  # supervisor, dispatcher, agents, worker, api
    service.process.send_signal(number)
    assert service.process.wait(10) == 0
    _, alive = psutil.wait_procs(processes, timeout=1)
    assert alive == []
    assert [note for note in service.notes() if note["event"] == "part_killed"] == []


def test_ctrl_c_leaves_no_process(tmp_path: Path) -> None:
    """SIGINT ends the supervisor and all its parts, also with an event stream open and an order under way."""
    with RunningService(tmp_path / "data") as service:
        assert service.order(SAMPLE, "under way").status_code == 201
        with service.http.stream("GET", "/api/v1/events") as stream:
            assert stream.status_code == 200
            stop(service, signal.SIGINT)


def test_a_killed_service_goes_on_where_it_was(tmp_path: Path) -> None:
    """After kill -9 of the supervisor all parts end by themselves; the next start delivers what had been answered.

    The order's key is still one job, and a plain kill then ends the service without a trace.
    """
    with RunningService(tmp_path / "data") as service:
        answer = service.order(SAMPLE, "before the kill")
        assert answer.status_code == 201, answer.text
        job = answer.json()["id"]
        processes = service.tree()
        service.process.kill()
        _, alive = psutil.wait_procs(processes, timeout=15)
        assert alive == []
    with RunningService(tmp_path / "data") as service:
        service.set_factor(120)
        again = service.order(SAMPLE, "before the kill")
        assert (again.status_code, again.json()["id"]) == (200, job)
        wait_until(lambda: [one["id"] for one in service.jobs(["delivered"])] == [job], 120, "the job is delivered")
        ordered = [one["id"] for one in service.jobs() if one["requester"] == service.dispatcher()]
        assert ordered == [job]
        stop(service, signal.SIGTERM)
