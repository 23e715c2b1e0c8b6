"""Long thinking outside the core: ask the solver, and adopt of its answer what still holds and is better."""

from __future__ import annotations

from msgspec.structs import replace

from fleet.events import Proposed
from fleet.facts.carriers import SolveAsked
from fleet.facts.legs import PlanAdopted
from fleet.model import Carrier, Leg, PlannedStop
from fleet.orchestrator.reach import can_serve
from fleet.orchestrator.turn import Turn
from fleet.planner import available, frozen_stops, legs_of, route_of, task_of, vehicle_of
from routing.dispatch.checker import new_violations
from routing.dispatch.messages import SolveRequested
from routing.dispatch.problem import Plan, Problem, Route, Stop, Vehicle
from routing.dispatch.schedule import cost

BUDGET_MS = 1_000
WORTH_SOLVING = 4
"""Movable legs from which on the solver is asked."""
THRESHOLD = 500
"""A component is adopted if it saves at least this many thousandths: half a minute of lateness at weight 1."""
SOLVER_SEED = 0
GIVEN_UP_MS = 30 * 60_000
"""Site time after which an answer is not expected any more."""


def problem_of(turn: Turn, legs: list[Leg], carriers: list[Carrier]) -> Problem:
    """The dispatch problem of these carriers and legs as things are now."""
    hospital, state = turn.hospital, turn.state
    mine = {leg for carrier in carriers for leg in legs_of(carrier)}
    loose = [leg for leg in legs if leg.id not in mine]
    tasks = [state.legs[id] for id in sorted(mine)] + loose
    return Problem(
        now_ms=turn.now_ms,
        vehicles=tuple(_vehicle(turn, carrier) for carrier in carriers),
        tasks=tuple(task_of(state, hospital, leg) for leg in tasks),
        plan=Plan(tuple(route_of(carrier) for carrier in carriers), tuple(leg.id for leg in loose)),
        closures=tuple(sorted(turn.ways.closures)),
        versions=tuple((carrier.id, carrier.plan_version) for carrier in carriers),
    )


def _vehicle(turn: Turn, carrier: Carrier) -> Vehicle:
    """A carrier that may not get anything new finishes what it has."""
    vehicle = vehicle_of(carrier, turn.hospital, turn.now_ms)
    return replace(vehicle, accepting=available(carrier, turn.hospital, turn.now_ms))


def ask_solver(turn: Turn) -> None:
    """Ask for a better plan if there is enough to improve and no answer is out."""
    meta = turn.state.meta
    if meta.solving and turn.now_ms - meta.solve_ms < GIVEN_UP_MS:
        return
    carriers = [
        carrier
        for carrier in turn.state.carriers.values()
        if carrier.mode != "tube" and (carrier.stops or available(carrier, turn.hospital, turn.now_ms))
    ]
    movable = [
        leg for leg in turn.state.legs.values() if leg.state == "planned" and leg.tube is None and leg.only is None
    ]
    if len(movable) < WORTH_SOLVING:
        return
    loose = [leg for leg in movable if not leg.carriers and leg.ready_ms <= turn.now_ms and leg.crew == 1]
    request = f"S{turn.state.meta.last_solve + 1}"
    turn.solve = SolveRequested(request, problem_of(turn, loose, carriers), BUDGET_MS, seed=SOLVER_SEED)
    turn.emit(SolveAsked(waiting=True, at_ms=turn.now_ms))


def proposed(turn: Turn, event: Proposed) -> None:
    """Rebase the answer on the state of now, component by component of carriers that exchange legs."""
    if turn.state.meta.solving:
        turn.emit(SolveAsked(waiting=False))
    turn.actor = "solver"
    for component in _components(turn, event.proposal.plan):
        _adopt(turn, event.proposal.request, component)


def _components(turn: Turn, plan: Plan) -> list[dict[str, tuple[Stop, ...]]]:
    """Carriers whose plans differ and their partners, joined where they share a leg; each with its proposed stops."""
    proposed_of = {route.vehicle: route.stops for route in plan.routes}
    differing = {
        id: stops
        for id, stops in sorted(proposed_of.items())
        if (carrier := turn.state.carriers.get(id)) is not None and route_of(carrier).stops != stops
    }
    changed = _with_partners(turn, differing, proposed_of)
    group = {id: id for id in changed}

    def root(id: str) -> str:
        while group[id] != id:
            id = group[id]
        return id

    first_of: dict[str, str] = {}
    for id, stops in changed.items():
        for leg in {stop.task for stop in stops} | set(legs_of(turn.state.carriers[id])):
            if leg in first_of:
                a, b = sorted((root(first_of[leg]), root(id)))
                group[b] = a
            else:
                first_of[leg] = id
    components: dict[str, dict[str, tuple[Stop, ...]]] = {}
    for id, stops in changed.items():
        components.setdefault(root(id), {})[id] = stops
    return [components[key] for key in sorted(components)]


