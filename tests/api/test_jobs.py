"""Ordering and changing transports over HTTP."""

from __future__ import annotations

import httpx
import pytest

from fleet.requests import CancelJob, ChooseCarrier, CreateJob, Refusal, Violation
from tests.api.conftest import ORDER
from tests.api.fake_dispatcher import FakeDispatcher
from tests.api.scenes import START_MS, a_job

pytestmark = pytest.mark.anyio


async def test_an_order_is_answered_with_the_whole_job(client: httpx.AsyncClient) -> None:
    """201 with state, carrier, promise, slack, and instants in the site's own offset."""
    answer = await client.post("/api/v1/jobs", json=ORDER)
    job = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["state"], job["from"], job["to"], job["carrier"]) == ("assigned", "s0-tube", "lab-tube", "day-01")
    # Ordered 10:42, due within 30 minutes, promised in 8: 22 minutes are left.
    assert job["due"] == "2026-03-02T11:12:00+01:00"
    assert job["promised"] == "2026-03-02T10:50:00+01:00"
    assert job["slack_s"] == 22 * 60
    assert [row["text"] for row in job["history"]] == ["Ordered."]


async def test_the_dispatcher_hears_who_ordered_in_which_role(
    client: httpx.AsyncClient, dispatcher: FakeDispatcher
) -> None:
    """Actor, role and key travel with the request."""
    await client.post("/api/v1/jobs", json=ORDER, headers={"Idempotency-Key": "k1"})
    actor, role, key, request = dispatcher.asked[-1]
    assert (actor, role, key) == ("anna", "dispatcher", "k1")
    assert isinstance(request, CreateJob)
    assert request.within_min == 30


