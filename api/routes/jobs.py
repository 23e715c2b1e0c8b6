"""`/api/v1/jobs`: order, list, look up, cancel, reprioritise, override, and say where a load is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.access import ANYBODY, access
from api.house import Visit
from api.orders import IdempotencyKey, carry_out, find_job, read_order
from api.problems import READ_ERRORS, WRITE_ERRORS, documented
from api.schemas import (
    CancelIn,
    CarrierIn,
    JobIn,
    JobOut,
    JobsOut,
    JobWithHistoryOut,
    Name,
    PriorityIn,
    WhereaboutsIn,
)
from fleet.requests import CancelJob, ChooseCarrier, ConfirmWhereabouts, FleetRequest, Reprioritise
from fleet.store.queries import JobFilter
from fleet.views import JobState

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])
JobId = Annotated[Name, Path(alias="id", description="Number of the job.", examples=["J00001"])]
MAX_PAGE = 500


@router.post("", status_code=201, responses={200: {"model": JobWithHistoryOut}, **documented(*WRITE_ERRORS)})
@access(roles=("dispatcher", "clinician", "porter"), log="ledger")
async def order(visit: Visit, body: JobIn, response: Response, key: IdempotencyKey = None) -> JobWithHistoryOut:
    """Order a transport. 201 with the job; 200 when the same key had already ordered it."""
    status, accepted = await carry_out(visit, read_order(body, visit), key)
    job_id = accepted.job.id if accepted.job else accepted.id
    view, history = await find_job(visit, job_id)
    response.status_code = status
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return visit.present.job_with_history(view, history)


@router.get("", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def list_jobs(  # noqa: PLR0917  # each is a filter of the list
    visit: Visit,
    state: Annotated[list[JobState] | None, Query(description="Any of these; may be repeated.")] = None,
    priority: Name | None = None,
    load: Name | None = None,
    carrier: Name | None = None,
    station: Annotated[Name | None, Query(description="Origin or destination: id or name.")] = None,
    text: Annotated[Name | None, Query(description="Every word stands in id, load, stations or carrier.")] = None,
    cursor: Annotated[Name | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> JobsOut:
    """List jobs, the newest first."""
    wanted = JobFilter(
        states=state or (),
        priority=priority,
        load=load,
        carrier=carrier,
        station=visit.directory.find_station(station) or station if station else None,
        text=text,
        cursor=cursor,
        limit=limit,
    )
    page = await visit.records.jobs(wanted)
    return JobsOut(jobs=[visit.present.job(view) for view in page.jobs], next_cursor=page.next_cursor)


@router.get("/{id}", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def get_job(visit: Visit, job_id: JobId) -> JobWithHistoryOut:
    """Look up a job: its legs, why this carrier, and everything that has happened to it."""
    return await _show(visit, job_id)


@router.post("/{id}/cancel", responses=documented(*WRITE_ERRORS))
@access(roles=("dispatcher", "clinician"), log="ledger")
async def cancel(visit: Visit, job_id: JobId, body: CancelIn | None = None, key: IdempotencyKey = None) -> JobOut:
    """Cancel a job. A load already aboard is brought back, or on to its destination when it cannot turn."""
    return await _write(visit, CancelJob(job_id, body.reason if body else ""), key, job_id)


@router.patch("/{id}", responses=documented(*WRITE_ERRORS))
@access(roles=("dispatcher",), log="ledger")
async def reprioritise(visit: Visit, job_id: JobId, body: PriorityIn, key: IdempotencyKey = None) -> JobOut:
    """Give a job another priority."""
    return await _write(visit, Reprioritise(job_id, body.priority), key, job_id)


@router.post("/{id}/carrier", responses=documented(*WRITE_ERRORS))
@access(roles=("dispatcher",), log="ledger")
async def choose_carrier(visit: Visit, job_id: JobId, body: CarrierIn, key: IdempotencyKey = None) -> JobOut:
    """Override: this carrier, or any of this mode, shall do what is left of the job."""
    return await _write(visit, ChooseCarrier(job_id, body.reason, body.mode, body.carrier), key, job_id)


@router.post("/{id}/whereabouts", responses=documented(*WRITE_ERRORS))
@access(roles=("dispatcher", "porter"), log="ledger")
async def confirm_whereabouts(visit: Visit, job_id: JobId, body: WhereaboutsIn, key: IdempotencyKey = None) -> JobOut:
    """Say where the load of a job in doubt is, after having looked."""
    return await _write(visit, ConfirmWhereabouts(job_id, body.where), key, job_id)


async def _show(visit: Visit, job_id: str) -> JobWithHistoryOut:
    view, history = await find_job(visit, job_id)
    return visit.present.job_with_history(view, history)


async def _write(visit: Visit, request: FleetRequest, key: str | None, job_id: str) -> JobOut:
    _, accepted = await carry_out(visit, request, key)
    view = accepted.job or (await find_job(visit, job_id))[0]
    return visit.present.job(view)
