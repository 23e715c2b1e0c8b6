"""Reads one YAML file into a tree that knows the place of every value, within limits that hostile text cannot break.

Scalars stay text: the schema, not the spelling, decides what is a number, so the ids `0` and `5A` are both ids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from site_models.errors import Mark, SiteError

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 24
MAX_VALUES = 400_000
CORE_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null"))
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar as it is written; `None` for an empty value or `null`."""

    mark: Mark
    text: str | None
    size: int = 1


@dataclass(slots=True)
class Row:
    """A sequence."""

    mark: Mark
    items: list[Tree] = field(default_factory=list)
    size: int = 1


@dataclass(slots=True)
class Table:
    """A mapping with the place of each key."""

    mark: Mark
    entries: dict[str, Tree] = field(default_factory=dict)
    keys: dict[str, Mark] = field(default_factory=dict)
    size: int = 1


Tree = Leaf | Row | Table


class _Refused(Exception):
    """The rest of the file cannot be read; carries the reason."""

    def __init__(self, error: SiteError) -> None:
        self.error = error


def plain(tree: Tree) -> Any:
    """The tree as lists, dictionaries, strings and None."""
    if isinstance(tree, Leaf):
        return tree.text
    if isinstance(tree, Row):
        return [plain(item) for item in tree.items]
    return {key: plain(value) for key, value in tree.entries.items()}


def rewritten(tree: Tree, change: Callable[[str], str]) -> Tree:
    """A copy of the tree in which every text is changed, keys too; places stay where they were."""
    if isinstance(tree, Leaf):
        return tree if tree.text is None else Leaf(tree.mark, change(tree.text))
    if isinstance(tree, Row):
        return Row(tree.mark, [rewritten(item, change) for item in tree.items], tree.size)
    entries = {change(key): rewritten(value, change) for key, value in tree.entries.items()}
    return Table(tree.mark, entries, {change(key): mark for key, mark in tree.keys.items()}, tree.size)


def read_yaml(data: bytes, file: str) -> tuple[Tree | None, list[SiteError]]:
    """The tree of one file and every error in it; the tree is None when the text breaks off or is empty.

    Refused: more than one document, tags, keys that are not text, duplicate keys, depth over `MAX_DEPTH`, size over
    `MAX_FILE_BYTES`, and aliases that unfold to more than `MAX_VALUES` values.
    """
    if len(data) > MAX_FILE_BYTES:
        message = f"The file is over {MAX_FILE_BYTES // 1024 // 1024} MiB; split it into several."
        return None, [SiteError.at(Mark(file), "file_too_large", message)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        return None, [SiteError.at(Mark(file, line, column), "not_utf8", "Not UTF-8; save the file as UTF-8.")]
    builder = _Builder(file)
    broken = _build(text, builder)
    return (None, [*builder.errors, broken]) if broken else (builder.root, builder.errors)


def _build(text: str, builder: _Builder) -> SiteError | None:
    """Feed the text to the builder; the error at which it breaks off, if it does."""
    file = builder.file
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except _Refused as refused:
        return refused.error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        mark = Mark(file, line, error.position - (text.rfind("\n", 0, error.position) + 1) + 1)
        return SiteError.at(mark, "yaml", "A control character; remove it.")
    except MarkedYAMLError as error:
        return _syntax_error(error, file)
    except (YAMLError, ValueError, RecursionError) as error:
        return SiteError.at(Mark(file), "yaml", f"Not YAML: {error}; correct the file.")
    return None


def _syntax_error(error: MarkedYAMLError, file: str) -> SiteError:
    place = error.problem_mark or error.context_mark
    mark = Mark(file, place.line + 1, place.column + 1) if place else Mark(file)
    problem = " ".join(str(part) for part in (error.context, error.problem) if part)
    return SiteError.at(mark, "yaml", f"Malformed YAML: {problem}; correct it here or just above.")


class _Builder:
    """Builds the tree from parser events with a stack of its own, so depth costs no recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Tree | None = None
        self.errors: list[SiteError] = []
        self._open: list[tuple[Row | Table, str | None, Any]] = []
        self._anchors: dict[str, Tree] = {}
        self._documents = 0
        self._values = 0

    def take(self, event: Any) -> None:
        """Take the next event of the parser."""
        if isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, SequenceStartEvent | MappingStartEvent):
            self._start(event)
        elif isinstance(event, SequenceEndEvent | MappingEndEvent):
            self._end()
        elif isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Refused(self._error(event, "several_documents", "A second document; use one file for each."))

    def _error(self, event: Any, rule: str, message: str) -> SiteError:
        return SiteError.at(self._mark(event), rule, message)

    def _mark(self, event: Any) -> Mark:
        return Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _check_tag(self, event: Any) -> None:
        tag = None if event.tag is None else str(event.tag)
        if tag is not None and tag not in CORE_TAGS and tag != "!":
            self.errors.append(self._error(event, "yaml_tag", f"The tag {tag} is not allowed; remove it."))

    def _scalar(self, event: Any) -> None:
        self._check_tag(event)
        text: str | None = event.value
        if event.style is None and text in NULLS:
            text = None
        self._add(event, Leaf(self._mark(event), text))

    def _start(self, event: Any) -> None:
        self._check_tag(event)
        if len(self._open) >= MAX_DEPTH:
            raise _Refused(self._error(event, "yaml_too_deep", f"More than {MAX_DEPTH} levels; a site needs fewer."))
        node = Row(self._mark(event)) if isinstance(event, SequenceStartEvent) else Table(self._mark(event))
        self._open.append((node, None, event))

    def _end(self) -> None:
        node, _, event = self._open.pop()
        children = node.items if isinstance(node, Row) else list(node.entries.values())
        node.size = 1 + sum(child.size for child in children)
        self._add(event, node)

    def _alias(self, event: Any) -> None:
        known = self._anchors.get(event.anchor)
        if known is None:
            message = f"The alias *{event.anchor} has no complete anchor &{event.anchor} above it."
            raise _Refused(self._error(event, "yaml_alias", message))
        self._count(event, known.size)
        self._place(event, known)

    def _add(self, event: Any, node: Tree) -> None:
        self._count(event, 1)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._place(event, node)

    def _count(self, event: Any, size: int) -> None:
        self._values += size
        if self._values > MAX_VALUES:
            message = f"The file unfolds to more than {MAX_VALUES} values; use fewer aliases or split it."
            raise _Refused(self._error(event, "yaml_too_large", message))

    def _place(self, event: Any, node: Tree) -> None:
        if not self._open:
            self.root = node
            return
        parent, key, opening = self._open[-1]
        if isinstance(parent, Row):
            parent.items.append(node)
        elif key is None:
            self._open[-1] = (parent, self._key(event, parent, node), opening)
        else:
            if key in parent.keys and key not in parent.entries:
                parent.entries[key] = node
            self._open[-1] = (parent, None, opening)

    def _key(self, event: Any, parent: Table, node: Tree) -> str:
        mark = self._mark(event)
        if not isinstance(node, Leaf) or node.text is None:
            self.errors.append(SiteError.at(mark, "yaml_key", "A key must be a plain word; rewrite it."))
            return ""
        if node.text in parent.keys:
            first = parent.keys[node.text]
            message = f"`{node.text}` stands twice here, first in line {first.line}; keep one."
            self.errors.append(SiteError.at(mark, "duplicate_key", message))
        else:
            parent.keys[node.text] = mark
        return node.text