async def test_a_repeated_order_is_the_same_job(client: httpx.AsyncClient) -> None:
    """The same key again: 200 and the first job."""
    first = await client.post("/api/v1/jobs", json=ORDER, headers={"Idempotency-Key": "k2"})
    again = await client.post("/api/v1/jobs", json=ORDER, headers={"Idempotency-Key": "k2"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


async def test_a_key_belongs_to_one_order(client: httpx.AsyncClient) -> None:
    """The same key with another body is refused."""
    await client.post("/api/v1/jobs", json=ORDER, headers={"Idempotency-Key": "k3"})
    other = await client.post("/api/v1/jobs", json={**ORDER, "within_min": 45}, headers={"Idempotency-Key": "k3"})
    assert other.status_code == 422
    assert other.json()["violations"][0]["rule"] == "key_reused"


async def test_a_station_may_be_named_as_people_name_it(client: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """Its name in either language stands for its id."""
    await client.post("/api/v1/jobs", json={**ORDER, "to": "soiled reception"})
    request = dispatcher.asked[-1][3]
    assert isinstance(request, CreateJob)
    assert request.destination == "soiled-in"


async def test_all_broken_rules_come_at_once(client: httpx.AsyncClient) -> None:
    """Each with its field as the interface names it, and the dispatcher's own sentence."""
    answer = await client.post("/api/v1/jobs", json={**ORDER, "to": "s0-tube", "mass_kg": -4})
    assert answer.status_code == 422
    assert {(item["rule"], item["field"]) for item in answer.json()["violations"]} == {
        ("same_station", "to"),
        ("mass_out_of_range", "mass_kg"),
    }


async def test_an_unknown_station_comes_with_those_that_resemble_it(client: httpx.AsyncClient) -> None:
    """The refusal helps: the names that are meant."""
    answer = await client.post("/api/v1/jobs", json={**ORDER, "to": "specimen recep"})
    (violation,) = answer.json()["violations"]
    assert violation["field"] == "to"
    assert "Specimen reception" in violation["message"]


async def test_a_deadline_needs_its_zone(client: httpx.AsyncClient) -> None:
    """A naive time is refused with an example of the right form."""
    answer = await client.post("/api/v1/jobs", json={**ORDER, "due": "2026-03-02T12:00:00", "within_min": None})
    assert answer.status_code == 422
    assert answer.json()["violations"][0]["rule"] == "not_a_time"
    assert "+01:00" in answer.json()["detail"]


async def test_the_list_is_filtered_and_paged(client: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """Newest first, a page at a time, by state and station."""
    for number in range(1, 6):
        state = "delivered" if number % 2 else "waiting"
        dispatcher.put(a_job(f"J{number:05d}", state=state))
    page = (await client.get("/api/v1/jobs", params={"limit": 2})).json()
    assert [job["id"] for job in page["jobs"]] == ["J00005", "J00004"]
    rest = (await client.get("/api/v1/jobs", params={"limit": 10, "cursor": page["next_cursor"]})).json()
    assert [job["id"] for job in rest["jobs"]] == ["J00003", "J00002", "J00001"]
    assert rest["next_cursor"] is None
    waiting = (await client.get("/api/v1/jobs", params={"state": "waiting", "station": "lab-tube"})).json()
    assert [job["id"] for job in waiting["jobs"]] == ["J00004", "J00002"]


async def test_a_job_tells_why_and_what_has_happened(client: httpx.AsyncClient) -> None:
    """After an override its history says who chose."""
    id = (await client.post("/api/v1/jobs", json=ORDER)).json()["id"]
    changed = await client.post(f"/api/v1/jobs/{id}/carrier", json={"mode": "tube", "reason": "Porter is needed"})
    assert (changed.json()["mode"], changed.json()["reason"]["text"]) == ("tube", "Chosen by a person.")
    history = (await client.get(f"/api/v1/jobs/{id}")).json()["history"]
    assert [row["kind"] for row in history] == ["job.created", "job.overridden"]
    assert history[1]["actor"] == "anna"


async def test_a_job_can_be_cancelled_once(client: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """The second time is a conflict, and nothing changes."""
    id = (await client.post("/api/v1/jobs", json=ORDER)).json()["id"]
    first = await client.post(f"/api/v1/jobs/{id}/cancel", json={"reason": "Not needed"})
    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert dispatcher.asked[-1][3] == CancelJob(id, "Not needed")
    assert (await client.post(f"/api/v1/jobs/{id}/cancel")).status_code == 409


async def test_priority_whereabouts_and_carrier_reach_the_dispatcher(
    client: httpx.AsyncClient, dispatcher: FakeDispatcher
) -> None:
    """Each change is one request of its own kind."""
    id = (await client.post("/api/v1/jobs", json=ORDER)).json()["id"]
    assert (await client.patch(f"/api/v1/jobs/{id}", json={"priority": "urgent"})).json()["priority"] == "urgent"
    assert (await client.post(f"/api/v1/jobs/{id}/whereabouts", json={"where": "aboard"})).status_code == 200
    await client.post(f"/api/v1/jobs/{id}/carrier", json={"carrier": "day-02", "reason": "Is nearer"})
    assert dispatcher.asked[-1][3] == ChooseCarrier(id, "Is nearer", None, "day-02")


async def test_an_unknown_job_is_404_with_a_way_on(client: httpx.AsyncClient) -> None:
    """The one problem shape, with its rule."""
    answer = await client.get("/api/v1/jobs/J99999")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["violations"][0]["rule"] == "unknown_job"


async def test_without_a_dispatcher_an_order_is_held_and_then_refused(
    client: httpx.AsyncClient, dispatcher: FakeDispatcher
) -> None:
    """503 says when to try again."""
    dispatcher.away = True
    answer = await client.post("/api/v1/jobs", json=ORDER)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["violations"][0]["rule"] == "dispatcher_away"


async def test_a_full_disk_has_its_own_status(client: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """507, in the dispatcher's words."""
    dispatcher.refuse_with = (507, Refusal((Violation("disk_full", "", "Disken er fuld.", "The disk is full."),)))
    answer = await client.post("/api/v1/jobs", json=ORDER)
    assert (answer.status_code, answer.json()["detail"]) == (507, "The disk is full.")


async def test_a_deadline_is_an_instant_whatever_its_zone(
    client: httpx.AsyncClient, dispatcher: FakeDispatcher
) -> None:
    """11:42 in Copenhagen and 10:42 UTC are the same millisecond."""
    for written in ("2026-03-02T11:42:00+01:00", "2026-03-02T10:42:00Z"):
        await client.post("/api/v1/jobs", json={**ORDER, "within_min": None, "due": written})
        request = dispatcher.asked[-1][3]
        assert isinstance(request, CreateJob)
        assert request.due_ms == START_MS + 3_600_000
