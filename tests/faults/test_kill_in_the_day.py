"""Kill -9 in the middle of a day: no job is lost and none is delivered twice, judged against the simulated world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from api.day.client import to_body
from simulation.demand import Order, sample_day
from site_models.expand import expand
from site_models.load import load_site
from tests.support.judge import verdict
from tests.support.service import RunningService, wait_until

pytestmark = pytest.mark.slow
DATE = dt.date(2026, 3, 2)
BEGIN = "2026-03-02T08:00:00+01:00"
FACTOR = 120
ORDERS = 36


def morning() -> Sequence[Order]:
    """The first orders after eight o'clock; those that a porter cannot start before the day is over are not there."""
    site = load_site("clinic_small")
    begin_ms = round(dt.datetime.fromisoformat(BEGIN).timestamp() * 1000)
    drawn = sample_day(site, expand(site, DATE).stations, DATE, seed=7)
    return [order for order in drawn if order.at_ms >= begin_ms][:ORDERS]


def run_morning(service: RunningService, disturb: dict[int, Callable[[], None]]) -> dict[str, str]:
    """Post the orders in a row, with a disturbance before some of them; the job of each by its key."""
    ordered: dict[str, str] = {}
    for number, order in enumerate(morning()):
        if number in disturb:
            disturb[number]()
        key = f"kill-{number}"
        answer = service.order(to_body(order.request), key)
        while answer.status_code in {503, 504}:  # nobody there just now: the same order again, with the same key
            answer = service.order(to_body(order.request), key)
        assert answer.status_code in {200, 201}, answer.text
        ordered[key] = answer.json()["id"]
    return ordered


def still_open(service: RunningService, ordered: dict[str, str]) -> list[str]:
    """The ordered jobs that go on: id, state, load and who carries it."""
    moving = service.jobs(["waiting", "assigned", "under_way"])
    wanted = set(ordered.values())
    return [f"{job['id']} {job['state']} {job['load']} {job['carrier']}" for job in moving if job["id"] in wanted]


@pytest.mark.parametrize("part", ["dispatcher", "agents"])
def test_no_job_is_lost_or_delivered_twice(tmp_path: Path, part: str) -> None:
    """A part is killed three times while orders come in and loads are on their way; every job is delivered once."""
    data = tmp_path / "data"
    with RunningService(data, "--factor", str(FACTOR), "--start", BEGIN) as service:

        def kill() -> None:
            wait_until(lambda: bool(service.jobs(["under_way"])), 60, "something is under way")
            service.kill(part)

        ordered = run_morning(service, {8: kill, 16: kill, 24: kill})
        wait_until(lambda: not still_open(service, ordered), 300, lambda: f"{still_open(service, ordered)} have ended")
        lives = [note for note in service.notes() if note["event"] == "part_started" and note["part"] == part]
        assert len(lives) == 4
    assert verdict(data, ordered) == []
