"""The day's client: what it sends, when it sends again, and what it makes of a refusal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest

from api.day.client import Client, DayFailed, OrderRefused, to_body
from fleet.requests import CreateJob

ORDER = CreateJob(load="meal", origin="kitchen", destination="5A", within_min=30, ready_ms=1_000)


def order_through(answer: Callable[[httpx.Request], httpx.Response]) -> str:
    """Order against a service that answers as told."""

    async def scene() -> str:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://service") as http:
            return await Client(http).order("day-1-0", ORDER)

    return asyncio.run(scene())


def test_what_is_not_said_is_left_out_of_an_order() -> None:
    """Nothing is sent as null, false or empty, and instants carry their offset."""
    assert to_body(ORDER) == {
        "load": "meal",
        "from": "kitchen",
        "to": "5A",
        "within_min": 30,
        "ready": "1970-01-01T00:00:01.000+00:00",
    }


def test_an_order_is_sent_again_with_its_key_until_it_is_answered() -> None:
    """The dispatcher is away once and the line breaks once; the third attempt with the same key is the job."""
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            return httpx.Response(503, headers={"Retry-After": "0"}, json={"title": "away"})
        if len(keys) == 2:
            raise httpx.ConnectError("the api is being restarted")
        assert json.loads(request.content)["to"] == "5A"
        return httpx.Response(201, json={"id": "J00001"})

    assert order_through(answer) == "J00001"
    assert keys == ["day-1-0"] * 3


def test_a_refused_order_names_its_rules() -> None:
    """A broken rule is no reason to end the day: it is counted by its name."""
    problem = {"title": "Not right", "detail": "", "violations": [{"rule": "unknown_station", "message": "Where?"}]}
    with pytest.raises(OrderRefused) as caught:
        order_through(lambda _: httpx.Response(422, json=problem))
    assert caught.value.rules == ("unknown_station",)


def test_a_full_disk_ends_the_day_with_what_the_service_said() -> None:
    """Trouble of the service itself is not waited out."""
    problem = {"title": "The disk is full", "detail": "Free some space.", "violations": []}
    with pytest.raises(DayFailed, match=r"507 The disk is full\. Free some space\."):
        order_through(lambda _: httpx.Response(507, json=problem))
