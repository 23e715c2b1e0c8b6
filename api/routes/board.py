"""`/`: the dispatch board, what needs a person first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.access import ANYBODY, access
from api.house import Visit
from api.overview import FILTERS, aside_values, done_sentence, job_rows, map_values, needs

router = APIRouter(include_in_schema=False)


@router.get("/")
@access(roles=ANYBODY, log="none")
async def board(
    visit: Visit,
    state: str = "",
    now: str = "",
    q: Annotated[str, Query(max_length=100)] = "",
    floor: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """Show the board. `now` is the filter that was on when a search was sent without choosing another."""
    chosen = next((id for id in (state, now) if id in FILTERS), "open")
    return visit.page(
        "board.html",
        counts=visit.link.live.counts,
        needs=needs(visit),
        jobs=await job_rows(visit, chosen, q),
        filters=[(id, name) for id, (name, _) in FILTERS.items()],
        shown=chosen,
        states=FILTERS[chosen][1],
        q=q,
        done_sentence=done_sentence(visit),
        **map_values(visit, floor, None, "/"),
        **aside_values(visit),
    )
