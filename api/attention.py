"""Which jobs need a person, in which order, and the way out that is proposed for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from fleet.views import OPEN_STATES, Candidate, JobView

LATE_S = 60
SOON_S = 60
UNPROMISED_SOON_S = 600
WORTHWHILE_S = 60

Kind = Literal["trouble", "late", "soon"]
Way = Literal["locate", "send", "prioritise", "choose"]
_RANK: dict[Kind, int] = {"trouble": 0, "late": 1, "soon": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A job that needs a person.

    `slack_s` is the time that is left to the deadline after what is promised, or from now; negative: late.
    `way` is the proposed way out: somebody looks where the load is, `carrier` is sent, the job is raised to `priority`
    (the next one up, never the first), or a person chooses a carrier.
    """

    job: JobView
    kind: Kind
    slack_s: int
    way: Way
    carrier: Candidate | None = None
    priority: str | None = None


def look(job: JobView, now_ms: int, ranks: dict[str, int]) -> Need | None:
    """Judge one job; None when it goes on by itself.

    In need are: jobs in trouble; jobs that will be late by `LATE_S` or more, or whose deadline has passed; and jobs
    not yet under way with less slack than `SOON_S`, or that nobody has and are due within `UNPROMISED_SOON_S`. `ranks`
    orders the priorities, the most urgent has the lowest.
    """
    kind, slack_s = _judge(job, now_ms)
    if kind is None:
        return None
    if any(leg.state == "in_doubt" for leg in job.legs) or (job.reason is not None and job.reason.code == "in_doubt"):
        return Need(job=job, kind=kind, slack_s=slack_s, way="locate")
    better = _better(job, now_ms)
    if better is not None:
        return Need(job=job, kind=kind, slack_s=slack_s, way="send", carrier=better)
    higher = _next_up(job.priority, ranks)
    if kind != "trouble" and job.state in ("waiting", "assigned") and higher is not None:
        return Need(job=job, kind=kind, slack_s=slack_s, way="prioritise", priority=higher)
    return Need(job=job, kind=kind, slack_s=slack_s, way="choose")


def needs(jobs: Iterable[JobView], now_ms: int, ranks: dict[str, int]) -> list[Need]:
    """Return the jobs that need a person: trouble first, then late, then soon; the most urgent and tightest first."""
    found = [need for job in jobs if (need := look(job, now_ms, ranks)) is not None]
    return sorted(found, key=lambda need: order(need, ranks))


def order(need: Need, ranks: dict[str, int]) -> tuple[int, int, int, str]:
    """Return the key that sorts needs."""
    return (_RANK[need.kind], ranks.get(need.job.priority, 9), need.job.due_ms, need.job.id)


def _judge(job: JobView, now_ms: int) -> tuple[Kind | None, int]:
    if job.state not in OPEN_STATES:
        return None, 0
    promised = job.promised_ms is not None and job.slack_s is not None
    left_s = (job.due_ms - now_ms) // 1000
    slack_s = min(left_s, job.slack_s) if job.slack_s is not None and promised else left_s
    if job.state == "trouble":
        return "trouble", slack_s
    if left_s < 0 or slack_s <= -LATE_S:
        return "late", slack_s
    if slack_s < (SOON_S if promised else UNPROMISED_SOON_S) and not (promised and job.state == "under_way"):
        return "soon", slack_s
    return None, 0


def _next_up(priority: str, ranks: dict[str, int]) -> str | None:
    """Return the next priority up; the first of all is for clinicians to give, so it is never proposed."""
    first = min(ranks.values(), default=0)
    above = [id for id, rank in ranks.items() if first < rank < ranks.get(priority, 0)]
    return max(above, key=lambda id: (ranks[id], id), default=None)


def _better(job: JobView, now_ms: int) -> Candidate | None:
    """Return the weighed carrier that would deliver a minute or more before what is promised, the earliest first.

    Candidates are weighed when the job is given out and again while it needs a person; an arrival that has passed says
    nothing any more.
    """
    promised_ms = job.promised_ms
    others = [
        candidate
        for candidate in job.candidates
        if candidate.carrier
        and candidate.carrier != job.carrier
        and candidate.arrival_ms > now_ms
        and (promised_ms is None or candidate.arrival_ms <= promised_ms - WORTHWHILE_S * 1000)
    ]
    return min(others, key=lambda candidate: (candidate.arrival_ms, candidate.carrier), default=None)
