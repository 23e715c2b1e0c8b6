"""The OR-Tools engine on cases that one can check by hand."""

from __future__ import annotations

import msgspec
import pytest

from routing.dispatch.checker import violations
from routing.dispatch.engines.ortools_engine import Solution, solve
from routing.dispatch.engines.worker import answer
from routing.dispatch.messages import SolveRequested
from routing.dispatch.problem import Plan, Problem, Route, Task, Vehicle
from tests.routing.dispatch.problems import MIN, Table, carrier, line, load, trip


def thought(
    vehicles: list[Vehicle], tasks: list[Task], *routes: Route, table: Table | None = None
) -> tuple[Solution, list[str]]:
    planned = {stop.task for route in routes for stop in route.stops}
    left = tuple(task.id for task in tasks if task.id not in planned)
    problem = Problem(now_ms=0, vehicles=tuple(vehicles), tasks=tuple(tasks), plan=Plan(routes, left))
    found = solve(problem, table or line(), budget_s=None, solution_limit=30)
    return found, [fault.rule for fault in violations(problem, found.plan, table or line())]


def test_a_bad_order_is_put_right() -> None:
    """x goes 1→2, y 3→4, z 5→6 by one walker, planned backwards; forwards is six minutes of walking."""
    tasks = [load("x", "n1", "n2"), load("y", "n3", "n4"), load("z", "n5", "n6")]
    found, faults = thought([carrier()], tasks, trip("v", "+z", "-z", "+y", "-y", "+x", "-x"))
    assert faults == []
    assert found.plan.route("v") == trip("v", "+x", "-x", "+y", "-y", "+z", "-z")
    assert (found.cost_before, found.cost_after) == (14_000, 6_000)


def test_two_walkers_exchange_their_loads() -> None:
    """a stands at n0 and has the load at n10, b the other way round."""
    tasks = [load("far", "n10", "n11"), load("near", "n1", "n0")]
    found, faults = thought(
        [carrier("a"), carrier("b", "n11")], tasks, trip("a", "+far", "-far"), trip("b", "+near", "-near")
    )
    assert faults == []
    assert found.plan == Plan((trip("a", "+near", "-near"), trip("b", "+far", "-far")))


def test_what_has_begun_or_is_aboard_stays_where_it_is() -> None:
    """The same exchange is refused when a already drives to its load and b has its load aboard."""
    tasks = [load("far", "n10", "n11"), load("near", "n1", "n0")]
    found, faults = thought(
        [carrier("a", frozen=1), carrier("b", "n11", onboard=("near",))],
        tasks,
        trip("a", "+far", "-far"),
        trip("b", "-near"),
    )
    assert faults == []
    assert found.plan.route("a") == trip("a", "+far", "-far")
    assert found.plan.route("b") == trip("b", "-near")


def test_an_urgent_load_overtakes() -> None:
    """The urgent one is due at minute 3, the routine one has an hour."""
    tasks = [load("routine", "n1", "n9"), load("urgent", "n1", "n3", 3, weight=10, alone=True)]
    found, faults = thought([carrier()], tasks, trip("v", "+routine", "-routine", "+urgent", "-urgent"))
    assert faults == []
    assert found.plan.route("v").stops[0].task == "urgent"


def test_hard_rules_hold_in_the_model() -> None:
    """Locked goods to the locked robot, clean apart from unclean, none after the shift, one over its limit left."""
    tasks = [
        load("locked", "n1", "n2", requires=("lock",)),
        load("clean", "n3", "n6", clean="clean"),
        load("unclean", "n4", "n5", clean="unclean"),
        load("late", "n10", "n11", delivery_windows=((20 * MIN, 30 * MIN),)),
        load("old", "n9", "n10", latest_ms=2 * MIN - 1),
    ]
    short = carrier("short", shift_end_ms=10 * MIN)
    found, faults = thought([short, carrier("able", "n8", capabilities=("lock",))], tasks)
    assert faults == []
    assert found.plan.unassigned == ("old",)
    assert {stop.task for stop in found.plan.route("able").stops} >= {"locked", "late"}


