"""Plans made by insertion, by moves and by the engine pass the independent checker and never get worse."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.dispatch.checker import new_violations, violations
from routing.dispatch.construction import improve, insert_all
from routing.dispatch.engines.ortools_engine import solve
from routing.dispatch.problem import Plan, Problem
from routing.dispatch.schedule import cost, simulate
from tests.routing.dispatch.problems import MIN, Table, open_problems, tables


@settings(max_examples=200, deadline=None)
@given(problem=open_problems(), table=tables())
def test_what_insertion_builds_breaks_no_rule(problem: Problem, table: Table) -> None:
    """Whatever the tasks ask for, the plan is sound and not dearer than leaving everything."""
    plan = insert_all(problem, table)
    assert violations(problem, plan, table) == []
    assert cost(problem, plan, table) <= cost(problem, problem.plan, table)


@settings(max_examples=200, deadline=None)
@given(problem=open_problems(), table=tables())
def test_moving_single_tasks_only_saves(problem: Problem, table: Table) -> None:
    """Moves keep every rule and never raise the cost."""
    plan = insert_all(problem, table)
    better = improve(problem, plan, table)
    assert violations(problem, better, table) == []
    assert cost(problem, better, table) <= cost(problem, plan, table)


@st.composite
def plans_under_way(draw: st.DrawFn) -> tuple[Problem, Table]:
    """A plan some minutes after it was made: first stops begun or done, one vehicle late, new tasks come in."""
    problem, table = draw(open_problems(most=6)), draw(tables())
    plan = insert_all(problem, table)
    tasks = problem.task_by_id()
    now = problem.now_ms + draw(st.integers(0, 30 * MIN))
    vehicles, routes = [], []
    delivered: set[str] = set()
    for vehicle in problem.vehicles:
        route = plan.route(vehicle.id)
        times = simulate(vehicle, route, tasks, table, problem.now_ms)
        done = sum(time.end_ms <= now for time in times.stops)
        node, free = vehicle.node, vehicle.available_ms
        for stop, time in zip(route.stops[:done], times.stops, strict=False):
            task = tasks[stop.task]
            node, free = (task.origin if stop.kind == "pickup" else task.destination), time.end_ms
            delivered |= {stop.task} if stop.kind == "delivery" else set()
        rest = route.stops[done:]
        vehicles.append(
            msgspec.structs.replace(
                vehicle,
                node=node,
                available_ms=free + draw(st.sampled_from([0, 0, 10 * MIN])),
                onboard=times.aboard[done],
                frozen=min(len(rest), draw(st.integers(0, 1))),
            )
        )
        routes.append(msgspec.structs.replace(route, stops=rest))
    for name in sorted(delivered):
        if any(stop.task == name for route in routes for stop in route.stops):
            delivered.discard(name)  # the other of a crew is still on its way
    left = tuple(task for task in problem.tasks if task.id not in delivered)
    return (
        Problem(
            now_ms=now,
            vehicles=tuple(vehicles),
            tasks=left,
            plan=Plan(tuple(routes), plan.unassigned),
            versions=tuple((vehicle.id, 7) for vehicle in vehicles),
        ),
        table,
    )


@settings(max_examples=60, deadline=None)
@given(case=plans_under_way())
def test_the_engine_keeps_every_rule_and_never_costs_more(case: tuple[Problem, Table]) -> None:
    """In the middle of a plan, with delays, frozen stops and loads aboard: nothing new is broken, cost only falls."""
    problem, table = case
    found = solve(problem, table, budget_s=None, solution_limit=20)
    assert new_violations(problem, found.plan, table) == []
    assert found.cost_after == cost(problem, found.plan, table)
    assert found.cost_after <= found.cost_before == cost(problem, problem.plan, table)
