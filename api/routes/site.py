"""`/api/v1/site`: the hospital as data for clients, and its floors as drawings that browsers keep."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.access import ANYBODY, access
from api.directory import Directory
from api.house import Visit
from api.pages import static_address
from api.problems import READ_ERRORS, documented, refuse
from api.schemas import (
    FloorOut,
    LoadOut,
    Name,
    NamedOut,
    PriorityOut,
    SiteOut,
    StaffOut,
    StationOut,
)
from api.texts import LANGUAGES, Language
from site_models.schema.base import Text

router = APIRouter(prefix="/api/v1/site", tags=["site"])
SVG = "image/svg+xml"
FOR_GOOD = "public, max-age=31536000, immutable"
CHECK_AGAIN = "public, no-cache"


@router.get("", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def get_site(visit: Visit) -> SiteOut:
    """Describe the site: floors, stations, loads, priorities, and the staff who may act."""
    return describe(visit.directory, await visit.stations_in_use())


@router.get("/floors", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def list_floors(visit: Visit) -> list[FloorOut]:
    """List the floors from the lowest to the highest."""
    return floors(visit.directory)


@router.get(
    "/floors/{id}.svg",
    response_class=Response,
    responses={
        200: {"content": {SVG: {"schema": {"type": "string"}}}},
        304: {"description": "The browser has it already."},
        **documented(*READ_ERRORS),
    },
)
@access(roles=ANYBODY, log="none")
async def get_floor(
    visit: Visit,
    request: Request,
    floor_id: Annotated[Name, Path(alias="id")],
    language: Annotated[Language | None, Query(alias="lang")] = None,
    version: Annotated[
        str | None, Query(alias="v", max_length=64, description="With it the answer never changes.")
    ] = None,
) -> Response:
    """Draw a floor. Coordinates are metres; the site's y axis points north."""
    if floor_id not in visit.directory.floors:
        raise refuse(
            404,
            "unknown_floor",
            "id",
            da="Den etage findes ikke. Se /api/v1/site.",
            en="There is no such floor. See /api/v1/site.",
        )
    drawing = visit.house.faces.drawings.floor(floor_id, language or visit.language).svg
    tag = '"' + hashlib.sha256(drawing.encode()).hexdigest()[:20] + '"'
    headers = {"ETag": tag, "Cache-Control": FOR_GOOD if version and language else CHECK_AGAIN}
    if not language:
        headers["Vary"] = "Accept-Language, Cookie"
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(
        f'<?xml-stylesheet href="{static_address()}/look.css"?>\n{drawing}', headers=headers, media_type=SVG
    )


def floors(directory: Directory) -> list[FloorOut]:
    """Write the floors for clients, from the lowest to the highest."""
    version = directory.layout.version
    return [
        FloorOut(
            id=floor.id,
            name=_both(floor.name),
            elevation_m=floor.elevation_m,
            svg=f"/api/v1/site/floors/{floor.id}.svg?v={version}",
        )
        for floor in directory.floors.values()
    ]


def describe(directory: Directory, in_use: frozenset[str]) -> SiteOut:
    """Write the site for clients; `in_use` are the stations that are open by now."""
    site = directory.site
    return SiteOut(
        id=site.site.id,
        name=_both(site.site.name),
        timezone=site.site.timezone,
        version=directory.layout.version,
        floors=floors(directory),
        stations=[
            StationOut(
                id=id,
                name={language: directory.station(id, language) for language in LANGUAGES},
                floor=directory.floor_of(id),
                ward=station.ward,
                kinds=list(station.kinds),
                slots=station.slots,
                opens=station.opens,
                in_use=id in in_use,
            )
            for id, station in sorted(directory.stations.items())
        ],
        loads=[
            LoadOut(
                id=load.id,
                name=_both(load.name),
                modes=list(load.modes),
                priority=load.priority,
                mass_kg=load.mass_kg,
                person=load.person,
                specimen_table=load.specimen_table,
            )
            for load in site.loads
        ],
        specimens=[NamedOut(id=item.id, name=_both(item.name)) for item in site.specimens],
        precautions=[NamedOut(id=item.id, name=_both(item.name)) for item in site.precautions],
        priorities=[
            PriorityOut(id=item.id, name=_both(item.name), rank=item.rank, target_min=item.target_min)
            for item in directory.priorities.values()
        ],
        staff=[StaffOut(id=item.id, name=item.name, roles=list(item.roles), ward=item.ward) for item in site.staff],
    )


def _both(text: Text) -> dict[str, str]:
    return {language: getattr(text, language) for language in LANGUAGES}