def test_the_model_leaves_batteries_their_reserve() -> None:
    """x and y go 0→3: both are 12 minutes for v1 with the way home, its battery lasts 10, so v2 comes for one."""
    tasks = [load("x", "n0", "n3"), load("y", "n0", "n3")]
    weak, strong = carrier("v1", home="n0", units=1, range_ms=10 * MIN), carrier("v2", "n5", home="n5", units=1)
    found, faults = thought([weak, strong], tasks)
    assert faults == []
    assert [len(found.plan.route(name).stops) for name in ("v1", "v2")] == [2, 2]
    rested, _ = thought([msgspec.structs.replace(weak, range_ms=12 * MIN), strong], tasks)
    assert [len(rested.plan.route(name).stops) for name in ("v1", "v2")] == [4, 0]
    empty, _ = thought([msgspec.structs.replace(weak, node="n9", range_ms=0), strong], tasks)
    assert [len(empty.plan.route(name).stops) for name in ("v1", "v2")] == [0, 4]


def test_two_porters_stay_together_when_the_plan_changes() -> None:
    """The bed keeps two porters with one appointment while other loads move around it."""
    bed = load("bed", "n5", "n6", 20, crew=2, weight=5, profile="bed")
    tasks = [bed, load("x", "n1", "n2"), load("y", "n8", "n9"), load("z", "n3", "n2")]
    table = line(("walk", 1), ("bed", 2))
    porters = [carrier("a"), carrier("b", "n9"), carrier("c", "n4")]
    found, faults = thought(porters, tasks, table=table)
    assert faults == []
    assert found.plan.unassigned == ()
    meeting = {stop.not_before_ms for route in found.plan.routes for stop in route.stops if stop.task == "bed"}
    assert len(meeting - {0}) == 1


def test_an_appointment_broken_by_delay_is_made_anew() -> None:
    """The bed was to start at minute 2, but b is free only at minute 7: both get a time that they can keep."""
    bed = load("bed", "n2", "n3", crew=2)
    porters = [carrier("a"), carrier("b", "n2", available_ms=7 * MIN)]
    found, faults = thought(porters, [bed], trip("a", "+bed@2", "-bed"), trip("b", "+bed@2", "-bed"))
    assert faults == []
    assert found.plan.routes == (trip("a", "+bed@7", "-bed"), trip("b", "+bed@7", "-bed"))


def test_a_route_that_is_broken_already_is_left_alone() -> None:
    """a is past the end of its shift with x aboard: it brings x home; y goes to b."""
    tasks = [load("x", "n0", "n4"), load("y", "n0", "n1")]
    found, faults = thought(
        [carrier("a", onboard=("x",), shift_end_ms=MIN), carrier("b", "n11")], tasks, trip("a", "-x")
    )
    assert faults == ["shift_end"]
    assert found.plan == Plan((trip("a", "-x"), trip("b", "+y", "-y")))


def test_nothing_to_do_is_an_answer() -> None:
    """No vehicle, or nothing that may move: the plan comes back as it is."""
    assert thought([], [load("x", "n0", "n1")])[0].plan == Plan((), ("x",))
    begun, _ = thought([carrier(onboard=("x",))], [load("x", "n0", "n1")], trip("v", "-x"))
    assert (begun.plan.route("v"), begun.engine, begun.note) == (trip("v", "-x"), "warm_start", "nothing to move")


def test_a_search_needs_an_end() -> None:
    """Neither budget nor limit is refused."""
    with pytest.raises(ValueError, match="give budget_s or solution_limit"):
        solve(Problem(now_ms=0, vehicles=(), tasks=()), line(), budget_s=None)


def test_the_worker_answers_with_the_versions_it_was_asked_with() -> None:
    """And with a limit by count it answers the same twice."""
    tasks = tuple(load(f"t{n}", f"n{n % 7}", f"n{(3 * n + 1) % 11}", 5 + n) for n in range(12))
    problem = Problem(
        now_ms=0,
        vehicles=(carrier("a"), carrier("b", "n6"), carrier("c", "n11")),
        tasks=tasks,
        plan=Plan((), tuple(task.id for task in tasks)),
        versions=(("a", 4), ("b", 1), ("c", 9)),
    )
    asked = SolveRequested("S7", problem, 1, solution_limit=40)
    first, second = answer(asked, line()), answer(asked, line())
    assert (first.request, first.versions) == ("S7", problem.versions)
    assert first.cost_after <= first.cost_before
    assert msgspec.structs.replace(first, solve_ms=0) == msgspec.structs.replace(second, solve_ms=0)
