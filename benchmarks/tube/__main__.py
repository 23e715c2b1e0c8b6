"""The design hour and a whole day of a site's tube: `python -m benchmarks.tube` prints one JSON line.

351 sends between 08 and 09 go through the real core (its planner, timetable and stock) and the simulated plant. Each
send has a capsule of its own: orders are sends here, not samples, so none shares one. Then a day of the site's own
demand follows (`day`), where samples share capsules as the site lets them. Both are judged by `judge`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.machine import record
from benchmarks.tube.day import measure_day
from benchmarks.tube.figures import kept_and_missing, on_time, quantile
from benchmarks.tube.orders import SEED, SENDS, design_hour
from benchmarks.tube.plant import TubePlant
from site_models.load import load_site
from site_models.schema import Site

MINUTES = 150
"""The hour, and time for the last sends to arrive and the stock to settle."""
TARGET_MIN = 10
"""95 % of the sends take at most so long from door to door: Aarhus' promise at its peak."""


def one_a_capsule(site: Site) -> Site:
    """The site with no sample sharing a capsule."""
    return site.model_copy(update={"loads": [load.model_copy(update={"per_capsule": 1}) for load in site.loads]})


def measure(site: Site, sends: int = SENDS, seed: int = SEED, minutes: float = MINUTES) -> dict[str, Any]:
    """Run the hour and say how it went; seconds from ready to arrival, and to when the capsule has been emptied."""
    begun_s = time.process_time()
    plant = TubePlant(one_a_capsule(site))
    outcome = plant.run(design_hour(site, sends, seed), minutes)
    (system,) = site.tubes
    done = {id: (job, job.delivered_ms) for id, job in outcome.jobs.items() if job.delivered_ms is not None}
    arrived_s = {id: (at_ms - job.ready_ms) / 1000 for id, (job, at_ms) in done.items()}
    times = list(arrived_s.values())
    p95_s = quantile(times, 0.95)
    return {
        "sends": sends,
        "delivered": len(times),
        "median_s": round(statistics.median(times)),
        "p95_s": round(p95_s),
        "max_s": round(max(times)),
        "emptied_p95_s": round(p95_s + system.emptying_s),
        "p95_by_group_s": {
            group: round(quantile([arrived_s[id] for id in arrived_s if outcome.groups[id] == group], 0.95))
            for group in sorted(set(outcome.groups.values()))
        },
        "on_time": on_time(outcome),
        **kept_and_missing(system, outcome),
        "seed": seed,
        "cpu_s": round(time.process_time() - begun_s, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the line; 1 when a send was lost, two capsules met, or 95 % (of the day: the urgent) took too long."""
    parser = argparse.ArgumentParser(prog="benchmarks.tube", description=__doc__)
    parser.add_argument("--site", default="koege")
    parser.add_argument("--keep", action="store_true", help="add the line to benchmarks/history")
    asked = parser.parse_args(arguments)
    site = load_site(asked.site)
    hour, day = measure(site), measure_day(site)
    result = {"site": asked.site, **hour, "day": day}
    print(json.dumps(record("tube", result) if asked.keep else result))
    good = all(part["delivered"] == part["sends"] and part["conflicts"] == 0 for part in (hour, day))
    return 0 if good and max(hour["p95_s"], day["urgent_p95_s"]) <= TARGET_MIN * 60 else 1


if __name__ == "__main__":
    sys.exit(main())
