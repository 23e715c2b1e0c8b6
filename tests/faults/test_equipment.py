"""Shared equipment over HTTP in a running service: the last pump, having it brought, and kill -9 in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.service import RunningService, wait_until

HOME, WARD = "S0-utility-clean", "S1"
PUMPS = tuple(f"5712345P{number}" for number in range(1, 7))
LIST = "giai,name,type,ward,home,pump\r\n" + "".join(
    f"{id},Pump {number},infusion_pump,S0,{HOME},syringe\r\n" for number, id in enumerate(PUMPS, start=1)
)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The small clinic with six pumps in a clean utility, ready for use."""
    data = tmp_path_factory.mktemp("pumps") / "data"
    with RunningService(data, "--factor", "30", "--start", "2026-03-02T08:00:00+01:00") as running:
        answer = running.http.post(
            "/api/v1/equipment/import",
            params={"dry_run": False},
            content=LIST,
            headers={"Portor-Actor": "fatima", "Content-Type": "text/csv"},
        )
        assert answer.status_code == 200, answer.text
        for pump in PUMPS:
            act(running, "bo", pump, "here", {"place": HOME})
            act(running, "bo", pump, "cleaned", {"method": "wipe_ethanol"})
            act(running, "bo", pump, "confirm", {"what": ["checked", "charged", "complete"]})
        yield running


def asked(service: RunningService, actor: str, pump: str, step: str, body: dict[str, Any]) -> httpx.Response:
    """Whatever is answered."""
    return service.http.post(f"/api/v1/equipment/{pump}/{step}", json=body, headers={"Portor-Actor": actor})


def act(service: RunningService, actor: str, pump: str, step: str, body: dict[str, Any]) -> dict[str, Any]:
    """A step that must be possible."""
    answer = asked(service, actor, pump, step, body)
    assert answer.status_code < 300, answer.text
    return dict(answer.json())


def look_up(service: RunningService, pump: str) -> dict[str, Any]:
    """An asset as it is now, as soon as equipment tracking answers; until then it says so, and nothing else."""
    answer = service.http.get(f"/api/v1/equipment/{pump}")
    while answer.status_code == 503:
        assert answer.json()["violations"][0]["rule"] == "equipment_away"
        answer = service.http.get(f"/api/v1/equipment/{pump}")
    return dict(answer.json())


def test_two_people_take_the_last_pump_at_once_and_one_gets_it(clinic: RunningService) -> None:
    """At the same instant from two phones: one has it, the other is told, offered the next, and takes that."""
    found = clinic.http.get("/api/v1/equipment", params={"type": "infusion_pump", "near": HOME}).json()
    first, *others = [asset["id"] for asset in found["equipment"]]
    together = threading.Barrier(2)

    def take(who: tuple[str, str]) -> httpx.Response:
        together.wait()
        return asked(clinic, who[0], first, "take", {"ward": who[1], "candidates": others})

    with ThreadPoolExecutor(2) as people:
        answers = dict(zip(("carla", "dorte"), people.map(take, (("carla", "S0"), ("dorte", "S1"))), strict=True))
    late = next(actor for actor, answer in answers.items() if answer.status_code == 409)
    assert sorted(answer.status_code for answer in answers.values()) == [200, 409]
    offered = answers[late].json()["offers"]
    assert [offer["id"] for offer in offered] == others
    ward = {"carla": "S0", "dorte": "S1"}[late]
    assert act(clinic, late, offered[0]["id"], "take", {"ward": ward})["asset"]["holder"] == ward


def test_a_pump_that_is_brought_becomes_one_job_and_arrives(clinic: RunningService) -> None:
    """The ward asks; the fleet makes one job of it, carries it, and the pump is seen where it was delivered."""
    found = clinic.http.get("/api/v1/equipment", params={"type": "infusion_pump", "near": HOME}).json()
    pump = found["equipment"][0]["id"]
    brought = act(clinic, "dorte", pump, "bring", {"ward": WARD})
    key = brought["asset"]["transport"]["key"]

    def job() -> str | None:
        transport = look_up(clinic, pump)["transport"]
        return str(transport["job"]) if transport and transport["job"] else None

    wait_until(lambda: job() is not None, 30, "the fleet has taken it")
    name = job()
    clinic.kill("equipment")  # the answer is heard all the same
    wait_until(lambda: clinic.http.get(f"/api/v1/jobs/{name}").json()["state"] == "delivered", 90, "it is delivered")
    wait_until(lambda: look_up(clinic, pump)["transport"] is None, 30, "the pool has heard of it")
    here = look_up(clinic, pump)
    assert here["reservation"]["ward"] == WARD
    assert here["where"]["rooms"][0]["id"].startswith(WARD)
    jobs = [job for job in clinic.jobs() if job["load"] == "equipment"]
    assert len(jobs) == 1, key


def test_loans_and_reservations_outlive_a_kill(clinic: RunningService) -> None:
    """What was answered is there after the part was killed and came back; meanwhile nobody is told a lie."""
    found = clinic.http.get("/api/v1/equipment", params={"type": "infusion_pump", "near": HOME}).json()
    lent, kept = [asset["id"] for asset in found["equipment"]][:2]
    act(clinic, "carla", lent, "lend", {"ward": "S0", "due": "2026-03-05T12:00:00+01:00"})
    act(clinic, "dorte", kept, "reserve", {"ward": WARD})
    clinic.kill("equipment")
    assert look_up(clinic, lent)["loan"]["ward"] == "S0"
    assert look_up(clinic, kept)["reservation"]["ward"] == WARD
