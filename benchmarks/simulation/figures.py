"""Figures for the hand-written model by the names of steps: how long, how patient, how urgent, which draw.

The way that patients go stands in the model itself; what is read here from a plan are its numbers alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from simulation.flow import plan as flow


class Visit:
    """A patient: attributes by name, draws, and how urgent it is just now."""

    __slots__ = ("deadline", "draws", "mode", "need", "patient", "priority", "problem", "round", "triage", "values")

    def __init__(self, patient: int, values: list[int], names: dict[str, str], draws: list[int]) -> None:
        self.patient, self.values, self.draws = patient, values, draws
        self.mode, self.triage, self.problem, self.need = (names[id] for id in ("mode", "triage", "problem", "need"))
        self.priority, self.deadline, self.round = flow.ORDINARY, NO_DEADLINE, 0


NO_DEADLINE = 1 << 62
"""After every deadline."""
Number = Callable[[Visit], int]
Perhaps = Callable[[Visit], int | None]


class Figures:
    """The numbers of a plan. `at` are the numbers of steps, by name; those of a hold, its delay and release too."""

    def __init__(self, plan: flow.Plan) -> None:
        self.at = {name: number for number, name in reversed(list(enumerate(plan.steps)))}
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(plan.steps):
            self._places[name].append(number)
        self.rows: defaultdict[str, list[int]] = defaultdict(list)
        for pathway in plan.pathways:
            for row, slot in enumerate(pathway.slots):
                self.rows[slot.name].append(row)
        self.spans: dict[str, Number] = {}
        self.patience: dict[str, Perhaps] = {}
        self.priorities: dict[str, Perhaps] = {}
        self.clocks: dict[str, tuple[int, ...]] = {}
        self.rounds: dict[str, int] = {}
        self.holds: dict[str, tuple[int, int, int]] = {}
        for pathway in plan.pathways:
            for step in _steps(pathway.steps):
                self._note(plan.steps[step.at], step, pathway)

    def last_before(self, name: str, number: int) -> int:
        """Of several steps with one name (a release from either of two beds) the last before another step."""
        return max(place for place in self._places[name] if place < number)

    def _note(self, name: str, step: flow.Step, pathway: flow.Pathway) -> None:
        match step:
            case flow.Delay() | flow.SetDeadline():
                self.spans[name] = self._number(step.span, pathway)
                if name.endswith(".for"):
                    hold = name.removesuffix(".for")
                    self.holds[hold] = self.at[hold], step.at, self.at[f"{hold}.release"]
            case flow.Seize():
                if step.priority is not None:
                    self.priorities[name] = _perhaps(step.priority)
                if isinstance(step.patience, flow.Fixed | flow.Drawn):
                    self.patience[name] = self._number(step.patience, pathway)
                elif isinstance(step.patience, flow.ByAttribute):
                    self.patience[name] = _perhaps(step.patience)
            case flow.SetPriority():
                self.priorities[name] = _perhaps(step.priority)
            case flow.Until():
                self.clocks[name] = step.clock.of_week
            case flow.Repeat():
                self.rounds[name] = step.at_most
            case _:
                pass

    def _number(self, quantity: flow.Span, pathway: flow.Pathway) -> Number:
        if isinstance(quantity, flow.Drawn):
            rows = self.rows[pathway.slots[quantity.slot].name]
            if len(rows) == 1:
                row = rows[0]
                return lambda visit: visit.draws[row]
            return lambda visit: visit.draws[rows[visit.round]]
        look_up = _perhaps(quantity)
        return lambda visit: look_up(visit) or 0


def _perhaps(quantity: flow.Fixed | flow.ByAttribute) -> Perhaps:
    if isinstance(quantity, flow.Fixed):
        value = quantity.value
        return lambda _: value
    attribute, values = quantity.attribute, quantity.values
    return lambda visit: values[visit.values[attribute]]


def _steps(steps: tuple[Any, ...]) -> Iterator[flow.Step]:
    """Every step, wherever it stands."""
    for step in steps:
        yield step
        for name in ("otherwise", "steps", "exhausted"):
            yield from _steps(getattr(step, name, ()))
        for arm in getattr(step, "arms", ()):
            yield from _steps(arm)
