"""Where all tags are, as of one instant: what the locator's thread hands to the answering one. Never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.intake import Instants
from equipment_tracking.whereabouts import Whereabouts


@dataclass(frozen=True, kw_only=True)
class Located:
    """A row a tag, numbered as in `tags` (plain ids). Areas are numbered as in the building, -1 is none.

    `sure` and `sure2` are the calibrated probabilities of the two likeliest areas, `heard_ms` when a gateway last
    heard the tag (-1: never), `last_area` where it was when one could last be sure. Instants are the machine's, UTC.
    """

    tags: tuple[str, ...]
    where: Whereabouts
    sure: Floats
    sure2: Floats
    heard_ms: Instants
    last_area: Indexes
    now_ms: int

    @cached_property
    def number(self) -> dict[str, int]:
        """Tag → its row."""
        return {tag: row for row, tag in enumerate(self.tags)}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHealth:
    """By gateway of the map: last heard (machine's time, -1 never) and skew (None: not known yet)."""

    gateways: tuple[str, ...] = ()
    last_heard_ms: Instants = field(default_factory=lambda: np.empty(0, np.int64))
    skew_ms: tuple[int | None, ...] = ()
    refused: dict[tuple[str, str], int] = field(default_factory=dict)
    loudest: Indexes = field(default_factory=lambda: np.empty(0, np.int32))
