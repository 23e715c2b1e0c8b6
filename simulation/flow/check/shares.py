"""Shares of branches and of attributes' values sum to one."""

from __future__ import annotations

from simulation.flow.check.survey import Survey, rows_of
from simulation.flow.schema.arrivals import Mix
from simulation.flow.schema.steps import Branch, ByShare
from site_models.checks.report import Report
from site_models.positions import Path

TOLERANCE = 1e-6
"""Decimal fractions as people write them sum to one within this."""


def check_shares(survey: Survey, report: Report) -> None:
    """Note every sum that is not one."""
    for k, attribute in enumerate(survey.sections.attributes):
        _mix(report, ("attributes", k, "values"), attribute.id, attribute.values)
    for k, arrivals in enumerate(survey.sections.arrivals):
        for name, mix in arrivals.attributes.items():
            _mix(report, ("arrivals", k, "attributes", name), name, mix)
    for placed in survey.steps:
        if isinstance(placed.step, Branch) and any(arm.share is not None for arm in placed.step.branch):
            _branch(survey, report, placed.step, (*placed.path, "branch"))


def _mix(report: Report, path: Path, attribute: str, mix: Mix) -> None:
    for below, row in rows_of(mix):
        total = sum(row.values())
        if abs(total - 1) > TOLERANCE:
            which = f" where `{below[0]}`" if below else ""
            message = f"The shares of `{attribute}`{which} sum to {_shown(total)}; make them sum to 1."
            report.add("shares", (*path, *below), message)


def _branch(survey: Survey, report: Report, step: Branch, path: Path) -> None:
    attributes = sorted({arm.share.by for arm in step.branch if isinstance(arm.share, ByShare)})
    if len(attributes) > 1:
        names = " and ".join(f"`{name}`" for name in attributes)
        message = f"The shares of one branch depend on {names}; let them depend on one attribute, or branch twice."
        report.add("shares", path, message)
        return
    values: list[str | None] = [None]
    if attributes:
        values = [*sorted(survey.values.get(attributes[0], frozenset()))]
    sums = {value: sum(share_of(arm.share, value) for arm in step.branch) for value in values}
    rest = step.branch[-1].else_
    wrong = {value: total for value, total in sums.items() if total > 1 + TOLERANCE or _too_few(total, rest=rest)}
    if wrong:
        said = ", ".join(_shown(total) + (f" for `{value}`" if value else "") for value, total in wrong.items())
        wanted = "at most 1" if rest else "1"
        hint = "" if rest else ", or let the last arm say `else: true` for the rest"
        report.add("shares", path, f"The shares of this branch sum to {said}; make them sum to {wanted}{hint}.")


def _too_few(total: float, *, rest: bool) -> bool:
    return not rest and total < 1 - TOLERANCE


def share_of(share: float | ByShare | None, value: str | None) -> float:
    """The share of those who have a value of the attribute on which it may depend; none for an arm without one."""
    if share is None:
        return 0.0
    if not isinstance(share, ByShare):
        return share
    said = share.rows.get(value or "", share.else_)
    return 0.0 if said is None else said


def _shown(total: float) -> str:
    return f"{total:.6f}".rstrip("0").rstrip(".")
