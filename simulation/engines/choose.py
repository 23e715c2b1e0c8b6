"""Which engine runs a plan: the compiled one, or SimPy where a plan asks for what that cannot do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

from simulation.engines.compiled import NotCovered, assemble, run_program
from simulation.engines.reference import run_reference
from simulation.engines.replication import Replication
from simulation.flow.plan import Plan
from simulation.sampling.sample import Sample

Wanted = Literal["auto", "compiled", "reference"]


class Engine(NamedTuple):
    """An engine that is ready to run one plan on any of its samples, and the engine's name."""

    run: Callable[[Sample], Replication]
    name: Literal["compiled", "reference"]


def engine_for(plan: Plan, wanted: Wanted = "auto") -> Engine:
    """The engine that is wanted; `auto` is the compiled one, or the reference where that does not cover the plan.

    Raises
    ------
    NotCovered
        If the compiled engine is insisted on; it names all steps that it cannot do.
    """
    if wanted != "reference":
        try:
            return Engine(partial(run_program, assemble(plan)), "compiled")
        except NotCovered:
            if wanted == "compiled":
                raise
    return Engine(partial(run_reference, plan), "reference")


def not_covered(plan: Plan) -> tuple[str, ...]:
    """Why `auto` takes the reference: the steps that the compiled engine cannot do; none if it covers the plan."""
    try:
        assemble(plan)
    except NotCovered as what:
        return what.names
    return ()
