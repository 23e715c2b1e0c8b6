"""Who goes into which arm of a branch, and what arms that run at once leave behind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from simulation.flow.check.shares import TOLERANCE, share_of
from simulation.flow.check.states import Held, State
from simulation.flow.check.survey import EVERYBODY, NOBODY, Survey, Who, every_step, kept_as
from simulation.flow.schema.steps import Arm, Branch, ByShare, Release, Run, Seize, Step
from site_models.positions import Path


def by_value(survey: Survey, branch: Branch, number: int) -> Who:
    """Who goes into an arm of a branch by an attribute; anybody, where what the arm says is nothing that there is."""
    values = survey.values.get(branch.by or "")
    if branch.by is None or values is None:
        return EVERYBODY
    arm = branch.branch[number]
    if arm.else_:
        left = values - {value for one in branch.branch for value in _said(one)}
        return Who(branch.by, left) if left else NOBODY
    meant = values & _said(arm)
    return Who(branch.by, meant) if meant else EVERYBODY


def _said(arm: Arm) -> frozenset[str]:
    return frozenset((arm.is_,) if isinstance(arm.is_, str) else arm.is_ or ())


def by_chance(branch: Branch, number: int, survey: Survey) -> Who:
    """Who may go into an arm by chance: those whose share is not zero by their attribute.

    A share that is zero for all, or a rest that is, is there for a scenario to change.
    """
    arm = branch.branch[number]
    by = {one.share.by for one in branch.branch if isinstance(one.share, ByShare)}
    if len(by) != 1 or (not arm.else_ and not isinstance(arm.share, ByShare)):
        return EVERYBODY
    attribute = min(by)
    shares = {
        value: sum(share_of(one.share, value) for one in (branch.branch if arm.else_ else [arm]))
        for value in survey.values.get(attribute, frozenset())
    }
    some = frozenset(value for value, share in shares.items() if (share < 1 - TOLERANCE if arm.else_ else share > 0))
    return Who(attribute, some) if some else EVERYBODY


def touched_by(survey: Survey, steps: tuple[Step, ...], path: Path, running: tuple[str, ...] = ()) -> dict[str, Path]:
    """Names that these steps seize or release, and where first."""
    found: dict[str, Path] = {}
    for place, step in every_step(steps, path):
        names: dict[str, Path] = {}
        if isinstance(step, Seize) and (name := kept_as(step)) is not None:
            names = {name: place}
        elif isinstance(step, Release):
            names = dict.fromkeys((step.release,) if isinstance(step.release, str) else step.release, place)
        elif isinstance(step, Run) and step.run in survey.pathways and step.run not in running:
            inner, pathway = survey.pathways[step.run]
            names = touched_by(survey, pathway.steps, (*inner, "steps"), (*running, step.run))
        found = {**names, **found}
    return found


def all_done(
    state: State, untouched: dict[str, Held], ends: Sequence[list[State]], touched: Sequence[dict[str, Path]]
) -> list[State]:
    """What may be held when all arms have ended, one of each arm's ends at a time."""
    joined = []
    for combination in product(*ends):
        found: State | None = state
        holds = dict(untouched)
        for end, names in zip(combination, touched, strict=True):
            found = found.with_patients_of(end) if found else None
            holds.update({name: held for name, held in end.holds if name in names})
        if found is not None:
            joined.append(found.holding(holds))
    return joined
