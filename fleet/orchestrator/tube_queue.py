"""What waits for the tube: legs that are ready, several of them in one capsule where samples may share it."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.model import Job, Leg
from fleet.orchestrator.turn import Turn
from fleet.orchestrator.urgency import urgency

SPARE_MS = 5 * 60_000
"""Time kept for waiting in the tube when a sample is held for others (assumed)."""


@dataclass(slots=True, kw_only=True)
class Waiting:
    """A capsule that is to be sent, with its legs; held for `missing` more until `leave_ms` at the latest."""

    origin: str
    destination: str
    slow: bool
    leave_ms: int
    missing: int = 0
    mass_kg: float = 0.0
    legs: list[Leg] = field(default_factory=list)


def queue(turn: Turn, system: str) -> list[Waiting]:
    """Capsules that could be sent now, the most urgent first; one that waits for more is as urgent as its first leg."""
    jobs = turn.state.jobs
    ready = [leg for leg in assigned(turn, system) if leg.ready_ms <= turn.now_ms and _is_here(turn, leg)]
    ready.sort(key=lambda leg: (urgency(turn, jobs[leg.job]), leg.id))
    capsules: list[Waiting] = []
    open_capsules: dict[tuple[str, str, str, bool], Waiting] = {}
    for leg in ready:
        job = jobs[leg.job]
        load = turn.hospital.loads[job.load]
        slow = leg.tube is not None and leg.tube.slow
        alike = (leg.origin, leg.destination, job.load, slow)
        capsule = open_capsules.get(alike)
        if capsule is None or not _fits(turn, system, capsule, job):
            capsule = Waiting(origin=leg.origin, destination=leg.destination, slow=slow, leave_ms=_leave_ms(turn, leg))
            capsules.append(capsule)
            if load.per_capsule > 1:
                open_capsules[alike] = capsule
        capsule.legs.append(leg)
        capsule.mass_kg += job.mass_kg
        capsule.missing = load.per_capsule - len(capsule.legs)
        capsule.leave_ms = min(capsule.leave_ms, _leave_ms(turn, leg)) if capsule.missing else turn.now_ms
    return capsules


def assigned(turn: Turn, system: str) -> list[Leg]:
    """The legs that a tube system has and has not sent, in any order."""
    return [leg for leg in turn.state.for_tube if leg.tube is not None and leg.tube.system == system]


def _is_here(turn: Turn, leg: Leg) -> bool:
    """Whether the leg before this one has been delivered."""
    legs = turn.state.jobs[leg.job].legs
    return all(turn.state.legs[id].state == "delivered" for id in legs[: legs.index(leg.id)])


def _fits(turn: Turn, system: str, capsule: Waiting, job: Job) -> bool:
    return capsule.missing > 0 and capsule.mass_kg + job.mass_kg <= turn.hospital.tubes[system].payload_kg


def _leave_ms(turn: Turn, leg: Leg) -> int:
    """Until when the leg may be held for others: its priority's patience, as far as deadline and specimen allow."""
    job = turn.state.jobs[leg.job]
    patience_ms = round(turn.hospital.priorities[job.priority].share_wait_min * 60_000)
    last_leg = job.legs[-1] == leg.id
    if patience_ms == 0 or leg.tube is None or not last_leg or turn.hospital.loads[job.load].per_capsule == 1:
        return leg.ready_ms
    there_ms = job.due_ms
    specimen = turn.hospital.specimens.get(job.specimen or "")
    if specimen is not None and specimen.max_min is not None:
        there_ms = min(there_ms, job.ready_ms + round(specimen.max_min * 60_000))
    return min(leg.ready_ms + patience_ms, there_ms - leg.tube.duration_ms - SPARE_MS)
