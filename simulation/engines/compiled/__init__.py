"""The compiled engine: a plan is assembled into arrays once and run by one kernel on as many samples as wanted.

The order of events is that of `docs/simulation.md`, so its logs are those of the reference, row for row.
"""

from __future__ import annotations

from simulation.engines.compiled.program import Program, assemble
from simulation.engines.compiled.run import TooMany, run_program
from simulation.engines.compiled.writer import NotCovered
from simulation.engines.replication import Replication
from simulation.flow.plan import Plan
from simulation.sampling.sample import Sample

__all__ = ["NotCovered", "Program", "TooMany", "assemble", "run_compiled", "run_program"]


def run_compiled(plan: Plan, sample: Sample, *, log: bool = False) -> Replication:
    """One replication of the plan on the sample; to run many, `assemble` the plan once.

    Raises
    ------
    NotCovered
        With all steps that ask for what the compiled engine cannot do.
    """
    return run_program(assemble(plan), sample, log=log)
