"""Print one JSON line a measurement: `python -m benchmarks.traffic [--robots 35 100 200] [--hours 24] [--week]`.

Køge with so many robots and the same demand a robot, shared and as if each were alone. `--week` follows 35 robots for a
week of days and says how much memory the process has after each.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil

from benchmarks.machine import record
from benchmarks.traffic.halls import koege_with
from benchmarks.traffic.jobs import DAY_MS
from benchmarks.traffic.roads import Alone, Roads, Shared
from benchmarks.traffic.run import Run
from routing.ground import Ground
from routing.traffic.cells import SiteNetwork, site_network
from routing.traffic.proof import check_ways_home
from site_models.expand import expand
from site_models.schema import Site

HOUR_MS = 3_600_000
OF_THE_SITE = 35
"""Robots that the site has, and its demand is for."""

Line = dict[str, Any]


def main() -> None:
    """Measure, append to the history, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.traffic", description=__doc__)
    parser.add_argument("--robots", type=int, nargs="+", default=[35, 100, 200])
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--week", action="store_true", help="35 robots for a week of days instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dry", action="store_true", help="leave the history alone")
    asked = parser.parse_args()
    lines = week(asked.seed) if asked.week else (day(n, asked.hours, asked.seed) for n in asked.robots)
    for line in lines:
        print(json.dumps(line if asked.dry else record("traffic", line)), flush=True)


def prepared(robots: int) -> tuple[Ground, SiteNetwork]:
    """Køge with so many robots, proven to shut nobody in; raises ValueError if it does."""
    site: Site = koege_with(robots)
    wrong = check_ways_home(site)
    if wrong:
        raise ValueError("\n".join(map(str, wrong)))
    ground = Ground(site, expand(site))
    return ground, site_network(ground)


def day(robots: int, hours: float, seed: int) -> Line:
    """So many robots for so many hours, shared and alone."""
    ground, cells = prepared(robots)
    end_ms = round(hours * HOUR_MS)
    runs: dict[str, Run] = {}
    cpu_s: dict[str, float] = {}
    kinds: dict[str, Roads] = {"shared": Shared(cells.network), "alone": Alone(cells.network)}
    for kind, roads in kinds.items():
        begin_s = time.process_time()
        runs[kind] = Run(ground, cells, roads, robots / OF_THE_SITE, seed)
        runs[kind].until(0, end_ms)
        cpu_s[kind] = time.process_time() - begin_s
    shared, alone = runs["shared"].outcome, runs["alone"].outcome
    delivered = len(shared.minutes)
    minutes = {
        kind: np.percentile(run.outcome.minutes or [0.0], [50, 95]).round(1).tolist() for kind, run in runs.items()
    }
    planning_ms = np.percentile(shared.planning_ms or [0.0], [50, 99]).round(2).tolist()
    runs["shared"].finish(end_ms)
    return {
        "robots": robots,
        "hours": hours,
        "bays_a_robot": round(len(ground.layout.bay_node) / robots, 2),
        "points": len(cells.network.points),
        "ordered": shared.ordered,
        "delivered": delivered,
        "delivered_alone": len(alone.minutes),
        "share": round(delivered / max(1, len(alone.minutes)), 4),
        "minutes_p50_p95": minutes["shared"],
        "minutes_alone_p50_p95": minutes["alone"],
        "deadlocks": shared.circles + shared.stuck,
        "double_occupancy": runs["shared"].judge.double,
        "moves": runs["shared"].judge.moves,
        "planning_ms_a_job_p50_p99": planning_ms,
        "plans": shared.plans,
        "refused": shared.refused,
        "detours": shared.detours,
        "waiting_share": round(shared.waited_s / max(1.0, shared.waited_s + shared.moved_s), 3),
        "longest_wait_s": round(shared.longest_wait_s),
        "cpu_s": round(cpu_s["shared"], 1),
        "seed": seed,
    }


def week(seed: int) -> Iterator[Line]:
    """A line for each day of a week of the site's own robots."""
    ground, cells = prepared(OF_THE_SITE)
    run = Run(ground, cells, Shared(cells.network), 1.0, seed)
    process = psutil.Process()
    for number in range(7):
        run.until(number * DAY_MS, (number + 1) * DAY_MS)
        gc.collect()
        yield {
            "robots": OF_THE_SITE,
            "day": number + 1,
            "delivered": len(run.outcome.minutes),
            "deadlocks": run.outcome.circles,
            "double_occupancy": run.judge.double,
            "memory_mib": round(process.memory_info().rss / 2**20, 1),
            "seed": seed,
        }


if __name__ == "__main__":
    main()
