"""`portor day` as a person runs it: a service of its own, a part of a day, and its figures."""

from __future__ import annotations

import json

import pytest

from tests.support.portor import portor

pytestmark = pytest.mark.slow


def test_a_morning_ends_with_no_lost_job() -> None:
    """Half an hour of the small clinic: all that was posted is delivered, and the one JSON tells how it went."""
    run = portor("day", "clinic_small", "--seed", "1", "--begin", "09:00", "--hours", "0.5", "--json")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["posted"] > 0
    assert report["posted"] == report["delivered"]
    assert (report["lost"], report["lost_jobs"], report["refused"]) == (0, [], {})
    assert sum(row["delivered"] for row in report["by_load"].values()) >= report["posted"]
    assert set(report["by_fleet"]) >= {"cart", "courier", "tube"}
    assert 0 < report["factor"]["reached"] <= report["factor"]["asked"] * 1.05
    assert report["latency"]["events"] > 0
