"""How the commands speak: one clear sentence when something is wrong, and a bar for what takes its time."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

OUT = Console(highlight=False, soft_wrap=True, emoji=False)  # `file.csv:100:` is a place, no picture
ERR = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


class CommandFailed(Exception):
    """A command cannot do what it was asked; the text says which rule, where, and what to do. The exit code is 1."""


def line(text: str) -> None:
    """Write a line on standard output, as it is."""
    OUT.print(text, markup=False)


def progress() -> Progress:
    """Return a bar on standard error, so that what is printed for programs stays clean."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        console=ERR,
    )
