"""From estimates and truth to figures: errors, rooms, and whether a stated confidence is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.machine import record
from benchmarks.positioning import Estimates
from equipment_tracking.accuracy import calibration
from equipment_tracking.columns import Truth


def score(found: Sequence[tuple[Estimates, Truth]], right_within_m: float) -> dict[str, Any]:
    """Figures over all folds together. Where the truth has rooms, right is the room, else `right_within_m`."""
    error_m = np.concatenate([np.hypot(made.x_m - truth.x_m, made.y_m - truth.y_m) for made, truth in found])
    rooms = [pair for made, truth in found for pair in zip(made.room, truth.room, strict=True)]
    in_room = np.array([guess == room for guess, room in rooms if room is not None], dtype=np.float64)
    has_rooms = len(in_room) > 0
    known = np.array([room is not None for _, room in rooms]) if has_rooms else np.full(len(rooms), True)
    confidence = np.concatenate([made.p_room for made, _ in found])[known]
    right = in_room if has_rooms else (error_m <= right_within_m).astype(np.float64)
    median_m, p75_m, p95_m = np.percentile(error_m, [50, 75, 95])
    return {
        "median_m": round(float(median_m), 3),
        "p75_m": round(float(p75_m), 3),
        "p95_m": round(float(p95_m), 3),
        "mean_m": round(float(error_m.mean()), 3),
        "room_accuracy": round(float(in_room.mean()), 4) if has_rooms else None,
        **calibration(confidence, right),
        "n": len(error_m),
    }


def append_history(name: str, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Append one test run, with all its methods, to `benchmarks/history/positioning.jsonl`; return the line."""
    return record("positioning", {"benchmark": "positioning", "set": name, "methods": list(lines)})
