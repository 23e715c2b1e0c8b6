"""`/api/v1/equipment/…`: what concerns no single asset: loans, reservations, transports, levels, recalls, alarms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.access import access
from api.equipment.asking import carry_out, made_id, place_id, ward_id
from api.equipment.bodies import CountIn, RecallIn, WipedIn, WithdrawIn
from api.equipment.schemas import StepOut
from api.house import Visit
from api.orders import IdempotencyKey
from api.problems import WRITE_ERRORS, documented
from api.routes.equipment_steps import HANDS, REGISTER, WARD
from api.schemas import Name
from equipment_tracking.pool import requests as ask
from site_models.schema.site import Role

router = APIRouter(prefix="/api/v1/equipment", tags=["equipment"], responses=documented(*WRITE_ERRORS))
LEVELS: tuple[Role, ...] = ("dispatcher", "planner")
Id = Annotated[Name, Path(alias="id")]
TypeId = Annotated[Name, Path(alias="type", description="An id from `types`.", examples=["infusion_pump"])]


@router.delete("/reservations/{id}")
@access(roles=WARD, log="ledger")
async def cancel_reservation(visit: Visit, reservation: Id, key: IdempotencyKey = None) -> StepOut:
    """Let others have it again."""
    return await carry_out(visit, ask.CancelReservation(reservation), key)


@router.post("/loans/{id}/give-back")
@access(roles=WARD, log="ledger")
async def give_back(visit: Visit, loan: Id, body: WipedIn | None = None, key: IdempotencyKey = None) -> StepOut:
    """Give back what one has borrowed."""
    return await carry_out(visit, ask.GiveBack(loan, bool(body and body.wiped)), key)


@router.post("/transports/{id}/withdraw")
@access(roles=WARD, log="ledger")
async def withdraw(visit: Visit, transport: Id, body: WithdrawIn | None = None, key: IdempotencyKey = None) -> StepOut:
    """Say that a transport is not needed any more."""
    return await carry_out(visit, ask.WithdrawTransport(transport, body.reason if body else ""), key)


@router.put("/levels/par/{ward}/{type}")
@access(roles=LEVELS, log="ledger")
async def set_par(
    visit: Visit,
    ward: Annotated[Name, Path(description="Id or name.", examples=["S0"])],
    asset_type: TypeId,
    body: CountIn,
    key: IdempotencyKey = None,
) -> StepOut:
    """Set how many ready ones of a type a ward shall have; 0 ends it."""
    return await carry_out(visit, ask.SetPar(ward_id(visit, ward), asset_type, body.count), key)


@router.put("/levels/emergency/{place}/{type}")
@access(roles=LEVELS, log="ledger")
async def set_emergency(
    visit: Visit,
    place: Annotated[Name, Path(description="Room or station: id or name.", examples=["S0-utility-clean"])],
    asset_type: TypeId,
    body: CountIn,
    key: IdempotencyKey = None,
) -> StepOut:
    """Set how many ready ones of a type a place keeps back for emergencies; 0 ends it."""
    return await carry_out(visit, ask.SetEmergency(place_id(visit, place), asset_type, body.count), key)


@router.post("/recalls", status_code=201)
@access(roles=REGISTER, log="ledger")
async def start_recall(visit: Visit, body: RecallIn, key: IdempotencyKey = None) -> StepOut:
    """Call back a batch: all of it is quarantined, what is in use as soon as it is put down."""
    request = ask.StartRecall(
        id=made_id(visit, key),
        reason=body.reason,
        asset_type=body.type,
        gtin=body.gtin,
        serial_from=body.serial_from,
        serial_to=body.serial_to,
    )
    return await carry_out(visit, request, key)


@router.delete("/recalls/{id}")
@access(roles=REGISTER, log="ledger")
async def end_recall(visit: Visit, recall: Id, key: IdempotencyKey = None) -> StepOut:
    """Say that a batch needs no more watching; what is quarantined stays so until a person lifts it."""
    return await carry_out(visit, ask.EndRecall(recall), key)


@router.post("/alarms/{id:path}/seen")
@access(roles=HANDS, log="ledger")
async def see_alarm(
    visit: Visit,
    alarm: Annotated[Name, Path(alias="id", examples=["hoarding:S0/infusion_pump"])],
    key: IdempotencyKey = None,
) -> StepOut:
    """Say that one has seen an alarm; it stays until its cause ends."""
    return await carry_out(visit, ask.SeeAlarm(alarm), key)
