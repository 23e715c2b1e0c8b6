"""Who comes first: the order in which jobs are decided, given out and sent."""

from __future__ import annotations

from fleet.model import Job
from fleet.orchestrator.turn import Turn


def urgency(turn: Turn, job: Job) -> tuple[int, int, str]:
    """Order of deciding: deadline less the weight's head start, then id. An old routine job comes first in the end."""
    head_start_ms = round(turn.hospital.priorities[job.priority].weight * 60_000)
    return job.due_ms - head_start_ms, job.ready_ms, job.id
