"""`/wall`: the figures for a screen on the wall, readable at three metres and without anybody's name."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.access import ANYBODY, access
from api.house import Visit
from api.overview import needs, tally

router = APIRouter(include_in_schema=False)


@router.get("/wall")
@access(roles=ANYBODY, log="none")
async def wall(visit: Visit) -> HTMLResponse:
    """Show the wall board."""
    counted = tally(visit.link.live.carriers.values())
    floors = [
        (id, {"robot": counted[id, "robot"], "porter": counted[id, "porter"]})
        for id in reversed(visit.directory.floors)
    ]
    return visit.page("wall.html", counts=visit.link.live.counts, needs=needs(visit), floors=floors)
