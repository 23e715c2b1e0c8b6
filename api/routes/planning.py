"""`/api/v1/planning`: flows that can be simulated, experiments with them, how far they are and what they found."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.access import ANYBODY, access
from api.house import Visit, VisitContext
from api.orders import IdempotencyKey
from api.planning import quantities
from api.planning.asking import Amount, basis, make_request
from api.planning.desk import Experiment, away
from api.planning.model import Model
from api.planning.present import Voices, experiment_out, figure_out, flow_out, result_csv, result_out
from api.planning.schemas import ExperimentIn, ExperimentOut, ExperimentsOut, FiguresOut, FlowOut, FlowsOut, ResultOut
from api.planning.voice import Planned, scenarios_of
from api.problems import READ_ERRORS, WRITE_ERRORS, documented, refuse
from api.routes.planning_page_acts import PLANNERS
from api.routes.planning_pages import no_such_flow
from simulation.experiment.request import Scenario
from simulation.experiment.result import Result
from simulation.flow.draw import draw_flow

router = APIRouter(prefix="/api/v1/planning", tags=["planning"])
FlowId = Annotated[str, Path(alias="id", max_length=64, description="Id of the flow.", examples=["emergency"])]
ExperimentId = Annotated[str, Path(alias="id", max_length=64, description="The permanent id of the experiment.")]
CSV, SVG = "text/csv", "image/svg+xml"
MOST_FOUND = 200


@router.get("/flows", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def flows(visit: Visit) -> FlowsOut:
    """List the patient flows of the site with their outputs, dials and ready-made scenarios."""
    model = await visit.planning.model()
    voices = _voices(visit, model)
    return FlowsOut(flows=[flow_out(voices, model, str(item["id"])) for item in model.items("flows")])


@router.get("/flows/{id}", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def flow(visit: Visit, flow_id: FlowId) -> FlowOut:
    """Look up a patient flow."""
    model = await visit.planning.model()
    if not model.has("flows", flow_id):
        raise no_such_flow()
    return flow_out(_voices(visit, model), model, flow_id)


@router.get("/flows/{id}/figures", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def figures(
    visit: Visit,
    flow_id: FlowId,
    text: Annotated[str, Query(max_length=100, description="Every word stands in name, path or source.")] = "",
) -> FiguresOut:
    """Find figures of a flow that a scenario may change, with their values and who says so."""
    model = await visit.planning.model()
    if not model.has("flows", flow_id):
        raise no_such_flow()
    voices = _voices(visit, model)
    found = quantities.find(voices[visit.language], flow_id, text, MOST_FOUND)
    return FiguresOut(figures=[figure_out(voices, item) for item in found])


@router.get(
    "/flows/{id}/drawing.svg",
    response_class=Response,
    responses={200: {"content": {SVG: {"schema": {"type": "string"}}}}, **documented(*READ_ERRORS)},
)
@access(roles=ANYBODY, log="none")
async def drawing(visit: Visit, flow_id: FlowId) -> Response:
    """Draw a patient flow."""
    model = await visit.planning.model()
    if not model.has("flows", flow_id):
        raise no_such_flow()
    declared = await visit.planning.declared()
    drawn = await away(lambda: draw_flow(declared, flow_id, language=visit.language, standalone=True))
    return Response(drawn, media_type=SVG)


@router.post("/experiments", status_code=201, responses={200: {"model": ExperimentOut}, **documented(*WRITE_ERRORS)})
@access(roles=PLANNERS, log="process")
async def ask(visit: Visit, body: ExperimentIn, response: Response, key: IdempotencyKey = None) -> ExperimentOut:
    """Ask for an experiment. 201 when it is new; 200 when the same was asked before, with what is there of it.

    The id is the digest of the question, so a repeated request is one experiment with or without the same key.
    """
    del key
    desk = visit.planning
    amount = Amount(
        replications=body.replications,
        precision=body.precision,
        most=body.most,
        seed=body.seed,
        warm_up_d=body.warm_up_d,
        runs_d=body.runs_d,
    )
    scenarios = tuple(
        Scenario(
            id=item.id,
            changes=_changes(item.model_dump()["changes"]),
            name={str(language): text for language, text in item.name.items()},
        )
        for item in body.scenarios
    ) or (basis(),)
    declared = await desk.declared()
    request = await away(make_request, declared, desk.site, body.flow, scenarios, amount)
    experiment, new = await desk.ask(request)
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"/api/v1/planning/experiments/{experiment.id}"
    return await _out(visit, experiment)


@router.get("/experiments", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def experiments(visit: Visit) -> ExperimentsOut:
    """List the experiments, the newest first."""
    return ExperimentsOut(experiments=[await _out(visit, item) for item in await visit.planning.experiments()])


@router.get("/experiments/{id}", responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def experiment(visit: Visit, experiment_id: ExperimentId) -> ExperimentOut:
    """Look up an experiment: what was asked, and how far it is."""
    return await _out(visit, await visit.planning.experiment(experiment_id))


@router.get("/experiments/{id}/result", responses=documented(*READ_ERRORS, 409))
@access(roles=ANYBODY, log="none")
async def result(visit: Visit, experiment_id: ExperimentId) -> ResultOut:
    """Return what an experiment found. 409 until it is done."""
    return result_out(await _found(visit, await visit.planning.experiment(experiment_id)))


@router.get(
    "/experiments/{id}/result.csv",
    response_class=Response,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}, **documented(*READ_ERRORS, 409)},
)
@access(roles=ANYBODY, log="none")
async def result_as_csv(visit: Visit, experiment_id: ExperimentId) -> Response:
    """Return what an experiment found as CSV, a line an output of a scenario. 409 until it is done."""
    asked = await visit.planning.experiment(experiment_id)
    found = await _found(visit, asked)
    v = Planned(visit.phrases, await visit.planning.model_of(asked))
    text = result_csv(v, scenarios_of(asked.request), found)
    name = f'attachment; filename="{asked.request.flow}-{asked.id[:8]}.csv"'
    return Response(text.encode(), headers={"Content-Disposition": name}, media_type=CSV)


@router.post("/experiments/{id}/stop", responses=documented(*WRITE_ERRORS))
@access(roles=PLANNERS, log="process")
async def stop(visit: Visit, experiment_id: ExperimentId, key: IdempotencyKey = None) -> ExperimentOut:
    """Pause an experiment; what is done is kept. One that is done stays so."""
    del key
    await visit.planning.stop(await visit.planning.experiment(experiment_id))
    return await _out(visit, await visit.planning.experiment(experiment_id))


@router.post("/experiments/{id}/go-on", responses=documented(*WRITE_ERRORS))
@access(roles=PLANNERS, log="process")
async def go_on(visit: Visit, experiment_id: ExperimentId, key: IdempotencyKey = None) -> ExperimentOut:
    """Have a paused or broken experiment go on from what is there."""
    del key
    await visit.planning.go_on(await visit.planning.experiment(experiment_id))
    return await _out(visit, await visit.planning.experiment(experiment_id))


async def _out(visit: VisitContext, item: Experiment) -> ExperimentOut:
    return experiment_out(Planned(visit.phrases, await visit.planning.model_of(item)), item)


async def _found(visit: VisitContext, item: Experiment) -> Result:
    found = await visit.planning.result(item)
    if found is None:
        raise refuse(
            409,
            "not_done",
            "id",
            da="Simuleringen er ikke færdig. Følg den på dens adresse.",
            en="The experiment is not done. Follow it at its address.",
        )
    return found


def _voices(visit: VisitContext, model: Model) -> Voices:
    return {language: Planned(voice, model) for language, voice in visit.house.faces.phrases.items()}


def _changes(written: dict[str, object]) -> dict[str, object]:
    """Changes as the flows take them: whole numbers as such."""
    return {path: _whole(change) for path, change in written.items()}


def _whole(change: object) -> object:
    if isinstance(change, float) and change.is_integer():
        return int(change)
    return {key: _whole(value) for key, value in change.items()} if isinstance(change, dict) else change
