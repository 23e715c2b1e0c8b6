"""`/api/v1/carriers`: robots, porters and tubes; out of service and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.access import ANYBODY, access
from api.house import Visit
from api.orders import IdempotencyKey, carry_out
from api.problems import READ_ERRORS, WRITE_ERRORS, documented, refuse
from api.schemas import CarrierOut, CarriersOut, DoneOut, Name, OutOfServiceIn
from fleet.requests import CarrierBack
from fleet.requests import CarrierOut as TakeOut
from fleet.views import CarrierView, ModeName

router = APIRouter(prefix="/api/v1/carriers", tags=["carriers"])
CarrierId = Annotated[Name, Path(alias="id", description="Id of a robot, porter, tube, tube line or lift.")]


@router.get("", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def list_carriers(visit: Visit, mode: ModeName | None = None, floor: Name | None = None) -> CarriersOut:
    """List carriers as they are now."""
    found = [
        visit.present.carrier(view)
        for _, view in sorted(visit.link.live.carriers.items())
        if mode in (None, view.mode) and floor in (None, view.floor)
    ]
    return CarriersOut(carriers=found)


@router.get("/{id}", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def get_carrier(visit: Visit, carrier_id: CarrierId) -> CarrierOut:
    """Look up one carrier."""
    return visit.present.carrier(find_carrier(visit, carrier_id))


@router.post("/{id}/out-of-service", responses=documented(*WRITE_ERRORS))
@access(roles=("dispatcher", "technician"), log="ledger")
async def take_out(visit: Visit, carrier_id: CarrierId, body: OutOfServiceIn, key: IdempotencyKey = None) -> DoneOut:
    """Take a carrier out of service. What it has not picked up goes to others."""
    _, accepted = await carry_out(visit, TakeOut(carrier_id, body.reason), key)
    return DoneOut(id=carrier_id, seq=accepted.seq)


@router.post("/{id}/back", responses=documented(*WRITE_ERRORS))
@access(roles=("dispatcher", "technician"), log="ledger")
async def put_back(visit: Visit, carrier_id: CarrierId, key: IdempotencyKey = None) -> DoneOut:
    """Put a carrier back into service."""
    _, accepted = await carry_out(visit, CarrierBack(carrier_id), key)
    return DoneOut(id=carrier_id, seq=accepted.seq)


def find_carrier(visit: Visit, carrier_id: str) -> CarrierView:
    """Return a carrier as it is now. Raises `Problem` 404."""
    view = visit.link.live.carriers.get(carrier_id)
    if view is None:
        raise refuse(
            404,
            "unknown_carrier",
            "id",
            da="Der er ingen robot, portør eller rørpost med det navn. Find den på listen.",
            en="There is no robot, porter or tube with that name. Find it in the list.",
        )
    return view
