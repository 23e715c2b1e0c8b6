"""A full disk: provoked by a bound on the SQLite file; an order is refused whole, and the service goes on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.support.service import RunningService

pytestmark = pytest.mark.slow
ENOUGH = 4_000
NOTE = "Please ring at the door before you go in. " * 11


def rows(database: Path) -> tuple[int, int, int]:
    """How many rows the ledger, the jobs and their notes have."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES]  # noqa: S608
    return counts[0], counts[1], counts[2]


TABLES = ("ledger", "job", "job_note")


def test_an_order_that_finds_no_room_changes_nothing(tmp_path: Path) -> None:
    """When the file cannot grow the answer is 507 with a sentence; no row was added, and reading goes on."""
    data = tmp_path / "data"
    with RunningService(data) as service:
        assert service.order(body(0), "a first one").status_code == 201
    pages = pages_of(data / "portor.sqlite")
    with RunningService(data, PORTOR_SQLITE_MAX_PAGES=str(pages + 8)) as service:
        answers = []
        for number in range(200):
            before = rows(data / "portor.sqlite")
            answers.append(service.order(body(number), f"order {number}"))
            if answers[-1].status_code != 201:
                break
        assert answers[-1].status_code == 507, answers[-1].text
        assert answers[-1].headers["content-type"].startswith("application/problem+json")
        assert "disk" in answers[-1].text
        assert rows(data / "portor.sqlite") == before
        assert len(service.jobs()) == before[1]
        assert service.http.get("/api/v1/ready").status_code == 200


def body(number: int) -> dict[str, object]:
    return {
        "load": "blood_sample",
        "specimen": "routine_blood",
        "from": ("s0-tube", "s1-tube")[number % 2],
        "to": "lab-tube",
        "within_min": 60,
        "note": NOTE,
    }


def pages_of(database: Path) -> int:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return int(connection.execute("PRAGMA page_count").fetchone()[0])
