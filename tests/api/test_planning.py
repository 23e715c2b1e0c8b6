"""`/api/v1/planning` as programs use it: what can be asked, what is refused, and what comes of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.planning.desk import MOST_OPEN
from simulation.experiment import bundle
from tests.api.planning_scenes import COMPARED, EXPERIMENTS, PLANNER, SHORT, ask, done

pytestmark = pytest.mark.anyio
FLOWS = "/api/v1/planning/flows"


async def test_a_flow_tells_what_may_be_turned_and_who_says_so(client: httpx.AsyncClient) -> None:
    """Dials with names in both languages, values and sources; outputs with units; ready-made scenarios."""
    (flow,) = (await client.get(FLOWS)).json()["flows"]
    assert (flow["id"], flow["warm_up_d"], flow["runs_d"]) == ("visits", 7, 28)
    dial = next(item for item in flow["dials"] if item["path"] == "resources.bed.staffed")
    assert dial["name"] == {"da": "Hvileplads: normerede senge", "en": "Resting place: staffed beds"}
    assert (dial["value"], dial["source"]) == (4, "assumed")
    assert {item["id"]: item["unit"] for item in flow["outputs"]}["to_doctor"] == "min"
    assert [item["id"] for item in flow["scenarios"]] == ["busy_day", "doctor_ill"]
    assert (await client.get(f"{FLOWS}/visits")).json() == flow


async def test_any_other_figure_is_found_by_its_words(client: httpx.AsyncClient) -> None:
    """By what it is called in the language of the one who asks."""
    found = (await client.get(f"{FLOWS}/visits/figures", params={"text": "resting cleaning"})).json()["figures"]
    assert [item["path"] for item in found] == ["resources.bed.cleaning.constant"]
    assert found[0]["value"] == "15 min"


async def test_a_flow_is_drawn(client: httpx.AsyncClient) -> None:
    """SVG that stands by itself."""
    answer = await client.get(f"{FLOWS}/visits/drawing.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")
    assert (await client.get(f"{FLOWS}/nothing/drawing.svg")).status_code == 404


async def test_the_same_question_is_one_experiment(client: httpx.AsyncClient) -> None:
    """201, then 200 with the same permanent address, with or without a key; another seed is another question."""
    body = {**SHORT, "seed": 41}
    first = await client.post(EXPERIMENTS, json=body, headers=PLANNER)
    again = await client.post(EXPERIMENTS, json=body, headers={**PLANNER, "Idempotency-Key": "another"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.headers["location"] == f"{EXPERIMENTS}/{first.json()['id']}"
    other = await client.post(EXPERIMENTS, json={**body, "seed": 42}, headers=PLANNER)
    assert other.json()["id"] != first.json()["id"]
    assert first.json()["state"] == "waiting"


async def test_only_planners_simulate(client: httpx.AsyncClient) -> None:
    """Anna is a dispatcher: she may look."""
    assert (await client.post(EXPERIMENTS, json=SHORT)).status_code == 403
    assert (await client.get(EXPERIMENTS)).status_code == 200


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"flow": "nothing"}, "flow", "unknown_flow"),
        ({"replications": 1}, "replications", "out_of_range"),
        ({"replications": 1_000_000}, "replications", "out_of_range"),
        ({"runs_d": 100_000}, "runs_d", "out_of_range"),
        ({"runs_d": 1_830, "warm_up_d": 1}, "runs_d", "too_long"),
        ({"replications": None, "precision": {}}, "precision", "precision_missing"),
        ({"replications": None, "precision": {"nothing": 1}}, "precision.nothing", "unknown_output"),
        ({"scenarios": [{"id": f"s{n}"} for n in range(7)]}, "scenarios", "too_long"),
        ({"scenarios": [{"id": "a"}, {"id": "a"}]}, "scenarios", "scenario_twice"),
        ({"scenarios": [{"id": "a"}, {"id": "b"}]}, "scenarios", "nothing_to_compare"),
        ({"scenarios": [{"id": "../../etc"}]}, "scenarios.0.id", "malformed"),
    ],
)
async def test_what_cannot_be_run_is_refused_with_its_place(
    client: httpx.AsyncClient, change: dict[str, Any], field: str, rule: str
) -> None:
    """422 with the field and the rule; nothing is put into the queue."""
    before = (await client.get(EXPERIMENTS)).json()
    answer = await client.post(EXPERIMENTS, json={**SHORT, **change}, headers=PLANNER)
    assert answer.status_code == 422, answer.text
    assert (field, rule) in {(item["field"], item["rule"]) for item in answer.json()["violations"]}
    assert (await client.get(EXPERIMENTS)).json() == before


async def test_every_change_that_cannot_be_made_is_told_at_once(client: httpx.AsyncClient) -> None:
    """Each beside its figure: no such path, a resource of zero, a negative duration."""
    changes = {
        "resources.nobody.count": 2,
        "resources.xray.count": 0,
        "pathways.visit.rest.delay.mean": {"plus": "-3 h"},
    }
    body = {**SHORT, "scenarios": [{"id": "wrong", "changes": changes}]}
    answer = await client.post(EXPERIMENTS, json=body, headers=PLANNER)
    assert answer.status_code == 422
    assert {item["field"] for item in answer.json()["violations"]} >= {"resources.nobody.count", "resources.xray.count"}


async def test_more_patients_than_memory_holds_are_refused(client: httpx.AsyncClient) -> None:
    """A slip of the pen in the arrivals does not fill the machine."""
    changes = {"arrivals.patients.per_day": 90_000}
    answer = await client.post(
        EXPERIMENTS, json={**SHORT, "runs_d": 365, "scenarios": [{"id": "many", "changes": changes}]}, headers=PLANNER
    )
    assert [item["rule"] for item in answer.json()["violations"]] == ["too_many_patients"]


async def test_a_result_is_figures_with_intervals_and_paired_differences(
    client: httpx.AsyncClient, folder: Path
) -> None:
    """409 before it is done; then every output of both scenarios, and what the change does."""
    id = (await ask(client, {**COMPARED, "seed": 7}))["id"]
    early = await client.get(f"{EXPERIMENTS}/{id}/result")
    assert (early.status_code, early.json()["violations"][0]["rule"]) == (409, "not_done")
    await done(client, folder, {**COMPARED, "seed": 7})
    found = (await client.get(f"{EXPERIMENTS}/{id}/result")).json()
    assert [item["id"] for item in found["scenarios"]] == ["basis", "changed"]
    basis = {item["output"]: item for item in found["scenarios"][0]["figures"]}
    wait = next(item for item in found["differences"] if item["output"] == "doctor_wait")
    assert wait["basis_mean"] == basis["doctor_wait"]["mean"]
    assert wait["difference"] > 0  # fewer doctors, longer waits
    assert (await client.get(f"{EXPERIMENTS}/{id}")).json()["state"] == "done"


async def test_a_result_is_read_by_spreadsheets(client: httpx.AsyncClient, folder: Path) -> None:
    """UTF-8 with its mark, a line an output of a scenario; a name that a spreadsheet would run is disarmed."""
    name = {"da": "=1+1", "en": "=1+1"}
    body = {**COMPARED, "scenarios": [{"id": "basis"}, {**COMPARED["scenarios"][1], "id": "named", "name": name}]}
    id = await done(client, folder, body)
    answer = await client.get(f"{EXPERIMENTS}/{id}/result.csv")
    assert "attachment" in answer.headers["content-disposition"]
    text = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 2 * 7
    assert {row["scenario"] for row in rows} == {"As it is", "'=1+1"}
    assert float(rows[0]["mean"]) >= 0


async def test_an_experiment_is_paused_and_gone_on_with(client: httpx.AsyncClient, folder: Path) -> None:
    """Its state says so, and the planning process passes it over meanwhile."""
    id = (await ask(client, {**SHORT, "seed": 77}))["id"]
    stopped = await client.post(f"{EXPERIMENTS}/{id}/stop", headers=PLANNER)
    assert stopped.json()["state"] == "stopped"
    assert id not in {item.name for item in bundle.waiting(folder / "experiments")}
    going = await client.post(f"{EXPERIMENTS}/{id}/go-on", headers=PLANNER)
    assert going.json()["state"] == "waiting"
    assert id in {item.name for item in bundle.waiting(folder / "experiments")}


@pytest.mark.parametrize("id", ["nothing", "0" * 32, "..", "%2e%2e%2fportor", "0" * 200])
async def test_an_address_that_is_none_is_not_found(client: httpx.AsyncClient, id: str) -> None:
    """404, whatever stands there."""
    for address in (f"{EXPERIMENTS}/{id}", f"{EXPERIMENTS}/{id}/result", f"{EXPERIMENTS}/{id}/result.csv"):
        assert (await client.get(address)).status_code in {404, 422}, address


async def test_a_full_queue_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    """503 with a time; no folder is made."""
    answers = [
        await client.post(EXPERIMENTS, json={**SHORT, "seed": 1_000 + n}, headers=PLANNER) for n in range(MOST_OPEN + 1)
    ]
    assert answers[-1].status_code == 503
    assert "retry-after" in answers[-1].headers
    for answer in answers:
        if answer.is_success:
            await client.post(f"{EXPERIMENTS}/{answer.json()['id']}/stop", headers=PLANNER)
