"""Who may do what, from where, and what may be written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import BaseRoute

from api.access import COOKIE_AGE_S, Badge, declared
from api.guard import host_name
from api.privacy import holds_control, holds_cpr
from tests.api.conftest import HERE, ORDER

pytestmark = pytest.mark.anyio
WITHOUT_A_PERSON = ("/who", "/api/v1/readings/{format}")
"""Where one picks a name, and where gateways speak: they show a token instead."""
WHAT_IF = ("/planning/", "/api/v1/planning/")
"""Where questions are asked of a model: nothing in the hospital is changed, so the ledger holds nothing of it."""


def routes_of(routes: Any) -> Iterator[APIRoute]:
    """Every route, however deeply its router is included."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if inner is not None:
            yield from routes_of(inner.routes)


def test_every_route_declares_who_and_what_is_logged(app: FastAPI) -> None:
    """A route without a declaration does not get past this test, nor past `admit`."""
    routes: list[BaseRoute] = list(routes_of(app.routes))
    assert len(routes) > 30
    for route in routes_of(app.routes):
        rule = declared(route.endpoint)
        assert rule is not None, f"{route.path} declares no access"
        writes = bool((route.methods or set()) - {"GET", "HEAD"})
        if writes and route.path not in WITHOUT_A_PERSON:
            assert rule.roles, f"{route.path} writes for anybody"
            wanted = "process" if route.path.startswith(WHAT_IF) else "ledger"
            assert rule.log == wanted, f"{route.path} writes without the ledger"


async def test_a_write_needs_a_name(client: httpx.AsyncClient) -> None:
    """401 says how to name oneself."""
    del client.headers["Portor-Actor"]
    answer = await client.post("/api/v1/jobs", json=ORDER)
    assert answer.status_code == 401
    assert "/who" in answer.json()["detail"]


async def test_only_staff_of_the_site_may_act(client: httpx.AsyncClient) -> None:
    """Another name is 401, another's role 403, a role that may not do this 403."""
    tried = {
        "nobody": await client.post("/api/v1/jobs", json=ORDER, headers={"Portor-Actor": "mallory"}),
        "not hers": await client.post("/api/v1/jobs", json=ORDER, headers={"Portor-Role": "technician"}),
        "may not": await client.post("/api/v1/jobs", json=ORDER, headers={"Portor-Actor": "erik"}),
    }
    assert {name: (a.status_code, a.json()["violations"][0]["rule"]) for name, a in tried.items()} == {
        "nobody": (401, "unknown_actor"),
        "not hers": (403, "not_your_role"),
        "may not": (403, "role_not_allowed"),
    }


async def test_somebody_with_two_roles_acts_in_the_one_that_may(client: httpx.AsyncClient) -> None:
    """Gert is dispatcher and porter: cancelling is the dispatcher's."""
    id = (await client.post("/api/v1/jobs", json=ORDER)).json()["id"]
    assert (await client.post(f"/api/v1/jobs/{id}/cancel", headers={"Portor-Actor": "gert"})).status_code == 200


async def test_a_page_of_another_site_cannot_write(client: httpx.AsyncClient) -> None:
    """A foreign Origin is refused, also with a name in the cookie."""
    answer = await client.post("/api/v1/jobs", json=ORDER, headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (403, "foreign_origin")
    same = await client.post("/api/v1/jobs", json=ORDER, headers={"Origin": HERE})
    assert same.status_code == 201


@pytest.mark.parametrize("host", ["evil.example", "portor.local:8600", "127.0.0.1.evil.example", ""])
async def test_another_machines_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    """A name that a stranger points at this machine does not open it (DNS rebinding)."""
    assert (await client.get("/api/v1/jobs", headers={"Host": host})).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8600", "localhost:1", "LOCALHOST", "[::1]:8600", "[::1]"])
def test_the_names_of_this_machine_are_known(host: str) -> None:
    """With and without a port."""
    assert host_name(host) in {"127.0.0.1", "localhost", "[::1]"}


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    """Pages, data, refusals: no inline script, no frame, no sniffing."""
    for path in ("/", "/api/v1/jobs", "/nowhere"):
        headers = (await client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert (await client.get("/", headers={"Host": "evil.example"})).headers["x-content-type-options"] == "nosniff"


async def test_a_body_has_a_size(client: httpx.AsyncClient) -> None:
    """More than 64 KB is 413, whether the length is declared or not."""

    async def endless() -> Any:
        for _ in range(100):
            yield b"x" * 1024

    assert (await client.post("/api/v1/jobs", json={**ORDER, "note": "x" * 70_000})).status_code == 413
    answer = await client.post("/api/v1/jobs", content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "text",
    ["010203-1234", "0102031234", "Hr. Jensen 311299 4321 stue 3", "１５０７８５-1234", "010203 - 1234"],
)
async def test_a_patients_number_is_refused_everywhere(client: httpx.AsyncClient, text: str) -> None:
    """In notes, reasons, names and searches, with a sentence that says what to write instead."""
    id = (await client.post("/api/v1/jobs", json=ORDER)).json()["id"]
    tried = [
        await client.post("/api/v1/jobs", json={**ORDER, "note": text}),
        await client.post(f"/api/v1/jobs/{id}/cancel", json={"reason": text}),
        await client.post("/api/v1/closures", json={"target": "S0-corridor", "reason": text}),
        await client.get("/api/v1/jobs", params={"text": text}),
    ]
    for answer in tried:
        assert answer.status_code == 422
        assert answer.json()["violations"][0]["rule"] == "no_patient_identity"
        assert "ward and room" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["12345678", "990203-1234", "013103-1234", "vogn 4711, rum 6.112", "20260302104200"])
def test_other_numbers_pass(text: str) -> None:
    """Telephones, rooms, and numbers that hold no date."""
    assert not holds_cpr(text)


@given(st.dates(), st.integers(0, 9999), st.sampled_from(["-", "", " ", "–"]))
def test_any_date_with_four_digits_is_a_cpr_number(day: Any, serial: int, hyphen: str) -> None:
    """Whatever the date and the separator."""
    assert holds_cpr(f"Patient {day:%d%m}{day.year % 100:02d}{hyphen}{serial:04d} på stue 2")


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u202eb", "a\u2066b"])
def test_invisible_characters_are_found(text: str) -> None:
    """Control characters, and marks that turn the writing."""
    assert holds_control(text)
    assert not holds_control("Blå vogn, 3. sal\nring på")


def test_a_cookie_from_elsewhere_names_nobody(tmp_path: Path) -> None:
    """The signature is the installation's own, and ages."""
    mine, other = Badge.of_folder(tmp_path / "a"), Badge.of_folder(tmp_path / "b")
    value = mine.write("anna", "dispatcher", 1000)
    assert mine.read(value, 1000) == ("anna", "dispatcher")
    assert Badge.of_folder(tmp_path / "a").read(value, 1000) == ("anna", "dispatcher")
    assert other.read(value, 1000) is None
    assert mine.read(value.replace(".", "x."), 1000) is None
    assert mine.read(value, 1001 + COOKIE_AGE_S) is None
    assert (tmp_path / "a" / "cookie.secret").stat().st_mode & 0o077 == 0
