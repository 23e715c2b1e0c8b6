"""Every figure of a flow that a planner may turn, with the path, the value and the source that stand in the YAML."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from simulation.distributions import REGISTRY
from simulation.flow.declared import Declared
from simulation.flow.names import blocks, named_steps
from simulation.flow.paths import at
from simulation.flow.resolve.reach import attributes_of, pathways_of, resources_of, steps_of
from simulation.flow.schema.durations import duration_s
from simulation.flow.schema.steps import KINDS
from site_models.positions import Path
from site_models.schema.base import Text
from site_models.yaml_tree import Leaf, Row, Table, Tree

_NO_FIGURES = frozenset(
    {"id", "name", "source", "as", "by", "is", "pathway", "pattern", "log", "skills", "any", "skill"}
)
_ALONE = frozenset(KINDS) - {"priority", "deadline", "delay", "batch"}
"""Kinds of steps whose word is followed by a name, if it is not by a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number, a duration or a switch: `path` is for `changed`, `value` as it is written.

    `name` is that of the resource, arrivals or step; None where none is declared.
    """

    path: str
    value: str
    name: Text | None
    source: str | None


def quantities(declared: Declared, flow_id: str) -> tuple[Quantity, ...]:
    """The figures of a flow: resources, arrivals, attributes, then pathways step by step, as they are declared.

    Raises
    ------
    KeyError
        If there is no such flow.
    """
    flow = declared.flows[flow_id]
    begun = [declared.arrivals[name].pathway for name in flow.arrivals]
    steps = tuple(steps_of(declared, begun))
    found: list[Quantity] = []
    for section, names in (
        ("resources", resources_of(declared, steps)),
        ("arrivals", flow.arrivals),
        ("attributes", attributes_of(declared, flow, steps)),
    ):
        for name in names:
            item = getattr(declared, section)[name]
            tree = _item(declared, section, name)
            found += [
                Quantity(path=f"{section}.{name}{path}", value=value, name=item.name, source=item.source)
                for path, value in _figures(tree)
            ]
    for name in pathways_of(declared, begun):
        found += _of_pathway(declared, name)
    return tuple(found)


def _of_pathway(declared: Declared, name: str) -> Iterator[Quantity]:
    pathway = declared.pathways[name]
    tree = _item(declared, "pathways", name)
    for named in named_steps(pathway):
        inner = {path for path, _ in blocks(named.step)}
        for path, value in _figures(at(tree, named.path), skipped=inner):
            source = named.step.source or pathway.source
            yield Quantity(path=f"pathways.{name}.{named.name}{path}", value=value, name=named.step.name, source=source)


def _item(declared: Declared, section: str, name: str) -> Tree:
    index = [item.id for item in getattr(declared.sections, section)].index(name)
    return at(declared.root, (section, index))


def _figures(tree: Tree, skipped: Collection[Path] = (), here: Path = ()) -> Iterator[tuple[str, str]]:
    """The figures below a thing, each with the rest of its path."""
    if here in skipped:
        return
    if isinstance(tree, Leaf):
        if tree.text is not None and (_is_number(tree.text) or tree.text in {"true", "false"}):
            yield "".join(f".{part}" for part in here), tree.text
    elif isinstance(tree, Row):
        for number, item in enumerate(tree.items):
            yield from _figures(item, skipped, (*here, number))
    else:
        for key, value in tree.entries.items():
            last_arm = key == "else" and isinstance(value, Leaf) and value.text == "true"
            if key not in _NO_FIGURES and not last_arm and not (key in _ALONE and isinstance(value, Leaf)):
                law = key in REGISTRY and isinstance(value, Table)
                yield from _figures(value, skipped, here if law else (*here, key))


def _is_number(text: str) -> bool:
    if duration_s(text) is not None:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True
