"""Files that are either as they were or as they should be, whatever happens meanwhile."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, body: bytes, *, durable: bool = True) -> None:
    """Replace the file as a whole. `durable`: it is on the disk when this returns."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(body)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    draft.replace(path)


def append(path: Path, body: bytes, at: int) -> int:
    """Write at a place of the file, what stood behind it is gone; the new length. On the disk when this returns."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(at)
        file.seek(at)
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    return at + len(body)
