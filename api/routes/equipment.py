"""`/api/v1/equipment`: find shared equipment, look it up, and see the pool, a ward, a floor and the gateways."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, Field

from api.access import ANYBODY, access
from api.equipment.asking import look_up, place_id, ward_id
from api.equipment.schemas import (
    AlarmsOut,
    AssetWithHistoryOut,
    EquipmentOut,
    FloorMapOut,
    LocatorOut,
    PoolOut,
    TypesOut,
    WardOut,
)
from api.house import Visit, VisitContext
from api.privacy import holds_control
from api.problems import READ_ERRORS, Problem, documented, refuse
from api.schemas import Name
from equipment_tracking import queries as ask
from equipment_tracking.pool.model import ItemState
from equipment_tracking.register.assets import PumpKind
from equipment_tracking.views import Assets, FloorMap, Found, LocatorView, PoolView, Types, WardView

router = APIRouter(prefix="/api/v1/equipment", tags=["equipment"])
MAX_PAGE = 500
NEAREST = 10
PAGE = 50
BETWEEN_KEYS = "\x1d"
"""What a scanner sends between the parts of a GS1 label."""


def check_scanned(text: str) -> str:
    """Refuse invisible characters other than the separator of a label."""
    if holds_control(text.replace(BETWEEN_KEYS, "")):
        raise ValueError("holds control characters")
    return text


AssetId = Annotated[
    str,
    Field(min_length=1, max_length=200),
    AfterValidator(check_scanned),
    Path(
        alias="id",
        description="GIAI, tag, serial number, or what a scanner read (GS1 element string or Digital Link).",
        examples=["5712345P1"],
    ),
]
AssetType = Annotated[Name | None, Query(alias="type", description="An id from `types`.", examples=["infusion_pump"])]


@router.get("", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def find(  # noqa: PLR0917  # each is a filter
    visit: Visit,
    asset_type: AssetType = None,
    near: Annotated[
        Name | None,
        Query(description="Room, station or ward (id or name) that one walks from: the nearest come first."),
    ] = None,
    state: Annotated[
        list[ItemState] | None,
        Query(description="Any of these; may be repeated. A search looks for ready ones, a list for all."),
    ] = None,
    ward: Annotated[Name | None, Query(description="The owner: id or name.")] = None,
    at: Annotated[Name | None, Query(description="Where it is: room or ward, id or name. Of a list only.")] = None,
    carries_kg: Annotated[float | None, Query(gt=0, le=2_000, description="Bears at least so much.")] = None,
    paediatric: bool | None = None,
    pump: PumpKind | None = None,
    mr_conditional: bool | None = None,
    text: Annotated[Name | None, Query(description="Every word stands in id, name, serial number or type.")] = None,
    cursor: Annotated[Name | None, Query(description="`next_cursor` of the page before. Of a list only.")] = None,
    limit: Annotated[int | None, Query(ge=1, le=MAX_PAGE, description="10 for a search, 50 for a list.")] = None,
) -> EquipmentOut:
    """Find what may be had nearest to `near`, by expected walking time; without `near` list equipment by id."""
    owner = ward and ward_id(visit, ward)
    traits = (carries_kg, paediatric, pump, mr_conditional)
    if near is None:
        if any(trait is not None for trait in traits):
            raise _only_in_a_search()
        listing = ask.ListAssets(
            asset_type=asset_type,
            states=tuple(state or ()),
            ward=owner,
            at=at and place_id(visit, at),
            text=text or "",
            after=cursor or "",
            limit=limit or PAGE,
        )
        return visit.present_equipment.listed(await visit.equipment.ask(visit.actor, listing, Assets))
    search = ask.Find(
        near=place_id(visit, near),
        asset_type=asset_type,
        states=tuple(state or ("ready",)),
        ward=owner,
        carries_kg=carries_kg,
        paediatric=paediatric,
        pump=pump,
        mr_conditional=mr_conditional,
        text=text or "",
        limit=limit or NEAREST,
    )
    return visit.present_equipment.found(await visit.equipment.ask(visit.actor, search, Found))


@router.get("/types", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def types(visit: Visit) -> TypesOut:
    """List the types of equipment in the order in which people choose among them."""
    return visit.present_equipment.types(await visit.equipment.ask(visit.actor, ask.GetTypes(), Types))


@router.get("/pool", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def pool(visit: Visit) -> PoolOut:
    """Show the whole pool: counts by type and state, par levels, reserves, the pick list, loans, recalls, alarms."""
    return visit.present_equipment.pool(await _pool(visit))


@router.get("/alarms", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def alarms(visit: Visit) -> AlarmsOut:
    """List what a person should see to, the oldest first."""
    return AlarmsOut(alarms=visit.present_equipment.alarms((await _pool(visit)).alarms))


@router.get("/wards/{ward}", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def ward(visit: Visit, ward: Annotated[Name, Path(description="Id or name.", examples=["S0"])]) -> WardOut:
    """Show a ward's view: its levels, what is there, what it has borrowed, what is away, and what to bring it."""
    view = await visit.equipment.ask(visit.actor, ask.GetWard(ward_id(visit, ward)), WardView)
    return visit.present_equipment.ward(view)


@router.get("/floors/{floor}", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def floor(
    visit: Visit, floor: Annotated[Name, Path(examples=["0"])], asset_type: AssetType = None, text: Name | None = None
) -> FloorMapOut:
    """Show what is on a floor, as far as one may put a dot, and count what nobody can place."""
    if floor not in visit.directory.floors:
        raise refuse(
            404,
            "unknown_floor",
            "floor",
            da="Den etage findes ikke. Se /api/v1/site.",
            en="There is no such floor. See /api/v1/site.",
        )
    asked = ask.GetFloor(floor, asset_type=asset_type, text=text or "")
    return visit.present_equipment.floor(await visit.equipment.ask(visit.actor, asked, FloorMap))


@router.get("/locator", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def locator(visit: Visit) -> LocatorOut:
    """Tell how locating goes: tags heard, what is refused, and the health of every gateway."""
    return visit.present_equipment.locator(await visit.equipment.ask(visit.actor, ask.GetLocator(), LocatorView))


last = APIRouter(prefix="/api/v1/equipment", tags=["equipment"])
"""An id may hold slashes, so it is tried after everything else."""


@last.get("/{id:path}", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def get_asset(visit: Visit, asset_id: AssetId) -> AssetWithHistoryOut:
    """Look up an asset: what it is, in which state, where, who has a claim to it, and the last 500 events of it."""
    view = await look_up(visit, asset_id)
    history = await visit.equipment_records.history(view.id)
    return visit.present_equipment.asset_with_history(view, history, visit.link.now_ms)


async def _pool(visit: VisitContext) -> PoolView:
    return await visit.equipment.ask(visit.actor, ask.GetPool(), PoolView)


def _only_in_a_search() -> Problem:
    return refuse(
        422,
        "near_missing",
        "near",
        da="Bæreevne, pumpetype, børneudstyr og MR-egnethed kan der kun søges på med et sted: angiv near.",
        en="Load, kind of pump, paediatric and MR conditional are for a search from a place: give near.",
    )
