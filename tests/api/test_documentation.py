"""The interface is documented: every route, every error it can give, and what is documented is true."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from api.problems import MEDIA_TYPE
from api.routes.site import describe
from tests.api.conftest import build, clinic
from tests.api.fake_dispatcher import FakeDispatcher
from tests.api.fake_equipment import FakeEquipment, a_small_pool
from tests.api.scenes import a_busy_morning
from tests.support.served import served

WRITES = {"post", "put", "patch", "delete"}
EQUIPMENT = {
    "": "get",
    "/types": "get",
    "/pool": "get",
    "/alarms": "get",
    "/wards/{ward}": "get",
    "/floors/{floor}": "get",
    "/locator": "get",
    "/export": "get",
    "/utilisation": "get",
    "/import": "post",
    "/reservations/{id}": "delete",
    "/loans/{id}/give-back": "post",
    "/transports/{id}/withdraw": "post",
    "/levels/par/{ward}/{type}": "put",
    "/levels/emergency/{place}/{type}": "put",
    "/recalls": "post",
    "/recalls/{id}": "delete",
    "/alarms/{id}/seen": "post",
    "/{id}": "get",
}
STEPS = (
    *("take", "reserve", "lend", "bring", "fetch", "put-down", "to-cleaning", "cleaned", "confirm", "quarantine"),
    *("lift-quarantine", "defect", "received", "repaired", "safety-test", "release", "lost", "found", "here"),
    *("not-here", "confirm-suggestion", "dismiss-suggestion", "retire"),
)
OMLOX = (
    *("trackables", "trackables/summary", "trackables/{id}", "trackables/{id}/location"),
    *("providers", "providers/summary", "providers/{id}", "providers/{id}/location"),
    *("zones", "zones/summary", "fences", "fences/summary"),
)
PLANNING = {
    "flows": {"get"},
    "flows/{id}": {"get"},
    "flows/{id}/figures": {"get"},
    "flows/{id}/drawing.svg": {"get"},
    "experiments": {"get", "post"},
    "experiments/{id}": {"get"},
    "experiments/{id}/result": {"get"},
    "experiments/{id}/result.csv": {"get"},
    "experiments/{id}/stop": {"post"},
    "experiments/{id}/go-on": {"post"},
}


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every (path, method, operation) of a description."""
    return [(path, method, item) for path, methods in schema["paths"].items() for method, item in methods.items()]


def test_every_operation_documents_its_errors_in_the_one_shape(app: FastAPI) -> None:
    """Summary, description, and problem+json for each status from 400 on; writes say 401, 403, 422 and 503."""
    found = operations(app.openapi())
    assert len(found) >= 20
    for path, method, operation in found:
        name = f"{method} {path}"
        assert operation.get("summary"), name
        assert operation.get("description"), name
        errors = {int(status): answer for status, answer in operation["responses"].items() if int(status) >= 400}
        assert {403, 421, 500} <= errors.keys(), name
        if method in WRITES:
            assert {400, 401, 409, 413, 422, 503, 507} <= errors.keys(), name
        for status, answer in errors.items():
            assert list(answer["content"]) == [MEDIA_TYPE], f"{name} {status}"
            assert answer["content"][MEDIA_TYPE]["schema"]["$ref"].endswith("/ProblemOut"), f"{name} {status}"


