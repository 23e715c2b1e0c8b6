"""What the checks of declared flows look up again and again: names, values, capacities, the steps within steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from simulation.flow.check.capacity import most_units
from simulation.flow.names import blocks, named_steps
from simulation.flow.schema import Sections
from simulation.flow.schema.arrivals import Attribute, Mix
from simulation.flow.schema.durations import ByPatience, Patience
from simulation.flow.schema.resources import Resource
from simulation.flow.schema.steps import Hold, Leave, Mark, Pathway, Run, Seize, Several, Step
from site_models.positions import Path

PHYSICAL = ".physical"
"""Ending of the name of a bed's second pool."""


@dataclass(frozen=True, slots=True)
class Who:
    """Patients with one of some values of an attribute; everybody, when it names no attribute."""

    attribute: str
    values: frozenset[str]


EVERYBODY = Who("", frozenset())
NOBODY = Who("nobody", frozenset())


@dataclass(frozen=True, slots=True)
class Placed:
    """A step, where it is written, and its name in its pathway."""

    step: Step
    path: Path
    pathway: str
    name: str


class Survey:
    """The declared flows with what is looked up in them; `broken` are things that exist but could not be read."""

    def __init__(self, sections: Sections, broken: Collection[tuple[str, str]] = ()) -> None:
        self.sections = sections
        self.broken = frozenset(broken)
        self.resources: dict[str, Resource] = {one.id: one for one in sections.resources}
        self.values = {one.id: values_of(one) for one in sections.attributes}
        self.pathways: dict[str, tuple[Path, Pathway]] = {
            one.id: (("pathways", k), one) for k, one in enumerate(sections.pathways)
        }
        self.steps = [
            Placed(named.step, ("pathways", k, *named.path), one.id, named.name)
            for k, one in enumerate(sections.pathways)
            for named in named_steps(one)
        ]
        self.names = {placed.path: placed.name for placed in self.steps}
        self.of_pathway: dict[str, list[Placed]] = {name: [] for name in self.pathways}
        for placed in self.steps:
            self.of_pathway[placed.pathway].append(placed)
        self._most: dict[str, int] = {}
        self._runs = {
            name: [placed.step.run for placed in steps if isinstance(placed.step, Run)]
            for name, steps in self.of_pathway.items()
        }
        run = {name for runs in self._runs.values() for name in runs}
        self.unused = self.pathways.keys() - run - {one.pathway for one in sections.arrivals}
        self.preempted = {
            name
            for placed in self.steps
            if isinstance(placed.step, Seize | Hold) and placed.step.preempt
            for name in self.choices(placed.step)
        }

    def known(self, section: str, declared: Collection[str]) -> set[str]:
        """The ids of a section, those that could not be read among them."""
        return {*declared, *(name for kind, name in self.broken if kind == section)}

    def choices(self, request: Seize | Hold) -> tuple[str, ...]:
        """The known resources that a step may take, in order of preference."""
        wanted = wanted_of(request)
        if isinstance(wanted, str):
            names: tuple[str, ...] = (wanted,)
        elif wanted.any is not None:
            names = wanted.any
        else:
            names = tuple(one.id for one in self.sections.resources if wanted.skill in one.skills)
        return tuple(name for name in names if name in self.resources)

    def most(self, pool: str) -> int:
        """The greatest number of units that a pool ever has."""
        if pool not in self._most:
            resource = self.resources[pool.removesuffix(PHYSICAL)]
            self._most[pool] = (resource.physical or 0) if pool.endswith(PHYSICAL) else most_units(resource)
        return self._most[pool]

    def pools(self, resource: str) -> tuple[str, ...]:
        """The pools that holding a resource takes from, in the order in which they are taken."""
        if self.resources[resource].kind == "bed":
            return resource + PHYSICAL, resource
        return (resource,)

    def patience(self, patience: Patience | None) -> tuple[Who, Who]:
        """Who gives up some time, and who waits for ever."""
        if patience is None:
            return NOBODY, EVERYBODY
        values = self.values.get(patience.by) if isinstance(patience, ByPatience) else None
        if not isinstance(patience, ByPatience) or values is None:
            return EVERYBODY, NOBODY
        said = {value: patience.rows.get(value, patience.else_) for value in values}
        for_ever = frozenset(value for value, span in said.items() if span is None or span == "never")
        return Who(patience.by, values - for_ever), Who(patience.by, for_ever)

    def begun(self) -> list[str]:
        """The pathways in which patients begin, and those that nobody uses."""
        arrivals = {one.pathway for one in self.sections.arrivals}
        return [name for name in self.pathways if name in arrivals or name in self.unused]

    def reached(self, pathways: Collection[str]) -> list[str]:
        """These pathways and all that they run, each once, in the order in which they are met."""
        found: list[str] = []
        waiting = [name for name in pathways if name in self.pathways]
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            found.append(name)
            waiting.extend(run for run in self._runs[name] if run in self.pathways)
        return found

    def used(self, pathways: Collection[str]) -> set[str]:
        """Resources that steps of these pathways ask for, and those that clean their beds."""
        names = {
            name
            for placed in self.steps
            if isinstance(placed.step, Seize | Hold) and placed.pathway in pathways
            for name in self.choices(placed.step)
        }
        return names | {cleaner for name in names if (cleaner := self.resources[name].cleaner) is not None}

    def waits(self, entries: Collection[str]) -> set[str]:
        """The steps at which patients who begin in these pathways wait for a resource, by their names in a plan."""
        return {name for entry in entries if entry in self.pathways for name in self._waits(entry, entry, (entry,))}

    def _waits(self, pathway: str, prefix: str, running: tuple[str, ...]) -> Iterator[str]:
        for placed in self.of_pathway[pathway]:
            step = placed.step
            if isinstance(step, Seize | Hold):
                yield f"{prefix}/{placed.name}"
            elif isinstance(step, Run) and step.run in self.pathways and step.run not in running:
                yield from self._waits(step.run, f"{prefix}/{placed.name}", (*running, step.run))

    def marks(self, pathways: Collection[str]) -> set[str]:
        """Marks that steps set, in these pathways."""
        return {
            placed.step.mark for placed in self.steps if isinstance(placed.step, Mark) and placed.pathway in pathways
        }

    def outcomes(self, pathways: Collection[str]) -> set[str]:
        """Outcomes with which patients leave, in these pathways."""
        return {
            placed.step.leave for placed in self.steps if isinstance(placed.step, Leave) and placed.pathway in pathways
        }


