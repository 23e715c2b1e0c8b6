"""Collects what the checks find, each at its place in the YAML."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from site_models.errors import Mark, SiteError
from site_models.positions import Path, Positions


class Report:
    """The violations found so far; without positions they stand at the site as a whole."""

    def __init__(self, site: str, positions: Positions | None) -> None:
        self.errors: list[SiteError] = []
        self._site = site
        self._positions = positions

    def add(self, rule: str, path: Path, message: str) -> None:
        """Note a violation of `rule` by the value at `path`."""
        mark = self._positions.at(path) if self._positions else Mark(self._site)
        self.errors.append(SiteError.at(mark, rule, message))

    def place(self, path: Path) -> str:
        """File and line of a value, to name a second place in a message."""
        mark = self._positions.at(path) if self._positions else Mark(self._site)
        return f"{mark.file}:{mark.line}"

    def unknown(self, path: Path, what: str, name: str, known: Iterable[str]) -> None:
        """Note that `name` refers to nothing."""
        names = sorted(known)
        close = difflib.get_close_matches(name, names, 1)
        few = f"known are {', '.join(names)}" if 0 < len(names) <= 8 else "name one that the site has"
        hint = f"did you mean `{close[0]}`?" if close else f"{few}."
        self.add("unknown_reference", path, f"There is no {what} called `{name}`; {hint}")
