"""The insertion search finds what trying every place finds, and keeps every hard rule."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.dispatch import insertion_reference as reference
from routing.dispatch.insertion import RouteSet, warm
from routing.dispatch.insertion_kernel import best_pairs, best_places, earliest_starts
from routing.dispatch.places import inserted
from routing.dispatch.problem import Problem, Route, Stop, Task, Vehicle
from routing.dispatch.schedule import NEVER_MS, priced
from tests.routing.dispatch.problems import (
    MIN,
    Table,
    carrier,
    line,
    load,
    open_problems,
    plans_under_way,
    tables,
    trip,
)


def searched(vehicles: list[Vehicle], routes: list[Route], tasks: list[Task], table: Table) -> RouteSet:
    return RouteSet(vehicles, routes, {task.id: task for task in tasks}, table)


@settings(max_examples=150, deadline=None)
@given(problem=open_problems(), table=tables())
def test_the_compiled_search_finds_what_trying_every_place_finds(problem: Problem, table: Table) -> None:
    """Task by task into growing routes, alone and as crews: the same places, costs and times as the reference."""
    known = problem.task_by_id()
    vehicles = list(problem.vehicles)
    routes = [Route(vehicle.id) for vehicle in vehicles]
    search = RouteSet(vehicles, [], {}, table)
    row = {vehicle.id: number for number, vehicle in enumerate(vehicles)}
    for task in problem.tasks:
        if task.crew == 2:
            crews = search.best_crew(task, problem.now_ms)
            assert crews == reference.best_crews(vehicles, routes, task, known, table, problem.now_ms)
            chosen = [crews[0].first, crews[0].second] if crews else []
        else:
            places = search.best(task, problem.now_ms)
            assert places == reference.best_places(vehicles, routes, task, known, table, problem.now_ms)
            chosen = places[:1]
        for place in chosen:
            number = row[place.vehicle]
            routes[number] = inserted(routes[number], task, place)
            search.set_route(number, vehicles[number], routes[number], known)


@settings(max_examples=80, deadline=None)
@given(case=plans_under_way(), later=st.integers(0, 20 * MIN))
def test_it_also_does_so_in_the_middle_of_plans(case: tuple[Problem, Table], later: int) -> None:
    """With begun stops, loads aboard, delays and a later now: what is unassigned finds the same places."""
    problem, table = case
    known = problem.task_by_id()
    vehicles = list(problem.vehicles)
    routes = [problem.plan.route(vehicle.id) for vehicle in vehicles]
    search = RouteSet(vehicles, problem.plan.routes, known, table)
    now = problem.now_ms + later
    for name in problem.plan.unassigned:
        task = known[name]
        if task.crew == 2:
            found = search.best_crew(task, now)
            assert found == reference.best_crews(vehicles, routes, task, known, table, now)
        else:
            assert search.best(task, now) == reference.best_places(vehicles, routes, task, known, table, now)


@settings(max_examples=80, deadline=None)
@given(case=plans_under_way(), later=st.integers(0, 90 * MIN))
def test_a_route_costs_what_the_schedule_says(case: tuple[Problem, Table], later: int) -> None:
    """Also when it has become impossible meanwhile: then it has no price."""
    problem, table = case
    known = problem.task_by_id()
    search = RouteSet(problem.vehicles, problem.plan.routes, known, table)
    now = problem.now_ms + later
    for number, vehicle in enumerate(problem.vehicles):
        possible, cost = priced(vehicle, problem.plan.route(vehicle.id), known, table, now)
        assert search.cost(number, now) == (cost if possible else None)


@settings(max_examples=60, deadline=None)
@given(case=plans_under_way())
def test_rows_set_one_by_one_answer_like_rows_built_at_once(case: tuple[Problem, Table]) -> None:
    """The cache has no memory: after any row has been replaced, answers are those of a fresh set."""
    problem, table = case
    known = problem.task_by_id()
    empty = [msgspec.structs.replace(vehicle, onboard=(), frozen=0) for vehicle in problem.vehicles]
    grown = RouteSet(empty, [], {}, table)
    for number, vehicle in enumerate(problem.vehicles):
        grown.set_route(number, vehicle, problem.plan.route(vehicle.id), known)
    fresh = RouteSet(problem.vehicles, problem.plan.routes, known, table)
    wanted = load("new", "n1", "n5", 30, mass_kg=0.1)
    assert grown.best(wanted, problem.now_ms) == fresh.best(wanted, problem.now_ms)


def test_the_nearest_idle_carrier_gets_the_load() -> None:
    """a at n0 and b at n5; from n4 to n6: b walks 1 + 2 minutes (3.000), a 4 + 2 (6.000)."""
    routes = searched([carrier("a"), carrier("b", "n5")], [], [], line())
    first, second = routes.best(load("x", "n4", "n6"), 0)
    assert (first.vehicle, first.cost_delta, first.pickup_ms, first.delivery_ms) == ("b", 3_000, 1 * MIN, 3 * MIN)
    assert (second.vehicle, second.cost_delta) == ("a", 6_000)


def test_of_equals_the_smaller_id_wins_in_any_order() -> None:
    """Both stand at n0; rows are given backwards."""
    routes = searched([carrier("b"), carrier("a")], [], [], line())
    assert [place.vehicle for place in routes.best(load("x", "n1", "n2"), 0)] == ["a", "b"]


def test_a_load_is_taken_along_on_the_way() -> None:
    """From n0 the walker brings x from n1 to n5; y from n2 to n4 lies on the way and costs nothing more."""
    x, y = load("x", "n1", "n5"), load("y", "n2", "n4")
    routes = searched([carrier()], [trip("v", "+x", "-x")], [x], line())
    place = routes.best(y, 0)[0]
    assert (place.pickup_pos, place.delivery_pos, place.cost_delta, place.added_late_ms) == (1, 2, 0, 0)
    assert inserted(trip("v", "+x", "-x"), y, place) == trip("v", "+x", "+y", "-y", "-x")


def test_lateness_put_on_others_is_counted() -> None:
    """x is due at minute 5 exactly; the urgent y goes first, and its detour makes x late."""
    x, y = load("x", "n1", "n5", 5), load("y", "n2", "n1", 0, weight=10)
    place = searched([carrier()], [trip("v", "+x", "-x")], [x], line()).best(y, 0)[0]
    # n2 +y at minute 2, n1 -y at minute 3 and +x, n5 -x at minute 7: two minutes late
    assert (place.pickup_pos, place.delivery_pos, place.delivery_ms, place.added_late_ms) == (0, 1, 3 * MIN, 2 * MIN)


def test_nothing_goes_before_a_stop_that_has_begun() -> None:
    """The walker is on its way to x at n5: y at n1 has to wait, although it lies nearer."""
    x, y = load("x", "n5", "n6"), load("y", "n1", "n2")
    begun = searched([carrier(frozen=1)], [trip("v", "+x", "-x")], [x], line())
    free = searched([carrier()], [trip("v", "+x", "-x")], [x], line())
    assert begun.best(y, 0)[0].pickup_pos == 2
    assert free.best(y, 0)[0].pickup_pos == 0


@pytest.mark.parametrize(
    ("who", "what"),
    [
        ({"payload_kg": 0.9}, {}),
        ({"units": 1}, {"units": 2}),
        ({}, {"requires": ("lock",)}),
        ({"shift_end_ms": 3 * MIN - 1}, {}),
        ({}, {"latest_ms": 3 * MIN - 1}),
        ({}, {"delivery_windows": ((0, 3 * MIN - 1),)}),
        ({"accepting": False}, {}),
    ],
    ids=["too heavy", "too big", "not fit", "shift over", "too old", "closed", "takes nothing new"],
)
def test_who_may_not_is_not_asked(who: dict[str, object], what: dict[str, object]) -> None:
    """From n0 by n1 to n3 takes three minutes; each rule alone forbids it, without it the place is found."""
    wanted = load("x", "n1", "n3", **what)
    assert searched([carrier(**who)], [], [], line()).best(wanted, 0) == []
    assert searched([carrier(**who)], [], [], line()).best_crew(wanted, 0) == []
    assert len(searched([carrier()], [], [], line()).best(load("x", "n1", "n3"), 0)) == 1


def test_a_closed_station_is_waited_for_but_not_missed() -> None:
    """n1 hands out from minute 10 to 12; a pickup of two minutes begins at 10, one of three never."""
    opens = ((10 * MIN, 12 * MIN),)
    routes = searched([carrier()], [], [], line())
    place = routes.best(load("x", "n1", "n2", pickup_windows=opens, pickup_ms=2 * MIN), 0)[0]
    assert place.pickup_ms == 10 * MIN
    assert routes.best(load("x", "n1", "n2", pickup_windows=opens, pickup_ms=3 * MIN), 0) == []


def test_clean_and_unclean_never_meet_but_follow_each_other() -> None:
    """With clean x aboard, unclean y on the way is fetched only after x is delivered; neutral z joins x."""
    x = load("x", "n1", "n5", clean="clean")
    routes = searched([carrier()], [trip("v", "+x", "-x")], [x], line())
    apart = routes.best(load("y", "n2", "n4", clean="unclean"), 0)[0]
    joint = routes.best(load("z", "n2", "n4"), 0)[0]
    assert apart.pickup_pos in (0, 2)
    assert apart.delivery_pos - apart.pickup_pos == 1
    assert (joint.pickup_pos, joint.delivery_pos) == (1, 2)


def test_a_bed_slows_its_porter_from_pickup_to_delivery() -> None:
    """Alone it walks a minute a place, with the bed two: n0 n1 (1), then n1 n3 (4)."""
    table = line(("walk", 1), ("bed", 2))
    place = searched([carrier()], [], [], table).best(load("x", "n1", "n3", profile="bed"), 0)[0]
    assert place.delivery_ms == 5 * MIN


def test_two_porters_meet_at_one_time() -> None:
    """a at n0 and b at n6 fetch a bed at n2: b needs four minutes, so a (two) waits; both arrive at n4 at six."""
    table = line(("walk", 1))
    routes = searched([carrier("a"), carrier("b", "n6")], [], [], table)
    crew = routes.best_crew(load("bed", "n2", "n4", crew=2), 0)[0]
    assert crew.appointment_ms == 4 * MIN
    assert [(part.vehicle, part.pickup_ms, part.delivery_ms) for part in (crew.first, crew.second)] == [
        ("a", 4 * MIN, 6 * MIN),
        ("b", 4 * MIN, 6 * MIN),
    ]
    assert inserted(Route("a"), load("bed", "n2", "n4"), crew.first) == trip("a", "+bed@4", "-bed")


def test_an_appointment_is_kept_when_more_comes_in() -> None:
    """a has an appointment at minute 4 at n2 with time to spare: y on the way fits, z further off only after it."""
    bed = load("bed", "n2", "n4", crew=2, profile="walk")
    y, z = load("y", "n0", "n1"), load("z", "n7", "n0", 0, weight=100)
    routes = searched([carrier("a")], [trip("a", "+bed@4", "-bed")], [bed], line())
    assert routes.best(y, 0)[0].pickup_pos == 0
    assert routes.best(z, 0)[0].pickup_pos == 2


def test_a_task_of_two_is_refused_where_one_is_sought() -> None:
    """`best` gives no half of a crew."""
    with pytest.raises(ValueError, match="best_crew"):
        searched([carrier()], [], [], line()).best(load("x", "n0", "n1", crew=2), 0)


def test_a_place_off_the_map_is_named_and_changes_nothing() -> None:
    """An unknown node in a new route is refused; the row answers as before."""
    routes = searched([carrier()], [], [], line())
    lost = load("x", "cellar", "n1")
    with pytest.raises(ValueError, match="task x: node cellar is not in the travel times"):
        routes.set_route(0, carrier(), trip("v", "+x", "-x"), {"x": lost})
    with pytest.raises(ValueError, match="profile wings"):
        routes.set_route(0, carrier(profile="wings"), Route("v"), {})
    assert len(routes.best(load("y", "n0", "n1"), 0)) == 1


def test_only_the_eligible_are_asked() -> None:
    """By row numbers or by a mask."""
    routes = searched([carrier("a"), carrier("b"), carrier("c")], [], [], line())
    wanted = load("x", "n0", "n1")
    assert [place.vehicle for place in routes.best(wanted, 0, [2, 1])] == ["b", "c"]
    assert [place.vehicle for place in routes.best(wanted, 0, np.array([True, False, False]))] == ["a"]


def test_warming_leaves_nothing_to_compile() -> None:
    """Each kernel has exactly its stated signature, so a call never compiles."""
    warm()
    for kernel in (best_places, best_pairs, earliest_starts):
        assert len(kernel.signatures) == 1  # type: ignore[attr-defined]  # numba's own attribute
        assert not kernel._can_compile  # type: ignore[attr-defined]  # numba's own attribute


def test_the_end_of_time_is_later_than_any_instant() -> None:
    """The year 9999 in milliseconds is before NEVER_MS."""
    assert NEVER_MS > 253_402_300_799_000
    assert Stop("x", "pickup").not_before_ms == 0
