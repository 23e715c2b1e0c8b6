"""`python -m benchmarks.mapd MAP TASKS`: one instance, one line of JSON.

Unit steps; a task is unknown before its release; one agent a square, no swaps, following allowed; the makespan is the
step of the last delivery, the service time the mean from release to delivery.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.mapd.instance import read
from benchmarks.mapd.judge import collisions, undelivered
from benchmarks.mapd.run import Run


def main() -> int:
    """Run and print; 1 if a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mapd", description=__doc__)
    parser.add_argument("map", type=Path)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    instance = read(asked.map, asked.tasks)
    outcome = Run(instance, asked.seed).all_the_way()
    release = np.array([task.release for task in instance.tasks])
    clashes = collisions(instance, outcome.at)
    wrong = undelivered(instance, outcome.at, outcome.carrier, outcome.picked, outcome.delivered)
    line = {
        "benchmark": "mapd",
        "map": asked.map.name,
        "tasks": asked.tasks.name,
        "agents": len(instance.homes),
        "makespan": int(outcome.delivered.max()),
        "service_time": round(float((outcome.delivered - release).mean()), 2),
        "collisions": clashes,
        "undelivered": wrong,
        "planning_cpu_s": round(outcome.planning_cpu_s, 2),
        "seed": asked.seed,
    }
    print(json.dumps(line), flush=True)
    return int(clashes > 0 or wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
