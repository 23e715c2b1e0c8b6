"""Logs are read as hospitals write them, and every row that is bad is named."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import suppress
from io import StringIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.calibrate import BadLog, Columns, Gap, Log, Minutes, as_id, read_log
from simulation.calibrate.instants import Order
from simulation.calibrate.reading import LONGEST_LINE, SHOWN
from tests.simulation.calibrate.logs import VISITS

HEAD = "came,left,triage,talk\n"


def columns(
    *,
    classes: Mapping[str, str] | None = None,
    dates: Order | None = None,
    zone: str | None = None,
) -> Columns:
    durations: dict[str, Gap | Minutes] = {"stay": Gap("came", "left"), "talk": Minutes("talk")}
    return Columns(
        arrival="came",
        classes={"triage": "triage"} if classes is None else classes,
        durations=durations,
        dates=dates,
        zone=zone,
    )


def read(text: str, wanted: Columns | None = None, *, skip: bool = False) -> Log:
    return read_log(StringIO(text, newline=""), "log.csv", wanted or columns(), skip_bad_rows=skip)


def refused(text: str, wanted: Columns | None = None) -> list[str]:
    with pytest.raises(BadLog) as found:
        read(text, wanted)
    return [str(problem) for problem in found.value.problems]


@pytest.mark.parametrize(
    ("came", "left"),
    [
        ("2026-01-15 10:00", "2026-01-15 11:30"),
        ("2026-01-15T10:00:00", "2026-01-15T11:30:00.000000000"),
        ("15-01-2026 10:00", "15-01-2026 11:30"),
        ("15.01.2026 10.00", "15.01.2026 11.30"),
        ("15/1/26 10:00:00", "15/1/26 11:30:00"),
        ("01/15/26 10:00 AM", "01/15/26 11:30 AM"),
        ("2026/01/15 10:00", "2026/01/15 11:30"),
    ],
)
def test_instants_are_understood_as_they_are_written(came: str, left: str) -> None:
    """Ten in the morning of 15 January, for an hour and a half."""
    log = read(f"{HEAD}{came},{left},red,5\n")
    assert log.first_day.isoformat() == "2026-01-15"
    assert log.arrival_s[0] % 86_400 == 36_000
    assert log.durations["stay"][0] == 5400
    assert log.durations["talk"][0] == 300


def test_midnight_and_noon_of_a_dial_are_told_apart() -> None:
    """12:30 AM is half past midnight; patients stand in order of arrival."""
    log = read(f"{HEAD}01/15/26 12:30 PM,,b,\n01/15/26 12:30 AM,,a,\n")
    assert list(log.arrival_s % 86_400) == [1800, 45_000]
    assert [log.classes["triage"].values[code] for code in log.classes["triage"].codes] == ["a", "b"]
    assert np.isnan(log.durations["stay"]).all()


def test_dates_that_can_be_read_in_two_ways_are_asked_for() -> None:
    """3/4 is 3 April or March 4th; with --dates it is what is said."""
    text = f"{HEAD}03/04/2026 10:00,,red,\n"
    assert "--dates" in refused(text)[0]
    assert read(text, columns(dates="dmy")).first_day.isoformat() == "2026-04-03"
    assert read(text, columns(dates="mdy")).first_day.isoformat() == "2026-03-04"


def test_offsets_need_a_time_zone_and_count() -> None:
    """From 1 am by summer time to 3 am by winter time it is 3 hours; the wall says one in the morning."""
    text = f"{HEAD}2026-10-25T01:00:00+02:00,2026-10-25T03:00:00+01:00,red,\n"
    assert "--timezone" in refused(text)[0]
    log = read(text, columns(zone="Europe/Copenhagen"))
    assert log.durations["stay"][0] == 3 * 3600
    assert log.arrival_s[0] % 86_400 == 3600
    naive = read(f"{HEAD}2026-10-25 01:00,2026-10-25 03:00,red,\n", columns(zone="Europe/Copenhagen"))
    assert naive.durations["stay"][0] == 3 * 3600


def test_semicolons_quotes_and_blank_lines_are_read() -> None:
    """As spreadsheets write them, decimal commas too."""
    text = 'came;left;triage;talk\r\n"2026-01-15 10:00";"2026-01-15 10:20";"Rød; haster";"1,5"\r\n\r\n'
    log = read(text)
    assert log.classes["triage"].values == ("roed_haster",)
    assert log.durations["talk"][0] == 90


def test_every_bad_row_is_named_with_its_line_and_all_that_is_wrong() -> None:
    """Six bad rows of seven."""
    rows = [
        "2026-01-15 10:00,2026-01-15 11:00,red,5",
        ",2026-01-15 11:00,red,5",
        "2026-02-30 10:00,2026-01-15 11:00,red,5",
        "2026-01-15 10:00,2026-01-15 09:00,red,-5",
        "2026-01-15 10:00,yesterday,red,soon",
        "2026-01-15 10:00",
        "2026-01-15 10:00,2046-01-15 09:00,red,nan",
    ]
    problems = refused(HEAD + "\n".join(rows) + "\n")
    assert [problem.split(":")[0] for problem in problems] == [f"line {number}" for number in range(3, 9)]
    assert "came is empty" in problems[0]
    assert "no instant" in problems[1]
    assert "left lies before came" in problems[2]
    assert "no number of minutes" in problems[2]
    assert "yesterday" in problems[3]
    assert "soon" in problems[3]
    assert "cells" in problems[4]
    assert "ten years" in problems[5]
    log = read(HEAD + "\n".join(rows) + "\n", skip=True)
    assert (log.n, log.skipped) == (1, 6)


def test_bad_rows_beyond_the_limit_are_counted() -> None:
    """Of 250 the first hundred are named."""
    with pytest.raises(BadLog) as found:
        read(HEAD + "no,no,no,no\n" * 250)
    assert (len(found.value.problems), found.value.total) == (SHOWN, 250)
    assert "and 150 more" in str(found.value)


def test_missing_columns_are_all_named() -> None:
    """Beside those that are there."""
    problems = refused("when,left\n2026-01-15 10:00,\n")
    assert len(problems) == 3
    assert all("there are when, left" in problem for problem in problems)
    assert "twice" in refused("came,came,left,triage,talk\n")[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        "\x00" * 500,
        HEAD + '"' + "x\n" * 200_000,
        HEAD + "a" * (LONGEST_LINE + 1),
        HEAD + "2026-01-15 10:00,,red,5\n1950-01-15 10:00,,red,5\n",
        HEAD + "".join(f"2026-01-15 10:00,,class {number},5\n" for number in range(101)),
        HEAD + f"2026-01-15 10:00,,{'x' * 300},5\n",
        "," * 2000 + "\n",
    ],
    ids=["empty", "header", "nul", "open quote", "long line", "76 years", "values", "long value", "columns"],
)
def test_hostile_files_are_refused_in_a_sentence(text: str) -> None:
    """Neither a crash nor a log."""
    assert refused(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.text(max_size=25), min_size=4, max_size=4), max_size=6))
def test_any_cells_are_a_log_or_refused(rows: list[list[str]]) -> None:
    """Whatever stands in the cells, nothing else happens."""
    text = StringIO(newline="")
    csv.writer(text).writerows([["came", "left", "triage", "talk"], *rows])
    with suppress(BadLog):
        assert read(text.getvalue()).n == len(rows)


def test_values_become_ids_of_the_language() -> None:
    """Danish letters are written out, what would mean something else is changed, twins get numbers."""
    assert [as_id(text) for text in ("Rød", "else", "—", "A-B c")] == ["roed", "else_", "other", "a_b_c"]
    log = read(f"{HEAD}2026-01-15 10:00,,Rød,\n2026-01-15 10:00,,rød,\n2026-01-15 10:00,,,\n")
    assert sorted(log.classes["triage"].values) == ["roed", "roed_2", "unknown"]


def test_a_published_log_is_read_whole() -> None:
    """Five weeks of synthetic visits, in order, each with its stay."""
    wanted = Columns(
        arrival="arrival_at_hospital",
        classes={"priority": "priority"},
        durations={"stay": Gap("arrival_at_hospital", "exit_ed")},
    )
    with VISITS.open(encoding="utf-8", newline="") as lines:
        log = read_log(lines, VISITS.name, wanted)
    assert (log.n, log.days) == (4922, 35)
    assert (np.diff(log.arrival_s) >= 0).all()
    assert (log.durations["stay"] > 0).all()
    assert log.chained
