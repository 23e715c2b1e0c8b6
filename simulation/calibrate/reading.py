"""Reads an event log from the lines of a CSV file: one row a visit; every bad row is named with its line."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from simulation.calibrate.instants import Ambiguous, Instant, Order, in_zone, order_of, read_instant
from simulation.calibrate.log import Coded, Log, Tell, silent

MOST_ROWS = 2_000_000
MOST_COLUMNS = 1_000
MOST_VALUES = 100
MOST_YEARS = 20
LONGEST_LINE = 100_000
TOLD_EVERY = 5_000
LONGEST_DURATION_S = 10 * 365 * 86_400.0
LONGEST_VALUE = 200
SHOWN = 100
UNKNOWN = "unknown"
"""The value of a class whose cell is empty."""
_RESERVED = frozenset({"by", "else", "never"})


@dataclass(frozen=True, slots=True)
class Gap:
    """A duration between the instants of two columns."""

    begin: str
    end: str


@dataclass(frozen=True, slots=True)
class Minutes:
    """A duration that stands in a column of its own, in minutes."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the columns of a log mean.

    `classes` and `durations` are by the ids that they get. `dates` None: found out. `zone`: of wall times, and needed
    where instants carry offsets.
    """

    arrival: str
    classes: Mapping[str, str]
    durations: Mapping[str, Gap | Minutes]
    dates: Order | None = None
    zone: str | None = None

    @property
    def instants(self) -> tuple[str, ...]:
        """Columns that hold instants, each once."""
        gaps = [one for one in self.durations.values() if isinstance(one, Gap)]
        return tuple(dict.fromkeys([self.arrival, *(name for gap in gaps for name in (gap.begin, gap.end))]))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns that hold minutes."""
        return tuple(dict.fromkeys(one.column for one in self.durations.values() if isinstance(one, Minutes)))

    @property
    def chained(self) -> bool:
        """Whether the durations follow one another from arrival on."""
        gaps = list(self.durations.values())
        if not gaps or not all(isinstance(gap, Gap) for gap in gaps):
            return False
        spans = [gap for gap in gaps if isinstance(gap, Gap)]
        return spans[0].begin == self.arrival and all(one.end == two.begin for one, two in pairwise(spans))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line; line 0 is the file as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class BadLog(ValueError):
    """A log that cannot be used as it is: the first `SHOWN` problems, and how many there are."""

    def __init__(self, problems: Sequence[Problem], total: int | None = None) -> None:
        self.problems = tuple(problems[:SHOWN])
        self.total = len(problems) if total is None else total
        more = [f"… and {self.total - len(self.problems)} more"] if self.total > len(self.problems) else []
        super().__init__("\n".join([*map(str, self.problems), *more]))


def read_log(
    lines: Iterable[str], name: str, columns: Columns, *, skip_bad_rows: bool = False, tell: Tell = silent
) -> Log:
    """The log that the lines hold, in order of arrival.

    An empty class is the value `unknown`; an empty milestone leaves its durations out. With `skip_bad_rows` bad rows
    are left out and counted.

    Raises
    ------
    BadLog
        With everything that is wrong, by line.
    """
    tell(0.0, "cells")
    table = _cells(lines, columns)
    order = columns.dates or _order(table, columns)
    rows = _Rows(columns, order)
    for number, (line, cells) in enumerate(table):
        if number % TOLD_EVERY == 0:
            tell(number / len(table), f"{number} of {len(table)} rows")
        rows.add(line, cells)
    tell(1.0, "")
    if rows.problems and not skip_bad_rows:
        raise BadLog(rows.problems)
    return rows.log(name)


Cells = dict[str, str] | None


def _cells(lines: Iterable[str], columns: Columns) -> list[tuple[int, Cells]]:
    """The cells that are needed, by line; None where a row has too few or too many."""
    limited = _limited(lines)
    header_line = next(limited, "")
    separator = max(",;\t", key=header_line.count)
    try:
        header = [name.strip() for name in next(csv.reader([header_line], delimiter=separator), [])]
    except csv.Error as error:
        raise BadLog([Problem(1, f"the header cannot be read ({error})")]) from None
    _refuse_header(header, columns)
    wanted = [*columns.instants, *columns.numbers, *dict.fromkeys(columns.classes.values())]
    places = {name: header.index(name) for name in wanted}
    found: list[tuple[int, Cells]] = []
    reader = csv.reader(limited, delimiter=separator)
    try:
        for row in reader:
            if not row:
                continue
            if len(found) == MOST_ROWS:
                raise BadLog([Problem(reader.line_num + 1, f"more than {MOST_ROWS} rows; split the log")])
            fits = len(row) == len(header)
            found.append((reader.line_num + 1, {n: row[p].strip() for n, p in places.items()} if fits else None))
    except csv.Error as error:
        raise BadLog([Problem(reader.line_num + 1, f"this is no CSV ({error}); mend the file")]) from None
    if not found:
        raise BadLog([Problem(0, "the log has no rows")])
    return found


