"""What the buttons of the pages send: each form is carried out and leads back, or to the page with what was refused."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response

from api.access import access
from api.addresses import inside
from api.forms import fill, go, read_form, read_time
from api.house import Visit, VisitContext
from api.orders import carry_out
from api.problems import Problem
from api.routes.info import show_clock
from api.routes.job_pages import show_job
from api.routes.map_pages import show_map
from api.schemas import CancelIn, CarrierIn, ClockIn, ClosureIn, Name, OutOfServiceIn, PriorityIn, WhereaboutsIn
from api.times import to_ms
from fleet.requests import (
    CancelJob,
    CarrierBack,
    CarrierOut,
    ChooseCarrier,
    Close,
    ConfirmWhereabouts,
    FleetRequest,
    Reopen,
    Reprioritise,
    SetClock,
)

router = APIRouter(include_in_schema=False)
Id = Annotated[Name, Path(alias="id")]


@router.post("/jobs/{id}/cancel")
@access(roles=("dispatcher", "clinician"), log="ledger")
async def cancel(visit: Visit, request: Request, job_id: Id) -> Response:
    """Cancel a job."""
    values = await read_form(request)
    return await _on_job(
        visit, job_id, values, "cancelled", lambda: CancelJob(job_id, fill(CancelIn, _only(values, "reason")).reason)
    )


@router.post("/jobs/{id}/priority")
@access(roles=("dispatcher",), log="ledger")
async def reprioritise(visit: Visit, request: Request, job_id: Id) -> Response:
    """Give a job another priority."""
    values = await read_form(request)
    return await _on_job(
        visit,
        job_id,
        values,
        "priority",
        lambda: Reprioritise(job_id, fill(PriorityIn, _only(values, "priority")).priority),
    )


@router.post("/jobs/{id}/carrier")
@access(roles=("dispatcher",), log="ledger")
async def choose_carrier(visit: Visit, request: Request, job_id: Id) -> Response:
    """Choose who shall do what is left of a job."""
    values = await read_form(request)
    kind, _, chosen = values.get("chosen", "").partition(":")
    fields = {**_only(values, "carrier", "mode", "reason"), **({kind: chosen} if kind in ("carrier", "mode") else {})}

    def ask() -> FleetRequest:
        body = fill(CarrierIn, fields)
        return ChooseCarrier(job_id, body.reason, body.mode, body.carrier)

    return await _on_job(visit, job_id, values, "carrier", ask)


@router.post("/jobs/{id}/whereabouts")
@access(roles=("dispatcher", "porter"), log="ledger")
async def confirm_whereabouts(visit: Visit, request: Request, job_id: Id) -> Response:
    """Say where the load of a job in doubt is."""
    values = await read_form(request)
    return await _on_job(
        visit,
        job_id,
        values,
        "whereabouts",
        lambda: ConfirmWhereabouts(job_id, fill(WhereaboutsIn, _only(values, "where")).where),
    )


@router.post("/carriers/{id}/out")
@access(roles=("dispatcher", "technician"), log="ledger")
async def take_out(visit: Visit, request: Request, carrier_id: Id) -> Response:
    """Take a carrier out of service."""
    values = await read_form(request)
    return await _on_map(
        visit,
        carrier_id,
        values,
        "out",
        lambda: CarrierOut(carrier_id, fill(OutOfServiceIn, _only(values, "reason")).reason),
    )


@router.post("/carriers/{id}/back")
@access(roles=("dispatcher", "technician"), log="ledger")
async def put_back(visit: Visit, request: Request, carrier_id: Id) -> Response:
    """Put a carrier back into service."""
    return await _on_map(visit, carrier_id, await read_form(request), "back", lambda: CarrierBack(carrier_id))


@router.post("/closures")
@access(roles=("dispatcher", "technician"), log="ledger")
async def close(visit: Visit, request: Request) -> Response:
    """Close a part of the site."""
    values = await read_form(request)

    def ask() -> FleetRequest:
        until = values.get("until")
        ends = read_time(until, "until", visit.link.now_ms, visit.directory.zone) if until else None
        body = fill(ClosureIn, {**_only(values, "target", "reason"), "until": ends})
        return Close(body.target, body.reason, None if body.until is None else to_ms(body.until))

    return await _on_map(visit, "", values, "closed", ask)


@router.post("/closures/{id}/reopen")
@access(roles=("dispatcher", "technician"), log="ledger")
async def reopen(visit: Visit, request: Request, closure_id: Id) -> Response:
    """End a closure."""
    return await _on_map(visit, "", await read_form(request), "reopened", lambda: Reopen(closure_id))


@router.post("/clock")
@access(roles=("dispatcher", "technician", "planner"), log="ledger")
async def set_clock(visit: Visit, request: Request) -> Response:
    """Change the pace of site time."""
    values = await read_form(request)
    try:
        await carry_out(visit, SetClock(fill(ClockIn, _only(values, "factor")).factor), values.get("key"))
    except Problem as problem:
        return show_clock(visit, problem.violations, problem.status)
    return go("/clock?done=clock")


async def _on_job(visit: VisitContext, job_id: str, values: dict[str, str], done: str, ask: Any) -> Response:
    try:
        await carry_out(visit, ask(), values.get("key"))
    except Problem as problem:
        return await show_job(visit, job_id, problem.violations, problem.status)
    return go(f"{inside(values.get('back', ''), f'/jobs/{quote(job_id)}')}?done={done}&id={quote(job_id)}")


async def _on_map(visit: VisitContext, carrier_id: str, values: dict[str, str], done: str, ask: Any) -> Response:
    try:
        await carry_out(visit, ask(), values.get("key"))
    except Problem as problem:
        return show_map(visit, None, carrier_id or None, problem.violations, problem.status)
    chosen = f"&carrier={quote(carrier_id)}&id={quote(carrier_id)}" if carrier_id else ""
    return go(f"{inside(values.get('back', ''), '/map')}?done={done}{chosen}")


def _only(values: dict[str, str], *names: str) -> dict[str, str]:
    return {name: values[name] for name in names if values.get(name)}
