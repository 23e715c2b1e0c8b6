"""Which patients may come to which draw: a walk of all of them at once through their pathway.

Most draws lie on ways that few take. The walk follows what is known beforehand, the drawn choices and the attributes,
and takes both ways wherever the state of the hospital decides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulation.flow.plan import (
    Again,
    Aside,
    Branch,
    ByAttribute,
    Delay,
    Drawn,
    Leave,
    Pathway,
    Repeat,
    Seize,
    SetDeadline,
    Step,
    Together,
)
from simulation.sampling.quantities import Patients, occasions
from simulation.ticks import Ticks

Mask = NDArray[np.bool_]
Rounds = tuple[tuple[int, int, int], ...]
"""Of each loop around a step: its first slot, its slots, and the round (from 0)."""


class Group:
    """Some of the patients."""

    __slots__ = ("_anybody", "_members", "mask")

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self._anybody = bool(mask.any())
        self._members: NDArray[np.int64] | None = None

    @property
    def members(self) -> NDArray[np.int64]:
        """Their places, increasing."""
        if self._members is None:
            self._members = np.flatnonzero(self.mask)
        return self._members

    def __bool__(self) -> bool:
        return self._anybody

    def __or__(self, other: Group) -> Group:
        return Group(self.mask | other.mask) if self and other else self or other


class Walk:
    """Draws every slot of a pathway for the patients who may need it, into a block (slots, patients)."""

    def __init__(self, patients: Patients, pathway: Pathway, block: Ticks) -> None:
        self._patients = patients
        self._pathway = pathway
        self._block = block
        self._occasions = occasions(pathway)
        self._nobody = Group(np.zeros(patients.count, np.bool_))

    def all_the_way(self) -> None:
        """Draw all that may be needed."""
        self._steps(self._pathway.steps, Group(np.ones(self._patients.count, np.bool_)), ())

    def _steps(self, steps: Sequence[Step], group: Group, rounds: Rounds) -> tuple[Group, Group]:
        """Who may come to the end of the steps, and who may begin another round of the loop around them."""
        again = self._nobody
        for step in steps:
            if not group:
                break
            match step:
                case Leave():
                    return self._nobody, again
                case Again():
                    return self._nobody, again | group
                case Delay() | SetDeadline():
                    self._use(step.span, group, rounds)
                case Seize():
                    self._use(step.patience, group, rounds)
                    again |= self._steps(step.otherwise, group, rounds)[1]
                case Branch():
                    group, more = self._branch(step, group, rounds)
                    again |= more
                case Together(arms=arms):
                    for arm in arms:
                        self._steps(arm, group, rounds)
                case Aside():
                    self._steps(step.steps, group, rounds)
                case Repeat():
                    group, more = self._repeat(step, group, rounds)
                    again |= more
                case _:
                    pass
        return group, again

    def _branch(self, step: Branch, group: Group, rounds: Rounds) -> tuple[Group, Group]:
        through, again = self._nobody, self._nobody
        arm_of = self._arm_of(step, group, rounds)
        for number, arm in enumerate(step.arms):
            taken = group if arm_of is None else Group(group.mask & (arm_of == number))
            ended, more = self._steps(arm, taken, rounds)
            through, again = through | ended, again | more
        return through, again

    def _arm_of(self, step: Branch, group: Group, rounds: Rounds) -> Ticks | None:
        """The arm of each patient; None if only the state of the hospital decides."""
        if isinstance(step.choice, Drawn):
            drawn: Ticks = self._block[self._use(step.choice, group, rounds)]
            return drawn
        if isinstance(step.choice, ByAttribute):
            last = len(step.arms) - 1
            arms = np.array([last if arm is None else arm for arm in step.choice.values], np.int64)
            taken: Ticks = arms[self._patients.values[step.choice.attribute]]
            return taken
        return None

    def _repeat(self, step: Repeat, group: Group, rounds: Rounds) -> tuple[Group, Group]:
        through = self._nobody
        for number in range(step.at_most):
            if not group:
                break
            ended, group = self._steps(step.steps, group, (*rounds, (step.first_slot, step.slots, number)))
            through |= ended
        ended, again = self._steps(step.exhausted, group, rounds)
        return through | ended, again

    def _use(self, quantity: object, group: Group, rounds: Rounds) -> int:
        """Draw a quantity, if it is one of the sample's, for the group; its row (-1: none)."""
        if not isinstance(quantity, Drawn):
            return -1
        row = quantity.slot
        for first, slots, number in rounds:
            if 0 <= quantity.slot - first < slots:
                row += number * slots
        self._patients.draw(self._pathway, row, self._occasions[row], group.members, self._block[row])
        return row
