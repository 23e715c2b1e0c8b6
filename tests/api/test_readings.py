"""Readings of gateways over HTTP: known by their token, in the format of their make."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.gateway_key import ensure_gateway_token, is_gateway
from equipment_tracking.formats import FORMATS
from tests.api.fake_equipment import FakeEquipment

pytestmark = pytest.mark.anyio
READINGS = "/api/v1/readings"
MINEW = [
    {"timestamp": "2026-03-02T09:42:00.000Z", "type": "Gateway", "mac": "AC233FC00001"},
    {"timestamp": "2026-03-02T09:42:00.000Z", "type": "Unknown", "mac": "C30000000001", "rssi": -61},
    {"timestamp": "2026-03-02T09:42:00.000Z", "type": "Unknown", "mac": "C30000000002", "rssi": "loud"},
]
KONTAKT = [{"trackingId": "tag-1", "timestamp": 1772444520, "sourceId": "gw-1", "rssi": -70}]
ESPRESENSE = {"mac": "c30000000001", "id": "tag-1", "rssi": -71}


@pytest.fixture
def token(folder: Path) -> dict[str, str]:
    """The header of a gateway of this installation."""
    return {"Authorization": f"Bearer {ensure_gateway_token(folder)}"}


async def send(
    client: httpx.AsyncClient, spoken: str, body: Any, headers: dict[str, str], **query: str
) -> httpx.Response:
    """What a gateway sends: no name of a person with it."""
    client.headers.pop("Portor-Actor", None)
    return await client.post(f"{READINGS}/{spoken}", json=body, headers=headers, params=query)


async def test_readings_are_taken_and_counted(
    client: httpx.AsyncClient, equipment: FakeEquipment, token: dict[str, str]
) -> None:
    """202 with how many could be read; what came is handed on as it was."""
    answer = await send(client, "minew", MINEW, token)
    assert (answer.status_code, answer.json()) == (202, {"readings": 1, "fixes": 0, "malformed": 1})
    (heard,) = equipment.ear.heard
    assert (heard.format, json.loads(heard.body)) == ("minew", MINEW)


async def test_a_bridge_hands_on_the_topic(
    client: httpx.AsyncClient, equipment: FakeEquipment, token: dict[str, str]
) -> None:
    """Of formats that say there who heard."""
    topic = "espresense/devices/tag-1/kitchen"
    answer = await send(client, "espresense", ESPRESENSE, token, topic=topic)
    assert (answer.status_code, answer.json()["readings"]) == (202, 1)
    assert equipment.ear.heard[0].topic == topic


@pytest.mark.parametrize("spoken", sorted(FORMATS))
async def test_every_format_has_its_address(client: httpx.AsyncClient, token: dict[str, str], spoken: str) -> None:
    """What cannot be read is counted, not refused: a gateway cannot mend it."""
    answer = await client.post(f"{READINGS}/{spoken}", content=b"\x00not json", headers=token)
    assert (answer.status_code, answer.json()["readings"]) == (202, 0)
    assert answer.json()["malformed"] >= 1


async def test_an_unknown_format_names_those_that_are_known(client: httpx.AsyncClient, token: dict[str, str]) -> None:
    """404."""
    answer = await send(client, "carrier-pigeon", KONTAKT, token)
    assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (404, "unknown_format")
    assert all(name in answer.json()["detail"] for name in FORMATS)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic wrong"},
        {"Portor-Actor": "anna"},
    ],
)
async def test_who_does_not_know_the_token_is_refused(
    client: httpx.AsyncClient, equipment: FakeEquipment, folder: Path, header: dict[str, str]
) -> None:
    """401, whatever the format and whoever the person; the answer gives nothing of the token away."""
    secret = ensure_gateway_token(folder)
    for spoken in ("minew", "carrier-pigeon"):
        answer = await send(client, spoken, MINEW, header)
        assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (401, "token_missing")
        assert secret not in answer.text
        assert str(len(secret)) not in answer.text
    assert equipment.ear.heard == []


async def test_a_message_may_have_a_megabyte(client: httpx.AsyncClient, token: dict[str, str]) -> None:
    """More than other bodies, and no more."""
    assert (await client.post(f"{READINGS}/minew", content=b" " * 1_048_576, headers=token)).status_code == 202
    assert (await client.post(f"{READINGS}/minew", content=b" " * 1_048_577, headers=token)).status_code == 413


async def test_while_the_part_is_away_gateways_come_again(
    client: httpx.AsyncClient, equipment: FakeEquipment, token: dict[str, str]
) -> None:
    """503 with when."""
    equipment.away = True
    answer = await send(client, "minew", MINEW, token)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_the_token_is_not_shown(app: FastAPI, folder: Path) -> None:
    """Not even where the program writes down what it is made of."""
    assert ensure_gateway_token(folder) not in repr(app.state.house)


def test_the_token_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """Whoever comes first makes it; everybody reads the same."""
    first = ensure_gateway_token(tmp_path / "data")
    assert ensure_gateway_token(tmp_path / "data") == first
    assert len(first) >= 40
    file = tmp_path / "data" / "gateways.token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["gateways.token"]


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER  abc "])
def test_the_token_is_known(header: str) -> None:
    """However the scheme is written (RFC 9110)."""
    assert is_gateway(header, "abc")


@pytest.mark.parametrize("header", [None, "", "abc", "Bearer", "Bearer abcd", "Bearer ab", "Basic abc", "Bearer æ"])
def test_nothing_else_is_the_token(header: str | None) -> None:
    """A part of it, more than it, another scheme, none."""
    assert not is_gateway(header, "abc")
