"""When the stops of a route happen and what that costs, in small figures."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from routing.dispatch.problem import Plan, Problem, Route
from routing.dispatch.schedule import cost, lateness_cost, route_cost, simulate, unassigned_cost, with_appointments
from tests.routing.dispatch.problems import MIN, carrier, line, load, trip


def test_a_route_is_driven_as_early_as_it_can_be() -> None:
    """Free at minute 2, ready at minute 5: one minute there, two waiting, one handling, three on, one handling."""
    task = load("x", "n1", "n4", 12, ready_ms=5 * MIN, pickup_ms=MIN, delivery_ms=MIN)
    walker = carrier(available_ms=2 * MIN, home="n0")
    times = simulate(walker, trip("v", "+x", "-x"), {"x": task}, line(), 0)
    pickup, delivery = times.stops
    assert (pickup.arrival_ms, pickup.start_ms, pickup.end_ms) == (3 * MIN, 5 * MIN, 6 * MIN)
    assert (delivery.arrival_ms, delivery.end_ms, delivery.late_ms) == (9 * MIN, 10 * MIN, 0)
    assert times.aboard == ((), ("x",), ())
    assert times.busy_ms == (1 + 1 + 3 + 1 + 4) * MIN  # the way home is four minutes; waiting is free
    assert times.possible


def test_slack_says_how_long_a_stop_may_still_take() -> None:
    """Delivered at 10, due at 12: two minutes of slack at both stops (the wait is before the pickup)."""
    task = load("x", "n1", "n4", 12, ready_ms=5 * MIN, pickup_ms=MIN, delivery_ms=MIN)
    later = load("y", "n4", "n5", 60, ready_ms=20 * MIN)
    times = simulate(carrier(), trip("v", "+x", "-x", "+y", "-y"), {"x": task, "y": later}, line(), 0)
    # y: +y at 20, -y at 21, due at 60; the pickup of y waits from 10 to 20
    assert [stop.slack_ms // MIN for stop in times.stops] == [2, 2, 39, 39]


def test_now_is_the_earliest_start() -> None:
    """A vehicle free since long ago starts now."""
    task = load("x", "n0", "n1")
    assert simulate(carrier(), trip("v", "+x", "-x"), {"x": task}, line(), 9 * MIN).stops[0].start_ms == 9 * MIN


def test_lateness_costs_more_the_older_it_is() -> None:
    """Weight 2, aging 60 min: 30 minutes late cost 2 × 30 × 1.5 = 90, 60 minutes 2 × 60 × 2 = 240."""
    task = load("x", "n0", "n1", weight=2, aging_ms=60 * MIN)
    assert lateness_cost(task, 30 * MIN) == 90_000
    assert lateness_cost(task, 60 * MIN) == 240_000
    assert lateness_cost(task, -5 * MIN) == 0


def test_an_old_routine_task_outweighs_a_young_urgent_one() -> None:
    """Weight 1 and six hours late against weight 10 and on time: the next ten minutes cost more on the old one."""
    old, urgent = load("old", "n0", "n1", weight=1), load("urgent", "n0", "n1", weight=10)
    waiting = lateness_cost(old, 370 * MIN) - lateness_cost(old, 360 * MIN)
    assert waiting > lateness_cost(urgent, 10 * MIN) - lateness_cost(urgent, 0)


@given(a=st.integers(0, 10**10), b=st.integers(0, 10**10), weight=st.floats(0.01, 1000))
def test_more_lateness_never_costs_less(a: int, b: int, weight: float) -> None:
    """Monotone, whatever the weight, and within 64 bits for the compiled twin."""
    task = load("x", "n0", "n1", weight=weight, aging_ms=1000)
    less, more = sorted((a, b))
    assert 0 <= lateness_cost(task, less) <= lateness_cost(task, more) < 2**59


def test_leaving_a_task_costs_more_than_a_day_of_lateness() -> None:
    """Even the lightest task is worth the way across the hospital."""
    task = load("x", "n0", "n1", weight=0.01)
    assert unassigned_cost(task, 0) > lateness_cost(task, 24 * 60 * MIN) + 60_000


def test_a_plan_costs_its_routes_and_what_is_left() -> None:
    """v walks one minute (1.000) and is a minute late at weight 1 (1 × 1 × 61/60 = 1.016); y is left."""
    x, y = load("x", "n0", "n1", 0), load("y", "n0", "n1")
    problem = Problem(now_ms=0, vehicles=(carrier(),), tasks=(x, y))
    plan = Plan((trip("v", "+x", "-x"),), ("y",))
    assert cost(problem, plan, line()) == 1_000 + 1_016 + unassigned_cost(y, 0)
    times = simulate(carrier(), plan.routes[0], {"x": x}, line(), 0)
    assert route_cost(carrier(), plan.routes[0], {"x": x}, times) == 2_016


def test_the_slowest_thing_aboard_sets_the_pace() -> None:
    """A bed (2 min a place) from n1 to n4, a trolley (3 min) from n2 to n3 with it: 1 + 2 + 3 + 2 minutes."""
    table = line(("walk", 1), ("bed", 2), ("trolley", 3))
    tasks = {
        "bed": load("bed", "n1", "n4", profile="bed"),
        "trolley": load("trolley", "n2", "n3", profile="trolley"),
    }
    times = simulate(carrier(), trip("v", "+bed", "+trolley", "-trolley", "-bed"), tasks, table, 0)
    assert [stop.end_ms // MIN for stop in times.stops] == [1, 3, 6, 8]


def test_a_crew_meets_when_the_later_one_comes() -> None:
    """a reaches n2 at minute 2, b at minute 4 after y: the appointment of both becomes minute 4."""
    bed, y = load("bed", "n2", "n3", crew=2), load("y", "n5", "n4", profile="walk")
    problem = Problem(now_ms=0, vehicles=(carrier("a"), carrier("b", "n5")), tasks=(bed, y))
    plan = Plan((trip("a", "+bed", "-bed"), trip("b", "+y", "-y", "+bed", "-bed")))
    agreed = with_appointments(problem, plan, line())
    # b: +y at 0, -y at n4 at 1, n2 at 3
    assert agreed == Plan((trip("a", "+bed@3", "-bed"), trip("b", "+y", "-y", "+bed@3", "-bed")))


def test_an_appointment_comes_forward_unless_somebody_waits_for_it() -> None:
    """Made for minute 9, possible at 2: it moves to 2; with a already driving to it (frozen) it stays at 9."""
    bed = load("bed", "n2", "n3", crew=2)
    plan = Plan((trip("a", "+bed@9", "-bed"), trip("b", "+bed@9", "-bed")))
    free = Problem(now_ms=0, vehicles=(carrier("a"), carrier("b")), tasks=(bed,), plan=plan)
    begun = msgspec.structs.replace(free, vehicles=(carrier("a", frozen=1), carrier("b")))
    assert with_appointments(free, plan, line()) == Plan((trip("a", "+bed@2", "-bed"), trip("b", "+bed@2", "-bed")))
    assert with_appointments(begun, plan, line()) == plan


def test_crews_that_wait_for_each_other_in_a_circle_have_no_appointments() -> None:
    """a moves one before two, b two before one."""
    one, two = load("one", "n1", "n2", crew=2), load("two", "n3", "n4", crew=2)
    problem = Problem(now_ms=0, vehicles=(carrier("a"), carrier("b")), tasks=(one, two))
    circle = Plan((trip("a", "+one", "-one", "+two", "-two"), trip("b", "+two", "-two", "+one", "-one")))
    assert with_appointments(problem, circle, line()) is None


def test_a_missed_appointment_is_impossible() -> None:
    """The walker needs two minutes to n2; the appointment was at one."""
    bed = load("bed", "n2", "n3", crew=2)
    assert not simulate(carrier("a"), trip("a", "+bed@1", "-bed"), {"bed": bed}, line(), 0).possible
    assert simulate(carrier("a"), trip("a", "+bed@2", "-bed"), {"bed": bed}, line(), 0).possible
    assert simulate(carrier("a"), Route("a"), {}, line(), 0).possible
