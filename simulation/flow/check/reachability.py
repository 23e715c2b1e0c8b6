"""Every step can be reached, and whatever happens to a patient leads to a next step.

What no step uses is not an error: a site's files are a library of which each flow takes what its arrivals' pathways
reach, and an unused resource or pathway changes no figure. Steps that can never be reached do: they were meant to.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet

from simulation.flow.check.survey import Survey
from simulation.flow.names import blocks
from simulation.flow.schema.steps import Again, Arm, Branch, Leave, Request, Step
from site_models.checks.report import Report
from site_models.positions import Path


def check_reachability(survey: Survey, report: Report, visited: AbstractSet[Path], pathways: Collection[str]) -> None:
    """Note the first step of each list in these pathways that no way leads to."""
    for name in pathways:
        path, pathway = survey.pathways[name]
        _unreached(pathway.steps, (*path, "steps"), report, visited)


def _unreached(steps: tuple[Step, ...], path: Path, report: Report, visited: AbstractSet[Path]) -> None:
    for k, step in enumerate(steps):
        place = (*path, k)
        if place not in visited:
            before = steps[k - 1] if k else None
            why = (
                f"the step before it, in {report.place((*path, k - 1))}, lets nobody go on"
                if before
                else "nobody comes"
            )
            if isinstance(before, Leave | Again):
                why = f"`{'leave' if isinstance(before, Leave) else 'again'}` stands before it"
            report.add("unreachable_step", place, f"This step is never reached: {why}; remove it, or move it up.")
            return
        _unreached_within(step, place, report, visited)


def _unreached_within(step: Step, place: Path, report: Report, visited: AbstractSet[Path]) -> None:
    for n, (below, steps) in enumerate(blocks(step)):
        inner, first = (*place, *below), (*place, *below, 0)
        if not steps or first in visited:
            _unreached(steps, inner, report, visited)
        elif isinstance(step, Request):
            message = "Nobody gives up here, so `otherwise` is never done; say `patience`, or remove it."
            report.add("unreachable_step", first, message)
        elif isinstance(step, Branch):
            report.add("unreachable_step", first, f"This step is never reached: {_never(step, step.branch[n])}.")
        else:
            report.add("unreachable_step", first, "This step is never reached: no `again` leads here; remove it.")


def _never(step: Branch, arm: Arm) -> str:
    if step.by is None:
        return "the share of this arm is zero for everybody who comes; correct the share, or remove the arm"
    values = "every value of" if arm.else_ else "this value of"
    return f"{values} `{step.by}` has gone another way before; correct the arms, or remove this one"
