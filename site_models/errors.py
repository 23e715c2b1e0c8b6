"""What is wrong with a site, and where: one error a broken rule, all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; line and column count from 1, and 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteError:
    """One broken rule: its code, a sentence that says what to do, and the place in the YAML."""

    rule: str
    message: str
    file: str
    line: int
    column: int

    @classmethod
    def at(cls, mark: Mark, rule: str, message: str) -> SiteError:
        """The error at a mark."""
        return cls(rule=rule, message=message, file=mark.file, line=mark.line, column=mark.column)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message} [{self.rule}]"


class SiteErrors(Exception):
    """Everything that kept a site from being loaded, sorted by place."""

    def __init__(self, errors: Iterable[SiteError]) -> None:
        self.errors: list[SiteError] = in_order(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


def in_order(errors: Iterable[SiteError]) -> list[SiteError]:
    """The errors by file, line and column, each said once."""
    unique = dict.fromkeys(errors)
    return sorted(unique, key=lambda e: (e.file, e.line, e.column, e.rule, e.message))
