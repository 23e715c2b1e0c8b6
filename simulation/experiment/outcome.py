"""What a replication gives to an experiment, and the model that gives it, as seen from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simulation.experiment.request import Request, Swing, Target

Tables = dict[str, NDArray[np.int64]]
"""Counts by name. Tables of several replications are added up, so none of them has to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One replication: a figure an output (NaN: nothing was there to measure), and counts."""

    figures: dict[str, float]
    tables: Tables = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A scenario ready to be simulated.

    `payload` is all that a worker needs (it travels to other processes), `outputs` the names of its figures in their
    order, `targets` those declared, `warm_up_d` the days left out, `engine` the one that will run it.
    """

    payload: bytes
    outputs: tuple[str, ...]
    targets: Mapping[str, Target]
    warm_up_d: int
    engine: str


Simulate = Callable[[int, int], Outcome]
"""(seed, replication) → outcome."""


class Model(Protocol):
    """How a declared model becomes figures. It travels to other processes with each task, so it is small."""

    def __hash__(self) -> int: ...

    def read(self, site: str) -> dict[str, Any]:
        """The declared tree of a site. Raises SiteErrors."""
        ...

    def flows(self, tree: dict[str, Any]) -> tuple[str, ...]:
        """Ids of the flows that are declared."""
        ...

    def swings(self, tree: dict[str, Any], flow: str) -> tuple[Swing, ...]:
        """The quantities that the flow offers to be changed first, each a little to either side."""
        ...

    def case(self, request: Request, changes: Mapping[str, Any]) -> Case:
        """The flow of the request with these changes, checked anew. Raises SiteErrors."""
        ...

    def simulate(self, payload: bytes, *, tables: bool) -> Simulate:
        """Assemble a case once, to be run for many replications; tables are only made when they are wanted."""
        ...


def add_tables(total: Tables, more: Mapping[str, NDArray[np.int64]]) -> Tables:
    """The sum of two sets of counts; where one has more columns the other's are zero there."""
    out = dict(total)
    for name, counts in more.items():
        before = out.get(name)
        out[name] = counts if before is None else _sum(before, counts)
    return out


def _sum(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    if first.shape == second.shape:
        return first + second
    shape = tuple(max(sizes) for sizes in zip(first.shape, second.shape, strict=True))
    out = np.zeros(shape, dtype=np.int64)
    for part in (first, second):
        out[tuple(slice(size) for size in part.shape)] += part
    return out
