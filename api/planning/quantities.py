"""The figures of a model that a scenario may change: where each stands, what it is now, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.planning.model import Model, as_meant
from api.planning.voice import Planned
from simulation.flow import quantities as flow_quantities


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure of the model: a number, a duration as it is written, or whether something happens."""

    path: str
    value: bool | int | float | str
    source: str


def quantity(model: Model, path: str) -> Quantity | None:
    """The figure at a path; None when there is none."""
    trail = model.trail(path)
    value = trail[-1]
    if not isinstance(value, bool | int | float | str):
        return None
    sources = [at["source"] for at in trail if isinstance(at, Mapping) and "source" in at]
    return Quantity(path, value, str(sources[-1]) if sources else "")


def of_flow(model: Model, flow: str) -> Iterator[Quantity]:
    """All figures of a flow: resources, arrivals, the mix of patients, and the pathways step by step."""
    if model.declared is None:
        return
    for item in flow_quantities.quantities(model.declared, flow):
        yield Quantity(item.path, as_meant(item.value), item.source or "")


def find(v: Planned, flow: str, words: str, most: int) -> list[Quantity]:
    """The figures whose name, path or source holds every word, in the order of the model."""
    wanted = words.casefold().split()
    found = []
    for item in of_flow(v.model, flow):
        text = f"{v.figure(item.path)} {item.path} {item.source}".casefold()
        if all(word in text for word in wanted):
            found.append(item)
            if len(found) == most:
                break
    return found
