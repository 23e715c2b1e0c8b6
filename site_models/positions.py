"""Where every value of a loaded site stands in its YAML files."""

from __future__ import annotations

from dataclasses import dataclass

from site_models.errors import Mark
from site_models.yaml_tree import Leaf, Row, Table, Tree

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Positions:
    """The index of places; a path is what one would write on the `Site`: `("floors", 0, "corridors", 2, "width_m")`."""

    root: Table

    def at(self, path: Path) -> Mark:
        """The place of the value at `path`, or of the closest thing around it that exists."""
        return self._walk(path)[0].mark

    def key(self, path: Path) -> Mark:
        """The place of the key that `path` ends in, or of the closest thing around it that exists."""
        around, rest = self._walk(path[:-1])
        name = path[-1] if path else None
        if not rest and isinstance(around, Table) and name in around.keys:
            return around.keys[str(name)]
        return around.mark

    def owner(self, path: Path) -> tuple[str | None, Path]:
        """The id of the innermost thing on `path` that has one, and the rest of the path below it."""
        node: Tree = self.root
        owner: str | None = None
        below: Path = path
        for depth, part in enumerate(path):
            child = _child(node, part)
            if child is None:
                break
            node = child
            if isinstance(node, Table) and isinstance(node.entries.get("id"), Leaf) and depth + 1 < len(path):
                name = node.entries["id"]
                owner, below = (name.text if isinstance(name, Leaf) else None), path[depth + 1 :]
        return owner, below

    def _walk(self, path: Path) -> tuple[Tree, Path]:
        node: Tree = self.root
        for depth, part in enumerate(path):
            child = _child(node, part)
            if child is None:
                return node, path[depth:]
            node = child
        return node, ()


def _child(node: Tree, part: str | int) -> Tree | None:
    if isinstance(node, Table):
        return node.entries.get(str(part))
    if isinstance(node, Row) and isinstance(part, int) and part < len(node.items):
        return node.items[part]
    return None
