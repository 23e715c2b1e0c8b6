"""How the parts of the engine's kernel are compiled: none of the indices that they work out is negative."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from routing.compiled import part as any_part

P = ParamSpec("P")
R = TypeVar("R")


def part(signature: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A part of the kernel, with this numba signature."""
    return any_part(signature, from_the_end=False)
