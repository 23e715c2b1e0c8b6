"""`/api/v1/omlox/v2`: equipment as an omlox hub would tell of it, to be read only."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from api.access import ANYBODY, access
from api.equipment.omlox import (
    FenceOut,
    LocationOut,
    Plan,
    ProviderOut,
    TrackableOut,
    ZoneOut,
    provider,
    provider_id,
    trackable,
    trackable_id,
)
from api.house import Visit, VisitContext
from api.problems import READ_ERRORS, Problem, documented, refuse
from api.schemas import Name
from equipment_tracking.views import AssetView

router = APIRouter(prefix="/api/v1/omlox/v2", tags=["omlox"], responses=documented(*READ_ERRORS))
Id = Annotated[UUID, Path(alias="id")]
ProviderId = Annotated[Name, Path(alias="id", examples=["C30000000001"])]


@router.get("/trackables")
@access(roles=ANYBODY, log="none")
async def trackable_ids(visit: Visit) -> list[UUID]:
    """List the ids of all trackables: one an asset, made from its GIAI."""
    return [trackable_id(asset.id) for asset in await visit.house.trackables.all()]


@router.get("/trackables/summary")
@access(roles=ANYBODY, log="none")
async def trackables(visit: Visit) -> list[TrackableOut]:
    """List all trackables."""
    return [trackable(asset) for asset in await visit.house.trackables.all()]


@router.get("/trackables/{id}")
@access(roles=ANYBODY, log="none")
async def get_trackable(visit: Visit, trackable_uuid: Id) -> TrackableOut:
    """Look up a trackable."""
    return trackable(await _tracked(visit, trackable_uuid))


@router.get("/trackables/{id}/location")
@access(roles=ANYBODY, log="none")
async def get_trackable_location(visit: Visit, trackable_uuid: Id) -> LocationOut:
    """Tell where a trackable is; 404 while nobody is sure enough for a point."""
    return _located(visit, await _tracked(visit, trackable_uuid))


@router.get("/providers")
@access(roles=ANYBODY, log="none")
async def provider_ids(visit: Visit) -> list[str]:
    """List the ids of all location providers: the tags, and a virtual one for each asset without."""
    return [provider_id(asset) for asset in await visit.house.trackables.all()]


@router.get("/providers/summary")
@access(roles=ANYBODY, log="none")
async def providers(visit: Visit) -> list[ProviderOut]:
    """List all location providers."""
    return [provider(asset) for asset in await visit.house.trackables.all()]


@router.get("/providers/{id}")
@access(roles=ANYBODY, log="none")
async def get_provider(visit: Visit, provider_key: ProviderId) -> ProviderOut:
    """Look up a location provider."""
    return provider(await _provided(visit, provider_key))


@router.get("/providers/{id}/location")
@access(roles=ANYBODY, log="none")
async def get_provider_location(visit: Visit, provider_key: ProviderId) -> LocationOut:
    """Tell where a location provider is; 404 while nobody is sure enough for a point."""
    return _located(visit, await _provided(visit, provider_key))


@router.get("/zones")
@access(roles=ANYBODY, log="none")
async def zone_ids(visit: Visit) -> list[UUID]:
    """List the ids of all zones: the floors."""
    return [zone.id for zone in Plan(visit.directory).zones(visit.language)]


@router.get("/zones/summary")
@access(roles=ANYBODY, log="none")
async def zones(visit: Visit) -> list[ZoneOut]:
    """List all zones."""
    return Plan(visit.directory).zones(visit.language)


@router.get("/fences")
@access(roles=ANYBODY, log="none")
async def fence_ids(visit: Visit) -> list[UUID]:
    """List the ids of all fences: the rooms."""
    plan = Plan(visit.directory)
    return [plan.fence_id(room) for room in visit.directory.layout.rooms]


@router.get("/fences/summary")
@access(roles=ANYBODY, log="none")
async def fences(visit: Visit) -> list[FenceOut]:
    """List all fences."""
    return Plan(visit.directory).fences(visit.language)


async def _tracked(visit: VisitContext, id: UUID) -> AssetView:
    found = await visit.house.trackables.by_id(id)
    if found is None:
        raise _unknown("trackable")
    return found


async def _provided(visit: VisitContext, id: str) -> AssetView:
    found = await visit.house.trackables.by_provider(id)
    if found is None:
        raise _unknown("provider")
    return found


def _located(visit: VisitContext, asset: AssetView) -> LocationOut:
    location = Plan(visit.directory).location(asset)
    if location is None:
        raise refuse(
            404,
            "not_located",
            "id",
            da="Ingen ved sikkert nok, hvor det er, til at vise et punkt. Se trackable: properties.known.",
            en="Nobody is sure enough where it is to show a point. See the trackable: properties.known.",
        )
    return location


def _unknown(what: str) -> Problem:
    return refuse(
        404,
        f"unknown_{what}",
        "id",
        da="Det findes ikke. Se listen.",
        en="There is no such thing. See the list.",
    )
