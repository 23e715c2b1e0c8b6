"""`/api/v1/equipment/import`, `export` and `utilisation`: the register as a list, and how much it is used."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from api.access import ANYBODY, access
from api.equipment.lists import decode, private_words, refusal, written
from api.equipment.schemas import ImportOut, UtilisationOut
from api.house import Visit
from api.orders import IdempotencyKey
from api.problems import READ_ERRORS, WRITE_ERRORS, documented, refuse
from api.routes.equipment_steps import REGISTER
from api.times import to_datetime, to_ms
from equipment_tracking.queries import Export, Import
from equipment_tracking.views import Exported, ImportPlan

router = APIRouter(prefix="/api/v1/equipment", tags=["equipment"])
CSV = "text/csv"
USUAL = timedelta(days=7)
LIST = {
    "requestBody": {
        "required": True,
        "content": {CSV: {"schema": {"type": "string"}, "example": "giai,name,type,ward,home\r\n"}},
    }
}


@router.post("/import", responses=documented(*WRITE_ERRORS), openapi_extra=LIST)
@access(roles=REGISTER, log="ledger")
async def import_list(
    visit: Visit,
    request: Request,
    dry_run: Annotated[bool, Query(description="Only say what would be done, and what is wrong.")] = False,
    key: IdempotencyKey = None,
) -> ImportOut:
    """Add and change assets from a CSV list (UTF-8, up to 5 MB), all or none; assets not named stay as they are.

    A list with faults is refused with all of them by line and column; a dry run answers them beside the plan.
    """
    text = decode(await request.body())
    private = await anyio.to_thread.run_sync(private_words, text)
    if private or dry_run:
        plan = await visit.equipment.ask(visit.acting, Import(text, dry_run=True), ImportPlan)
        if dry_run:
            return written(plan, private, visit.language)
        raise refusal(plan, private)
    plan = await visit.equipment.ask(visit.acting, Import(text, dry_run=False), ImportPlan, key or "")
    return written(plan, (), visit.language)


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}, **documented(*READ_ERRORS)},
)
@access(roles=ANYBODY, log="none")
async def export_list(visit: Visit) -> Response:
    """Return the register as CSV, as `import` reads it back; cells that a spreadsheet would run are disarmed."""
    exported = await visit.equipment.ask(visit.actor, Export(), Exported)
    return Response(
        exported.text.encode(),
        headers={"Content-Disposition": 'attachment; filename="equipment.csv"'},
        media_type=CSV,
    )


@router.get("/utilisation", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def utilisation(
    visit: Visit,
    since: Annotated[AwareDatetime | None, Query(description="Left out: seven days before `until`.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Left out: now.")] = None,
) -> UtilisationOut:
    """Tell how much equipment was in use, by type and owner, and by type and user, from the ledger alone."""
    now = to_datetime(visit.link.now_ms, visit.directory.zone)
    end = min(until or now, now)
    begin = since or end - USUAL
    if begin >= end:
        raise refuse(
            422,
            "empty_window",
            "since",
            da="Tidsrummet er tomt: since skal ligge før until og før nu.",
            en="The window is empty: since lies before until and before now.",
        )
    found = await visit.equipment_records.utilisation(to_ms(begin), to_ms(end))
    return visit.present_equipment.utilisation(found, to_ms(begin), to_ms(end))
