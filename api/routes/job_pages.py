"""`/jobs/new` and `/jobs/{id}`: the order form and the page of one job."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from api.access import ANYBODY, access
from api.forms import fill, go, read_form, read_time
from api.house import Visit, VisitContext
from api.orders import carry_out, find_job, read_order
from api.overview import done_sentence
from api.problems import Problem, ViolationOut
from api.schemas import JobIn, Name
from fleet.requests import Violation
from fleet.views import JobView

router = APIRouter(include_in_schema=False)
FLAGS = ("escort", "oxygen", "bariatric")


@router.get("/jobs/new")
@access(roles=("dispatcher", "clinician", "porter"), log="none")
async def order_form(visit: Visit) -> HTMLResponse:
    """Show the empty order form."""
    return await _form(visit, {}, ())


@router.post("/jobs/new")
@access(roles=("dispatcher", "clinician", "porter"), log="ledger")
async def order(visit: Visit, request: Request) -> Response:
    """Order from the form; with anything wrong the form comes back with all that was written."""
    values = await read_form(request)
    try:
        status, accepted = await carry_out(visit, read_order(read_fields(values, visit), visit), values.get("key"))
    except Problem as problem:
        return await _form(visit, values, problem.violations, problem.status)
    id = accepted.job.id if accepted.job else accepted.id
    return go(f"/jobs/{id}?done={'repeated' if accepted.repeated or status == 200 else 'ordered'}&id={id}")


@router.get("/jobs/{id}")
@access(roles=ANYBODY, log="none")
async def job_page(visit: Visit, job_id: Annotated[Name, Path(alias="id")]) -> HTMLResponse:
    """Show a job: its way, why this carrier, what has happened, and what can be changed."""
    return await show_job(visit, job_id)


async def show_job(
    visit: VisitContext, job_id: str, problems: Sequence[Violation] = (), status: int = 200
) -> HTMLResponse:
    """Show a job, with what was refused."""
    job, history = await find_job(visit, job_id)
    return visit.page(
        "job.html",
        status,
        job=job,
        history=history,
        problems=said(visit, problems),
        choices=_choices(visit, job),
        key=secrets.token_urlsafe(9),
        done_sentence=done_sentence(visit),
    )


def said(visit: VisitContext, problems: Sequence[Violation]) -> list[ViolationOut]:
    """Write violations in the visitor's language."""
    return [
        ViolationOut(rule=item.rule, field=item.field, message=item.da if visit.language == "da" else item.en)
        for item in problems
    ]


def read_fields(values: dict[str, str], visit: VisitContext) -> JobIn:
    """Make an order of the form's fields; times of day are the next ones on the site's clock.

    Raises
    ------
    Problem
        422 with everything that is wrong.
    """
    names = ("load", "from", "to", "priority", "specimen", "precaution", "note", *FLAGS)
    fields: dict[str, Any] = {name: values.get(name, "") for name in names}
    fields["mass_kg"] = values.get("mass_kg", "").replace(",", ".")
    now_ms, zone = visit.link.now_ms, visit.directory.zone
    when = values.get("when")
    if when == "within":
        fields["within_min"] = values.get("within_min", "").replace(",", ".") or "0"
    if when == "at":
        fields["due"] = read_time(values["at"], "due", now_ms, zone) if values.get("at") else "-"
    if values.get("ready"):
        fields["ready"] = read_time(values["ready"], "ready", now_ms, zone)
    return fill(JobIn, fields)


async def _form(
    visit: VisitContext, values: dict[str, str], problems: Sequence[Violation], status: int = 200
) -> HTMLResponse:
    directory = visit.directory
    return visit.page(
        "job_new.html",
        status,
        values=defaultdict(str, values),
        problems=said(visit, problems),
        wrong_fields={item.field for item in problems},
        site_loads=directory.site.loads,
        specimens=directory.site.specimens,
        station_names=sorted(visit.phrases.station(id) for id in await visit.stations_in_use()),
        key=values.get("key") or secrets.token_urlsafe(12),
    )


def _choices(visit: VisitContext, job: JobView) -> dict[str, Any]:
    load = visit.directory.loads.get(job.load)
    modes = list(load.modes) if load else ["porter"]
    carriers = sorted(visit.link.live.carriers.values(), key=lambda view: view.id)
    return {
        "best": [item for item in job.candidates[:3] if item.carrier],
        "modes": modes,
        "carriers": {
            mode: [view.id for view in carriers if view.mode == mode and view.status in ("idle", "busy", "charging")]
            for mode in modes
            if mode != "tube"
        },
    }
