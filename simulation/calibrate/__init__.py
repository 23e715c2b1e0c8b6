"""From an event log to a declared flow: read, fit, write, and say plainly what fits and what does not."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulation.calibrate.log import Coded, Log
from simulation.calibrate.reading import BadLog, Columns, Gap, Minutes, Problem, as_id, read_log

if TYPE_CHECKING:
    from simulation.calibrate.fitting import CannotFit, Fit, fit, split
    from simulation.calibrate.report import as_json, as_markdown, misfits
    from simulation.calibrate.validation import Check, Validation, validate
    from simulation.calibrate.written import as_tree, as_yaml

__all__ = [
    "BadLog",
    "CannotFit",
    "Check",
    "Coded",
    "Columns",
    "Fit",
    "Gap",
    "Log",
    "Minutes",
    "Problem",
    "Validation",
    "as_id",
    "as_json",
    "as_markdown",
    "as_tree",
    "as_yaml",
    "fit",
    "misfits",
    "read_log",
    "split",
    "validate",
]

_LATER = {
    "fitting": ("CannotFit", "Fit", "fit", "split"),
    "report": ("as_json", "as_markdown", "misfits"),
    "validation": ("Check", "Validation", "validate"),
    "written": ("as_tree", "as_yaml"),
}


def __getattr__(name: str) -> Any:
    """What fits and simulates brings scipy's statistics and the engines with it; who only reads does without."""
    module = next((module for module, names in _LATER.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"simulation.calibrate.{module}"), name)
