"""What is written into the forms of pages, before it becomes a request."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from api.forms import read_time
from api.problems import Problem
from api.times import to_ms

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOW_MS = to_ms(dt.datetime(2026, 3, 2, 23, 30, tzinfo=COPENHAGEN))


def test_a_time_of_day_is_the_next_one() -> None:
    """Half an hour before midnight, a quarter past six is tomorrow's."""
    assert read_time("6.15", "due", NOW_MS, COPENHAGEN) == dt.datetime(2026, 3, 3, 6, 15, tzinfo=COPENHAGEN)


@pytest.mark.parametrize("text", ["soon", "25:00", "-"])
def test_what_is_no_time_is_refused_at_its_field(text: str) -> None:
    """422, in both languages, with an example."""
    with pytest.raises(Problem) as refused:
        read_time(text, "until", NOW_MS, COPENHAGEN)
    (violation,) = refused.value.violations
    assert (refused.value.status, violation.rule, violation.field) == (422, "not_a_time", "until")
    assert "10:45" in violation.da
    assert "10:45" in violation.en
