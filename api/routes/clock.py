"""`/api/v1/clock`: site time and how fast it runs."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import ANYBODY, access
from api.house import Visit
from api.orders import IdempotencyKey, carry_out
from api.problems import READ_ERRORS, WRITE_ERRORS, documented
from api.schemas import ClockIn, ClockOut
from fleet.requests import SetClock

router = APIRouter(prefix="/api/v1/clock", tags=["clock"])


@router.get("", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def get_clock(visit: Visit) -> ClockOut:
    """Tell site time now."""
    return visit.present.clock(visit.link)


@router.put("", responses=documented(*WRITE_ERRORS))
@access(roles=("dispatcher", "technician", "planner"), log="ledger")
async def set_clock(visit: Visit, body: ClockIn, key: IdempotencyKey = None) -> ClockOut:
    """Let site time run faster or slower; with simulated carriers only."""
    await carry_out(visit, SetClock(body.factor), key)
    clock = visit.present.clock(visit.link)
    return clock.model_copy(update={"factor": body.factor})
