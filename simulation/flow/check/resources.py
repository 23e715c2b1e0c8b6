"""Resources have units at some time, and enough of them for what is asked."""

from __future__ import annotations

from simulation.flow.check.survey import Survey, wanted_of
from simulation.flow.schema.resources import Resource
from simulation.flow.schema.steps import Branch, Hold, Seize
from site_models.checks.report import Report
from site_models.positions import Path


def check_resources(survey: Survey, report: Report) -> None:
    """Note resources that never have a unit, more staffed beds than beds, and requests that can never be granted."""
    for k, one in enumerate(survey.sections.resources):
        _capacity(survey, report, one, ("resources", k))
    for placed in survey.steps:
        if isinstance(placed.step, Seize | Hold):
            _request(survey, report, placed.step, placed.path)
        elif isinstance(placed.step, Branch):
            _conditions(survey, report, placed.step, placed.path)


def _capacity(survey: Survey, report: Report, one: Resource, path: Path) -> None:
    key = next(name for name in ("count", "staffed", "shifts") if getattr(one, name) is not None)
    most = survey.most(one.id)
    if most == 0:
        written = getattr(one, key)
        less = " when breaks and closed units are taken off" if written and (one.breaks or one.closed) else ""
        message = f"`{one.id}` has no unit at any time{less}, so who waits for it waits for ever; give it at least 1."
        report.add("no_capacity", (*path, key), message)
    if one.physical == 0:
        report.add("no_capacity", (*path, "physical"), f"`{one.id}` has no physical beds; give it at least 1.")
    elif one.physical is not None and most > one.physical:
        message = f"`{one.id}` has {most} staffed beds in {one.physical} physical ones; staff fewer, or add beds."
        report.add("more_staffed_than_beds", (*path, key), message)
    for n, pause in enumerate(one.breaks):
        if one.count is not None and pause.count > one.count:
            message = f"{pause.count} of `{one.id}` have a break at once, of {one.count}; correct one of the numbers."
            report.add("break_too_large", (*path, "breaks", n), message)


def _request(survey: Survey, report: Report, step: Seize | Hold, path: Path) -> None:
    names = survey.choices(step)
    beds = [name for name in names if survey.resources[name].kind == "bed"]
    if isinstance(step, Hold) and step.preemptible and beds:
        message = f"A bed cannot be taken from somebody, and `{beds[0]}` is one; remove `preemptible`."
        report.add("preemptible_bed", path, message)
    pools = {name: min(survey.most(pool) for pool in survey.pools(name)) for name in names}
    small = {name: most for name, most in pools.items() if 0 < most < step.units}
    wanted = wanted_of(step)
    by_skill = not isinstance(wanted, str) and wanted.skill is not None
    if small and not (by_skill and len(small) < len(pools)):
        said = ", ".join(f"`{name}` has {most}" for name, most in small.items())
        message = f"{step.units} units are asked for, but {said} at most, so it can never be granted; ask for fewer."
        report.add("capacity_too_small", path, message)


def _conditions(survey: Survey, report: Report, step: Branch, path: Path) -> None:
    for n, arm in enumerate(step.branch):
        when = arm.when
        if when is None or when.free not in survey.resources:
            continue
        most = survey.most(when.free)
        if 0 < most < when.units:
            message = f"`{when.free}` never has {when.units} free, it has {most} at most; ask for fewer."
            report.add("capacity_too_small", (*path, "branch", n, "when"), message)
