"""Declared flows: what stands in the YAML, checked as a whole, with the place of every value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from simulation.flow.check import check_flows
from simulation.flow.schema import Sections
from simulation.flow.schema.arrivals import Arrivals, Attribute, Pattern
from simulation.flow.schema.outputs import ByRight, Flow, Output, Scenario, TimeOutput
from simulation.flow.schema.resources import Resource
from simulation.flow.schema.steps import Pathway
from site_models.errors import Mark, SiteError, SiteErrors
from site_models.positions import Positions
from site_models.validation import said_once, violations
from site_models.yaml_tree import MAX_DEPTH, Leaf, Row, Table, Tree, plain


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """All flows of a site as they are declared, free of errors.

    `sections` are the schema's objects; `root` is what was written, from which `tree`, plain mappings, lists and
    strings, is what a bundle keeps.
    """

    sections: Sections
    root: Table
    positions: Positions

    @property
    def tree(self) -> dict[str, Any]:
        """What was written, as plain mappings, lists and strings; logs of arrivals are part of it."""
        whole: dict[str, Any] = plain(self.root)
        return whole

    @property
    def flow_ids(self) -> tuple[str, ...]:
        """Flows in the order in which they are declared."""
        return tuple(flow.id for flow in self.sections.flows)

    @property
    def scenario_ids(self) -> tuple[str, ...]:
        """Scenarios in the order in which they are declared."""
        return tuple(scenario.id for scenario in self.sections.scenarios)

    @property
    def flows(self) -> dict[str, Flow]:
        """Flows by id."""
        return _by_id(self.sections.flows)

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """Scenarios by id."""
        return _by_id(self.sections.scenarios)

    @property
    def resources(self) -> dict[str, Resource]:
        """Resources by id."""
        return _by_id(self.sections.resources)

    @property
    def attributes(self) -> dict[str, Attribute]:
        """Attributes by id."""
        return _by_id(self.sections.attributes)

    @property
    def patterns(self) -> dict[str, Pattern]:
        """Patterns of arrivals by id."""
        return _by_id(self.sections.arrival_patterns)

    @property
    def arrivals(self) -> dict[str, Arrivals]:
        """Arrivals by id."""
        return _by_id(self.sections.arrivals)

    @property
    def pathways(self) -> dict[str, Pathway]:
        """Pathways by id."""
        return _by_id(self.sections.pathways)

    @property
    def outputs(self) -> dict[str, Output]:
        """Outputs by id."""
        return _by_id(self.sections.outputs)

    def outputs_of(self, flow_id: str) -> tuple[Output, ...]:
        """What a flow measures; limits that are waiting rights are those in force when it begins.

        Raises
        ------
        KeyError
            If there is no such flow.
        """
        flow, outputs = self.flows[flow_id], self.outputs
        rights = _by_id(self.sections.waiting_rights)
        found: list[Output] = []
        for output in (outputs[name] for name in flow.outputs):
            if isinstance(output, TimeOutput) and isinstance(output.limit, ByRight):
                days = rights[output.limit.right].days_on(flow.begins)
                found.append(output.model_copy(update={"limit": (days or 0.0) * 86_400.0}))
            else:
                found.append(output)
        return tuple(found)


def declare(root: Table, errors: Iterable[SiteError] = (), *, whole: bool = True) -> Declared:
    """What the tree declares.

    `errors` were found in reading; with `whole` false something could not be read, and names are not checked.

    Raises
    ------
    SiteErrors
        With those errors, every violation of the schema and every error of the flows themselves.
    """
    positions = Positions(root)
    found = violations(root, positions, Sections)
    if isinstance(found, Sections):
        wrong = [*errors, *(check_flows(found, positions) if whole else ())]
        if wrong:
            raise SiteErrors(wrong)
        return Declared(sections=found, root=root, positions=positions)
    wrong = [*errors, *said_once(violation.error for violation in found)]
    if whole and all(len(violation.path) > 1 for violation in found):
        sound, broken = _without(root, {violation.path[:2] for violation in found})
        wrong += check_flows(Sections.model_validate(plain(sound)), Positions(sound), broken=broken)
    raise SiteErrors(wrong)


def declare_tree(tree: Mapping[str, Any], file: str = "model") -> Declared:
    """What a plain tree declares, such as `Declared.tree` kept in a bundle; `file` stands in the errors.

    Raises
    ------
    SiteErrors
        As `declare`; the errors have no lines.
    """
    root = planted(tree, Mark(file))
    if not isinstance(root, Table):
        raise SiteErrors([SiteError.at(Mark(file), "wrong_value", "A model is a mapping of sections.")])
    return declare(root)


def planted(value: Any, mark: Mark, depth: int = 0) -> Tree:
    """Plain mappings, lists and values as a tree whose every place is the mark.

    Raises
    ------
    SiteErrors
        When they are nested deeper than a file may be.
    """
    if depth > MAX_DEPTH:
        message = f"More than {MAX_DEPTH} levels; a flow needs fewer."
        raise SiteErrors([SiteError.at(mark, "yaml_too_deep", message)])
    if isinstance(value, Mapping):
        entries = {str(key): planted(item, mark, depth + 1) for key, item in value.items()}
        return Table(mark, entries, dict.fromkeys(entries, mark))
    if isinstance(value, list | tuple):
        return Row(mark, [planted(item, mark, depth + 1) for item in value])
    if isinstance(value, bool):
        return Leaf(mark, "true" if value else "false")
    if isinstance(value, float):
        return Leaf(mark, f"{value:.12g}")
    return Leaf(mark, None if value is None else str(value))


def _by_id(items: Iterable[T]) -> dict[str, T]:
    return {item.id: item for item in items}


def _without(root: Table, places: set[tuple[str | int, ...]]) -> tuple[Table, frozenset[tuple[str, str]]]:
    """The tree without those items of its sections, and the sections and ids of what was left out."""
    broken: set[tuple[str, str]] = set()
    entries: dict[str, Tree] = {}
    for section, items in root.entries.items():
        entries[section] = items
        if not isinstance(items, Row):
            continue
        kept: list[Tree] = []
        for index, item in enumerate(items.items):
            if (section, index) not in places:
                kept.append(item)
            elif isinstance(item, Table) and isinstance(name := item.entries.get("id"), Leaf) and name.text:
                broken.add((section, name.text))
        entries[section] = Row(items.mark, kept)
    return Table(root.mark, entries, root.keys), frozenset(broken)
