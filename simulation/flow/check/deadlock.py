"""Finds patients who could block each other for ever: each holds what another waits for, and none gives up.

A request is stuck for ever only if all that it might be given is held by others that are stuck. Starting from all
requests without patience made while something is held, those of which a choice is held by none of them are taken away
until none is left to take; what remains and forms a ring is a deadlock. (Holding a bay while waiting for a ward bed is
none, as long as nobody who holds a ward bed waits for a bay.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import networkx as nx

from simulation.flow.check.holding import Wait
from simulation.flow.check.survey import PHYSICAL, Survey
from site_models.checks.report import Report
from site_models.positions import Path


@dataclass(frozen=True, slots=True)
class Stuck:
    """A request for units of one of some pools, and the units held meanwhile by pool; where and at which step."""

    path: Path
    name: str = field(compare=False)
    wanted: frozenset[str]
    units: int
    holds: tuple[tuple[str, int], ...]

    def held(self) -> dict[str, int]:
        """Units held by pool."""
        return dict(self.holds)


def check_deadlock(survey: Survey, report: Report, waits: Sequence[Wait]) -> None:
    """Note each ring of requests among the pathways that patients of one flow go through, once."""
    said: set[frozenset[Path]] = set()
    for entries in _together(survey):
        stuck = list(dict.fromkeys(one for wait in waits if wait.entry in entries for one in _requests(survey, wait)))
        stuck += _cleaning(survey)
        for ring in _rings(survey, stuck):
            places = frozenset(one.path for one in ring)
            if places not in said:
                said.add(places)
                _note(report, ring)


def _together(survey: Survey) -> list[set[str]]:
    """Sets of pathways whose patients meet: those of each flow; a pathway of no flow stands alone."""
    pathway_of = {one.id: one.pathway for one in survey.sections.arrivals}
    flows = [{pathway_of[name] for name in flow.arrivals if name in pathway_of} for flow in survey.sections.flows]
    alone = [{name} for name in survey.pathways if not any(name in flow for flow in flows)]
    return [*flows, *alone]


def _requests(survey: Survey, wait: Wait) -> Iterable[Stuck]:
    """The request itself and, of a bed, the one for the physical bed that follows while the staffed one is held.

    There are never more staffed beds than physical ones, so a physical bed is missing only while one is cleaned: of
    what patients hold, the staffed beds alone block others.
    """
    held: dict[str, int] = {}
    for _, kept in wait.holds:
        for resource in kept.resources:
            held[resource] = held.get(resource, 0) + kept.units
    if not wait.gives_up:
        yield Stuck(wait.path, wait.name, frozenset(wait.resources), wait.units, tuple(sorted(held.items())))
    for resource in wait.resources:
        if survey.resources[resource].cleaner is not None:
            holding = {**held, resource: held.get(resource, 0) + wait.units}
            wanted = frozenset({resource + PHYSICAL})
            yield Stuck(wait.path, wait.name, wanted, wait.units, tuple(sorted(holding.items())))


def _cleaning(survey: Survey) -> Iterable[Stuck]:
    for k, one in enumerate(survey.sections.resources):
        if one.cleaner in survey.resources:
            holds = ((one.id + PHYSICAL, 1),)
            yield Stuck(("resources", k, "cleaner"), f"cleaning of {one.id}", frozenset({one.cleaner}), 1, holds)


def _rings(survey: Survey, stuck: list[Stuck]) -> Iterable[list[Stuck]]:
    """A shortest ring of each group of requests that can all be stuck at once because of one another."""
    for group in nx.strongly_connected_components(_graph(_stuck_for_ever(stuck))):
        rest = _stuck_for_ever([one for one in stuck if one in group])
        graph = _graph(rest)
        rings = [ring for one in rest if (ring := _shortest_ring(graph, one))]
        if rings and not _one_at_a_time(survey, rest):
            yield min(rings, key=len)


def _stuck_for_ever(stuck: list[Stuck]) -> list[Stuck]:
    """The greatest set of requests of which every choice is held by somebody of the set."""
    while True:
        held = {pool for one in stuck for pool, _ in one.holds}
        left = [one for one in stuck if one.wanted <= held]
        if len(left) == len(stuck):
            return left
        stuck = left


def _graph(stuck: list[Stuck]) -> nx.DiGraph[Stuck]:
    """An arrow from each request to those made while holding what it waits for."""
    graph: nx.DiGraph[Stuck] = nx.DiGraph()
    graph.add_nodes_from(stuck)
    graph.add_edges_from((one, other) for one in stuck for other in stuck if one.wanted & other.held().keys())
    return graph


def _shortest_ring(graph: nx.DiGraph[Stuck], one: Stuck) -> list[Stuck]:
    if graph.has_edge(one, one):
        return [one]
    back = [other for other in graph.predecessors(one) if nx.has_path(graph, one, other)]
    ways = [nx.shortest_path(graph, one, other) for other in back]
    return min(ways, key=len, default=[])


def _one_at_a_time(survey: Survey, stuck: list[Stuck]) -> bool:
    """Whether all of them are made holding something of which only one patient can have enough."""
    wanted = {pool for one in stuck for pool in one.wanted}
    common = set.intersection(*({*one.held()} for one in stuck)) - wanted
    return len(stuck) > 1 and any(
        survey.most(pool) < sum(sorted(one.held()[pool] for one in stuck)[:2]) for pool in sorted(common)
    )


def _note(report: Report, ring: list[Stuck]) -> None:
    first = min(range(len(ring)), key=lambda k: _order(report, ring[k].path))
    ring = ring[first:] + ring[:first]
    clauses = [_clause(one, ring[k - 1]) for k, one in enumerate(ring)]
    if len(ring) == 1:
        message = (
            f"At `{ring[0].name}` {clauses[0]}, without patience: when all are held so, nobody ever goes on; "
            "release it first, or give the request `patience`."
        )
    else:
        others = [
            f"at `{one.name}` ({report.place(one.path)}) {clause}"
            for one, clause in zip(ring[1:], clauses[1:], strict=True)
        ]
        message = (
            f"Patients can block each other for ever: here, at `{ring[0].name}`, {clauses[0]}, "
            f"and {', '.join(others)}; nobody gives up. "
            "Seize in the same order everywhere, or give one of these requests `patience`."
        )
    report.add("deadlock", ring[0].path, message)


def _clause(one: Stuck, before: Stuck) -> str:
    """What is held and awaited: of what is held, that which the request before in the ring waits for."""
    held = _thing(min(before.wanted & one.held().keys()))
    wanted = sorted({_thing(pool) for pool in one.wanted})
    if wanted == [held]:
        return f"`{held}` is held while another is waited for"
    return f"`{held}` is held while {' or '.join(f'`{pool}`' for pool in wanted)} is waited for"


def _thing(pool: str) -> str:
    """The resource that a pool belongs to."""
    return pool.removesuffix(PHYSICAL)


def _order(report: Report, path: Path) -> tuple[str, int]:
    file, _, line = report.place(path).rpartition(":")
    return file, int(line)
