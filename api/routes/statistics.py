"""`/api/v1/statistics`: what carriers have done, how fast the dispatcher answers, how long sends by tube take."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import ANYBODY, access
from api.house import Visit
from api.problems import READ_ERRORS, documented
from api.schemas import CarrierFiguresOut, LatencyOut, StatisticsOut, TubeTimesOut

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@router.get("", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def get_statistics(visit: Visit) -> StatisticsOut:
    """Give the figures since the dispatcher started (latency) and since each carrier is known (work and ways)."""
    figures = await visit.link.statistics()
    latency = figures.latency
    return StatisticsOut(
        carriers=[
            CarrierFiguresOut(
                id=carrier.id,
                mode=carrier.mode,
                fleet=carrier.fleet,
                busy_s=carrier.busy_ms / 1000,
                loaded_m=carrier.loaded_m,
                empty_m=carrier.empty_m,
            )
            for carrier in figures.carriers
        ],
        latency=LatencyOut(
            events=latency.events,
            p50_ms=latency.p50_ms,
            p99_ms=latency.p99_ms,
            queue_p50_ms=latency.queue_p50_ms,
            queue_p99_ms=latency.queue_p99_ms,
        ),
        tube=[
            TubeTimesOut(
                group=times.group,
                id=times.id,
                sends=times.sends,
                on_time=times.on_time,
                median_s=times.median_s,
                p95_s=times.p95_s,
                emptied_p95_s=times.emptied_p95_s,
            )
            for times in figures.tube
        ],
    )
