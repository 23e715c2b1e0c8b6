"""Finds the stations that the demand and the rounds of a site mean by ids and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable


def matching(patterns: Iterable[str], stations: Iterable[str]) -> list[str]:
    """The stations named by ids or by patterns in which `*` stands for any text, in order of their ids."""
    wanted = re.compile("|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in patterns))
    return sorted(station for station in stations if wanted.fullmatch(station))
