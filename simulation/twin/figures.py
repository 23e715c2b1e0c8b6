"""What a run says in figures: how many jobs were on time, how long they took, how busy the carriers were."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fleet.model import Carrier, Job
from fleet.views import ModeName
from simulation.twin.simulate import Run

MODES: tuple[ModeName, ...] = ("robot", "porter", "tube")
OUTPUTS = (
    "on_time",
    *(f"on_time_{mode}" for mode in MODES),
    "jobs",
    "unfinished",
    "minutes_p50",
    "minutes_p95",
    "robot_minutes_p95",
    "robot_use",
    "robot_empty",
)
"""Names of the figures: shares and use in %, minutes from ready to delivered."""


def figures(run: Run) -> dict[str, float]:
    """Every output of a run; NaN where there was nothing to measure. A cancelled job is not judged."""
    judged = [job for job in run.jobs if job.state != "cancelled"]
    by_mode = {mode: [job for job in judged if job.mode == mode] for mode in MODES}
    robots = [carrier for carrier in run.carriers if carrier.mode == "robot"]
    found = {
        "on_time": on_time(judged),
        **{f"on_time_{mode}": on_time(by_mode[mode]) for mode in MODES},
        "jobs": float(len(run.jobs)),
        "unfinished": float(sum(job.state not in ("delivered", "cancelled") for job in run.jobs)),
        "minutes_p50": minutes(judged, 0.50),
        "minutes_p95": minutes(judged, 0.95),
        "robot_minutes_p95": minutes(by_mode["robot"], 0.95),
        "robot_use": _percent(sum(robot.busy_ms for robot in robots), run.window_ms * len(robots)),
        "robot_empty": _empty(robots),
    }
    return {name: found[name] for name in OUTPUTS}


def on_time(jobs: Sequence[Job]) -> float:
    """Percentage of jobs delivered by their deadline; what is not delivered at the end of the run is late."""
    return _percent(sum(job.delivered_ms is not None and job.delivered_ms <= job.due_ms for job in jobs), len(jobs))


def minutes(jobs: Sequence[Job], share: float) -> float:
    """Minutes from ready to delivered that at least this share of the delivered jobs does not exceed (nearest rank)."""
    took = sorted(job.delivered_ms - job.ready_ms for job in jobs if job.delivered_ms is not None)
    return took[max(0, math.ceil(share * len(took)) - 1)] / 60_000 if took else math.nan


def _empty(robots: Sequence[Carrier]) -> float:
    empty_m = sum(robot.empty_m for robot in robots)
    return _percent(empty_m, empty_m + sum(robot.loaded_m for robot in robots))


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole > 0 else math.nan
