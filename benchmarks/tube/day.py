"""A whole day of a site's own demand through the tube: every send between two of its stations, and nothing else."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.tube.figures import door_s, kept_and_missing, on_time, quantile
from benchmarks.tube.orders import GROUPS, HOUR_MS, Send, tube_stations
from benchmarks.tube.plant import TubePlant
from fleet.calendar import instant_ms
from fleet.hospital import Hospital
from fleet.model import Job
from simulation.demand import sample_day
from site_models.schema import Site

SEED = 1
AFTER_MIN = 60
"""Time for the last sends of the day to arrive."""
URGENT = ("life_critical", "urgent")


def monday(site: Site) -> dt.date:
    """The first Monday on which all phases of the site are open: of the week's days the one with most samples."""
    latest = max((phase.date for phase in site.phases), default=dt.date(2026, 1, 1))
    return latest + dt.timedelta(days=-latest.weekday() % 7)


def sends_of(site: Site, date: dt.date, begin_ms: int, hours: tuple[int, int], seed: int) -> list[Send]:
    """What the site's profiles order between these hours, as far as a capsule may carry it from station to station."""
    stations = tube_stations(site)
    by_tube = {load.id for load in site.loads if "tube" in load.modes}
    forbidden = {specimen.id for specimen in site.specimens if specimen.tube == "forbidden"}
    found = []
    for order in sample_day(site, Hospital.of(site, date).layout.stations, date, seed):
        asked, at_ms = order.request, order.at_ms - begin_ms - hours[0] * HOUR_MS
        ends = {asked.origin, asked.destination} <= stations
        now = 0 <= at_ms < (hours[1] - hours[0]) * HOUR_MS
        if now and ends and asked.load in by_tube and asked.specimen not in forbidden:
            found.append(Send(group=GROUPS.get(asked.load, "rest"), at_ms=at_ms, order=asked))
    return found


def measure_day(site: Site, seed: int = SEED, hours: tuple[int, int] = (0, 24)) -> dict[str, Any]:
    """Run the day (or these hours of it) and say how it went; seconds from ready to arrival."""
    begun_s = time.process_time()
    date = monday(site)
    midnight_ms = instant_ms(date, "00:00", ZoneInfo(site.site.timezone))
    sends = sends_of(site, date, midnight_ms, hours, seed)
    plant = TubePlant(site, begin_ms=midnight_ms + hours[0] * HOUR_MS)
    outcome = plant.run(sends, (hours[1] - hours[0]) * 60 + AFTER_MIN)
    (system,) = site.tubes
    done = outcome.jobs.values()
    by_hour: dict[int, list[Job]] = {}
    for job in done:
        by_hour.setdefault((job.ready_ms - midnight_ms) // HOUR_MS, []).append(job)
    by_group: dict[str, list[Job]] = {}
    for id, job in outcome.jobs.items():
        by_group.setdefault(outcome.groups[id], []).append(job)
    return {
        "date": date.isoformat(),
        "sends": len(sends),
        "delivered": len(outcome.jobs),
        "on_time": on_time(outcome),
        "median_s": round(statistics.median(door_s(done))),
        "p95_s": p95_s(done),
        "urgent_p95_s": p95_s(job for job in done if job.priority in URGENT),
        "p95_by_hour_s": {str(hour): p95_s(jobs) for hour, jobs in sorted(by_hour.items())},
        "p95_by_group_s": {group: p95_s(jobs) for group, jobs in sorted(by_group.items())},
        "most_sends_in_an_hour": max(map(len, by_hour.values())),
        **kept_and_missing(system, outcome),
        "seed": seed,
        "cpu_s": round(time.process_time() - begun_s, 1),
    }


def p95_s(jobs: Iterable[Job]) -> int:
    """The 95th percentile of their seconds from ready to arrival."""
    return round(quantile(door_s(jobs), 0.95))
