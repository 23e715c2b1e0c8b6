"""Logs of the service: a file a part in the data folder, one line an event, the supervisor's own as JSON."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

ROOM_BYTES = 10 * 1024 * 1024
"""A log that is larger when its part starts is put aside as `<name>.log.1`."""

Note = Callable[..., None]
"""Writes one event: its name, then its figures by keyword."""


def open_log(folder: Path, name: str) -> BinaryIO:
    """Open the part's log for appending, unbuffered; the one before the last is kept.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > ROOM_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab", buffering=0)


def note_to(file: BinaryIO) -> Note:
    """Return a function that writes an event as one JSON line with the wall clock in UTC."""

    def note(event: str, **figures: object) -> None:
        line = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"), "event": event, **figures}
        write(file, json.dumps(line, ensure_ascii=False).encode() + b"\n")

    return note


def write(file: BinaryIO, line: bytes) -> None:
    """Write a line if there is room: a full disk costs lines of a log, not the service."""
    with contextlib.suppress(OSError):
        file.write(line)


def last_lines(path: Path, count: int = 8, begin: int = 0) -> list[str]:
    """The last lines of a log from byte `begin` on, without the empty ones; none when it cannot be read."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(begin, end - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-count:]
