"""What the dispatcher and the solving worker say to each other."""

from __future__ import annotations

import msgspec

from routing.dispatch.problem import Plan, Problem


class SolverMessage(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """Anything said between the dispatcher and its solving worker."""


class SolveRequested(SolverMessage, frozen=True, tag="solve_requested"):
    """Think about this for `budget_ms` of wall time, or (`solution_limit`) until so many solutions were found.

    A limit by count gives the same answer on every machine; it is what the twin and the tests use.
    """

    request: str
    problem: Problem
    budget_ms: int
    solution_limit: int | None = None
    seed: int = 0


class PlanProposed(SolverMessage, frozen=True, tag="plan_proposed"):
    """A better plan for a problem. Costs are thousandths (`schedule.cost`), of the warm start and of this plan.

    `versions` are those of the problem; `note` says why the engine's own answer was not used, if so.
    """

    request: str
    plan: Plan
    versions: tuple[tuple[str, int], ...]
    engine: str
    solve_ms: int
    cost_before: int
    cost_after: int
    note: str = ""
