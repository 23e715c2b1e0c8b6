"""One figure an output from a replication: what experiments compare."""

from __future__ import annotations

from collections.abc import Sequence

from simulation.engines.replication import Replication
from simulation.flow.plan import Plan
from simulation.flow.schema.outputs import (
    OccupancyOutput,
    OutcomeOutput,
    Output,
    OvertimeOutput,
    TimeOutput,
    UtilisationOutput,
    WaitOutput,
)
from simulation.outputs.patients import PatientFigures
from simulation.outputs.resources import occupancy, overtime, utilisation, wait


def measure(
    outputs: Sequence[Output], plan: Plan, replication: Replication, patients: PatientFigures | None = None
) -> dict[str, float]:
    """The figure of each output by its id, in its unit; NaN when there was nobody and nothing to measure.

    The exact meaning of each stands at `PatientFigures` and in `simulation.outputs.resources`. Sums are of whole
    ticks, so a figure does not depend on the order of anything. `patients` are those of the replication, if they are
    asked for something else too.

    Raises
    ------
    ValueError
        If an occupancy is asked for at a time that is not on the hour.
    """
    known = patients or PatientFigures(plan, replication)
    return {output.id: _figure(output, plan, replication, known) for output in outputs}


def _figure(output: Output, plan: Plan, replication: Replication, patients: PatientFigures) -> float:
    match output:
        case TimeOutput():
            return patients.time(output)
        case OutcomeOutput():
            return patients.outcome(output)
        case WaitOutput():
            return wait(output, plan, replication)
        case OccupancyOutput():
            return occupancy(output, plan, replication)
        case UtilisationOutput():
            return utilisation(output, plan, replication)
        case OvertimeOutput():
            return overtime(output, plan, replication)
