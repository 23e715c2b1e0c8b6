"""Lists of assets as CSV: what an import would do, with everything that is wrong with it, and the export it reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from equipment_tracking.register.answers import Violation
from equipment_tracking.register.assets import Asset, Surroundings, asset_faults
from equipment_tracking.register.cells import HEADERS, REQUIRED, Unreadable, read_cell, write_cell
from equipment_tracking.register.shared import clashes

MAX_ROWS = 100_000


class ListFault(msgspec.Struct, frozen=True):
    """A broken rule and where: line of the file and column of that line, both from 1; column 0 is the whole line."""

    line: int
    column: int
    violation: Violation


class Change(msgspec.Struct, frozen=True):
    """An asset that would change, and the attributes that differ."""

    before: Asset
    after: Asset
    fields: tuple[str, ...]


class ImportPlan(msgspec.Struct, frozen=True):
    """What an import would do; with any fault it does nothing. Assets that the list does not name stay as they are."""

    added: tuple[Asset, ...]
    changed: tuple[Change, ...]
    unchanged: tuple[str, ...]
    faults: tuple[ListFault, ...]

    @property
    def assets(self) -> tuple[Asset, ...]:
        """What is to be registered when the plan has no faults."""
        return (*self.added, *(change.after for change in self.changed))


class _Row(msgspec.Struct, frozen=True):
    line: int
    asset: Asset


def export_list(assets: Iterable[Asset]) -> str:
    """The assets as CSV in order of their ids: comma, CRLF, first row the headers; `plan_import` reads it back."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(HEADERS)
    for asset in sorted(assets, key=lambda asset: asset.id):
        writer.writerow([write_cell(header, asset) for header in HEADERS])
    return sheet.getvalue()


def plan_import(data: bytes, existing: Mapping[str, Asset], known: Surroundings) -> ImportPlan:
    """What reading this list would add and change (a dry run: nothing is changed here).

    The list is UTF-8 with or without a byte order mark, separated by comma or semicolon. A column that is left out
    leaves known assets as they are in it; an empty cell empties it.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return _refused(
            ListFault(
                line,
                0,
                Violation(
                    "encoding",
                    "",
                    "Filen er ikke UTF-8. Gem den som “CSV UTF-8”.",
                    "The file is not UTF-8. Save it as “CSV UTF-8”.",
                ),
            )
        )
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    faults: list[ListFault] = []
    rows: list[_Row] = []
    columns: dict[str, int] = {}
    end = 0
    try:
        headers = [header.strip().lower() for header in next(reader, [])]
        columns, header_faults = _columns(headers)
        if header_faults:
            return ImportPlan(added=(), changed=(), unchanged=(), faults=tuple(header_faults))
        end = reader.line_num
        for cells in reader:
            line, end = end + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                row = _row(line, cells, columns, existing, faults)
                if row is not None:
                    rows.append(row)
            if len(rows) > MAX_ROWS:
                return _refused(_too_long(line))
    except csv.Error as error:
        faults.append(
            ListFault(
                end + 1,
                0,
                Violation(
                    "csv",
                    "",
                    f"Linjen kan ikke læses som CSV ({error}).",
                    f"The line is not readable as CSV ({error}).",
                ),
            )
        )
    faults += _judged(rows, columns, existing, known)
    return _planned(rows, existing, faults)


def _refused(fault: ListFault) -> ImportPlan:
    return ImportPlan(added=(), changed=(), unchanged=(), faults=(fault,))


def _too_long(line: int) -> ListFault:
    return ListFault(
        line,
        0,
        Violation(
            "too_long",
            "",
            f"Listen har mere end {MAX_ROWS} rækker; del den.",
            f"The list has more than {MAX_ROWS} rows; divide it.",
        ),
    )


def _columns(headers: list[str]) -> tuple[dict[str, int], list[ListFault]]:
    """Header → number of its column from 0, and what is wrong with the headers."""
    columns: dict[str, int] = {}
    faults: list[ListFault] = []
    every = ", ".join(HEADERS)
    for number, header in enumerate(headers):
        if header not in HEADERS:
            faults.append(
                ListFault(
                    1,
                    number + 1,
                    Violation(
                        "unknown_column",
                        header,
                        f"Kolonnen “{header}” kendes ikke. Kolonnerne hedder: {every}.",
                        f"There is no column “{header}”. The columns are: {every}.",
                    ),
                )
            )
        elif header in columns:
            faults.append(
                ListFault(
                    1,
                    number + 1,
                    Violation(
                        "column_twice",
                        header,
                        f"Kolonnen “{header}” står der to gange.",
                        f"The column “{header}” stands there twice.",
                    ),
                )
            )
        else:
            columns[header] = number
    faults += [
        ListFault(
            1,
            0,
            Violation("column_missing", header, f"Kolonnen “{header}” mangler.", f"The column “{header}” is missing."),
        )
        for header in REQUIRED
        if header not in columns
    ]
    return columns, faults


def _row(
    line: int, cells: list[str], columns: dict[str, int], existing: Mapping[str, Asset], faults: list[ListFault]
) -> _Row | None:
    """The asset of one line over what is known of it; None when a cell cannot be read."""
    if len(cells) != len(columns):
        faults.append(
            ListFault(
                line,
                0,
                Violation(
                    "cells",
                    "",
                    f"Linjen har {len(cells)} felter, overskriften {len(columns)}.",
                    f"The line has {len(cells)} cells, the headers are {len(columns)}.",
                ),
            )
        )
        return None
    values: dict[str, Any] = {}
    readable = True
    for header, number in columns.items():
        try:
            values[HEADERS[header]] = read_cell(header, cells[number])
        except Unreadable as unreadable:
            readable = False
            faults.append(ListFault(line, number + 1, Violation("unreadable", header, unreadable.da, unreadable.en)))
    if not readable:
        return None
    before = existing.get(values["id"])
    return _Row(line, Asset(**values) if before is None else replace(before, **values))


def _judged(
    rows: list[_Row], columns: dict[str, int], existing: Mapping[str, Asset], known: Surroundings
) -> list[ListFault]:
    found = [(row.line, violation) for row in rows for violation in asset_faults(row.asset, known)]
    found += [(rows[clash.number].line, clash.violation) for clash in clashes((row.asset for row in rows), existing)]
    return [ListFault(line, columns.get(violation.field, -1) + 1, violation) for line, violation in found]


def _planned(rows: list[_Row], existing: Mapping[str, Asset], faults: list[ListFault]) -> ImportPlan:
    added: list[Asset] = []
    changed: list[Change] = []
    unchanged: list[str] = []
    for row in rows:
        before = existing.get(row.asset.id)
        if before is None:
            added.append(row.asset)
        elif before == row.asset:
            unchanged.append(before.id)
        else:
            fields = tuple(
                header for header, field in HEADERS.items() if getattr(before, field) != getattr(row.asset, field)
            )
            changed.append(Change(before, row.asset, fields))
    return ImportPlan(
        added=tuple(added),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        faults=tuple(sorted(faults, key=lambda fault: (fault.line, fault.column, fault.violation.rule))),
    )
