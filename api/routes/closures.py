"""`/api/v1/closures`: what is closed, and closing and reopening it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.access import ANYBODY, access
from api.house import Visit
from api.orders import IdempotencyKey, carry_out
from api.problems import READ_ERRORS, WRITE_ERRORS, documented
from api.schemas import ClosureIn, ClosuresOut, DoneOut, Name
from api.times import to_ms
from fleet.requests import Close, Reopen

router = APIRouter(prefix="/api/v1/closures", tags=["closures"])
ClosureId = Annotated[Name, Path(alias="id", description="Id of the closure.")]


@router.get("", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def list_closures(visit: Visit) -> ClosuresOut:
    """List what is closed now."""
    return ClosuresOut(closures=[visit.present.closure(view) for _, view in sorted(visit.link.live.closures.items())])


@router.post("", status_code=201, responses=documented(*WRITE_ERRORS))
@access(roles=("dispatcher", "technician"), log="ledger")
async def close(visit: Visit, body: ClosureIn, key: IdempotencyKey = None) -> DoneOut:
    """Close a corridor, door, zone, room, floor or lift, until a time or until reopened."""
    until_ms = None if body.until is None else to_ms(body.until)
    _, accepted = await carry_out(visit, Close(body.target, body.reason, until_ms), key)
    return DoneOut(id=accepted.id, seq=accepted.seq)


@router.delete("/{id}", responses=documented(*WRITE_ERRORS))
@access(roles=("dispatcher", "technician"), log="ledger")
async def reopen(visit: Visit, closure_id: ClosureId, key: IdempotencyKey = None) -> DoneOut:
    """End a closure."""
    _, accepted = await carry_out(visit, Reopen(closure_id), key)
    return DoneOut(id=closure_id, seq=accepted.seq)
