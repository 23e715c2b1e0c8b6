"""Whether a stated confidence is true: what was said against what was right."""

from __future__ import annotations

from typing import Any

import numpy as np

from equipment_tracking.columns import Floats

BINS = 10


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
