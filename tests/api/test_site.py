"""The site for programs: names in both languages, drawings that browsers keep, site time."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.times import next_time_of_day, to_datetime, to_iso, to_ms
from tests.api.conftest import clinic
from tests.api.fake_dispatcher import FakeDispatcher
from tests.api.scenes import a_busy_morning

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.mark.anyio
async def test_a_drawing_is_kept_by_browsers(client: httpx.AsyncClient) -> None:
    """With its version for good; without, it is asked for again and answered 304."""
    (ground, _) = (await client.get("/api/v1/site")).json()["floors"]
    kept = await client.get(ground["svg"], params={"lang": "da"} | dict(httpx.URL(ground["svg"]).params))
    assert "immutable" in kept.headers["cache-control"]
    assert ElementTree.fromstring(kept.text).tag.endswith("svg")  # noqa: S314  # our own drawing
    asked = {"If-None-Match": kept.headers["etag"], "Accept-Language": "da"}
    again = await client.get("/api/v1/site/floors/0.svg", headers=asked)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.anyio
async def test_the_site_says_what_may_be_ordered(client: httpx.AsyncClient) -> None:
    """Stations, loads, priorities by rank, and who may act."""
    site = (await client.get("/api/v1/site")).json()
    assert {"id": "anna", "name": "Anna Holm", "roles": ["dispatcher"], "ward": None} in site["staff"]
    assert [item["id"] for item in site["priorities"]] == ["life_critical", "urgent", "planned", "routine"]
    names = [item["name"]["da"] for item in site["stations"]]
    assert len(set(names)) == len(names)


@pytest.mark.anyio
async def test_carriers_closures_and_clock(client: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """Each can be read and changed, and the change is seen."""
    a_busy_morning(dispatcher)
    dispatcher.change_leader()
    for _ in range(50):
        carriers = (await client.get("/api/v1/carriers", params={"mode": "robot"})).json()["carriers"]
        if carriers:
            break
        await asyncio.sleep(0.01)
    assert [carrier["id"] for carrier in carriers] == ["C01", "C02", "C03", "K01"]
    assert (await client.post("/api/v1/carriers/C02/out-of-service", json={"reason": "Wheel"})).status_code == 200
    assert (await client.get("/api/v1/carriers/C02")).json()["status"] == "out_of_service"
    assert (await client.post("/api/v1/carriers/C02/back")).status_code == 200
    closed = await client.post("/api/v1/closures", json={"target": "1-main", "reason": "Cleaning"})
    assert closed.status_code == 201
    targets = [item["target"] for item in (await client.get("/api/v1/closures")).json()["closures"]]
    assert targets == ["S0-corridor", "1-main"]
    assert (await client.delete(f"/api/v1/closures/{closed.json()['id']}")).status_code == 200
    assert (await client.put("/api/v1/clock", json={"factor": 20})).json()["factor"] == 20
    assert (await client.put("/api/v1/clock", json={"factor": 0})).status_code == 422


@given(st.integers(1_600_000_000_000, 2_000_000_000_000))
def test_an_instant_survives_being_written(instant_ms: int) -> None:
    """ISO with offset and back, to the millisecond, over every change of the clocks."""
    assert to_ms(to_datetime(instant_ms, COPENHAGEN)) == instant_ms
    assert to_iso(instant_ms, COPENHAGEN)[-6:] in ("+01:00", "+02:00")


@given(st.integers(1_600_000_000_000, 2_000_000_000_000), st.integers(0, 23), st.integers(0, 59))
def test_a_time_of_day_is_the_one_that_is_meant(now_ms: int, hour: int, minute: int) -> None:
    """Within 6 hours back and 19 ahead (an hour more where the clocks change), showing exactly what was written."""
    found = next_time_of_day(f"{hour}:{minute:02d}", now_ms, COPENHAGEN)
    shown = to_datetime(found, COPENHAGEN)
    assert -7 * 3_600_000 <= found - now_ms <= 19 * 3_600_000
    assert (shown.hour, shown.minute) == (hour, minute) or shown.month in (3, 10)


def test_stations_have_names_that_tell_them_apart() -> None:
    """In both languages, also where two stations are called the same."""
    directory = clinic().directory
    for language in ("da", "en"):
        labels = [directory.station(id, language) for id in directory.stations]
        assert len(set(labels)) == len(labels)
        assert [directory.find_station(label) for label in labels] == list(directory.stations)
