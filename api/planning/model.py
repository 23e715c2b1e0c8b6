"""A declared model as the pages read it: names, units and sources out of the plain tree that a bundle keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from api.texts import Language
from simulation.distributions import REGISTRY
from simulation.flow.declared import Declared
from simulation.flow.names import named_steps

Item = Mapping[str, Any]
Kind = Literal["share", "units", "per_day", "hours_per_day", "s", "min", "h", "d"]
"""What a figure of an output is counted in."""
DECIMALS: dict[Kind, int] = {"units": 1, "per_day": 1, "hours_per_day": 1, "s": 0, "min": 1, "h": 2, "d": 2}


_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")
WORDS = frozenset({"id", "name", "source"})
"""Keys whose values are words, whatever they look like."""


@dataclass(frozen=True)
class Model:
    """The sections of a declared model; asking for what is not there gives an empty item."""

    tree: Mapping[str, Any]
    steps: Mapping[tuple[str, str], tuple[str | int, ...]] = field(default_factory=dict)
    """Where the steps of pathways stand within them, by pathway and the step's name."""
    declared: Declared | None = None
    """The same as the flows themselves know it; None when this version cannot read it."""

    @staticmethod
    def of(declared: Declared) -> Model:
        """The model of declared flows: what was written, numbers, yes and no as such."""
        steps = {
            (pathway.id, step.name): step.path
            for pathway in declared.sections.pathways
            for step in named_steps(pathway)
        }
        return Model(as_meant(declared.tree), steps, declared)

    def trail(self, path: str) -> list[Any]:
        """What lies at each word of a path, from the item on; None from where nothing is."""
        section, _, rest = path.partition(".")
        id, _, inner = rest.partition(".")
        at: Any = self.item(section, id) or None
        found = [at]
        for number, key in enumerate(inner.split(".") if inner else ()):
            place = self.steps.get((id, key)) if section == "pathways" and number == 0 else None
            if place is not None:
                for word in place:
                    at = inside(at, str(word))
            else:
                at = inside(at, key)
            found.append(at)
        return found

    def value_at(self, path: str) -> Any:
        """The figure at a path; None when there is none."""
        return self.trail(path)[-1]

    def items(self, section: str) -> Sequence[Item]:
        """All items of a section, in the order in which they are declared."""
        found: Sequence[Item] = self.tree.get(section) or ()
        return found

    def item(self, section: str, id: str) -> Item:
        """One item; empty when there is none."""
        return self._by_id.get((section, id), {})

    def has(self, section: str, id: str) -> bool:
        """Whether an item is declared."""
        return (section, id) in self._by_id

    def name(self, section: str, id: str, language: Language) -> str:
        """What something is called; its id when it has no name."""
        if section == "resources" and id.endswith(".physical") and not self.has(section, id):
            return self.name(section, id.removesuffix(".physical"), language)
        return name_of(self.item(section, id), language) or id

    def flow(self, id: str) -> Item:
        """A flow."""
        return self.item("flows", id)

    def scenarios_of(self, flow: str) -> list[Item]:
        """The ready-made scenarios of a flow."""
        return [item for item in self.items("scenarios") if flow in item.get("flows", ())]

    def pathways_of(self, flow: str) -> list[Item]:
        """The pathways that a flow's patients go through, those that others run included, in order of first use."""
        found: list[str] = []
        wanted = [
            str(self.item("arrivals", id).get("pathway", "")) for id in reversed(self.flow(flow).get("arrivals", ()))
        ]
        while wanted:
            id = wanted.pop()
            if id in found or not self.has("pathways", id):
                continue
            found.append(id)
            inner = [str(step["run"]) for step in steps_within(self.item("pathways", id).get("steps")) if "run" in step]
            wanted.extend(reversed(inner))
        return [self.item("pathways", id) for id in found]

    def resources_of(self, flow: str) -> list[Item]:
        """The resources that the pathways of a flow ask for, in the order in which they are declared."""
        named: set[str] = set()
        skills: set[str] = set()
        for pathway in self.pathways_of(flow):
            for step in steps_within(pathway.get("steps")):
                wanted = step.get("hold", step.get("seize"))
                if isinstance(wanted, str):
                    named.add(wanted)
                elif isinstance(wanted, Mapping):
                    named.update(wanted.get("any") or ())
                    skills.update([wanted["skill"]] if "skill" in wanted else [])
        skilled = {str(item["id"]) for item in self.items("resources") if skills & set(item.get("skills") or ())}
        used = named | skilled
        used |= {str(item["cleaner"]) for item in self.items("resources") if item["id"] in used and item.get("cleaner")}
        return [item for item in self.items("resources") if item["id"] in used]

    def outputs_of(self, flow: str) -> list[Item]:
        """What is measured of a flow."""
        return [self.item("outputs", id) for id in self.flow(flow).get("outputs", ()) if self.has("outputs", id)]

    @cached_property
    def _by_id(self) -> dict[tuple[str, str], Item]:
        return {
            (section, str(item["id"])): item
            for section, items in self.tree.items()
            if isinstance(items, Sequence) and not isinstance(items, str)
            for item in items
            if isinstance(item, Mapping) and "id" in item
        }


def inside(at: Any, key: str) -> Any:
    """What lies under a key: a word of a mapping or of the distribution in it, an item by its id or place, or None."""
    if isinstance(at, Mapping):
        law = at.get(next(iter(at))) if len(at) == 1 and next(iter(at)) in REGISTRY else None
        return law.get(key) if key not in at and isinstance(law, Mapping) else at.get(key)
    if isinstance(at, Sequence) and not isinstance(at, str):
        for item in at:
            if isinstance(item, Mapping) and key == str(item.get("id")):
                return item
        if key.isdecimal() and int(key) < len(at):
            return at[int(key)]
    return None


def as_meant(value: Any) -> Any:
    """A tree with numbers and truth values in place of the text in which they were written."""
    if isinstance(value, Mapping):
        return {key: item if key in WORDS else as_meant(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_meant(item) for item in value]
    if not isinstance(value, str):
        return value
    if value in {"true", "false"}:
        return value == "true"
    if _WHOLE.fullmatch(value):
        return int(value)
    return float(value) if _NUMBER.fullmatch(value) else value


def name_of(item: Item, language: Language) -> str:
    """The name that an item carries, or nothing."""
    name = item.get("name")
    if isinstance(name, Mapping):
        return str(name.get(language) or next(iter(name.values()), ""))
    return str(name or "")


def steps_within(steps: object) -> Iterator[Item]:
    """Every step of a list of steps, however deeply it lies."""
    if isinstance(steps, Mapping):
        if any(isinstance(value, str | Mapping | Sequence) for value in steps.values()):
            yield steps
        for value in steps.values():
            if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
                yield from steps_within(value)
    elif isinstance(steps, Sequence) and not isinstance(steps, str):
        for step in steps:
            yield from steps_within(step)


def kind_of(output: Item) -> Kind:
    """What the figure of an output is counted in."""
    measure, statistic = output.get("measure"), output.get("statistic")
    if statistic in {"share", "share_within", "days_over"} or measure == "utilisation":
        return "share"
    if measure == "overtime" or statistic == "hours_per_day":
        return "hours_per_day"
    if statistic == "per_day":
        return "per_day"
    if measure == "occupancy":
        return "units"
    unit: Kind = output.get("unit", "min")
    return unit
