"""`/api/v1/statistics`: what carriers have done, and how fast the dispatcher answers."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import ANYBODY, access
from api.house import Visit
from api.problems import READ_ERRORS, documented
from api.schemas import CarrierFiguresOut, LatencyOut, StatisticsOut

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
    )
