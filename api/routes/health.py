"""`/api/v1/health` and `/api/v1/ready`: whether the process lives, and whether it can serve."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import ANYBODY, access
from api.house import Visit
from api.problems import documented, refuse
from api.schemas import HealthOut
from api.times import to_datetime

router = APIRouter(prefix="/api/v1", tags=["health"])


@router.get("/health", responses=documented(403, 421, 500))
@access(roles=ANYBODY, log="none")
async def health(visit: Visit) -> HealthOut:
    """Tell that the process lives, and whether it hears the dispatcher."""
    lost_ms = visit.link.lost_ms
    return HealthOut(
        status="ok",
        dispatcher="connected" if visit.link.connected else "away",
        since=None if lost_ms is None else to_datetime(lost_ms, visit.directory.zone),
    )


@router.get("/ready", responses=documented(403, 421, 500, 503))
@access(roles=ANYBODY, log="none")
async def ready(visit: Visit) -> HealthOut:
    """Answer 200 once the dispatcher has been heard and orders can be taken, else 503."""
    if not visit.link.connected:
        raise refuse(
            503,
            "not_ready",
            "",
            da="Tjenesten er ved at starte eller venter på disponeringen. Prøv igen om lidt.",
            en="The service is starting, or waits for the dispatcher. Try again shortly.",
            retry_s=2,
        )
    return await health(visit)