def test_every_api_route_is_described(app: FastAPI) -> None:
    """The description holds all paths under /api/v1 that the brief of the interface names."""
    paths = app.openapi()["paths"]
    wanted = {
        "/api/v1/jobs": {"get", "post"},
        "/api/v1/jobs/{id}": {"get", "patch"},
        "/api/v1/jobs/{id}/cancel": {"post"},
        "/api/v1/jobs/{id}/carrier": {"post"},
        "/api/v1/jobs/{id}/whereabouts": {"post"},
        "/api/v1/carriers": {"get"},
        "/api/v1/carriers/{id}": {"get"},
        "/api/v1/carriers/{id}/out-of-service": {"post"},
        "/api/v1/carriers/{id}/back": {"post"},
        "/api/v1/site": {"get"},
        "/api/v1/site/floors": {"get"},
        "/api/v1/site/floors/{id}.svg": {"get"},
        "/api/v1/closures": {"get", "post"},
        "/api/v1/closures/{id}": {"delete"},
        "/api/v1/clock": {"get", "put"},
        "/api/v1/events": {"get"},
        "/api/v1/snapshot": {"get"},
        "/api/v1/statistics": {"get"},
        "/api/v1/health": {"get"},
        "/api/v1/ready": {"get"},
        **{f"/api/v1/equipment{path}": {method} for path, method in EQUIPMENT.items()},
        **{f"/api/v1/equipment/{{id}}/{step}": {"post"} for step in STEPS},
        "/api/v1/readings/{format}": {"post"},
        **{f"/api/v1/omlox/v2/{path}": {"get"} for path in OMLOX},
        **{f"/api/v1/planning/{path}": methods for path, methods in PLANNING.items()},
    }
    assert {path: set(methods) for path, methods in paths.items()} == wanted


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/api/v1/jobs", 405),
        ("GET", "/api/v1/jobs?limit=0", 422),
        ("GET", "/api/v1/jobs?state=lost", 422),
        ("GET", "/api/v1/jobs?cursor=%00", 422),
        ("GET", "/api/v1/carriers/nobody", 404),
        ("GET", "/api/v1/site/floors/99.svg", 404),
        ("POST", "/api/v1/jobs", 422),
    ],
)
async def test_every_failure_has_the_one_shape(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    """Type, title, status, detail and violations, as problem+json, in the language asked for."""
    answer = await client.request(method, path, json={} if method == "POST" else None)
    body = answer.json()
    assert (answer.status_code, body["status"], answer.headers["content-type"]) == (status, status, MEDIA_TYPE)
    assert set(body) == {"type", "title", "status", "detail", "violations"}
    json: dict[str, str] | None = {} if method == "POST" else None
    danish = await client.request(method, path, json=json, headers={"Accept-Language": "da"})
    assert danish.json()["title"] != body["title"]


@pytest.mark.anyio
async def test_a_body_that_is_not_json_is_400(client: httpx.AsyncClient) -> None:
    """Not 422: nothing of it could be read."""
    answer = await client.post("/api/v1/jobs", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (400, "not_json")


@pytest.mark.anyio
async def test_an_error_of_our_own_tells_nothing_inside(client: httpx.AsyncClient, app: FastAPI) -> None:
    """500 in the one shape, without a word of the traceback."""
    app.state.house.records.jobs = None
    answer = await client.get("/api/v1/jobs")
    assert (answer.status_code, answer.headers["content-type"]) == (500, MEDIA_TYPE)
    assert "NoneType" not in answer.text


def served_app(folder: Any) -> FastAPI:
    """The application on a busy morning."""
    dispatcher = FakeDispatcher()
    a_busy_morning(dispatcher)
    return build(dispatcher, folder, a_small_pool(FakeEquipment(folder)))


def test_what_is_documented_is_true(folder: Any) -> None:
    """Generated requests: never a 5xx of our own, only documented statuses, bodies as described (schemathesis)."""
    app = served_app(folder)
    schema = schemathesis.openapi.from_dict(app.openapi())
    checks = [
        schemathesis.checks.CHECKS.get_one(name)
        for name in (
            "not_a_server_error",
            "status_code_conformance",
            "content_type_conformance",
            "response_schema_conformance",
        )
    ]
    with served(app) as address:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            if operation.path == "/api/v1/events":
                continue  # never ends

            @settings(max_examples=12, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)
            @given(case=operation.as_strategy())
            def conforms(case: Any) -> None:
                actor = "erik" if "/planning/" in case.path else "gert"
                case.headers = {**(case.headers or {}), "Portor-Actor": actor}
                case.headers.pop("Portor-Role", None)
                case.call_and_validate(base_url=address, checks=checks)

            conforms()


def test_the_site_is_what_the_description_says() -> None:
    """Both languages for everything that has a name."""
    directory = clinic().directory
    site = describe(directory, frozenset(directory.stations))
    assert all(set(item.name) == {"da", "en"} for item in (*site.floors, *site.stations, *site.loads, *site.priorities))
