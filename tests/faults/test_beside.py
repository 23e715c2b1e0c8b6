"""Beside a running service: a second one is refused, the ledger can be verified, the README's order works."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.portor import portor, refused
from tests.support.service import ROOT, RunningService, wait_until

pytestmark = pytest.mark.slow
SAMPLE = {"load": "blood_sample", "specimen": "routine_blood", "from": "s0-tube", "to": "lab-tube", "within_min": 60}


def test_a_second_service_on_the_same_database_is_refused(service: RunningService, tmp_path: Path) -> None:
    """With a folder of its own but the first one's database it is fenced off; the first goes on undisturbed."""
    database = f"sqlite:///{service.data / 'portor.sqlite'}"
    arguments = ("--data", str(tmp_path), "--port", "0", "--database", database)
    assert "held by a running process" in refused(portor("serve", "clinic_small", *arguments))
    assert service.order(SAMPLE, "beside the second").status_code == 201


def test_a_second_service_in_the_same_folder_is_refused(service: RunningService) -> None:
    """The sentence names the process that holds the folder."""
    said = refused(portor("serve", "clinic_small", "--data", str(service.data), "--port", "0"))
    assert f"process {service.process.pid}" in said


def test_the_ledger_holds_beside_the_running_service(service: RunningService) -> None:
    """Verification needs no stop."""
    assert service.order(SAMPLE, "verified").status_code == 201
    run = portor("ledger", "verify", "--data", str(service.data))
    assert run.returncode == 0, run.stdout + run.stderr
    assert "every chain unbroken" in run.stdout


def test_an_order_is_delivered_with_its_custody(service: RunningService) -> None:
    """From HTTP to custody: the job ends delivered, and its history tells who had the load."""
    job = service.order(SAMPLE, "all the way").json()["id"]

    def state() -> str:
        return str(service.http.get(f"/api/v1/jobs/{job}").json()["state"])

    wait_until(lambda: state() == "delivered", 120, "the sample is delivered")
    history = [entry["kind"] for entry in service.http.get(f"/api/v1/jobs/{job}").json()["history"]]
    assert history[0] == "job.created"
    assert history[-1] == "job.delivered"
    assert "leg.delivered" in history


def test_the_order_of_the_readme_is_one_that_the_interface_takes() -> None:
    """The three lines of curl in README.md name a person, a load and stations that Køge has, and all that is needed."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.search(r"curl (\S+).*?-d '(\{.*?\})'", text, re.DOTALL)
    assert command is not None
    assert command[1] == "http://127.0.0.1:8600/api/v1/jobs"
    site = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "site_models/koege").rglob("*.yaml"))
    order = json.loads(command[2])
    actor = re.search(r"Portor-Actor: ([\w-]+)", command[0])
    assert actor is not None
    named = [actor[1], order["load"], order["specimen"], order["from"], order["to"]]
    assert [name for name in named if f"id: {name}" not in site] == []
    assert order["within_min"] > 0
