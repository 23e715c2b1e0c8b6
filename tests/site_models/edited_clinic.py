"""A copy of the small clinic with something changed, and the violations that the check then finds."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from site_models.check import check_report
from site_models.load import SITES

CLINIC = SITES / "clinic_small"


@dataclass(frozen=True, slots=True)
class Edit:
    """On the one line of `file` that holds `line`, `old` becomes `new`; an empty `old` adds `new` after the line."""

    file: str
    line: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Case:
    """A rule, the edits that break it, and a text on the line where it must be reported (of the last file edited)."""

    rule: str
    edits: tuple[Edit, ...]
    at: str
    also: tuple[str, ...] = ()
    in_file: str = ""

    def __str__(self) -> str:
        return f"{self.rule} at {self.at}"


def case(
    rule: str, file: str, line: str, old: str, new: str, at: str | None = None, *, also: tuple[str, ...] = ()
) -> Case:
    """A case with one edit, reported where the new text stands unless `at` says otherwise.

    `also` names the rules that are broken with it, and cannot be otherwise.
    """
    return Case(rule, (Edit(file, line, old, new),), at or new.strip(), also)


def edited(folder: Path, *edits: Edit) -> Path:
    """The clinic in `folder` with the edits made."""
    site = folder / "clinic"
    shutil.copytree(CLINIC, site)
    for edit in edits:
        path = site / edit.file
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [k for k, line in enumerate(lines) if edit.line in line]
        assert len(found) == 1, f"{edit.line!r} stands on {len(found)} lines of {edit.file}"
        line = lines[found[0]]
        assert edit.old in line, f"{edit.old!r} is not on the line of {edit.line!r}"
        lines[found[0]] = line.replace(edit.old, edit.new, 1) if edit.old else line + "\n" + edit.new
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return site


def place(site: Path, file: str, text: str) -> str:
    """`file:line` of the first line of a file that holds the text."""
    lines = (site / file).read_text(encoding="utf-8").splitlines()
    return f"{file}:{next(k for k, line in enumerate(lines, 1) if text in line)}"


def assert_found(folder: Path, broken: Case) -> None:
    """The check finds the rule first at its place, and no other rule than those that follow from it."""
    site = edited(folder, *broken.edits)
    errors = check_report(site)
    assert {error.rule for error in errors} == {broken.rule, *broken.also}, "\n".join(map(str, errors))
    places = [f"{Path(error.file).name}:{error.line}" for error in errors if error.rule == broken.rule]
    assert places[0] == place(site, broken.in_file or broken.edits[-1].file, broken.at), "\n".join(map(str, errors))
    assert all(error.column > 0 for error in errors)
