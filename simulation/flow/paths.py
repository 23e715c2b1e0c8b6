"""Dotted paths into declared flows, by which scenarios, dials and the planner's form name what they change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulation.distributions import REGISTRY
from simulation.flow.declared import Declared
from simulation.flow.names import named_steps
from simulation.flow.schema import SECTIONS
from site_models.errors import SiteError, SiteErrors
from site_models.positions import Path
from site_models.validation import did_you_mean
from site_models.yaml_tree import Leaf, Row, Table, Tree, plain

CHANGEABLE = tuple(sorted(SECTIONS - {"scenarios"}))
"""Sections that a scenario may change."""


class UnknownPath(Exception):
    """A path leads nowhere; the sentence says where it ends and what is there."""


def value_at(declared: Declared, path: str) -> Any:
    """What stands at a dotted path, as plain mappings, lists and strings; None where an optional key is not written.

    Raises
    ------
    SiteErrors
        If there is no such place.
    """
    try:
        _, found = find(declared, path)
    except UnknownPath as refused:
        raise SiteErrors([SiteError.at(declared.root.mark, "unknown_path", str(refused))]) from None
    return None if found is None else plain(found)


def find(declared: Declared, dotted: str) -> tuple[Path, Tree | None]:
    """Where a dotted path leads in the tree, and what stands there; None when only its last key is not written.

    `<section>.<id>.<key…>`; in a pathway `pathways.<id>.<step>.<key…>`, whatever the step is nested in. Items of
    lists go by their id or their number from 0, and the name of a distribution may be left out.

    Raises
    ------
    UnknownPath
        If there is no such place.
    """
    section, *rest = dotted.split(".")
    if section not in CHANGEABLE:
        raise _unknown(dotted, section, CHANGEABLE)
    items = declared.root.entries.get(section)
    known = _ids(items.items) if isinstance(items, Row) else {}
    name, rest = _taken(rest, known)
    if name is None or not isinstance(items, Row):
        raise _unknown(dotted, rest[0] if rest else "", tuple(known))
    path: Path = (section, known[name])
    node = items.items[known[name]]
    if section == "pathways":
        named = {step.name: step.path for step in named_steps(declared.sections.pathways[known[name]])}
        step, rest = _taken(rest, named)
        if step is not None:
            path = (*path, *named[step])
            node = at(node, named[step])
        elif rest and isinstance(node, Table) and rest[0] not in node.entries:
            raise _unknown(dotted, rest[0], tuple(named))
    return _below(dotted, path, node, rest)


def _below(dotted: str, path: Path, node: Tree, rest: list[str]) -> tuple[Path, Tree | None]:
    places: Mapping[str, str | int]
    while rest:
        if isinstance(node, Leaf):
            raise UnknownPath(f"`{dotted}` goes on behind a single value; end it before `{rest[0]}`.")
        if isinstance(node, Row):
            places = {**{str(number): number for number in range(len(node.items))}, **_ids(node.items)}
        else:
            places = {key: key for key in node.entries}
        word, after = _taken(rest, places)
        if word is not None:
            path, rest = (*path, places[word]), after
            node = at(node, path[-1:])
        elif (law := _only_law(node)) is not None and (len(rest) == 1 or rest[0] in law[1].entries):
            path, node = (*path, law[0]), law[1]
        elif isinstance(node, Table) and len(rest) == 1:
            return (*path, rest[0]), None
        else:
            raise _unknown(dotted, rest[0], tuple(places))
    return path, node


def _unknown(dotted: str, word: str, known: tuple[str, ...]) -> UnknownPath:
    where = f"`{word}` of `{dotted}`" if word else f"`{dotted}` ends too early:"
    return UnknownPath(f"{where} leads nowhere; {did_you_mean(word, known)}")


def _taken(parts: list[str], known: Mapping[str, Any]) -> tuple[str | None, list[str]]:
    """The known word with which the parts begin (it may hold dots itself), and the parts behind it."""
    for end in range(1, len(parts) + 1):
        word = ".".join(parts[:end])
        if word in known:
            return word, parts[end:]
    return None, parts


def _ids(items: list[Tree]) -> dict[str, int]:
    names = ((number, item.entries.get("id")) for number, item in enumerate(items) if isinstance(item, Table))
    return {name.text: number for number, name in names if isinstance(name, Leaf) and name.text is not None}


def _only_law(node: Tree) -> tuple[str, Table] | None:
    """The distribution's name and parameters, where the mapping is one."""
    if not isinstance(node, Table) or len(node.entries) != 1:
        return None
    name, parameters = next(iter(node.entries.items()))
    return (name, parameters) if name in REGISTRY and isinstance(parameters, Table) else None


def at(node: Tree, path: Path) -> Tree:
    """What stands at a place that exists."""
    for part in path:
        node = node.items[int(part)] if isinstance(node, Row) else node.entries[str(part)]  # type: ignore[union-attr]  # a path that was found
    return node
