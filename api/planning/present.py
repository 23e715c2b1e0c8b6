"""Writes flows, experiments and results as the interface describes them, and as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec

from api.planning import flow_views, quantities
from api.planning.desk import Experiment
from api.planning.model import Item, Model, kind_of
from api.planning.schemas import (
    DifferenceOut,
    ExperimentOut,
    FigureOfModelOut,
    FigureOut,
    FlowOut,
    OutputOut,
    ReadyScenarioOut,
    ResultOut,
    ScenarioOut,
    ScenarioResultOut,
)
from api.planning.voice import Planned, scenarios_of
from api.texts import LANGUAGES
from api.times import to_datetime
from simulation.experiment.request import Scenario
from simulation.experiment.result import Result

Voices = dict[str, Planned]
"""The planning voice in every language, over one model."""
COLUMNS = (
    *("scenario", "output", "name", "unit", "n", "mean", "half_width", "p10", "p50", "p90", "least", "greatest"),
    *("target_at_most", "target_at_least", "met", "difference", "difference_half_width", "clear"),
)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be run by a spreadsheet."""


def flow_out(voices: Voices, model: Model, flow: str) -> FlowOut:
    """A flow as programs see it."""
    item = model.flow(flow)
    found = [quantities.quantity(model, str(path)) for path in item.get("dials", ())]
    return FlowOut(
        id=flow,
        name=_names(item),
        begins=str(item.get("begins", "")),
        warm_up_d=flow_views.days_of(item, "warm_up"),
        runs_d=flow_views.days_of(item, "runs"),
        outputs=[
            OutputOut(id=str(output["id"]), name=_names(output), unit=kind_of(output), declared=dict(output))
            for output in model.outputs_of(flow)
        ],
        dials=[figure_out(voices, dial) for dial in found if dial is not None],
        scenarios=[
            ReadyScenarioOut(
                id=str(ready["id"]),
                name=_names(ready),
                flows=[str(id) for id in ready.get("flows", ())],
                changes=dict(ready.get("changes", {})),
                source=str(ready.get("source", "")),
            )
            for ready in model.scenarios_of(flow)
        ],
    )


def figure_out(voices: Voices, item: quantities.Quantity) -> FigureOfModelOut:
    """A figure of the model as programs see it."""
    names = {language: voices[language].figure(item.path) for language in LANGUAGES}
    return FigureOfModelOut(path=item.path, name=names, value=item.value, source=item.source)


def experiment_out(v: Planned, item: Experiment) -> ExperimentOut:
    """An experiment as programs see it."""
    request, progress = item.request, item.progress
    return ExperimentOut(
        id=item.id,
        address=f"/planning/experiments/{item.id}",
        flow=request.flow,
        kind=request.kind,
        title=v.title(request),
        scenarios=[
            ScenarioOut(id=scenario.id, name=v.scenario(scenario), changes=dict(scenario.changes))
            for scenario in scenarios_of(request)
        ],
        seed=request.seed,
        state=progress.state,
        done=progress.done,
        wanted=progress.wanted,
        left_s=progress.left_s,
        problem=progress.problem,
        asked=to_datetime(item.asked_ms, v.phrases.directory.zone),
    )


def result_out(result: Result) -> ResultOut:
    """A result as programs see it."""
    plain: dict[str, Any] = msgspec.to_builtins(result)
    further = {key: plain[key] for key in ("tornado", "selection", "sizing", "warm_up") if plain.get(key)}
    return ResultOut(
        id=result.id,
        kind=result.kind,
        flow=result.flow,
        seed=result.seed,
        engine=result.engine,
        sha256=result.sha256,
        replications=result.replications,
        spent_s=result.spent_s,
        reached=result.reached,
        scenarios=[
            ScenarioResultOut(
                id=scenario.id,
                replications=scenario.replications,
                figures=[
                    FigureOut.model_validate(
                        {"target": None, "met": None, **msgspec.to_builtins(figure)}, extra="ignore"
                    )
                    for figure in scenario.figures
                ],
            )
            for scenario in result.scenarios
        ],
        differences=[
            DifferenceOut.model_validate(msgspec.to_builtins(item), extra="ignore") for item in result.differences
        ],
        further=further,
    )


def result_csv(v: Planned, scenarios: tuple[Scenario, ...], result: Result) -> str:
    """The figures and differences of a result, a line each: UTF-8 with names in the language, figures with points."""
    out = io.StringIO()
    out.write("\ufeff")  # so that spreadsheets read UTF-8
    writer = csv.writer(out)
    names = {scenario.id: v.scenario(scenario) for scenario in scenarios}
    writer.writerow(COLUMNS)
    differences = {(item.scenario, item.output): item for item in result.differences}
    for scenario in result.scenarios:
        for figure in scenario.figures:
            found = differences.get((scenario.id, figure.output))
            target = figure.target
            writer.writerow(
                [
                    _safe(names.get(scenario.id, scenario.id)),
                    figure.output,
                    _safe(v.name("outputs", figure.output)),
                    v.kind(figure.output),
                    figure.n,
                    *(_cell(value) for value in (figure.mean, figure.half_width, figure.p10, figure.p50, figure.p90)),
                    *(_cell(value) for value in (figure.least, figure.greatest)),
                    _cell(target.at_most if target else None),
                    _cell(target.at_least if target else None),
                    "" if figure.met is None else str(figure.met).lower(),
                    _cell(found.difference if found else None),
                    _cell(found.half_width if found else None),
                    "" if found is None else str(found.clear).lower(),
                ]
            )
    return out.getvalue()


def _cell(value: float | None) -> str:
    return "" if value is None else repr(value)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _names(item: Item) -> dict[str, str]:
    name = item.get("name") or {}
    return {str(language): str(text) for language, text in dict(name).items()}
