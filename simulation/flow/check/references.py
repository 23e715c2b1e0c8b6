"""Ids are unique, and whatever is named exists: resources, skills, attributes and their values, pathways, patterns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from simulation.flow.check.survey import Survey, rows_of, wanted_of
from simulation.flow.names import default_name
from simulation.flow.schema import steps as kinds
from simulation.flow.schema.arrivals import Mix
from simulation.flow.schema.durations import ByDuration, ByPatience, Law
from site_models.checks.report import Report
from site_models.positions import Path

By = ByDuration | ByPatience | kinds.ByPriority | kinds.ByShare


def check_references(survey: Survey, report: Report) -> None:
    """Note every repeated id and every reference to nothing."""
    _unique(survey, report)
    for path, what, name, known in _references(survey):
        if name not in known:
            report.unknown(path, what, name, known)
    for path, by in _by_attribute(survey):
        _rows(survey, report, path, by.by, by.rows)
    _attributes(survey, report)
    for placed in survey.steps:
        if isinstance(placed.step, kinds.Branch) and placed.step.by is not None:
            _arms(survey, report, placed.step, placed.path)


def _unique(survey: Survey, report: Report) -> None:
    sections: dict[str, Iterable[Any]] = {
        name: getattr(survey.sections, name) for name in type(survey.sections).model_fields
    }
    for section, items in sections.items():
        first: dict[str, Path] = {}
        for k, one in enumerate(items):
            _once(report, first, one.id, (section, k), f"among the {section.replace('_', ' ')}")
    names: dict[str, dict[str, Path]] = {}
    for placed in survey.steps:
        pathway = names.setdefault(placed.pathway, {})
        if placed.step.id is not None:
            _once(report, pathway, placed.step.id, placed.path, f"among the steps of `{placed.pathway}`")
        elif placed.name != default_name(placed.step) and _draws_or_waits(placed.step):
            message = (
                f"Another step of `{placed.pathway}` is called `{default_name(placed.step)}`; give this one an `id`, "
                "by which its waits and random numbers are known."
            )
            report.add("needs_id", placed.path, message)


def _draws_or_waits(step: kinds.Step) -> bool:
    if isinstance(step, kinds.Delay | kinds.SetDeadline):
        span = step.delay if isinstance(step, kinds.Delay) else step.deadline
        rows = [*span.rows.values(), span.else_] if isinstance(span, ByDuration) else [span]
        return any(isinstance(row, Law) for row in rows)
    if isinstance(step, kinds.Branch):
        return any(arm.share is not None for arm in step.branch)
    return isinstance(step, kinds.Seize | kinds.Hold | kinds.Run)


def _once(report: Report, first: dict[str, Path], name: str, path: Path, among: str) -> None:
    if name in first:
        message = (
            f"`{name}` stands already in {report.place((*first[name], 'id'))}; ids are unique {among}: rename one."
        )
        report.add("duplicate_id", (*path, "id"), message)
    first.setdefault(name, path)


Reference = tuple[Path, str, str, Collection[str]]
"""Where it is written, what is meant, the name, the names that exist."""


def _references(survey: Survey) -> Iterator[Reference]:
    sections = survey.sections
    resources = survey.known("resources", survey.resources)
    pathways = survey.known("pathways", survey.pathways)
    arrivals = survey.known("arrivals", [one.id for one in sections.arrivals])
    patterns = survey.known("arrival_patterns", [one.id for one in sections.arrival_patterns])
    outputs = survey.known("outputs", [one.id for one in sections.outputs])
    flows = survey.known("flows", [one.id for one in sections.flows])
    for k, one in enumerate(sections.resources):
        if one.cleaner is not None:
            yield ("resources", k, "cleaner"), "resource", one.cleaner, resources
    for k, source in enumerate(sections.arrivals):
        yield ("arrivals", k, "pathway"), "pathway", source.pathway, pathways
        if source.pattern is not None:
            yield ("arrivals", k, "pattern"), "arrival pattern", source.pattern, patterns
    for k, flow in enumerate(sections.flows):
        yield from ((("flows", k, "arrivals", n), "arrivals", name, arrivals) for n, name in enumerate(flow.arrivals))
        yield from ((("flows", k, "outputs", n), "output", name, outputs) for n, name in enumerate(flow.outputs))
    for k, scenario in enumerate(sections.scenarios):
        yield from ((("scenarios", k, "flows", n), "flow", name, flows) for n, name in enumerate(scenario.flows))
    yield from _step_references(survey, resources, pathways)


def _step_references(survey: Survey, resources: Collection[str], pathways: Collection[str]) -> Iterator[Reference]:
    skills = {skill for one in survey.sections.resources for skill in one.skills}
    for placed in survey.steps:
        step, path = placed.step, placed.path
        if isinstance(step, kinds.Seize | kinds.Hold):
            wanted, word = wanted_of(step), "seize" if isinstance(step, kinds.Seize) else "hold"
            if isinstance(wanted, str):
                yield (*path, word), "resource", wanted, resources
            elif wanted.any is not None:
                yield from (((*path, word, "any", n), "resource", name, resources) for n, name in enumerate(wanted.any))
            elif wanted.skill is not None and not any(section == "resources" for section, _ in survey.broken):
                yield (*path, word, "skill"), "skill of a resource", wanted.skill, skills
        elif isinstance(step, kinds.Run):
            yield (*path, "run"), "pathway", step.run, pathways
        elif isinstance(step, kinds.Branch):
            for n, arm in enumerate(step.branch):
                if arm.when is not None:
                    yield from (
                        ((*path, "branch", n, "when", word), "resource", name, resources)
                        for word, name in (("free", arm.when.free), ("queue", arm.when.queue))
                        if name is not None
                    )


# --- attributes and their values -----------------------------------------------------------------------------------


def _by_attribute(survey: Survey) -> Iterator[tuple[Path, By]]:
    """Everything that is said by the values of an attribute."""
    for k, one in enumerate(survey.sections.resources):
        if isinstance(one.cleaning, ByDuration):
            yield ("resources", k, "cleaning"), one.cleaning
    for placed in survey.steps:
        step, path = placed.step, placed.path
        for word, field in (
            ("for", "for_"),
            ("delay", "delay"),
            ("deadline", "deadline"),
            ("patience", "patience"),
            ("priority", "priority"),
        ):
            value = getattr(step, field, None)
            if isinstance(value, By):
                yield (*path, word), value
        if isinstance(step, kinds.Branch):
            for n, arm in enumerate(step.branch):
                if isinstance(arm.share, kinds.ByShare):
                    yield (*path, "branch", n, "share"), arm.share


def _rows(survey: Survey, report: Report, path: Path, attribute: str, rows: Mapping[str, object]) -> None:
    if not _attribute(survey, report, (*path, "by"), attribute):
        return
    for value in rows:
        if value not in survey.values[attribute]:
            report.unknown((*path, value), f"value of `{attribute}`", value, survey.values[attribute])


def _attribute(survey: Survey, report: Report, path: Path, name: str) -> bool:
    """Whether its values are known."""
    known = survey.known("attributes", survey.values)
    if name not in known:
        report.unknown(path, "attribute", name, known)
    return name in survey.values


def _attributes(survey: Survey, report: Report) -> None:
    earlier: list[str] = []
    for k, one in enumerate(survey.sections.attributes):
        path: Path = ("attributes", k)
        if one.by is not None and _attribute(survey, report, (*path, "by"), one.by):
            if one.by not in earlier:
                message = f"`{one.by}` is drawn after `{one.id}`; declare it before."
                report.add("unknown_reference", (*path, "by"), message)
            _mix(survey, report, (*path, "values"), one.values, one.by)
        earlier.append(one.id)
    givens = {one.id: one.by for one in survey.sections.attributes}
    for k, source in enumerate(survey.sections.arrivals):
        for name, mix in source.attributes.items():
            path = ("arrivals", k, "attributes", name)
            if not _attribute(survey, report, path, name):
                continue
            for below, row in rows_of(mix):
                for value in row:
                    if value not in survey.values[name]:
                        report.unknown((*path, *below, value), f"value of `{name}`", value, survey.values[name])
            _mix(survey, report, path, mix, givens[name])


def _mix(survey: Survey, report: Report, path: Path, mix: Mix, by: str | None) -> None:
    """The rows of a mix belong to the values of the attribute on which it depends."""
    rows = {below[0] for below, _ in rows_of(mix) if below}
    if not rows:
        return
    if by is None:
        message = "These are rows, but the attribute depends on no other; write one share for each of its values."
        report.add("wrong_value", path, message)
        return
    values = survey.values.get(by, frozenset())
    for value in sorted(rows - values - {"else"}):
        report.unknown((*path, value), f"value of `{by}`", value, values)
    missing = sorted(values - rows)
    if missing and "else" not in rows:
        names = ", ".join(f"`{name}`" for name in missing)
        report.add("missing_value", path, f"No row for {names} of `{by}`; add it, or a row `else`.")


def _arms(survey: Survey, report: Report, step: kinds.Branch, path: Path) -> None:
    """Arms by an attribute have each of its values once."""
    if step.by is None or not _attribute(survey, report, (*path, "by"), step.by):
        return
    values, first = survey.values[step.by], dict[str, Path]()
    for n, arm in enumerate(step.branch):
        said = (arm.is_,) if isinstance(arm.is_, str) else arm.is_ or ()
        for m, value in enumerate(said):
            place = (*path, "branch", n, "is") if isinstance(arm.is_, str) else (*path, "branch", n, "is", m)
            if value not in values:
                report.unknown(place, f"value of `{step.by}`", value, values)
            elif value in first:
                message = f"`{value}` has an arm already, in {report.place(first[value])}; keep one."
                report.add("value_twice", place, message)
            first.setdefault(value, place)
    missing = sorted(values - first.keys())
    if missing and not step.branch[-1].else_:
        names = ", ".join(f"`{name}`" for name in missing)
        report.add(
            "missing_value", path, f"No arm for {names} of `{step.by}`; add one, or let the last say `else: true`."
        )
