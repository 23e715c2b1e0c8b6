"""The model of an experiment as far as asking needs it: flows are changed and resolved, but no engine is loaded here.

Engines are large; only the planning process and its workers load them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulation.experiment.outcome import Case, Simulate
from simulation.experiment.request import Request, Swing
from simulation.flow.changes import changed
from simulation.flow.declared import Declared
from simulation.flow.resolve import resolve
from simulation.ticks import DAY


@dataclass(frozen=True, eq=False)
class Checked:
    """Declared flows that requests are checked against."""

    declared: Declared

    def read(self, site: str) -> dict[str, Any]:
        """The declared tree; the site has been read already."""
        del site
        return self.declared.tree

    def flows(self, tree: dict[str, Any]) -> tuple[str, ...]:
        """Ids of the flows."""
        del tree
        return self.declared.flow_ids

    def swings(self, tree: dict[str, Any], flow: str) -> tuple[Swing, ...]:
        """None: sensitivity is asked for on the command line."""
        del tree, flow
        return ()

    def case(self, request: Request, changes: Mapping[str, Any]) -> Case:
        """The flow with these changes, checked and resolved. Raises SiteErrors."""
        declared = changed(self.declared, changes) if changes else self.declared
        resolve(
            declared,
            request.flow,
            warm_up=None if request.warm_up_d is None else request.warm_up_d * DAY,
            runs=None if request.runs_d is None else request.runs_d * DAY,
        )
        outputs = tuple(output.id for output in declared.outputs_of(request.flow))
        return Case(payload=b"", outputs=outputs, targets={}, warm_up_d=request.warm_up_d or 0, engine="")

    def simulate(self, payload: bytes, *, tables: bool) -> Simulate:
        """Not here. Raises RuntimeError."""
        del payload, tables
        raise RuntimeError("Experiments are run by the planning process.")
