"""`/api/v1/equipment/{id}/…`: what people do with one asset; each step is answered with how the asset is now."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import access
from api.equipment.asking import bring as have_brought
from api.equipment.asking import fetch as have_fetched
from api.equipment.asking import instant_ms, made_id, place_id, step, ward_id
from api.equipment.bodies import (
    BringIn,
    CleanedIn,
    ConfirmIn,
    DefectIn,
    EvidenceIn,
    FetchIn,
    LendIn,
    PlaceIn,
    PutDownIn,
    QuarantineIn,
    RepairedIn,
    ReserveIn,
    RetireIn,
    SafetyTestIn,
    TakeIn,
)
from api.equipment.schemas import StepOut
from api.house import Visit
from api.orders import IdempotencyKey
from api.problems import WRITE_ERRORS, documented
from api.routes.equipment import AssetId
from api.times import to_ms
from equipment_tracking.pool import requests as ask
from site_models.schema.site import Role

router = APIRouter(prefix="/api/v1/equipment/{id:path}", tags=["equipment"], responses=documented(*WRITE_ERRORS))
WARD: tuple[Role, ...] = ("dispatcher", "clinician", "porter")
HANDS: tuple[Role, ...] = (*WARD, "technician")
SERVICE: tuple[Role, ...] = ("technician",)
REGISTER: tuple[Role, ...] = ("technician", "dispatcher")


@router.post("/take")
@access(roles=WARD, log="ledger")
async def take(visit: Visit, asset_id: AssetId, body: TakeIn, key: IdempotencyKey = None) -> StepOut:
    """Take a ready one into use. Whoever comes second is refused (409) and offered those that are still free."""
    ward, others = ward_id(visit, body.ward), tuple(body.candidates)
    return await step(visit, asset_id, key, lambda asset: ask.Take(asset, ward, body.emergency, others, body.evidence))


@router.post("/reserve")
@access(roles=WARD, log="ledger")
async def reserve(visit: Visit, asset_id: AssetId, body: ReserveIn, key: IdempotencyKey = None) -> StepOut:
    """Keep a ready one for a ward, for a limited time."""
    ward, others, id = ward_id(visit, body.ward), tuple(body.candidates), made_id(visit, key)
    return await step(visit, asset_id, key, lambda asset: ask.Reserve(id, asset, ward, instant_ms(body.until), others))


@router.post("/lend")
@access(roles=WARD, log="ledger")
async def lend(visit: Visit, asset_id: AssetId, body: LendIn, key: IdempotencyKey = None) -> StepOut:
    """Lend a ready one to a ward until it is due back."""
    ward, others, id = ward_id(visit, body.ward), tuple(body.candidates), made_id(visit, key)
    return await step(visit, asset_id, key, lambda asset: ask.Lend(id, asset, ward, to_ms(body.due), others))


@router.post("/bring")
@access(roles=WARD, log="ledger")
async def bring(visit: Visit, asset_id: AssetId, body: BringIn, key: IdempotencyKey = None) -> StepOut:
    """Have a ready one brought to a ward by robot or porter; it is kept for that ward on the way."""
    return await have_brought(visit, asset_id, body, key)


@router.post("/fetch")
@access(roles=WARD, log="ledger")
async def fetch(visit: Visit, asset_id: AssetId, body: FetchIn | None = None, key: IdempotencyKey = None) -> StepOut:
    """Have it carried away: home, or to be cleaned."""
    return await have_fetched(visit, asset_id, body or FetchIn(), key)


@router.post("/put-down")
@access(roles=WARD, log="ledger")
async def put_down(
    visit: Visit, asset_id: AssetId, body: PutDownIn | None = None, key: IdempotencyKey = None
) -> StepOut:
    """Say that it is no longer in use, or not clean after all."""
    said = body or PutDownIn()
    return await step(visit, asset_id, key, lambda asset: ask.PutDown(asset, said.wiped, said.evidence))


@router.post("/to-cleaning")
@access(roles=HANDS, log="ledger")
async def to_cleaning(visit: Visit, asset_id: AssetId, key: IdempotencyKey = None) -> StepOut:
    """Say that one takes it to cleaning; `fetch` with `to_cleaning` has it carried."""
    return await step(visit, asset_id, key, ask.SendToCleaning)


@router.post("/cleaned")
@access(roles=HANDS, log="ledger")
async def cleaned(visit: Visit, asset_id: AssetId, body: CleanedIn, key: IdempotencyKey = None) -> StepOut:
    """Say that one has cleaned it, and how."""
    return await step(visit, asset_id, key, lambda asset: ask.MarkCleaned(asset, body.method))


@router.post("/confirm")
@access(roles=HANDS, log="ledger")
async def confirm(visit: Visit, asset_id: AssetId, body: ConfirmIn, key: IdempotencyKey = None) -> StepOut:
    """Confirm that a clean one is checked, charged or complete; with the last of them it is ready."""
    return await step(visit, asset_id, key, lambda asset: ask.Confirm(asset, tuple(body.what)))


@router.post("/quarantine")
@access(roles=HANDS, log="ledger")
async def quarantine(visit: Visit, asset_id: AssetId, body: QuarantineIn, key: IdempotencyKey = None) -> StepOut:
    """Withdraw it from use until somebody has looked at it."""
    return await step(visit, asset_id, key, lambda asset: ask.Quarantine(asset, body.reason))


@router.post("/lift-quarantine")
@access(roles=SERVICE, log="ledger")
async def lift_quarantine(visit: Visit, asset_id: AssetId, key: IdempotencyKey = None) -> StepOut:
    """Let it back after having looked at it; it is cleaned and confirmed anew."""
    return await step(visit, asset_id, key, ask.LiftQuarantine)


@router.post("/defect")
@access(roles=HANDS, log="ledger")
async def defect(visit: Visit, asset_id: AssetId, body: DefectIn, key: IdempotencyKey = None) -> StepOut:
    """Report a fault: it is out of the pool until technical service has released it."""
    return await step(visit, asset_id, key, lambda asset: ask.ReportDefect(asset, body.fault, body.picture))


@router.post("/received")
@access(roles=SERVICE, log="ledger")
async def received(
    visit: Visit, asset_id: AssetId, body: EvidenceIn | None = None, key: IdempotencyKey = None
) -> StepOut:
    """Receive a defective one in technical service."""
    evidence = (body or EvidenceIn()).evidence
    return await step(visit, asset_id, key, lambda asset: ask.Receive(asset, evidence))


@router.post("/repaired")
@access(roles=SERVICE, log="ledger")
async def repaired(
    visit: Visit, asset_id: AssetId, body: RepairedIn | None = None, key: IdempotencyKey = None
) -> StepOut:
    """Say that it is repaired; it is tested before it is released."""
    work = body.work if body else ""
    return await step(visit, asset_id, key, lambda asset: ask.Repair(asset, work))


@router.post("/safety-test")
@access(roles=SERVICE, log="ledger")
async def safety_test(visit: Visit, asset_id: AssetId, body: SafetyTestIn, key: IdempotencyKey = None) -> StepOut:
    """Say what the electrical safety test said."""
    return await step(visit, asset_id, key, lambda asset: ask.TestSafety(asset, body.passed))


@router.post("/release")
@access(roles=SERVICE, log="ledger")
async def release(visit: Visit, asset_id: AssetId, key: IdempotencyKey = None) -> StepOut:
    """Give it back to the pool and answer for it by name."""
    return await step(visit, asset_id, key, ask.Release)


@router.post("/lost")
@access(roles=HANDS, log="ledger")
async def lost(visit: Visit, asset_id: AssetId, key: IdempotencyKey = None) -> StepOut:
    """Say that one has looked for it and not found it."""
    return await step(visit, asset_id, key, ask.ReportLost)


@router.post("/found")
@access(roles=HANDS, log="ledger")
async def found(visit: Visit, asset_id: AssetId, key: IdempotencyKey = None) -> StepOut:
    """Say that a lost one has turned up."""
    return await step(visit, asset_id, key, ask.ReportFound)


@router.post("/here")
@access(roles=HANDS, log="ledger")
async def here(visit: Visit, asset_id: AssetId, body: PlaceIn, key: IdempotencyKey = None) -> StepOut:
    """Say that one sees it at a place."""
    return await _say_where(visit, asset_id, body, key, here=True)


@router.post("/not-here")
@access(roles=HANDS, log="ledger")
async def not_here(visit: Visit, asset_id: AssetId, body: PlaceIn, key: IdempotencyKey = None) -> StepOut:
    """Say that one has looked and that it is not at a place."""
    return await _say_where(visit, asset_id, body, key, here=False)


@router.post("/confirm-suggestion")
@access(roles=HANDS, log="ledger")
async def confirm_suggestion(
    visit: Visit, asset_id: AssetId, body: EvidenceIn | None = None, key: IdempotencyKey = None
) -> StepOut:
    """Say that what its room makes likely is so."""
    evidence = (body or EvidenceIn()).evidence
    return await step(visit, asset_id, key, lambda asset: ask.ConfirmSuggestion(asset, evidence))


@router.post("/dismiss-suggestion")
@access(roles=HANDS, log="ledger")
async def dismiss_suggestion(visit: Visit, asset_id: AssetId, key: IdempotencyKey = None) -> StepOut:
    """Say that what its room makes likely is not so."""
    return await step(visit, asset_id, key, ask.DismissSuggestion)


@router.post("/retire")
@access(roles=REGISTER, log="ledger")
async def retire(visit: Visit, asset_id: AssetId, body: RetireIn, key: IdempotencyKey = None) -> StepOut:
    """Take it out of register and pool for good; what happened to it stays in the ledger."""
    return await step(visit, asset_id, key, lambda asset: ask.Retire(asset, body.reason))


async def _say_where(visit: Visit, asset_id: str, body: PlaceIn, key: str | None, *, here: bool) -> StepOut:
    place = place_id(visit, body.place)
    return await step(visit, asset_id, key, lambda asset: ask.SayWhere(asset, place, here, body.evidence))
