"""Positions that outlive the process: what a twin knows of its tags, in one file that is replaced as a whole."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.calibration.model_file import digest
from equipment_tracking.columns import Indexes
from equipment_tracking.places import Places
from equipment_tracking.twin_tables import faults_of

FORMAT = 1
TWIN, COLUMN = "twin.", "column."


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was known at `at_ms` of the tags named: `Twin.saved`, and further columns by tag."""

    tags: tuple[str, ...]
    at_ms: int
    twin: Mapping[str, NDArray[Any]]
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def rows(self, tags: Sequence[str]) -> Indexes:
        """Of each of these tags its number here, -1 for one that was not known."""
        number = {tag: row for row, tag in enumerate(self.tags)}
        return np.array([number.get(tag, -1) for tag in tags], dtype=np.int32)


class NotRestored(Exception):
    """There is nothing to go on from; the message says why. All tags start as never heard."""


def write_positions(path: Path, places: Places, saved: Saved) -> None:
    """Replace the file as a whole: whoever is killed meanwhile leaves the one before. One writer at a time."""
    columns: dict[str, Any] = {
        "format": np.array(FORMAT),
        "site": np.array(digest(places)),
        "at_ms": np.array(saved.at_ms, dtype=np.int64),
        "tags": np.array(saved.tags, dtype=np.str_),
    }
    columns |= {TWIN + name: column for name, column in saved.twin.items()}
    columns |= {COLUMN + name: column for name, column in saved.columns.items()}
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        np.savez(file, **columns)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_positions(path: Path, places: Places) -> Saved:
    """What was written last for this site.

    Raises NotRestored, and nothing else, for a file that is missing, damaged or of other places.
    """
    if not path.exists():
        raise NotRestored(f"{path} does not exist yet")
    try:
        saved, site = _load(path)
        wrong = faults_of(saved.twin, len(places))
    except Exception as broken:  # a damaged archive raises whatever its bytes come to mean
        raise NotRestored(f"{path} cannot be read: {broken}") from broken
    if site != digest(places):
        raise NotRestored(f"{path} is of another site, or of this one before its places changed")
    by_tag = [saved.twin["lost"], *saved.columns.values()] if not wrong else []
    if any(len(column) != len(saved.tags) for column in by_tag):
        wrong.append("columns of another number of tags")
    if wrong:
        raise NotRestored(f"{path} is damaged: {'; '.join(wrong)}")
    return saved


def _load(path: Path) -> tuple[Saved, str]:
    """What a file says, and the digest of its site."""
    with zipfile.ZipFile(path) as archive:
        if broken := archive.testzip():
            raise ValueError(f"{broken} has another checksum")
    with np.load(path, allow_pickle=False) as file:
        found = {name: file[name] for name in file.files}
    if found["format"] != FORMAT:
        raise ValueError(f"it is of format {found['format']}, known is {FORMAT}")
    saved = Saved(
        tags=tuple(found["tags"].tolist()),
        at_ms=int(found["at_ms"]),
        twin={name.removeprefix(TWIN): column for name, column in found.items() if name.startswith(TWIN)},
        columns={name.removeprefix(COLUMN): column for name, column in found.items() if name.startswith(COLUMN)},
    )
    return saved, str(found["site"])
