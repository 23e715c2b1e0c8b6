"""Print one JSON line: `python -m benchmarks.twin [--site koege] [--hours 24] [--seed 1] [--keep]`.

The site's whole demand from midnight of the first Monday with all parts open, as `portor twin` runs it, in this process
alone. The time is that of the processor, building the hospital included; the ledger's hash says what was decided.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from api.day.start import full_opening
from benchmarks.machine import record
from simulation.twin.figures import figures
from simulation.twin.simulate import Days, simulate
from site_models.load import load_site
from site_models.schema import Site

WANTED = 500
"""Times real time that a day of Køge is to be run at least."""


def measure(site: Site, hours: float, seed: int) -> dict[str, Any]:
    """Run the hours once."""
    days = Days(site=site, date=full_opening(site), hours=hours)
    begin_s = time.process_time()
    run = simulate(days, seed)
    cpu_s = time.process_time() - begin_s
    found = {name: round(value, 2) for name, value in figures(run).items() if not math.isnan(value)}
    return {
        "site": site.site.id,
        "hours": hours,
        "seed": seed,
        "cpu_s": round(cpu_s, 1),
        "times_real_time": round(3600 * hours / cpu_s),
        **found,
        "ended": dict(sorted(Counter(job.state for job in run.jobs).items())),
        "refused": run.refused,
        "rows": run.rows,
        "ledger": run.ledger,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the line; 1 when it was slower than wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.twin", description=__doc__)
    parser.add_argument("--site", default="koege")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="add the line to benchmarks/history")
    asked = parser.parse_args(arguments)
    found = measure(load_site(asked.site), asked.hours, asked.seed)
    print(json.dumps(record("twin", found) if asked.keep else found))
    return 0 if found["times_real_time"] >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
