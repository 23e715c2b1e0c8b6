"""Changes of declared flows by dotted paths, as scenarios and the planner's form make them, and their check."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from simulation.flow.declared import Declared, declare, planted
from simulation.flow.paths import UnknownPath, at, find, value_at
from site_models.errors import Mark, SiteError, SiteErrors
from site_models.positions import Path
from site_models.yaml_tree import Leaf, Row, Table, Tree

__all__ = ["Change", "changed", "in_scenario", "value_at"]

Change = Any
"""A value of YAML, `{times: number}` or `{plus: number or duration}`."""
COUNTS = frozenset({"count", "physical", "staffed", "units", "each", "batch"})
_FIGURE = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(\s*(?:s|min|h|d))?")
_SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


class _Refused(Exception):
    """Why a change cannot be made."""


def changed(declared: Declared, changes: Mapping[str, Change]) -> Declared:
    """The declared flows with these changes, made in order and checked as a whole.

    Raises
    ------
    SiteErrors
        With every change that cannot be made, or with all that is wrong with the flows then.
    """
    return declare(_changed(declared, changes, {}))


def in_scenario(declared: Declared, scenario_id: str) -> Declared:
    """The declared flows as a scenario changes them.

    Raises
    ------
    SiteErrors
        As `changed`, each with the scenario's name.
    KeyError
        If there is no such scenario.
    """
    index = declared.scenario_ids.index(scenario_id) if scenario_id in declared.scenario_ids else None
    if index is None:
        raise KeyError(scenario_id)
    path: Path = ("scenarios", index, "changes")
    changes = declared.sections.scenarios[index].changes
    marks = {name: declared.positions.key((*path, name)) for name in changes}
    try:
        return declare(_changed(declared, changes, marks))
    except SiteErrors as errors:
        raise SiteErrors(_said_of(error, scenario_id) for error in errors.errors) from None


def _said_of(error: SiteError, scenario_id: str) -> SiteError:
    message = f"Scenario `{scenario_id}`: {error.message}"
    return SiteError.at(Mark(error.file, error.line, error.column), error.rule, message)


def _changed(declared: Declared, changes: Mapping[str, Change], marks: Mapping[str, Mark]) -> Table:
    """The tree with the changes; what is new has the mark of its change, or of what it replaces."""
    root: Tree = declared.root
    errors: list[SiteError] = []
    for path, change in changes.items():
        mark = marks.get(path, declared.root.mark)
        try:
            place, _ = find(declared, path)
            mark = marks.get(path, declared.positions.at(place))
            root = _with(root, place, _new(path, place, _current(root, place), change, mark), mark)
        except UnknownPath as unknown:
            errors.append(SiteError.at(mark, "unknown_path", str(unknown)))
        except _Refused as refused:
            errors.append(SiteError.at(mark, "wrong_change", str(refused)))
    if errors or not isinstance(root, Table):
        raise SiteErrors(errors)
    return root


def _current(root: Tree, place: Path) -> Tree | None:
    try:
        return at(root, place)
    except (IndexError, KeyError, AttributeError):
        return None


def _with(node: Tree | None, place: Path, new: Tree, mark: Mark) -> Tree:
    """A copy of the tree in which something else stands at the place."""
    if not place:
        return new
    if isinstance(node, Row):
        items = list(node.items)
        items[int(place[0])] = _with(items[int(place[0])], place[1:], new, mark)
        return Row(node.mark, items)
    if not isinstance(node, Table):
        raise _Refused("An earlier change of this scenario has replaced what this one would change.")
    key = str(place[0])
    entries = {**node.entries, key: _with(node.entries.get(key), place[1:], new, mark)}
    return Table(node.mark, entries, {**node.keys, key: node.keys.get(key, mark)})


def _new(path: str, place: Path, old: Tree | None, change: Change, mark: Mark) -> Tree:
    for word, made in (("times", _times), ("plus", _plus)):
        figure = _figure_of(change, word)
        if figure is None:
            continue
        if old is None:
            raise _Refused(f"`{path}` is not written in the flow; give a value in place of `{word}`.")
        whole = isinstance(place[-1], str) and place[-1] in COUNTS
        return made(path, old, figure, mark, whole)
    return planted(change, mark)


def _figure_of(change: Change, word: str) -> str | None:
    """The figure of `{times: …}` or `{plus: …}`; None when the change is a value."""
    if not isinstance(change, Mapping) or set(change) != {word} or isinstance(change[word], Mapping | list | tuple):
        return None
    return str(change[word])


def _times(path: str, old: Tree, figure: str, mark: Mark, whole: bool) -> Tree:
    number = _FIGURE.fullmatch(figure)
    if number is None or number[2]:
        raise _Refused(f"`{path}`: `times` takes a number, not `{figure}`.")
    factor = float(number[1])

    def scaled(value: float, unit: str) -> str:
        return _written(value * factor, unit, whole)

    new = _each(old, scaled, mark, laws=True)
    if new is None:
        raise _Refused(f"`{path}` is no number or duration that could be multiplied; give a value.")
    return new


def _plus(path: str, old: Tree, figure: str, mark: Mark, whole: bool) -> Tree:
    number = _FIGURE.fullmatch(figure)
    if number is None:
        raise _Refused(f"`{path}`: `plus` takes a number or a duration, not `{figure}`.")
    more, unit_of_more = float(number[1]), (number[2] or "").strip()

    def moved(value: float, unit: str) -> str:
        if bool(unit.strip()) != bool(unit_of_more):
            raise _Refused(f"`{path}`: `{figure}` and `{value:g}{unit}` differ in unit; write both alike.")
        added = more * _SECONDS[unit_of_more] / _SECONDS[unit.strip()] if unit_of_more else more
        return _written(value + added, unit, whole)

    new = _each(old, moved, mark, laws=False)
    if new is None:
        raise _Refused(f"`{path}` is no single number or duration; say which of its values.")
    return new


def _written(value: float, unit: str, whole: bool) -> str:
    if not math.isfinite(value):
        raise _Refused("The figure would be without end; change it less.")
    return str(round(value)) if whole and not unit else f"{value:.12g}{unit}"


def _each(tree: Tree, made: Callable[[float, str], str], mark: Mark, *, laws: bool, bare: bool = True) -> Tree | None:
    """The tree with every figure made anew, None where there is none: all of a list and of values by attribute.

    With `laws`, the durations of a distribution too (its shape and weights stay as they are).
    """
    if isinstance(tree, Leaf):
        written = _FIGURE.fullmatch(tree.text or "")
        if written is None or not (bare or written[2]):
            return None
        return Leaf(mark, made(float(written[1]), written[2] or ""))
    if isinstance(tree, Row):
        items = [_each(item, made, mark, laws=laws, bare=bare) for item in tree.items]
        kept: list[Tree] = [new or old for new, old in zip(items, tree.items, strict=True)]
        return Row(tree.mark, kept) if any(items) else None
    if "by" not in tree.entries and not laws:
        return None
    inner = bare and "by" in tree.entries
    entries = {key: _each(value, made, mark, laws=laws, bare=inner) for key, value in tree.entries.items()}
    if not any(entries.values()):
        return None
    return Table(tree.mark, {key: new or tree.entries[key] for key, new in entries.items()}, tree.keys)
