"""Outputs measure something that happens to patients of the flow; scenarios change something that is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from simulation.flow.check.survey import Survey
from simulation.flow.schema.outputs import (
    ByRight,
    Flow,
    OccupancyOutput,
    OutcomeOutput,
    Output,
    TimeOutput,
    WaitOutput,
)
from site_models.checks.report import Report
from site_models.positions import Path

ALWAYS = frozenset({"arrival", "leaving"})
"""Marks that need no step."""


def check_outputs(survey: Survey, report: Report) -> None:
    """Note marks, outcomes, waits and resources that are nowhere, and figures that a flow's patients do not give."""
    found_nowhere: set[str] = set()
    everything = survey.begun()
    for k, output in enumerate(survey.sections.outputs):
        path = ("outputs", k)
        for word, what, name, known in _measured(survey, output, everything):
            if name not in known and not _may_be_broken(survey, word):
                found_nowhere.add(output.id)
                report.unknown((*path, word), what, name, known)
        _where(survey, report, output, path)
        _details(survey, report, output, path)
    for k, flow in enumerate(survey.sections.flows):
        _flow(survey, report, flow, ("flows", k), found_nowhere)


Measured = tuple[str, str, str, Collection[str]]
"""The word in the YAML, what it names, the name, the names that exist."""


def _measured(survey: Survey, output: Output, entries: Collection[str]) -> Iterator[Measured]:
    """What an output measures, and what there is of it for patients who begin in some pathways."""
    pathways = survey.reached(entries)
    if isinstance(output, TimeOutput):
        marks = survey.marks(pathways) | ALWAYS
        yield "from", "mark", output.from_, marks
        yield "to", "mark", output.to, marks
    elif isinstance(output, OutcomeOutput):
        yield "outcome", "outcome", output.outcome, survey.outcomes(pathways)
    elif isinstance(output, WaitOutput):
        yield "step", "waiting step", output.step, survey.waits(entries)
    else:
        yield "resource", "resource", output.resource, survey.used(pathways)


def _may_be_broken(survey: Survey, word: str) -> bool:
    """Whether what is missing may stand in something that could not be read."""
    section = "resources" if word == "resource" else "pathways"
    return any(kind in {section, "pathways"} for kind, _ in survey.broken)


def _where(survey: Survey, report: Report, output: Output, path: Path) -> None:
    if not isinstance(output, TimeOutput | OutcomeOutput):
        return
    arrivals = survey.known("arrivals", [one.id for one in survey.sections.arrivals])
    for name, values in output.where.items():
        if name != "arrivals" and name not in survey.values:
            if name not in survey.known("attributes", survey.values):
                report.unknown((*path, "where", name), "attribute", name, {*survey.values, "arrivals"})
            continue
        known = arrivals if name == "arrivals" else survey.values[name]
        for n, value in enumerate(values):
            if value not in known:
                what = "arrivals" if name == "arrivals" else f"value of `{name}`"
                report.unknown((*path, "where", name, n), what, value, known)


def _details(survey: Survey, report: Report, output: Output, path: Path) -> None:
    if isinstance(output, OccupancyOutput) and not output.at.endswith(":00"):
        message = f"Occupancy is counted on the hour, not at {output.at}; write {output.at[:2]}:00."
        report.add("not_on_the_hour", (*path, "at"), message)
    if isinstance(output, TimeOutput) and isinstance(output.limit, ByRight):
        rights = survey.known("waiting_rights", [one.id for one in survey.sections.waiting_rights])
        if output.limit.right not in rights:
            report.unknown((*path, "limit", "right"), "waiting right", output.limit.right, rights)


def _flow(survey: Survey, report: Report, flow: Flow, path: Path, found_nowhere: set[str]) -> None:
    """What a flow measures happens to its own patients; limits that are rights are in force when it begins."""
    outputs = {one.id: one for one in survey.sections.outputs}
    rights = {one.id: one for one in survey.sections.waiting_rights}
    pathway_of = {one.id: one.pathway for one in survey.sections.arrivals}
    entries = [pathway_of[name] for name in flow.arrivals if name in pathway_of]
    for n, name in enumerate(flow.outputs):
        output = outputs.get(name)
        if output is None:
            continue
        for word, what, wanted, known in _measured(survey, output, entries):
            if name not in found_nowhere and wanted not in known and not _may_be_broken(survey, word):
                message = (
                    f"`{name}` measures the {what} `{wanted}`, which no patient of `{flow.id}` comes to; "
                    "remove it here, or add the arrivals that do."
                )
                report.add("not_in_this_flow", (*path, "outputs", n), message)
        if isinstance(output, TimeOutput) and isinstance(output.limit, ByRight):
            right = rights.get(output.limit.right)
            if right is not None and right.days_on(flow.begins) is None:
                message = f"`{name}` is limited by `{right.id}`, which is not in force on {flow.begins}; add a setting."
                report.add("right_not_in_force", (*path, "outputs", n), message)
    twice = sorted({name for name in flow.arrivals if flow.arrivals.count(name) > 1})
    if twice:
        message = f"`{twice[0]}` is named twice, which would double its patients; keep one."
        report.add("arrivals_twice", (*path, "arrivals"), message)
