"""Figures that are reckoned alike for the design hour and the day."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from benchmarks.tube.judge import conflicts
from benchmarks.tube.plant import Outcome
from fleet.model import Job
from site_models.schema.carriers import TubeSystem


def late_by_interlock(outcome: Outcome) -> int:
    """Capsules that the plant held back although the planner had found their way free."""
    planned = {flight.id.rpartition("#")[2]: flight.start_ms for flight in outcome.flights}
    return sum(trip.start_ms > planned[str(trip.command.number)] for trip in outcome.trips)


def on_time(outcome: Outcome) -> int:
    """How many sends were there by their deadline."""
    return sum(job.delivered_ms is not None and job.delivered_ms <= job.due_ms for job in outcome.jobs.values())


def door_s(jobs: Iterable[Job]) -> list[float]:
    """Seconds from ready to arrival of those that have arrived."""
    return [(job.delivered_ms - job.ready_ms) / 1000 for job in jobs if job.delivered_ms is not None]


def quantile(times: Sequence[float], share: float) -> float:
    """The smallest time within which at least this share lies."""
    return sorted(times)[math.ceil(share * len(times)) - 1]


def kept_and_missing(system: TubeSystem, outcome: Outcome) -> dict[str, int]:
    """Whether the rules of the tube were kept, the empty capsules it took, and the loads that lacked something."""
    return {
        "conflicts": len(conflicts(system, outcome.trips)),
        "late_by_interlock": late_by_interlock(outcome),
        "empties": sum(not flight.legs for flight in outcome.flights),
        "stock_outs": len(outcome.waited.get("waiting_for_capsule", ())),
        "basket_waits": len(outcome.waited.get("waiting_for_basket", ())),
    }
