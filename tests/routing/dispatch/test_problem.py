"""A problem refuses to contradict itself, and survives the wire."""

from __future__ import annotations

import msgspec
import pytest

from routing.dispatch.messages import PlanProposed, SolveRequested
from routing.dispatch.problem import Plan, Problem, ProblemErrors
from tests.routing.dispatch.problems import carrier, load, trip


def test_all_contradictions_are_named_at_once() -> None:
    """Seven things are wrong, seven sentences come back."""
    with pytest.raises(ProblemErrors) as refused:
        Problem(
            now_ms=0,
            vehicles=(carrier("a", onboard=("ghost",)), carrier("a", frozen=2)),
            tasks=(load("x", "n0", "n1", weight=0), load("y", "n0", "n1", crew=3, pickup_windows=((5, 9), (7, 12)))),
            plan=Plan((trip("b", "+z"),), ("w",)),
            versions=(("c", 1),),
        )
    told = "\n".join(refused.value.errors)
    for words in (
        "vehicle a: given more than once",
        "task ghost: aboard a vehicle but not among the tasks",
        "vehicle a: 2 stops frozen of 0",
        "task x: weight 0",
        "task y: crew 3",
        "task y: opening hours",
        "route of b: no such vehicle",
        "route of b: pickup of unknown task z",
        "unassigned task w: no such task",
        "version of c: no such vehicle",
    ):
        assert words in told
    assert len(refused.value.errors) == 10


def test_a_load_is_aboard_one_vehicle() -> None:
    """A task of one cannot be aboard two."""
    with pytest.raises(ProblemErrors, match="aboard 2 vehicles but its crew is 1"):
        Problem(
            now_ms=0,
            vehicles=(carrier("a", onboard=("x",)), carrier("b", onboard=("x",))),
            tasks=(load("x", "n0", "n1"),),
        )


@pytest.mark.parametrize(
    "wrong",
    [{"mass_kg": -1}, {"units": -1}, {"pickup_ms": -1}, {"aging_ms": 999}, {"weight": 1001}, {"weight": float("nan")}],
)
def test_impossible_figures_are_refused(wrong: dict[str, float]) -> None:
    """Each names the task and the figure."""
    with pytest.raises(ProblemErrors, match="task x: "):
        Problem(now_ms=0, vehicles=(), tasks=(load("x", "n0", "n1", **wrong),))


def test_messages_survive_the_wire() -> None:
    """Encoded and decoded they are equal, and the tag says what they are."""
    x = load("x", "n0", "n1", requires=("lock",), delivery_windows=((0, 9),), latest_ms=4)
    problem = Problem(
        now_ms=1,
        vehicles=(carrier("a", onboard=("x",), frozen=1),),
        tasks=(x,),
        plan=Plan((trip("a", "-x"),)),
        versions=(("a", 3),),
    )
    asked = SolveRequested("S1", problem, 800)
    told = PlanProposed("S1", problem.plan, problem.versions, "ortools", 12, 5, 4)
    for message in (asked, told):
        packed = msgspec.msgpack.encode(message)
        assert msgspec.msgpack.decode(packed, type=SolveRequested | PlanProposed) == message


def test_a_contradiction_from_the_wire_is_refused_too() -> None:
    """Decoding checks like constructing."""
    packed = msgspec.json.encode(SolveRequested("S1", Problem(now_ms=0, vehicles=(carrier("a"),), tasks=()), 800))
    with pytest.raises(msgspec.ValidationError, match="version of b: no such vehicle"):
        msgspec.json.decode(packed.replace(b'"tasks":[]', b'"tasks":[],"versions":[["b",1]]'), type=SolveRequested)
