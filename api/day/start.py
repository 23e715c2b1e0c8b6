"""Starts a day: the orders from the site's demand, and a service of its own unless one is named."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from api.day.client import Client, DayFailed
from api.day.report import Report
from api.day.run import Day, Plan, Progress
from api.serve.parts import Service
from api.serve.run import serving
from api.serve.supervisor import Stopped, Supervisor
from simulation.demand import sample_day
from site_models.expand import expand
from site_models.schema import Site

DEFAULT_FACTOR = 300.0
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The day that is asked for.

    Parameters
    ----------
    name
        The site as the service finds it: a name or a folder.
    site
        The site.
    begin
        When the day begins; aware.
    hours
        How long orders are placed.
    seed
        Of demand and simulated carriers.
    factor
        How fast site time shall run.
    url
        A running service; empty starts one.
    """

    name: str
    site: Site
    begin: dt.datetime
    hours: float = 24.0
    seed: int = 1
    factor: float = DEFAULT_FACTOR
    url: str = ""


def full_opening(site: Site) -> dt.date:
    """Return the first Monday on which every dated part of the site is open."""
    latest = max((phase.date for phase in site.phases), default=dt.date(2026, 1, 1))
    return latest + dt.timedelta(days=-latest.weekday() % 7)


async def run_day(wanted: Wanted, say: Callable[[str], None], tell: Callable[[Progress], None]) -> Report:
    """Run the day and report; a service of its own is stopped at the end, and its folder removed.

    Raises
    ------
    DayFailed
        The service does not answer, or serves another site.
    Refused, PartFailed, Stopped
        Its own service cannot start, failed, or was told to stop.
    """
    async with contextlib.AsyncExitStack() as stack:
        supervisor = None
        url = wanted.url
        if not url:
            url, supervisor = await stack.enter_async_context(_own_service(wanted, say))
        client = Client(await stack.enter_async_context(Client.opening(url)))
        served = await client.site()
        if served["id"] != wanted.site.site.id:
            raise DayFailed(f"{url} serves the site {served['id']}, not {wanted.site.site.id}: name the same site.")
        now_ms, _ = await client.clock()
        running = asyncio.create_task(Day(plan=plan_of(wanted, now_ms), client=client, tell=tell).run())
        return await _beside(running, supervisor)


def plan_of(wanted: Wanted, now_ms: int) -> Plan:
    """Return the orders of the day that are not yet past at site time `now_ms`.

    Raises
    ------
    DayFailed
        Site time is already beyond the day.
    """
    begin_ms = round(wanted.begin.timestamp() * 1000)
    end_ms = begin_ms + round(wanted.hours * HOUR_MS)
    if wanted.url:
        begin_ms = max(begin_ms, now_ms)
    if begin_ms >= end_ms:
        raise DayFailed("At that address site time is already beyond this day: name another with --date.")
    zone = ZoneInfo(wanted.site.site.timezone)
    first = wanted.begin.astimezone(zone).date()
    last = dt.datetime.fromtimestamp((end_ms - 1) / 1000, zone).date()
    dates = [first + dt.timedelta(days=days) for days in range((last - first).days + 1)]
    drawn = (sample_day(wanted.site, expand(wanted.site, date).stations, date, wanted.seed) for date in dates)
    return Plan(
        site=wanted.site.site.id,
        date=first,
        seed=wanted.seed,
        begin_ms=begin_ms,
        end_ms=end_ms,
        orders=[order for day in drawn for order in day if begin_ms <= order.at_ms < end_ms],
        factor=wanted.factor,
    )


@contextlib.asynccontextmanager
async def _own_service(wanted: Wanted, say: Callable[[str], None]) -> AsyncIterator[tuple[str, Supervisor]]:
    """Run a service in a temporary folder on a free port; site time stands close to the beginning of the day."""
    with tempfile.TemporaryDirectory(prefix="portor-day-") as folder:
        data = Path(folder)
        service = Service(
            site=wanted.name,
            data=data,
            database=f"sqlite:///{data / 'portor.sqlite'}",
            host="127.0.0.1",
            port=0,
            factor=1.0,
            seed=wanted.seed,
            holder=f"portor day, process {os.getpid()}",
            start=wanted.begin.isoformat(),
            tags=False,
        )
        async with serving(service, say) as running:
            yield running.service.address, running.supervisor


async def _beside(day: asyncio.Task[Report], supervisor: Supervisor | None) -> Report:
    """Wait for the day; a service of its own that stops or fails ends it."""
    if supervisor is None:
        return await day
    watching = asyncio.create_task(supervisor.watch())
    await asyncio.wait([day, watching], return_when=asyncio.FIRST_COMPLETED)
    if not watching.done():
        watching.cancel()
        return day.result()
    day.cancel()
    await asyncio.wait([day])
    watching.result()
    raise Stopped
