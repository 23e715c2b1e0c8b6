"""A client of the HTTP interface: orders with keys until they are answered, time, jobs and statistics."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from api.day.report import CarrierTotals, Ending
from fleet.requests import CreateJob

GIVE_UP_S = 60.0
"""Wall seconds for which an order is sent again while nobody answers."""

PAGE = 500
MOVING = ["waiting", "assigned", "under_way"]
_AGAIN = {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT}


class DayFailed(Exception):
    """The day cannot go on; the text says why and what to do."""


class OrderRefused(Exception):
    """The service did not accept an order; `rules` are those that it broke."""

    def __init__(self, rules: tuple[str, ...]) -> None:
        super().__init__(", ".join(rules))
        self.rules = rules


class Client:
    """The service at an address, spoken to as one of the site's staff."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    @staticmethod
    def opening(address: str) -> httpx.AsyncClient:
        """Return connections that are kept alive and used again; to be closed by the caller."""
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
        return httpx.AsyncClient(base_url=address, limits=limits, timeout=30.0, trust_env=False)

    async def site(self) -> dict[str, Any]:
        """Return the site that is served, and act as its first dispatcher from now on."""
        site: dict[str, Any] = await self._get("/api/v1/site")
        actor = next((person["id"] for person in site["staff"] if "dispatcher" in person["roles"]), None)
        if actor is None:
            raise DayFailed(f"Nobody on the staff list of {site['id']} is a dispatcher: add one to its YAML.")
        self._http.headers["Portor-Actor"] = actor
        self._http.headers["Portor-Role"] = "dispatcher"
        return site

    async def clock(self) -> tuple[int, float]:
        """Return site time in milliseconds UTC and the factor."""
        clock = await self._get("/api/v1/clock")
        return to_ms(clock["site"]), float(clock["factor"])

    async def set_factor(self, factor: float) -> None:
        """Let site time run so many times as fast."""
        answer = await self._until_answered("PUT", "/api/v1/clock", {"factor": factor})
        if answer.is_error:
            raise DayFailed(f"The clock cannot be set: {said(answer)}")

    async def order(self, key: str, request: CreateJob) -> str:
        """Order a transport and return the job's id; the same key is the same job, however often it is sent.

        Raises
        ------
        OrderRefused
            It breaks a rule.
        DayFailed
            Nobody answered for a minute, or the service has trouble of its own.
        """
        answer = await self._until_answered("POST", "/api/v1/jobs", to_body(request), {"Idempotency-Key": key})
        if answer.is_client_error:
            raise OrderRefused(tuple(item["rule"] for item in answer.json()["violations"]))
        if answer.is_error:
            raise DayFailed(f"An order failed: {said(answer)}")
        return str(answer.json()["id"])

    async def open_jobs(self) -> list[str]:
        """Return the ids of all jobs that go on by themselves: neither ended nor in trouble."""
        return [job["id"] for job in await self._jobs({"state": MOVING})]

    async def endings(self) -> list[Ending]:
        """Return every job as the report reads it."""
        return [
            Ending(
                id=job["id"],
                load=job["load"],
                state=job["state"],
                ready_ms=to_ms(job["ready"]),
                due_ms=to_ms(job["due"]),
                delivered_ms=None if job["delivered"] is None else to_ms(job["delivered"]),
                reason=job["reason"]["code"] if job["reason"] else "",
            )
            for job in await self._jobs({})
        ]

    async def statistics(self) -> tuple[list[CarrierTotals], dict[str, float]]:
        """Return what each carrier has done so far, and the dispatcher's latencies."""
        answer = await self._get("/api/v1/statistics")
        return msgspec.convert(answer["carriers"], list[CarrierTotals]), dict(answer["latency"])

    async def _jobs(self, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self._get("/api/v1/jobs", {**filters, "limit": PAGE, **cursor})
            jobs += page["jobs"]
            if page["next_cursor"] is None:
                return jobs
            cursor = {"cursor": page["next_cursor"]}

    async def _get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        answer = await self._until_answered("GET", path, query=query)
        if answer.is_error:
            raise DayFailed(f"{path} does not answer as expected: {said(answer)}")
        return answer.json()

    async def _until_answered(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """Send until there is an answer other than "not just now"."""
        end = time.monotonic() + GIVE_UP_S
        while True:
            try:
                answer = await self._http.request(method, path, json=body, headers=headers, params=query)
                if answer.status_code not in _AGAIN:
                    return answer
                trouble = said(answer)
                pause_s = float(answer.headers.get("Retry-After", "0.5"))
            except httpx.TransportError as error:
                trouble, pause_s = str(error) or type(error).__name__, 0.5
            if time.monotonic() + pause_s > end:
                raise DayFailed(
                    f"The service at {self._http.base_url} has not answered for {GIVE_UP_S:g} s ({trouble}): "
                    "see whether it runs, then run the day again."
                )
            await asyncio.sleep(pause_s)


def to_body(request: CreateJob) -> dict[str, Any]:
    """Return the order as the HTTP interface takes it: what is not said is left out."""
    fields = {
        "load": request.load,
        "from": request.origin,
        "to": request.destination,
        "due": to_iso(request.due_ms),
        "within_min": request.within_min,
        "ready": to_iso(request.ready_ms),
        "priority": request.priority,
        "mass_kg": request.mass_kg,
        "specimen": request.specimen,
        "precaution": request.precaution,
        "escort": request.escort or None,
        "oxygen": request.oxygen or None,
        "bariatric": request.bariatric or None,
        "note": request.note or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def to_iso(instant_ms: int | None) -> str | None:
    """Return the instant as ISO 8601 in UTC."""
    if instant_ms is None:
        return None
    return dt.datetime.fromtimestamp(instant_ms / 1000, tz=dt.UTC).isoformat(timespec="milliseconds")


def to_ms(text: str) -> int:
    """Return an ISO 8601 instant with its offset as milliseconds UTC."""
    return round(dt.datetime.fromisoformat(text).timestamp() * 1000)


def said(answer: httpx.Response) -> str:
    """Return what a refusal says, for people."""
    try:
        problem = answer.json()
        parts = [problem["detail"], *(item["message"] for item in problem["violations"])]
        return f"{answer.status_code} {problem['title']}. {' '.join(parts)}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:200]}"
