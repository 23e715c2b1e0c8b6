"""No duration is negative, and what depends on an attribute is said for each of its values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulation.distributions import BadDistribution
from simulation.flow.check.survey import Survey
from simulation.flow.schema.arrivals import Arrivals
from simulation.flow.schema.durations import ByDuration, ByPatience, Law, Parameters
from simulation.flow.schema.outputs import TimeOutput
from simulation.flow.schema.resources import Resource
from simulation.flow.schema.steps import Batch, Delay, Hold, Request, SetDeadline
from site_models.checks.report import Report
from site_models.positions import Path

NO_DURATIONS = frozenset({"shape", "phases", "weights"})
"""Parameters of distributions that are plain numbers."""


def check_durations(survey: Survey, report: Report) -> None:
    """Note every duration below zero and every attribute's value for which one is missing."""
    for path, value in _places(survey):
        for place, one in _each(value, path):
            _one(report, place, one)
        if isinstance(value, ByDuration) and value.else_ is None and value.by in survey.values:
            missing = sorted(survey.values[value.by] - value.rows.keys())
            if missing:
                names = ", ".join(f"`{name}`" for name in missing)
                message = f"No duration for {names} of `{value.by}`; add it, or say `else`."
                report.add("missing_value", path, message)


def _places(survey: Survey) -> Iterator[tuple[Path, Any]]:
    """Everything that is a duration, a distribution or a choice of them by attribute."""
    sections = survey.sections
    for k, one in enumerate(sections.resources):
        yield from _resource(one, ("resources", k))
    for k, arrivals in enumerate(sections.arrivals):
        yield from _arrivals(arrivals, ("arrivals", k))
    for k, flow in enumerate(sections.flows):
        yield from [(("flows", k, "warm_up"), flow.warm_up), (("flows", k, "runs"), flow.runs)]
    for k, output in enumerate(sections.outputs):
        if isinstance(output, TimeOutput):
            yield ("outputs", k, "limit"), output.limit
    for placed in survey.steps:
        step, path = placed.step, placed.path
        if isinstance(step, Hold):
            yield (*path, "for"), step.for_
        if isinstance(step, Request):
            yield (*path, "patience"), step.patience
        elif isinstance(step, Delay):
            yield (*path, "delay"), step.delay
        elif isinstance(step, SetDeadline):
            yield (*path, "deadline"), step.deadline
        elif isinstance(step, Batch):
            yield (*path, "at_most"), step.at_most


def _resource(one: Resource, path: Path) -> Iterator[tuple[Path, Any]]:
    yield (*path, "cleaning"), one.cleaning
    yield from (((*path, "breaks", n, "for"), pause.for_) for n, pause in enumerate(one.breaks))


def _arrivals(arrivals: Arrivals, path: Path) -> Iterator[tuple[Path, Any]]:
    yield (*path, "lateness"), arrivals.lateness
    if arrivals.surge is not None:
        yield (*path, "surge", "over"), arrivals.surge.over


def _each(value: Any, path: Path) -> Iterator[tuple[Path, float | Law]]:
    """The durations and distributions, one or one for each value of an attribute."""
    if isinstance(value, float | Law):
        yield path, value
    elif isinstance(value, ByDuration | ByPatience):
        for name, row in [*value.rows.items(), ("else", value.else_)]:
            yield from _each(row, (*path, name))


def _one(report: Report, path: Path, value: float | Law) -> None:
    negative = [place for place, seconds in _written(value, path) if seconds < 0]
    for place in negative:
        report.add("negative_duration", place, "A duration cannot be negative; write how long it takes.")
    if isinstance(value, Law) and not negative:
        try:
            value.distribution()
        except BadDistribution as bad:
            for problem in bad.problems:
                report.add("distribution", path, f"This is no distribution: {problem}; correct it.")


def _written(value: float | Law, path: Path) -> Iterator[tuple[Path, float]]:
    """The seconds in a duration or distribution, each with its place."""
    if not isinstance(value, Law):
        yield path, value
        return
    for law in sorted(value.model_fields_set):
        given = getattr(value, law)
        if isinstance(given, float):
            yield (*path, law), given
        elif isinstance(given, Parameters):
            for name in sorted(given.model_fields_set - NO_DURATIONS):
                figure = getattr(given, name)
                figures = {(*path, law, name, n): one for n, one in enumerate(figure)} if name == "values" else {}
                yield from (figures or {(*path, law, name): figure}).items()
