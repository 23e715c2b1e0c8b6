"""What a patient may hold at a point of a pathway, and which patients come there so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import takewhile

from simulation.flow.check.survey import Who
from site_models.positions import Path

MOST_STATES = 200
"""Beyond so many ways of holding things at one point, differences between patients are no longer told apart."""


@dataclass(frozen=True, slots=True)
class Held:
    """Units kept under a name: of which resources, how many, and where they were seized."""

    resources: tuple[str, ...]
    units: int
    path: Path = field(compare=False)


@dataclass(frozen=True, slots=True)
class State:
    """Things held by name, for patients whose attributes have one of some values (none named: any).

    `way` lists the arms by which one comes here with just this, to tell a person.
    """

    who: tuple[tuple[str, frozenset[str]], ...] = ()
    holds: tuple[tuple[str, Held], ...] = ()
    way: tuple[Path, ...] = field(default=(), compare=False)

    def held(self) -> dict[str, Held]:
        """What is held, by name."""
        return dict(self.holds)

    def holding(self, holds: dict[str, Held]) -> State:
        """The same patients holding this."""
        return replace(self, holds=tuple(sorted(holds.items())))

    def narrowed(self, who: Who, arm: Path | None = None) -> State | None:
        """Those of them who are meant, come by `arm`; None when there are none."""
        way = self.way if arm is None else (*self.way, arm)
        if not who.attribute:
            return replace(self, way=way)
        known = dict(self.who)
        values = known.get(who.attribute, who.values) & who.values
        if not values:
            return None
        return replace(self, who=tuple(sorted({**known, who.attribute: values}.items())), way=way)

    def with_patients_of(self, other: State) -> State | None:
        """The state for those who are also patients of another; None when there are none."""
        found: State | None = self
        for attribute, values in other.who:
            found = found.narrowed(Who(attribute, values)) if found else None
        return found


def merged(states: Iterable[State]) -> list[State]:
    """The states with those joined that hold the same and differ in at most one attribute of the patients."""
    kept: list[State] = []
    for state in states:
        new = state
        k = 0
        while k < len(kept):
            joined = _joined(kept[k], new)
            if joined is None:
                k += 1
            else:
                del kept[k]
                new, k = joined, 0
        kept.append(new)
    return kept if len(kept) <= MOST_STATES else _forgetful(kept)


def _forgetful(states: list[State]) -> list[State]:
    return list({state.holds: State(holds=state.holds, way=state.way) for state in states}.values())


def _joined(a: State, b: State) -> State | None:
    if a.holds != b.holds:
        return None
    first, second = dict(a.who), dict(b.who)
    differ = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    if len(differ) > 1:
        return None
    way = tuple(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(a.way, b.way, strict=False)))
    if differ:
        name = differ[0]
        if name in first and name in second:
            first[name] |= second[name]
        else:
            first.pop(name, None)
    return State(tuple(sorted(first.items())), a.holds, way)
