"""What a measurement ran on, without naming the machine, and where its history is kept."""

from __future__ import annotations

import datetime as dt
import json
import platform
from pathlib import Path
from typing import Any

import psutil

HISTORY = Path(__file__).with_name("history")


def machine() -> dict[str, Any]:
    """Return processor, cores, memory and Python version."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def record(name: str, result: dict[str, Any]) -> dict[str, Any]:
    """Append a result with its date and machine to `history/<name>.jsonl` and return the whole line."""
    row = {"date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), **result, "machine": machine()}
    HISTORY.mkdir(exist_ok=True)
    with (HISTORY / f"{name}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    return row


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
