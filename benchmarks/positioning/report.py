"""From estimates and truth to figures: errors, rooms, and whether a stated confidence is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.machine import record
from benchmarks.positioning import Estimates
from equipment_tracking.columns import Floats, Truth

BINS = 10


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


def calibration(confidence: Floats, right: Floats) -> dict[str, Any]:
    """Stated confidence against what was right (0 or 1), in ten bins of equal count ordered by confidence.

    `calibration_error` is the mean difference weighed by the count of each bin (expected calibration error),
    `worst_bin` the largest; a bin is [mean confidence, share right, count]. All None without a stated confidence.
    Rows of the same confidence share what was right among them, so that their order does not matter. Raises
    ValueError for a confidence outside 0 to 1, or one that only some rows state.

    Naeini, Cooper, Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015.
    """
    if not len(confidence) or bool(np.all(np.isnan(confidence))):
        return {"calibration_error": None, "worst_bin": None, "bins": None}
    if bool(np.any(~((confidence >= 0) & (confidence <= 1 + 1e-9)))):
        raise ValueError("a confidence outside 0 to 1, or for some estimates only: state it for all or none")
    _, same = np.unique(confidence, return_inverse=True)
    shared = (np.bincount(same, right) / np.bincount(same))[same]
    order = np.argsort(confidence, kind="stable")
    bins = [
        (float(confidence[rows].mean()), float(shared[rows].mean()), len(rows))
        for rows in np.array_split(order, BINS)
        if len(rows)
    ]
    off = [abs(stated - true) for stated, true, _ in bins]
    return {
        "calibration_error": round(
            sum(gap * count for gap, (_, _, count) in zip(off, bins, strict=True)) / len(order), 4
        ),
        "worst_bin": round(max(off), 4),
        "bins": [[round(stated, 4), round(true, 4), count] for stated, true, count in bins],
    }


def append_history(name: str, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Append one test run, with all its methods, to `benchmarks/history/positioning.jsonl`; return the line."""
    return record("positioning", {"benchmark": "positioning", "set": name, "methods": list(lines)})
