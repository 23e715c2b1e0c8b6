"""Plans made by insertion, by moves and by the engine pass the independent checker and never get worse."""

from __future__ import annotations

from hypothesis import given, settings

from routing.dispatch.checker import new_violations, violations
from routing.dispatch.construction import build, improve, insert_all
from routing.dispatch.engines.ortools_engine import solve
from routing.dispatch.problem import Problem
from routing.dispatch.schedule import cost
from tests.routing.dispatch.problems import Table, open_problems, plans_under_way, tables


@settings(max_examples=120, deadline=None)
@given(problem=open_problems(), table=tables())
def test_what_insertion_builds_breaks_no_rule(problem: Problem, table: Table) -> None:
    """Whatever the tasks ask for, the plan is sound and not dearer than leaving everything."""
    plan = insert_all(problem, table)
    assert violations(problem, plan, table) == []
    assert cost(problem, plan, table) <= cost(problem, problem.plan, table)


@settings(max_examples=120, deadline=None)
@given(problem=open_problems(), table=tables())
def test_moving_single_tasks_only_saves(problem: Problem, table: Table) -> None:
    """Moves keep every rule and never raise the cost."""
    plan = insert_all(problem, table)
    better = improve(problem, plan, table)
    assert build(problem, table) == better
    assert violations(problem, better, table) == []
    assert cost(problem, better, table) <= cost(problem, plan, table)


@settings(max_examples=60, deadline=None)
@given(case=plans_under_way())
def test_the_engine_keeps_every_rule_and_never_costs_more(case: tuple[Problem, Table]) -> None:
    """Under way, with delays, begun stops and loads aboard: nothing new is broken, and it costs less or mends."""
    problem, table = case
    found = solve(problem, table, budget_s=None, solution_limit=20)
    assert new_violations(problem, found.plan, table) == []
    assert found.cost_after == cost(problem, found.plan, table)
    assert found.cost_before == cost(problem, problem.plan, table)
    mended = len(violations(problem, found.plan, table)) < len(violations(problem, problem.plan, table))
    assert mended or found.cost_after <= found.cost_before
