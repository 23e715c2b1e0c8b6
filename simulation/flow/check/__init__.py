"""Checks declared flows as a whole; each family of rules is a module. All errors are found at once."""

from __future__ import annotations

from collections.abc import Collection

from simulation.flow.check.deadlock import check_deadlock
from simulation.flow.check.durations import check_durations
from simulation.flow.check.holding import Holding
from simulation.flow.check.outputs import check_outputs
from simulation.flow.check.reachability import check_reachability
from simulation.flow.check.references import check_references
from simulation.flow.check.resources import check_resources
from simulation.flow.check.shares import check_shares
from simulation.flow.check.survey import Survey
from simulation.flow.schema import Sections
from site_models.checks.report import Report
from site_models.errors import SiteError, in_order
from site_models.positions import Positions

__all__ = ["check_flows"]


def check_flows(
    sections: Sections, positions: Positions | None, *, broken: Collection[tuple[str, str]] = ()
) -> list[SiteError]:
    """Every violation, in the order of the files; without `positions` they stand at the flows as a whole.

    `broken` names (section, id) of things that were declared but could not be read: nobody is told that they are
    missing, and nothing is concluded from what they may hold.
    """
    survey, report = Survey(sections, broken), Report("flows", positions)
    for rules in (check_references, check_shares, check_resources, check_durations, check_outputs):
        rules(survey, report)
    holding = Holding(survey, report)
    begun = survey.begun()
    for pathway in begun:
        holding.follow(pathway)
    unknown = survey.reached(sorted(holding.uncertain))
    check_reachability(survey, report, holding.visited, [name for name in survey.reached(begun) if name not in unknown])
    check_deadlock(survey, report, holding.waits)
    return in_order(report.errors)
