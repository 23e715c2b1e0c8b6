"""The insertion search finds what trying every place finds, and what it finds breaks no rule."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.dispatch import insertion_reference as reference
from routing.dispatch.insertion import RouteSet
from routing.dispatch.places import inserted
from routing.dispatch.problem import Problem, Route
from tests.routing.dispatch.problems import Table, open_problems, tables


@settings(max_examples=300, deadline=None)
@given(problem=open_problems(), table=tables(), data=st.data())
def test_the_compiled_search_finds_what_trying_every_place_finds(
    problem: Problem, table: Table, data: st.DataObject
) -> None:
    """Task by task into growing routes, single and crew: the same places, costs and times as the reference."""
    known = problem.task_by_id()
    vehicles = list(problem.vehicles)
    routes = [Route(vehicle.id) for vehicle in vehicles]
    search = RouteSet(vehicles, [], {}, table)
    row = {vehicle.id: number for number, vehicle in enumerate(vehicles)}
    for task in problem.tasks:
        chosen = []
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
