"""The worker's answer to a request, as a pure function; the process around it lives with the fleet."""

from __future__ import annotations

from routing.dispatch.engines.ortools_engine import solve
from routing.dispatch.messages import PlanProposed, SolveRequested
from routing.dispatch.problem import TravelTable


def answer(request: SolveRequested, times: TravelTable) -> PlanProposed:
    """Solve what was asked with the travel times of the problem's closures.

    With a solution limit the budget is not used, so the answer is the same on every machine.
    """
    limited = request.solution_limit is not None
    found = solve(
        request.problem,
        times,
        budget_s=None if limited else request.budget_ms / 1000,
        solution_limit=request.solution_limit,
        seed=request.seed,
    )
    return PlanProposed(
        request=request.request,
        plan=found.plan,
        versions=request.problem.versions,
        engine=found.engine,
        solve_ms=found.solve_ms,
        cost_before=found.cost_before,
        cost_after=found.cost_after,
        note=found.note,
    )