def wanted_of(request: Seize | Hold) -> str | Several:
    """What a `seize` or `hold` asks for."""
    return request.seize if isinstance(request, Seize) else request.hold


def kept_as(step: Seize) -> str | None:
    """The name under which a seized unit is kept; None when the step should say one."""
    return step.as_ or (step.seize if isinstance(step.seize, str) else step.id)


def values_of(attribute: Attribute) -> frozenset[str]:
    """The values that an attribute may have."""
    return frozenset(name for _, row in rows_of(attribute.values) for name in row)


def rows_of(mix: Mix) -> list[tuple[tuple[str, ...], dict[str, float]]]:
    """The rows of shares of a mix with the path to each: one, or one for each value of another attribute."""
    rows: list[tuple[tuple[str, ...], dict[str, float]]] = [
        ((value,), row) for value, row in mix.items() if isinstance(row, dict)
    ]
    return rows or [((), {value: share for value, share in mix.items() if not isinstance(share, dict)})]


def every_step(steps: tuple[Step, ...], path: Path) -> Iterator[tuple[Path, Step]]:
    """All steps of a list and all within them, in the order in which they are written."""
    for k, step in enumerate(steps):
        yield (*path, k), step
        for below, inner in blocks(step):
            yield from every_step(inner, (*path, k, *below))
