"""A full disk: provoked by a bound on the SQLite file; an order is refused whole, and the service goes on."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from api.serve.prepare import prepare
from tests.support.portor import portor
from tests.support.service import RunningService

pytestmark = pytest.mark.slow
NOTE = "Please ring at the door before you go in. " * 11
TRACES = ("ledger WHERE kind = 'job.created'", "job", "job_note")
"""Where an order leaves its trace; other rows of the ledger may still be written when they find room."""
ROOM_PAGES = 220
"""Enough for the start, which publishes the day and hears the carriers, and for some orders."""


def counts(database: Path) -> list[int]:
    """How many orders the ledger, the jobs and their notes know."""
    return [numbers(database, f"SELECT count(*) FROM {name}") for name in TRACES]  # noqa: S608 - names from above


def numbers(database: Path, question: str) -> int:
    """The one number that a question asks for."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute(question).fetchone()[0])


def order(number: int) -> dict[str, object]:
    """A sample with a long note, from the one ward or the other."""
    return {
        "load": "blood_sample",
        "specimen": "routine_blood",
        "from": ("s0-tube", "s1-tube")[number % 2],
        "to": "lab-tube",
        "within_min": 600,
        "note": NOTE,
    }


def test_an_order_that_finds_no_room_changes_nothing(tmp_path: Path) -> None:
    """When the file cannot grow the answer is 507 with a sentence; no row was added, and reading goes on."""
    data = tmp_path / "data"
    data.mkdir()
    database = data / "portor.sqlite"
    prepare("clinic_small", f"sqlite:///{database}")
    pages = numbers(database, "PRAGMA page_count")
    # Site time almost stands still, so that nothing but the orders of this test is written.
    with RunningService(data, "--factor", "0.001", PORTOR_SQLITE_MAX_PAGES=str(pages + ROOM_PAGES)) as service:
        before = counts(database)
        answer = service.order(order(0), "order 0")
        assert answer.status_code == 201, answer.text
        for number in range(1, 1000):
            before = counts(database)
            answer = service.order(order(number), f"order {number}")
            if answer.status_code != 201:
                break
        assert answer.status_code == 507, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json()["violations"][0]["message"]
        assert counts(database) == before
        assert len(service.jobs()) == before[1]
        assert service.http.get("/api/v1/ready").status_code == 200
    assert portor("ledger", "verify", "--data", str(data)).returncode == 0