def _limited(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise BadLog([Problem(number, f"the line is longer than {LONGEST_LINE} characters; this is no event log")])
        yield line


def _refuse_header(header: Sequence[str], columns: Columns) -> None:
    if len(header) > MOST_COLUMNS:
        raise BadLog([Problem(1, f"{len(header)} columns; at most {MOST_COLUMNS} are read")])
    wanted = dict.fromkeys([*columns.instants, *columns.numbers, *columns.classes.values()])
    there = ", ".join(header[:50])
    problems = [Problem(1, f"there is no column {name!r}; there are {there}") for name in wanted if name not in header]
    problems += [Problem(1, f"column {name!r} is there twice") for name in wanted if header.count(name) > 1]
    if problems:
        raise BadLog(problems)


def _order(table: Sequence[tuple[int, Cells]], columns: Columns) -> Order:
    try:
        return order_of(cells[name] for _, cells in table if cells for name in columns.instants)
    except Ambiguous as date:
        message = f"dates such as {date} can be read in two ways; say --dates dmy or --dates mdy"
        raise BadLog([Problem(0, message)]) from None


class _Rows:
    """The good rows so far, and what is wrong with the others."""

    def __init__(self, columns: Columns, order: Order) -> None:
        self.problems: list[Problem] = []
        self._columns, self._order = columns, order
        self._zone = ZoneInfo(columns.zone) if columns.zone else None
        self._skipped = 0
        self._arrival: list[float] = []
        self._durations: dict[str, list[float]] = {name: [] for name in columns.durations}
        self._classes: dict[str, list[str]] = {name: [] for name in columns.classes}

    def add(self, line: int, cells: Cells) -> None:
        """Take a row, or note all that is wrong with it."""
        if cells is None:
            self._refuse(line, ["it has another number of cells than the header"])
            return
        wrong: list[str] = []
        walls, instants = self._instants(cells, wrong)
        durations = {name: self._duration(name, cells, instants, wrong) for name in self._columns.durations}
        long = [column for column in self._columns.classes.values() if len(cells[column]) > LONGEST_VALUE]
        wrong += [f"{column} has more than {LONGEST_VALUE} characters; this is no class" for column in long]
        if wrong:
            self._refuse(line, wrong)
            return
        self._arrival.append(walls[self._columns.arrival])
        for name, took in durations.items():
            self._durations[name].append(took)
        for name, column in self._columns.classes.items():
            self._classes[name].append(cells[column] or UNKNOWN)

    def log(self, name: str) -> Log:
        """The rows in order of arrival."""
        arrival = np.array(self._arrival, np.float64)
        if not len(arrival):
            raise BadLog(self.problems or [Problem(0, "the log has no rows")])
        order = np.argsort(arrival, kind="stable")
        if float(np.ptp(arrival)) > MOST_YEARS * 366 * 86_400:
            message = f"first and last arrival lie more than {MOST_YEARS} years apart; correct the dates"
            raise BadLog([Problem(0, message)])
        return Log(
            name=name,
            arrival_s=arrival[order],
            classes={one: _coded(one, values, order) for one, values in self._classes.items()},
            durations={one: np.array(times, np.float64)[order] for one, times in self._durations.items()},
            chained=self._columns.chained,
            skipped=self._skipped,
        )

    def _refuse(self, line: int, wrong: Sequence[str]) -> None:
        self._skipped += 1
        self.problems.append(Problem(line, "; ".join(wrong)))

    def _instants(self, cells: Mapping[str, str], wrong: list[str]) -> tuple[dict[str, float], dict[str, float]]:
        """Wall times and comparable instants of the columns that are filled in."""
        walls: dict[str, float] = {}
        instants: dict[str, float] = {}
        for name in self._columns.instants:
            if not cells[name]:
                if name == self._columns.arrival:
                    wrong.append(f"{name} is empty")
                continue
            found = read_instant(cells[name], self._order)
            if found is None:
                wrong.append(f"{name} {cells[name][:40]!r} is no instant with date and time ({self._order})")
            elif found.offset_s is not None and self._zone is None:
                wrong.append(f"{name} {cells[name][:40]!r} has an offset: say --timezone of the hospital")
            else:
                walls[name], instants[name] = self._placed(found)
        return walls, instants

    def _placed(self, found: Instant) -> tuple[float, float]:
        return in_zone(found, self._zone) if self._zone else (found.wall_s, found.wall_s)

    def _duration(self, name: str, cells: Mapping[str, str], instants: Mapping[str, float], wrong: list[str]) -> float:
        meant = self._columns.durations[name]
        if isinstance(meant, Gap):
            if meant.begin not in instants or meant.end not in instants:
                return math.nan
            took = instants[meant.end] - instants[meant.begin]
            said = f"{meant.end} lies before {meant.begin}"
        else:
            if not cells[meant.column]:
                return math.nan
            took = _minutes(cells[meant.column])
            said = f"{meant.column} {cells[meant.column][:40]!r} is no number of minutes from 0 on"
        if not took >= 0:
            wrong.append(said)
        elif took > LONGEST_DURATION_S:
            wrong.append(f"{name} takes more than ten years")
        return took


def _minutes(text: str) -> float:
    try:
        return float(text.replace(",", ".")) * 60
    except ValueError:
        return math.nan


def _coded(name: str, values: Sequence[str], order: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Coded:
    """Ids for the values, the most frequent first of those that would get the same."""
    there, codes = np.unique(np.array(values, dtype=np.str_), return_inverse=True)
    if len(there) > MOST_VALUES:
        message = f"class {name} has {len(there)} values; at most {MOST_VALUES} make sense, so group them first"
        raise BadLog([Problem(0, message)])
    ids: list[str] = []
    for value in there:
        base = as_id(str(value))
        ids.append(next(one for number in range(1, MOST_VALUES + 2) if (one := _numbered(base, number)) not in ids))
    return Coded(values=tuple(ids), codes=np.asarray(codes, np.int64)[order])


def as_id(text: str) -> str:
    """A text as an id of the language: letters, digits and underscores."""
    plain = text.strip().lower()
    for letter, written in {"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue"}.items():
        plain = plain.replace(letter, written)
    found = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:56] or "other"
    return f"{found}_" if found in _RESERVED else found


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}_{number}"
