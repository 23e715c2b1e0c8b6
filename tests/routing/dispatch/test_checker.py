"""The judge finds every broken rule, and nothing in a sound plan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.dispatch.checker import new_violations, violations
from routing.dispatch.construction import insert_all
from routing.dispatch.problem import UNREACHABLE_MS, Plan, Problem, Route, Task, Vehicle
from routing.dispatch.schedule import simulate
from tests.routing.dispatch.problems import MIN, Table, carrier, line, load, open_problems, tables, trip


def judged(vehicles: list[Vehicle], tasks: list[Task], *routes: Route, left: tuple[str, ...] = ()) -> list[str]:
    problem = Problem(now_ms=0, vehicles=tuple(vehicles), tasks=tuple(tasks))
    table = line(("walk", 1), ("bed", 2))
    return [fault.rule for fault in violations(problem, Plan(routes, left), table)]


def test_a_sound_plan_passes() -> None:
    """One after the other and one inside the other."""
    tasks = [load("x", "n1", "n5"), load("y", "n2", "n3"), load("z", "n0", "n1")]
    assert judged([carrier()], tasks, trip("v", "+x", "+y", "-y", "-x"), left=("z",)) == []


@pytest.mark.parametrize(
    ("who", "what", "words", "rule"),
    [
        ({}, {}, ("-x", "+x"), "order"),
        ({}, {}, ("+x",), "order"),
        ({}, {}, ("+x", "-x", "+x", "-x"), "twice"),
        ({}, {"mass_kg": 101}, ("+x", "-x"), "payload"),
        ({}, {"units": 3}, ("+x", "-x"), "units"),
        ({}, {"requires": ("lock", "bed")}, ("+x", "-x"), "capability"),
        ({"accepting": False}, {}, ("+x", "-x"), "accepting"),
        ({"shift_end_ms": 3 * MIN - 1}, {}, ("+x", "-x"), "shift_end"),
        # One minute to n1, two to n3; home is the place that it starts from.
        ({"range_ms": 3 * MIN - 1}, {}, ("+x", "-x"), "battery"),
        ({"range_ms": 6 * MIN - 1, "home": "n0"}, {}, ("+x", "-x"), "battery"),
        ({}, {"latest_ms": 3 * MIN - 1}, ("+x", "-x"), "latest"),
        ({}, {"pickup_windows": ((0, MIN - 1),)}, ("+x", "-x"), "closed"),
        ({}, {"delivery_windows": ((2 * MIN, 4 * MIN),), "delivery_ms": MIN + 1}, ("+x", "-x"), "closed"),
        ({}, {"crew": 2}, ("+x@1", "-x"), "crew"),
        ({}, {}, ("+ghost", "-ghost"), "unknown_task"),
        ({"node": "attic"}, {}, ("+x", "-x"), "unknown_place"),
        ({}, {"profile": "wings"}, ("+x", "-x"), "unknown_place"),
    ],
)
def test_each_rule_is_seen(who: dict[str, object], what: dict[str, object], words: tuple[str, ...], rule: str) -> None:
    """x goes from n1 (minute 1) to n3 (minute 3) with one thing wrong."""
    walker = carrier(**{"at" if key == "node" else key: value for key, value in who.items()})  # type: ignore[arg-type]
    assert rule in judged([walker], [load("x", "n1", "n3", **what)], trip("v", *words))


def test_two_things_at_once_are_seen_together() -> None:
    """All violations come back, not only the first: too heavy together, clean with unclean, one that goes alone."""
    tasks = [
        load("x", "n1", "n5", mass_kg=60, clean="clean"),
        load("y", "n2", "n4", mass_kg=60, clean="unclean", alone=True),
    ]
    assert judged([carrier()], tasks, trip("v", "+x", "+y", "-y", "-x")) == ["payload", "clean", "alone"]
    assert judged([carrier()], tasks, trip("v", "+x", "-x", "+y", "-y")) == []


def test_a_task_is_in_one_route_or_on_the_list() -> None:
    """In two routes, in none, and both in a route and on the list."""
    x, two = load("x", "n0", "n1"), [carrier("a"), carrier("b")]
    assert judged(two, [x], trip("a", "+x", "-x"), trip("b", "+x", "-x")) == ["twice"]
    assert judged(two, [x], trip("a")) == ["unassigned"]
    assert judged(two, [x], trip("a", "+x", "-x"), left=("x",)) == ["unassigned"]
    assert judged(two, [x], trip("a"), left=("x", "x")) == ["unassigned"]
    assert judged(two, [x], trip("a"), trip("a"), left=("x",)) == ["two_routes"]
    assert judged(two, [x], trip("c"), left=("x", "y")) == ["unknown_vehicle", "unknown_task"]


def test_what_is_aboard_is_only_delivered() -> None:
    """Delivering is enough; picking it up again, forgetting it or listing it is not."""
    x, holder = load("x", "n0", "n2"), carrier(onboard=("x",))
    assert judged([holder], [x], trip("v", "-x")) == []
    assert judged([holder], [x], trip("v", "+x", "-x")) == ["onboard"]
    assert judged([holder], [x], trip("v"), left=("x",)) == ["unassigned", "onboard"]


def test_what_has_begun_stays_first() -> None:
    """The walker drives to x: another stop before it breaks the rule, behind it does not."""
    tasks = (load("x", "n5", "n6"), load("y", "n1", "n2"))
    problem = Problem(now_ms=0, vehicles=(carrier(frozen=1),), tasks=tasks, plan=Plan((trip("v", "+x", "-x"),), ("y",)))
    before, behind = trip("v", "+y", "-y", "+x", "-x"), trip("v", "+x", "+y", "-y", "-x")
    assert [fault.rule for fault in violations(problem, Plan((before,)), line())] == ["frozen"]
    assert violations(problem, Plan((behind,)), line()) == []


def test_a_crew_starts_together() -> None:
    """Both with the same appointment is sound; apart is seen at pickup and delivery; one alone is no crew."""
    bed, two = load("bed", "n1", "n3", crew=2), [carrier("a"), carrier("b")]
    assert judged(two, [bed], trip("a", "+bed@1", "-bed"), trip("b", "+bed@1", "-bed")) == []
    assert judged(two, [bed], trip("a", "+bed@1", "-bed"), trip("b", "+bed@4", "-bed")) == ["crew", "crew"]
    assert judged(two, [bed], trip("a", "+bed@1", "-bed")) == ["crew"]
    three = [*two, carrier("c")]
    assert "twice" in judged(three, [bed], *(trip(name, "+bed@1", "-bed") for name in "abc"))


def test_no_way_is_no_leg() -> None:
    """n1 cannot be reached from n0."""
    nowhere = np.array([[0, UNREACHABLE_MS], [MIN, 0]])
    problem = Problem(now_ms=0, vehicles=(carrier(),), tasks=(load("x", "n0", "n1"),))
    found = violations(problem, Plan((trip("v", "+x", "-x"),)), Table(["n0", "n1"], {"walk": nowhere}))
    assert [fault.rule for fault in found] == ["unreachable"]
    assert found[0].sentence == "v · x: there is no way to its delivery from the stop before"


def test_what_is_late_already_is_not_a_new_fault() -> None:
    """x passed its hard limit on the way; adding y behind it breaks nothing new, adding z beyond the shift does."""
    x, y, z = load("x", "n0", "n2", latest_ms=MIN), load("y", "n2", "n3"), load("z", "n3", "n11")
    walker = carrier(onboard=("x",), frozen=1, shift_end_ms=5 * MIN)
    executed = Plan((trip("v", "-x"),), ("y", "z"))
    problem = Problem(now_ms=0, vehicles=(walker,), tasks=(x, y, z), plan=executed)
    more = Plan((trip("v", "-x", "+y", "-y"),), ("z",))
    most = Plan((trip("v", "-x", "+y", "-y", "+z", "-z"),))
    assert [fault.rule for fault in violations(problem, more, line())] == ["latest"]
    assert new_violations(problem, more, line()) == []
    assert [(fault.rule, fault.task) for fault in new_violations(problem, most, line())] == [("shift_end", "z")]


@settings(max_examples=150, deadline=None)
@given(problem=open_problems(), table=tables(), data=st.data())
def test_judge_and_schedule_agree_about_time(problem: Problem, table: Table, data: st.DataObject) -> None:
    """Shuffle a sound plan: a route is possible for the schedule just when the judge sees no rule of time broken."""
    tasks = problem.task_by_id()
    plan = insert_all(problem, table)
    routes = tuple(
        Route(route.vehicle, tuple(data.draw(st.permutations(route.stops), label=route.vehicle)))
        for route in plan.routes
    )
    found = violations(problem, Plan(routes, plan.unassigned), table)
    for vehicle, route in zip(problem.vehicles, routes, strict=True):
        if any(tasks[stop.task].crew == 2 for stop in route.stops):
            continue  # the schedule knows only its own half of an appointment
        timetable = simulate(vehicle, route, tasks, table, problem.now_ms)
        timed = {"unreachable", "closed", "latest", "shift_end", "battery"}
        assert timetable.possible == (not any(f.vehicle == vehicle.id and f.rule in timed for f in found))