def _with_partners(
    turn: Turn, differing: dict[str, tuple[Stop, ...]], proposed_of: dict[str, tuple[Stop, ...]]
) -> dict[str, tuple[Stop, ...]]:
    """Also whoever shares a move of two with one of them, though their own plan stays: a crew is judged whole."""
    found = dict(differing)
    unseen = list(differing)
    while unseen:
        for leg in legs_of(turn.state.carriers[unseen.pop()]):
            for id in turn.state.legs[leg].carriers:
                if id not in found:
                    found[id] = proposed_of.get(id, route_of(turn.state.carriers[id]).stops)
                    unseen.append(id)
    return dict(sorted(found.items()))


def _adopt(turn: Turn, request: str, component: dict[str, tuple[Stop, ...]]) -> None:
    """Adopt a component whole, or not at all."""
    state = turn.state
    carriers = [state.carriers[id] for id in sorted(component)]
    routes = tuple(Route(carrier.id, _rebased(turn, carrier, component[carrier.id])) for carrier in carriers)
    planned = {stop.task for route in routes for stop in route.stops}
    before = {leg for carrier in carriers for leg in legs_of(carrier)}
    new = sorted(planned - before)
    if before - planned or any(not _still_loose(state.legs.get(id)) for id in new):
        return
    if not all(available(c, turn.hospital, turn.now_ms) or c.stops for c in carriers):
        return
    if not all(_in_reach(turn, carrier, route) for carrier, route in zip(carriers, routes, strict=True)):
        return
    if any(_members(routes, id) != _crew(carriers, id) for id in sorted(planned) if state.legs[id].crew > 1):
        return  # a crew is an appointment: its people stay the same
    problem = problem_of(turn, [state.legs[id] for id in new], carriers)
    plan = Plan(routes)
    times = turn.ways.times
    gain = cost(problem, problem.plan, times) - cost(problem, plan, times)
    if gain < THRESHOLD or new_violations(problem, plan, times):
        return
    plans = tuple((route.vehicle, _stops(route)) for route in routes if route != problem.plan.route(route.vehicle))
    holders = {id: tuple(r.vehicle for r in routes if any(s.task == id for s in r.stops)) for id in planned}
    moved = tuple((id, holders[id]) for id in sorted(planned) if set(state.legs[id].carriers) != set(holders[id]))
    if any(state.legs[id].state != "planned" for id, _ in moved):
        return
    turn.emit(PlanAdopted(request, plans=plans, moved=moved, gain=gain / 1000))
    turn.touch(*component)


def _in_reach(turn: Turn, carrier: Carrier, route: Route) -> bool:
    """Whether a robot is not cut off from what it would be given."""
    legs = {stop.task: turn.state.legs[stop.task] for stop in route.stops if carrier.mode == "robot"}
    return all(can_serve(turn, carrier, leg) for leg in legs.values())


def _members(routes: tuple[Route, ...], leg: str) -> list[str]:
    """Who of the component would carry the leg."""
    return [route.vehicle for route in routes if any(stop.task == leg for stop in route.stops)]


def _crew(carriers: list[Carrier], leg: str) -> list[str]:
    """Who of the component carries the leg now."""
    return [carrier.id for carrier in carriers if leg in legs_of(carrier)]


def _rebased(turn: Turn, carrier: Carrier, stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    """The proposal without what has happened since: done pickups, ended legs; the stop begun now stays first."""
    alive = {(stop.leg, stop.act) for other in turn.state.carriers.values() for stop in other.stops}
    loose = {leg.id for leg in turn.state.legs.values() if _still_loose(leg)}
    kept = tuple(stop for stop in stops if (stop.task, stop.kind) in alive or stop.task in loose)
    head = route_of(carrier).stops[: frozen_stops(carrier)]
    return head + tuple(stop for stop in kept if (stop.task, stop.kind) not in {(h.task, h.kind) for h in head})


def _still_loose(leg: Leg | None) -> bool:
    return leg is not None and leg.state == "planned" and not leg.carriers and leg.tube is None


def _stops(route: Route) -> tuple[PlannedStop, ...]:
    return tuple(PlannedStop(stop.task, stop.kind, stop.not_before_ms) for stop in route.stops)
