"""Golden files: one a released version of an event type, so that what was written once can be read for ever."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest


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


def leftover_golden(folder: Path, types: Iterable[tuple[str, int]]) -> list[str]:
    """The names of the files whose type or version is in the program no more, though its rows are in the ledger."""
    known = {golden_path(folder, kind, version).name for kind, newest in types for version in range(1, newest + 1)}
    return sorted(path.name for path in folder.iterdir() if path.name not in known)


def doubled(names: Iterable[str]) -> list[str]:
    """Names that stand for more than one thing."""
    return sorted(name for name, number in Counter(names).items() if number > 1)


def of_every_version(kinds: Iterable[Any]) -> list[Any]:
    """Parameters of a test: each kind of fact with each version in which it was ever written."""
    return [
        pytest.param(kind, version, id=f"{kind.type}.{version}")
        for kind in kinds
        for version in range(1, kind.version + 1)
    ]


def assert_read_as_meant(folder: Path, kind: Any, version: int, read: Callable[[bytes], Any]) -> None:
    """The stored payload is read as this kind of fact, with the same subject and the same figures."""
    golden = read_golden(folder, kind.type, version)
    fact = read(golden["payload"].encode())
    assert isinstance(fact, kind)
    assert fact.subject == golden["subject"]
    assert msgspec.json.decode(msgspec.json.encode(fact)) == golden["reads_as"]


def assert_written_as_said(folder: Path, kind: Any, write: Callable[[Any], bytes]) -> None:
    """The newest version is written byte for byte as its file says, and no field is missing from the example."""
    golden = read_golden(folder, kind.type, kind.version)
    payload = golden["payload"].encode()
    assert write(msgspec.json.decode(payload, type=kind)) == payload
    assert sorted(golden["reads_as"]) == sorted(kind.__struct_fields__)
