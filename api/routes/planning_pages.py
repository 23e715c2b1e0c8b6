"""`/planning`: the flows and experiments, one flow, the form of a scenario, and an experiment at its own address."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.access import ANYBODY, access
from api.house import Visit, VisitContext
from api.planning import flow_views, form, words
from api.planning.desk import Experiment, away
from api.planning.form import Draft
from api.planning.model import Model, kind_of
from api.planning.results import Pick, precision_rows, result_values
from api.planning.voice import Planned
from api.problems import Problem, ViolationOut
from api.routes.job_pages import said
from fleet.requests import Violation
from simulation.experiment.progress import Progress
from simulation.experiment.request import Request
from simulation.flow.draw import draw_flow

router = APIRouter(include_in_schema=False)
Word = Annotated[str, Query(max_length=100)]
Id = Annotated[str, Path(max_length=64)]
CHIPS = 6
"""Ready-made scenarios that the overview shows of a flow."""


@router.get("/planning")
@access(roles=ANYBODY, log="none")
async def overview(visit: Visit) -> HTMLResponse:
    """Show what can be simulated and what has been."""
    problems: list[ViolationOut] = []
    model = Model({})
    try:
        model = await visit.planning.model()
    except Problem as problem:
        problems = said(visit, problem.violations)
    v = Planned(visit.phrases, model)
    experiments = await visit.planning.experiments()
    rows = [await _row(visit, item) for item in experiments]
    return visit.page(
        "planning/overview.html",
        503 if problems else 200,
        v=v,
        problems=problems,
        experiments=rows,
        busy=any(item.progress.state in {"waiting", "running"} for item in experiments),
        flows=[_flow_card(v, str(item["id"])) for item in model.items("flows")],
        wall_ms=time.time_ns() // 1_000_000,
    )


@router.get("/planning/flows/{id}")
@access(roles=ANYBODY, log="none")
async def flow_page(visit: Visit, flow: Annotated[str, Path(alias="id", max_length=64)]) -> HTMLResponse:
    """Show a flow: drawn, with its resources, arrivals and outputs, and who says so."""
    model = await visit.planning.model()
    if not model.has("flows", flow):
        raise no_such_flow()
    declared = await visit.planning.declared()
    drawing = await away(lambda: draw_flow(declared, flow, language=visit.language))
    v = Planned(visit.phrases, model)
    return visit.page(
        "planning/flow.html",
        v=v,
        flow=flow,
        name=v.name("flows", flow),
        about=_about(v, flow),
        drawing=Markup(drawing),  # noqa: S704  # made by us, its texts escaped
        resources=flow_views.resource_groups(v, flow),
        arrivals=flow_views.arrival_lines(v, flow),
        outputs=flow_views.output_lines(v, flow),
        scenarios=[
            {
                "id": str(item["id"]),
                "name": v.named(item),
                "about": v.changes(item.get("changes", {})),
                "source": str(item.get("source", "")),
            }
            for item in model.scenarios_of(flow)
        ],
    )


@router.get("/planning/new")
@access(roles=ANYBODY, log="none")
async def new_experiment(visit: Visit, flow: Word = "", scenario: Word = "", again: Word = "") -> HTMLResponse:
    """Show the form: as the flow is, with a ready-made scenario, with that of an experiment, or as a search left it."""
    model = await visit.planning.model()
    before = (await visit.planning.experiment(again)).request if again else None
    flow = before.flow if before else flow or next((str(item["id"]) for item in model.items("flows")), "")
    v = Planned(visit.phrases, model)
    if visit.request.query_params.get("do") == "search":
        draft = Draft(flow=flow, fields={name: text.strip() for name, text in visit.request.query_params.items()})
    else:
        draft = form.prefilled(v, flow, scenario, before)
    return await show_form(visit, draft)


async def show_form(
    visit: VisitContext, draft: Draft, problems: Sequence[Violation] = (), status: int = 200
) -> HTMLResponse:
    """Show the form with all that was written, and with what was refused beside its fields."""
    model = await visit.planning.model()
    if not model.has("flows", draft.flow):
        raise no_such_flow()
    v = Planned(visit.phrases, model)
    dials, others, found = form.rows(v, draft)
    shown = [ViolationOut(rule=item.rule, field=item.field, message=item.message) for item in said(visit, problems)]
    return visit.page(
        "planning/form.html",
        status,
        v=v,
        flow=draft.flow,
        flow_name=v.name("flows", draft.flow),
        draft=draft,
        dials=dials,
        others=others,
        found=found,
        most_found=form.SHOWN,
        scenarios=[{"id": str(item["id"]), "name": v.named(item)} for item in model.scenarios_of(draft.flow)],
        outputs=[
            {"id": str(item["id"]), "name": v.named(item), "unit": v.difference_unit(kind_of(item))}
            for item in model.outputs_of(draft.flow)
        ],
        horizon=form.horizon(model, draft.flow),
        problems=shown,
        wrong_fields={item.field for item in problems},
        lengths_open=any(draft.text(name) for name in ("runs_d", "warm_up_d"))
        or any(item.field in {"runs_d", "warm_up_d", "seed"} for item in problems),
    )


@router.get("/planning/experiments/{id}")
@access(roles=ANYBODY, log="none")
async def experiment_page(
    visit: Visit,
    experiment_id: Annotated[str, Path(alias="id", max_length=64)],
    scenario: Word = "",
    resource: Word = "",
    time_of: Annotated[str, Query(alias="time", max_length=100)] = "",
    output: Word = "",
) -> HTMLResponse:
    """Show an experiment: how far it is, or what it found. The address is its for good."""
    pick = Pick(scenario=scenario, resource=resource, time=time_of, output=output)
    return await show_experiment(visit, await visit.planning.experiment(experiment_id), pick)


async def show_experiment(
    visit: VisitContext,
    experiment: Experiment,
    pick: Pick | None = None,
    problems: Sequence[Violation] = (),
    status: int = 200,
) -> HTMLResponse:
    """Show an experiment, with what was refused."""
    desk, request, progress = visit.planning, experiment.request, experiment.progress
    v = Planned(visit.phrases, await desk.model_of(experiment))
    result = await desk.result(experiment)
    everything = await desk.experiments()
    values: dict[str, Any] = {}
    if result is not None:
        values = await result_values(v, experiment, result, pick or Pick())
        values["others"] = [
            {"id": item.id, "title": v.title(item.request)}
            for item in everything
            if item.request.flow == request.flow and item.id != experiment.id
        ]
    waiting = [item for item in everything if item.progress.state in {"waiting", "running"}]
    return visit.page(
        "planning/experiment.html",
        status,
        v=v,
        id=experiment.id,
        flow=request.flow,
        flow_name=v.name("flows", request.flow),
        title=v.title(request),
        result=result,
        progress=progress,
        word=words.STATES[progress.state],
        far=_far(v, progress),
        left=_left(v, progress),
        doing=_doing(v, request, progress),
        ahead=sum(1 for item in waiting if item.asked_ms < experiment.asked_ms),
        reached=precision_rows(v, request, progress.reached) if request.precision else [],
        planner=bool(visit.actor and visit.actor.role == "planner"),
        problems=said(visit, problems),
        **values,
    )


def no_such_flow() -> Problem:
    """Say that there is no flow of that name."""
    return Problem(
        404,
        (
            Violation(
                "unknown_flow",
                "flow",
                "Der er intet patientforløb med det navn. Find det i oversigten.",
                "There is no patient flow of that name. Find it in the overview.",
            ),
        ),
    )


async def _row(visit: VisitContext, item: Experiment) -> dict[str, Any]:
    v = Planned(visit.phrases, await visit.planning.model_of(item))
    result = await visit.planning.result(item)
    verdicts: dict[str, int] = {}
    if result is not None and result.scenarios:
        for figure in result.scenarios[-1].figures:
            if figure.target is not None:
                verdicts[v.verdict(figure).text] = verdicts.get(v.verdict(figure).text, 0) + 1
    told = (words.MISSED, words.OPEN, words.MET)
    return {
        "id": item.id,
        "title": v.title(item.request),
        "flow": v.name("flows", item.request.flow),
        "about": _how_much(v, item.request),
        "word": words.STATES[item.progress.state],
        "progress": item.progress,
        "far": _far(v, item.progress),
        "verdicts": [(word, verdicts[word.text]) for word in told if word.text in verdicts],
        "asked_ms": item.asked_ms,
    }


def _flow_card(v: Planned, flow: str) -> dict[str, Any]:
    return {
        "id": flow,
        "name": v.name("flows", flow),
        "about": _about(v, flow),
        "scenarios": [{"id": str(item["id"]), "name": v.named(item)} for item in v.model.scenarios_of(flow)[:CHIPS]],
    }


def _about(v: Planned, flow: str) -> str:
    warm_up, runs = form.horizon(v.model, flow)
    return v.say(
        "{resources} resources, {outputs} outputs. Simulates {runs} days after {warm_up} days of warm-up.",
        resources=len(v.model.resources_of(flow)),
        outputs=len(v.model.outputs_of(flow)),
        runs=v.written(runs),
        warm_up=v.written(warm_up),
    )


def _how_much(v: Planned, request: Request) -> str:
    if request.precision:
        return v.say("to the precision wanted, at most {n} replications", n=v.written(request.most))
    return v.say("{n} replications", n=v.written(request.most))


def _far(v: Planned, progress: Progress) -> str:
    return v.say("{done} of {wanted} replications", done=v.written(progress.done), wanted=v.written(progress.wanted))


def _left(v: Planned, progress: Progress) -> str:
    if progress.left_s is None:
        return v.say("The time left is known in a moment.")
    return v.say("About {span} left", span=v.phrases.span(max(1.0, progress.left_s)))


def _doing(v: Planned, request: Request, progress: Progress) -> str:
    found = next((item for item in request.scenarios if item.id == progress.doing), None)
    return v.scenario(found) if found else progress.doing
