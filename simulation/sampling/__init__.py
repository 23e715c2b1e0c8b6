"""Everything random of a replication, drawn before it starts from streams named after what they are for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulation.sampling.sample import Sample

if TYPE_CHECKING:
    from simulation.sampling.draw import draw_sample

__all__ = ["Sample", "draw_sample"]


def __getattr__(name: str) -> Any:
    """`draw_sample` brings the kernels with it; who only reads results does without."""
    if name == "draw_sample":
        return import_module("simulation.sampling.draw").draw_sample
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
