"""Surveys, readings and truth from CSV files: every broken rule at once, by file, line and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import numpy as np

from equipment_tracking.columns import Readings, Survey, Truth

MOST_SHOWN = 50
"""Broken rules that are named one by one; of a file that is wrong throughout the rest is counted."""
WEAKEST_DBM, STRONGEST_DBM = -130.0, 20.0
First = TypeVar("First")
Second = TypeVar("Second")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A broken rule: line counts from 1 with the header, column is a name; both are empty for the file as a whole."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line or 1}:{self.column or '-'}: {self.message}"


class TableErrors(ValueError):
    """Everything that is wrong with a file; nothing of it was taken."""

    def __init__(self, errors: Sequence[Wrong]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, errors)))


class Table:
    """The rows of a file with a header, and what is wrong with them. Raises TableErrors when there are no such rows."""

    def __init__(self, path: Path, needed: Sequence[str], optional: Sequence[str]) -> None:
        self.path = path
        self.wrong: list[Wrong] = []
        self.uncounted = 0
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                names = [name.strip().lower() for name in reader.fieldnames or ()]
                reader.fieldnames = names
                self.rows = list(reader)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise TableErrors([self._whole(f"cannot be read as CSV in UTF-8 ({error}): check the file")]) from None
        missing = [name for name in needed if name not in names]
        if missing:
            lacking = f"lacks the columns {', '.join(missing)}: the first line names the columns"
            raise TableErrors([self._whole(lacking)])
        self.has = {name: name in names for name in optional}
        if not self.rows:
            raise TableErrors([self._whole("has no rows: record some")])

    def numbers(self, column: str, low: float = -math.inf, high: float = math.inf) -> np.ndarray:
        """A column of finite numbers within limits."""
        found = np.full(len(self.rows), np.nan)
        for row, text in enumerate(self._texts(column)):
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if math.isfinite(value) and low <= value <= high:
                found[row] = value
            else:
                self.refuse(row, column, f"{text!r} is no number from {low:g} to {high:g}")
        return found

    def names(self, column: str) -> list[str]:
        """A column of names that are not empty."""
        found = list(self._texts(column))
        for row, text in enumerate(found):
            if not text:
                self.refuse(row, column, "is empty: give a name")
        return found

    def optional(self, column: str) -> list[str | None]:
        """A column that may be missing, and whose cells may be empty."""
        return [text or None for text in self._texts(column)] if self.has[column] else [None] * len(self.rows)

    def finish(self) -> None:
        """Raise all that was wrong, if anything was."""
        if self.uncounted:
            self.wrong.append(self._whole(f"has {self.uncounted} more errors of this kind"))
        if self.wrong:
            raise TableErrors(self.wrong)

    def _texts(self, column: str) -> Iterable[str]:
        return ((row.get(column) or "").strip() for row in self.rows)

    def refuse(self, row: int, column: str, message: str) -> None:
        """Note what is wrong in a row, counted from 0 without the header."""
        if len(self.wrong) >= MOST_SHOWN:
            self.uncounted += 1
            return
        self.wrong.append(Wrong(file=str(self.path), line=row + 2, column=column, message=message))

    def _whole(self, message: str) -> Wrong:
        return Wrong(file=str(self.path), line=0, column="", message=message)


def read_survey(path: Path) -> Survey:
    """A survey with the columns `x,y,floor,gateway,rssi[,time]`. Raises TableErrors."""
    table = Table(path, ("x", "y", "floor", "gateway", "rssi"), ("time",))
    x_m, y_m = table.numbers("x"), table.numbers("y")
    rssi_dbm = table.numbers("rssi", WEAKEST_DBM, STRONGEST_DBM)
    floors, floor = numbered(table.names("floor"))
    gateways, gateway = numbered(table.names("gateway"))
    time_s = table.numbers("time") if table.has["time"] else np.full(len(table.rows), np.nan)
    table.finish()
    return Survey(
        x_m=x_m,
        y_m=y_m,
        floor=floor,
        gateway=gateway,
        rssi_dbm=rssi_dbm,
        time_s=time_s,
        floors=floors,
        gateways=gateways,
    )


def read_readings(path: Path, gateways: tuple[str, ...] | None = None) -> Readings:
    """Readings with the columns `time,tag,gateway,rssi`, sorted by time. Raises TableErrors.

    Gateways that are not among those given are left out, since nobody surveyed them; None takes all there are.
    """
    table = Table(path, ("time", "tag", "gateway", "rssi"), ())
    time_s = table.numbers("time")
    rssi_dbm = table.numbers("rssi", WEAKEST_DBM, STRONGEST_DBM)
    tags, tag = numbered(table.names("tag"))
    names = table.names("gateway")
    gateways = tuple(sorted(set(names))) if gateways is None else gateways
    known = {name: number for number, name in enumerate(gateways)}
    gateway = np.array([known.get(name, -1) for name in names], dtype=np.int32)
    table.finish()
    order = np.argsort(time_s, kind="stable")
    order = order[gateway[order] >= 0]
    return Readings(
        time_s=time_s[order],
        tag=tag[order],
        gateway=gateway[order],
        rssi_dbm=rssi_dbm[order],
        tags=tags,
        gateways=gateways,
    )


def read_truth(path: Path) -> Truth:
    """Truth with the columns `time,tag,x,y,floor[,room]`, in the file's order. Raises TableErrors."""
    table = Table(path, ("time", "tag", "x", "y", "floor"), ("room",))
    time_s, x_m, y_m = table.numbers("time"), table.numbers("x"), table.numbers("y")
    tags, tag = numbered(table.names("tag"))
    floors, floor = numbered(table.names("floor"))
    room = tuple(table.optional("room"))
    table.finish()
    return Truth(time_s=time_s, tag=tag, x_m=x_m, y_m=y_m, floor=floor, room=room, tags=tags, floors=floors)


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """What both files hold. Raises TableErrors with all that is wrong with either."""
    wrong: list[Wrong] = []
    found: list[First | Second] = []
    for read in (first, second):
        try:
            found.append(read())
        except TableErrors as errors:
            wrong += errors.errors
    if wrong:
        raise TableErrors(wrong)
    return cast(First, found[0]), cast(Second, found[1])


def numbered(names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Each name once, in order, and the number of each row's."""
    known = sorted(set(names))
    number = {name: place for place, name in enumerate(known)}
    return tuple(known), np.array([number[name] for name in names], dtype=np.int32)
