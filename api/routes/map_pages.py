"""`/map`: a floor with its carriers, lifts and closures, and the list that says the same."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.access import ANYBODY, access
from api.house import Visit, VisitContext
from api.overview import aside_values, done_sentence, map_values
from api.routes.job_pages import said
from api.texts import N_
from fleet.requests import Violation

router = APIRouter(include_in_schema=False)


@router.get("/map")
@access(roles=ANYBODY, log="none")
async def map_page(
    visit: Visit,
    floor: Annotated[str, Query(max_length=64)] = "",
    carrier: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """Show a floor; with a carrier also its stops and route."""
    return show_map(visit, floor or None, carrier or None)


def show_map(
    visit: VisitContext,
    floor: str | None,
    carrier: str | None,
    problems: Sequence[Violation] = (),
    status: int = 200,
) -> HTMLResponse:
    """Show the map, with what was refused."""
    live = visit.link.live
    values = map_values(visit, floor, carrier, "/map")
    return visit.page(
        "map.html",
        status,
        jobs=live.jobs,
        lifts=sorted(live.lifts.values(), key=lambda view: (view.status == "free", view.id)),
        stops=[stop for stop, _ in groupby(values["chosen"].stops)] if values["chosen"] else [],
        closable=_closable(visit, values["floor"]),
        key=secrets.token_urlsafe(9),
        problems=said(visit, problems),
        done_sentence=done_sentence(visit),
        **values,
        **aside_values(visit),
    )


def _closable(visit: VisitContext, floor: str) -> list[tuple[str, list[str]]]:
    site = visit.directory.site
    here = visit.directory.floors[floor]
    return [
        (N_("Corridors on this floor"), [item.id for item in here.corridors]),
        (N_("Doors on this floor"), [item.id for item in site.doors if item.floor == floor]),
        (N_("Lifts"), [item.id for item in site.lifts]),
        (N_("Zones"), [item.id for item in site.zones]),
        (N_("Rooms on this floor"), [item.id for item in here.rooms]),
    ]
