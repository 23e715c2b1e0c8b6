"""Golden files: one a released version of an event type, so that what was written once can be read for ever."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def golden_path(folder: Path, kind: str, version: int) -> Path:
    """Where the golden file of one version lies."""
    return folder / f"{kind}.{version}.json"


def read_golden(folder: Path, kind: str, version: int) -> dict[str, Any]:
    """An event as it was written in that version: `payload` as stored, `reads_as` in today's fields."""
    found: dict[str, Any] = json.loads(golden_path(folder, kind, version).read_text(encoding="utf-8"))
    return found


def missing_golden(folder: Path, types: Iterable[tuple[str, int]]) -> list[str]:
    """The names of the files that should be there and are not: one for each version from 1 to the newest."""
    wanted = (golden_path(folder, kind, version) for kind, newest in types for version in range(1, newest + 1))
    return [path.name for path in wanted if not path.is_file()]
