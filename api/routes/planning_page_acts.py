"""What the forms and buttons of the planning pages send."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from msgspec.structs import replace

from api.access import access
from api.forms import go
from api.house import Visit
from api.planning import form
from api.planning.asking import Amount, make_request
from api.planning.desk import away
from api.planning.form import Draft
from api.planning.voice import Planned, scenarios_of
from api.problems import Problem, refuse
from api.routes.planning_pages import show_experiment, show_form
from site_models.schema.site import Role

router = APIRouter(include_in_schema=False)
PLANNERS: tuple[Role, ...] = ("planner",)
ExperimentId = Annotated[str, Path(alias="id", max_length=64)]
MOST_FIELDS = 600


def address(id: str) -> str:
    """The page of an experiment, for good."""
    return f"/planning/experiments/{id}"


async def _fields(request: Request) -> dict[str, str]:
    sent = await request.form(max_files=0, max_fields=MOST_FIELDS)
    return {name: text.strip() for name, text in sent.items() if isinstance(text, str)}


@router.post("/planning/new")
@access(roles=PLANNERS, log="process")
async def simulate(visit: Visit, request: Request) -> Response:
    """Ask for the experiment of the form; with anything wrong the form comes back with all that was written."""
    fields = await _fields(request)
    draft = Draft(flow=fields.get("flow", "")[:100], fields=fields)
    desk = visit.planning
    v = Planned(visit.phrases, await desk.model())
    try:
        asked = await away(form.read, await desk.declared(), desk.site, v, draft)
        experiment, _ = await desk.ask(asked)
    except Problem as problem:
        return await show_form(visit, draft, problem.violations, problem.status)
    return go(address(experiment.id))


@router.post("/planning/experiments/{id}/stop")
@access(roles=PLANNERS, log="process")
async def stop(visit: Visit, experiment_id: ExperimentId) -> Response:
    """Pause an experiment; what is done is kept."""
    await visit.planning.stop(await visit.planning.experiment(experiment_id))
    return go(address(experiment_id))


@router.post("/planning/experiments/{id}/go-on")
@access(roles=PLANNERS, log="process")
async def go_on(visit: Visit, experiment_id: ExperimentId) -> Response:
    """Have a paused or broken experiment go on."""
    await visit.planning.go_on(await visit.planning.experiment(experiment_id))
    return go(address(experiment_id))


@router.post("/planning/experiments/{id}/compare")
@access(roles=PLANNERS, log="process")
async def compare(visit: Visit, request: Request, experiment_id: ExperimentId) -> Response:
    """Compare the last scenarios of two experiments of the same flow in a new one, with the same patients in both."""
    desk = visit.planning
    mine = await desk.experiment(experiment_id)
    try:
        other = await desk.experiment((await _fields(request)).get("other", ""))
        if other.request.flow != mine.request.flow:
            raise refuse(
                422,
                "other_flow",
                "other",
                da="De to simuleringer er af hver sit patientforløb. Vælg en af samme forløb.",
                en="The two experiments are of different flows. Choose one of the same.",
            )
        first, second = scenarios_of(mine.request)[-1], scenarios_of(other.request)[-1]
        if first.id == second.id:
            second = replace(second, id=f"{second.id}-2")
        amount = Amount(
            replications=min(mine.request.most, other.request.most),
            seed=mine.request.seed,
            warm_up_d=mine.request.warm_up_d,
            runs_d=mine.request.runs_d,
        )
        declared = await desk.declared()
        asked = await away(make_request, declared, desk.site, mine.request.flow, (first, second), amount)
        experiment, _ = await desk.ask(asked)
    except Problem as problem:
        return await show_experiment(visit, mine, None, problem.violations, problem.status)
    return go(address(experiment.id))
