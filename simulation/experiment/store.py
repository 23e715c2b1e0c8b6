"""Replications of a scenario on disk: a line each, and their merged counts, of one mind after any crash.

Lines are appended first, the counts are replaced after that and say up to which byte of the lines they reach. What
stands beyond was not finished and is cut off when the file is opened again.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from simulation.experiment.files import append, write_whole
from simulation.experiment.outcome import Tables, add_tables
from simulation.experiment.work import Chunk

LENGTH = "length"
"""Name under which the file of counts keeps how far it reaches; `counts/<name>` are the counts."""
COUNTS = "counts/"


class Header(msgspec.Struct, frozen=True):
    """The first line: what the figures of the others are, in their order."""

    scenario: str
    outputs: tuple[str, ...]


class Line(msgspec.Struct, frozen=True, array_like=True):
    """A replication: its number and its figures, null where there was nothing to measure."""

    replication: int
    figures: tuple[float | None, ...]


class Store:
    """The replications of one scenario that are there."""

    def __init__(self, folder: Path, key: str, scenario: str, outputs: tuple[str, ...], *, tables: bool) -> None:
        self._lines, self._counts = folder / f"{key}.jsonl", folder / f"{key}.npz"
        self.key, self.outputs, self._with_tables = key, outputs, tables
        self._rows: dict[int, tuple[float, ...]] = {}
        self.tables: Tables = {}
        self._length = 0
        if not self._read():
            header = msgspec.json.encode(Header(scenario=scenario, outputs=outputs)) + b"\n"
            self._length = append(self._lines, header, 0)

    def missing(self, total: int) -> list[int]:
        """Replications 0 … total - 1 that are not there."""
        return [replication for replication in range(total) if replication not in self._rows]

    def values(self, output: str, total: int) -> NDArray[np.float64]:
        """The figures of an output in the first replications, in their order."""
        column = self.outputs.index(output)
        return np.array([self._rows[replication][column] for replication in range(total)])

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, chunk: Chunk) -> None:
        """Keep replications; when this returns they are on the disk."""
        rows = dict(zip(chunk.replications, map(tuple, chunk.figures.tolist()), strict=True))
        body = b"".join(msgspec.json.encode(Line(number, row)) + b"\n" for number, row in rows.items())
        self._length = append(self._lines, body, self._length)
        if self._with_tables:
            self.tables = add_tables(self.tables, chunk.tables)
            named = {f"{COUNTS}{name}": counts for name, counts in self.tables.items()}
            buffer = io.BytesIO()
            np.savez_compressed(buffer, allow_pickle=False, **named, **{LENGTH: np.int64(self._length)})
            write_whole(self._counts, buffer.getvalue())
        self._rows |= rows

    def digest(self) -> bytes:
        """The digest of all figures, to the bit, and of the counts, whatever the order in which they came."""
        summed = hashlib.sha256(msgspec.json.encode([self.key, self.outputs, len(self._rows)]))
        for number in sorted(self._rows):
            row = np.array(self._rows[number], dtype="<f8")
            row[np.isnan(row)] = np.nan
            summed.update(number.to_bytes(8, "little") + row.tobytes())
        for name in sorted(self.tables):
            counts = self.tables[name].astype("<i8")
            summed.update(msgspec.json.encode([name, counts.shape]) + counts.tobytes())
        return summed.digest()

    def _read(self) -> bool:
        """Read what is there and whole; whether there is anything."""
        if not self._lines.exists():
            return False
        body = self._lines.read_bytes()
        end = body.rfind(b"\n") + 1
        begin = body.find(b"\n") + 1
        if not begin:
            return False
        if self._with_tables:
            self.tables, reached = read_counts(self._counts)
            end = max(begin, min(end, reached))
            if reached > end:
                self.tables, end = {}, begin
        for line in body[begin:end].splitlines():
            kept = msgspec.json.decode(line, type=Line)
            self._rows[kept.replication] = tuple(np.nan if value is None else value for value in kept.figures)
        self._length = end
        return True


def read_counts(path: Path) -> tuple[Tables, int]:
    """The merged counts of a scenario and the length of the lines that they cover; none at all: ({}, 0)."""
    if not path.exists():
        return {}, 0
    with np.load(path, allow_pickle=False) as kept:
        tables = {name.removeprefix(COUNTS): kept[name] for name in kept.files if name != LENGTH}
        return tables, int(kept[LENGTH])


def read_tables(folder: Path, key: str) -> Tables:
    """The merged counts of a scenario of a bundle, by its key; empty for those of which none are kept."""
    return read_counts(folder / "results" / f"{key}.npz")[0]


def read_figures(folder: Path, key: str) -> dict[str, list[float | None]]:
    """The figures of a scenario of a bundle by output, in the order of replications; empty if there are none yet."""
    try:
        header, *lines = (folder / "results" / f"{key}.jsonl").read_bytes().split(b"\n")[:-1]
    except (FileNotFoundError, ValueError):
        return {}
    outputs = msgspec.json.decode(header, type=Header).outputs
    rows = sorted((msgspec.json.decode(line, type=Line) for line in lines), key=lambda row: row.replication)
    return {name: [row.figures[place] for row in rows] for place, name in enumerate(outputs)}
