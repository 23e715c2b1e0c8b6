"""The twin: the real orchestrator and the simulated carriers on simulated time, to ask what would be.

`simulate` runs days of a hospital and says how every job ended and what the ledger would have been; `TWIN` makes that
the model of an experiment, so that `simulation.experiment` sizes fleets with it (`docs/twin.md`).
"""

from simulation.twin.fleet_size import NoRoom, with_robots
from simulation.twin.model import TWIN, asked_tree
from simulation.twin.simulate import Days, Run, simulate

__all__ = ["TWIN", "Days", "NoRoom", "Run", "asked_tree", "simulate", "with_robots"]
