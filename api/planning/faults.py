"""What the check of flows says of a change, as planners read it in their language beside the figure."""

from __future__ import annotations

import re

from fleet.requests import Violation
from site_models.errors import SiteError

_SAID: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), da, en)
    for pattern, da, en in (
        (r"greater than or equal to (\S+?),", "Skal være mindst {0}.", "Must be at least {0}."),
        (r"greater than (\S+?),", "Skal være over {0}.", "Must be above {0}."),
        (r"less than or equal to (\S+?),", "Må højst være {0}.", "Must be at most {0}."),
        (r"less than (\S+?),", "Skal være under {0}.", "Must be below {0}."),
        (r"valid integer", "Skal være et helt tal.", "Must be a whole number."),
        (r"valid number", "Skal være et tal.", "Must be a number."),
        (r"valid boolean", "Skriv ja eller nej.", "Write yes or no."),
        (
            r"has no unit at any time",
            "Der skal være mindst 1 på et tidspunkt; ellers venter alle for evigt.",
            "There must be at least 1 at some time; otherwise all wait for ever.",
        ),
        (
            r"shares of `(\S+)` sum to (\S+?);",
            "Andelene giver tilsammen {1}; de skal give 1. Ret også en af de andre.",
            "The shares sum to {1}; they must sum to 1. Change one of the others too.",
        ),
        (r"duration cannot be negative", "En varighed kan ikke være negativ.", "A duration cannot be negative."),
        (
            r"has (\d+) staffed beds in (\d+) physical",
            "{0} normerede senge er flere end de {1} fysiske. Normér færre, eller tilføj senge.",
            "{0} staffed beds are more than the {1} physical ones. Staff fewer, or add beds.",
        ),
        (
            r"a duration is written with its unit",
            "Skriv en varighed med enhed: 90 s, 20 min, 4 t eller 2 d.",
            "Write a duration with its unit: 90 s, 20 min, 4 h or 2 d.",
        ),
        (
            r"is not a known key|no such|nothing (?:is )?called|does not lead|is not there|has no ",
            "Dette tal findes ikke i forløbet. Find det med søgningen.",
            "This figure is not part of the flow. Find it by the search.",
        ),
    )
)


def violation_of(fault: SiteError, field: str) -> Violation:
    """A fault of a changed flow as a broken rule of a field."""
    message = str(fault.message)
    for pattern, da, en in _SAID:
        if found := pattern.search(message):
            parts = found.groups()
            return Violation(fault.rule, field, da.format(*parts), en.format(*parts))
    return Violation(fault.rule, field, f"Forløbet går ikke op med ændringen: {message}", message)
