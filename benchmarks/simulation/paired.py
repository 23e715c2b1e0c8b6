"""One bed more or less: how much narrower the interval of the difference is with common random numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.simulation.years import FLOW, SITE
from simulation.experiment import bundle, executors
from simulation.experiment.request import Request, Scenario
from simulation.experiment.run import run

BED = "resources.acute_bed.staffed"
OUTPUTS = ("boarding_hours", "acute_beds_used", "ed_room_use", "decided_p90")

Line = dict[str, Any]


def one_bed(replications: int, workers: int, seed: int) -> Iterator[Line]:
    """A line for each of the two scenarios and each output that beds act on."""
    scenarios = (
        Scenario(id="as_declared"),
        Scenario(id="one_bed_more", changes={BED: {"plus": 1}}),
        Scenario(id="one_bed_less", changes={BED: {"plus": -1}}),
    )
    request = Request(
        kind="compare", flow=FLOW, site=SITE, seed=seed, scenarios=scenarios, least=replications, most=replications
    )
    with tempfile.TemporaryDirectory(prefix="portor-benchmark-") as place:
        folder = bundle.prepare(Path(place), request)
        with executors.pool(workers) as pool:
            result = run(folder, pool)
    if result is None:
        raise RuntimeError("The experiment ended before it was done.")
    for found in result.differences:
        if found.output in OUTPUTS:
            yield {
                "benchmark": "paired",
                "bed": BED,
                "scenario": found.scenario,
                "output": found.output,
                "replications": found.n,
                "difference": _short(found.difference),
                "half_width_paired": _short(found.half_width),
                "half_width_unpaired": _short(found.unpaired_half_width),
                "narrower": _short(found.narrower),
                "smaller": bool(found.narrower and found.narrower > 1.0),
            }


def _short(figure: float | None) -> float | None:
    """Four digits that count."""
    return None if figure is None else float(f"{figure:.4g}")
