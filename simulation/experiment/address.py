"""The address of a question: the digest of all that its numbers depend on."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from simulation.experiment.request import Request

PARTS = ("ticks.py", "outputs.py", "outputs", "distributions", "flow", "sampling", "engines", "experiment/model.py")
"""What stands between a declared model and its figures, under `simulation/`."""
DECIDING = ("portor", "code", "numpy")
"""Versions on which numbers depend, and with them the address. The others are noted for people."""
NOTED = ("numba", "simpy", "scipy", "msgspec")


def as_written(value: object) -> bytes:
    """JSON in the order in which things stand: of a model, and of changes, the order is a part."""
    return msgspec.json.encode(value)


def address(request: Request, versions: Mapping[str, str]) -> str:
    """The permanent address of a question whose model is filled in.

    Where the model was read from and what scenarios are called in some language is no part of it; nor is the order in
    which precision, targets and the like are named.
    """
    scenarios = [(scenario.id, list(scenario.changes.items())) for scenario in request.scenarios]
    asked = msgspec.structs.replace(request, site="", model={}, scenarios=())
    deciding = {name: versions.get(name, "") for name in DECIDING}
    sorted_parts = msgspec.json.Encoder(order="sorted").encode([asked, deciding])
    return _sha256(sorted_parts + as_written([scenarios, request.model]))[:32]


def changes_key(changes: Mapping[str, Any]) -> str:
    """The key of a scenario within an experiment: what it changes, whatever it is called."""
    return _sha256(as_written(list(changes.items())))[:16]


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@cache
def versions_now() -> dict[str, str]:
    """The versions of all that the numbers depend on, as they are installed here."""
    found = {name: _version(name) for name in ("portor", "numpy", *NOTED)}
    return found | {"code": _code(), "python": platform.python_version(), "machine": platform.machine()}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _code() -> str:
    """The digest of the source between a model and its figures, so that a changed rule has another address."""
    root = Path(__file__).parent.parent
    files = [
        file for part in PARTS for file in ([root / part] if part.endswith(".py") else (root / part).rglob("*.py"))
    ]
    summed = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        summed.update(file.relative_to(root).as_posix().encode())
        summed.update(file.read_bytes())
    return summed.hexdigest()[:16]
