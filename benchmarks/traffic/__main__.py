"""Print one JSON line a measurement: `python -m benchmarks.traffic [--robots 35 100 200] [--hours 24] [--week]`.

Køge with so many robots and the same demand a robot, under the orchestrator: robots that share the floors, and the same
run with each alone on them. `--week` follows 35 robots for a week of days and says how much memory the process has
after each.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil

from benchmarks.machine import record
from benchmarks.traffic.run import OF_THE_SITE, Run, house

DRAIN_H = 24.0
"""Robots and jobs that are not at rest so long after the last order are locked."""

Line = dict[str, Any]


def main() -> None:
    """Measure, append to the history, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.traffic", description=__doc__)
    parser.add_argument("--robots", type=int, nargs="+", default=[35, 100, 200])
    parser.add_argument("--hours", type=float, default=24, help="of the day")
    parser.add_argument("--week", action="store_true", help="35 robots for a week of days instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dry", action="store_true", help="leave the history alone")
    asked = parser.parse_args()
    lines = week(asked.seed) if asked.week else (day(n, asked.hours, asked.seed) for n in asked.robots)
    for line in lines:
        print(json.dumps(line if asked.dry else record("traffic", line)), flush=True)


def day(robots: int, hours: float, seed: int) -> Line:
    """So many robots for so many hours, sharing the floors and each alone on them."""
    of = house(robots)
    alone = Run(of, seed, alone=True)
    alone.day(0, hours)
    shared = Run(of, seed)
    begin_s = time.process_time()
    shared.day(0, hours)
    cpu_s = time.process_time() - begin_s
    line: Line = {
        "robots": robots,
        "hours": hours,
        "bays_a_robot": round(len(of.hospital.layout.bay_node) / robots, 2),
        "ordered": shared.ordered,
        "delivered": shared.delivered,
        "delivered_alone": alone.delivered,
        "share": round(shared.delivered / max(1, alone.delivered), 4),
        "late": shared.late,
        "late_alone": alone.late,
        "minutes_p50_p95": _middle(shared.minutes),
        "minutes_alone_p50_p95": _middle(alone.minutes),
        "planning_ms_a_job_p50_p99": shared.planning_ms(),
        "plans": shared.lanes.plans,
        "refused": shared.lanes.refused,
        "cpu_s": round(cpu_s, 1),
        "times_real_time": round(3600 * hours / cpu_s),
    }
    line["deadlocks"] = shared.finish(DRAIN_H)
    return {
        **line,
        "double_occupancy": shared.judge.double_occupancy(shared.shell.now_ms),
        "astray": shared.judge.astray,
        "moves": shared.judge.moves,
        "longest_stand_s": round(shared.judge.longest_stand_s),
        "seed": seed,
    }


def week(seed: int) -> Iterator[Line]:
    """A line for each day of a week of the site's own robots."""
    process = psutil.Process()
    with tempfile.TemporaryFile() as file:
        run = Run(house(OF_THE_SITE), seed, file=file)
        for number in range(7):
            before = run.delivered
            run.day(number)
            memory_mib = round(process.memory_info().rss / 2**20, 1)
            yield {
                "robots": OF_THE_SITE,
                "day": number + 1,
                "delivered": run.delivered - before,
                "memory_mib": memory_mib,
                "double_occupancy": run.judge.double_occupancy(run.shell.now_ms),
                "astray": run.judge.astray,
                "seed": seed,
            }


def _middle(minutes: list[float]) -> list[float]:
    """Median and 95th percentile of minutes from ready to delivered."""
    return [round(float(part), 1) for part in np.percentile(minutes or [0.0], [50, 95])]


if __name__ == "__main__":
    main()
