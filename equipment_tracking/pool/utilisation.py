"""How much of the time equipment is in use, by type and ward, told from the facts of the ledger alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from equipment_tracking.pool.facts.base import Fact
from equipment_tracking.pool.facts.cycle import AssetChanged, AssetRegistered, AssetRetired, StateFact, Taken
from equipment_tracking.pool.facts.holding import Lent
from equipment_tracking.register.assets import Asset


class Owned(msgspec.Struct, frozen=True):
    """A ward's assets of a type: how long they were in use, anywhere, of how long they were registered."""

    type: str
    ward: str
    in_use_ms: int
    total_ms: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 for what was not registered at all."""
        return self.in_use_ms / self.total_ms if self.total_ms else 0.0


class UsedBy(msgspec.Struct, frozen=True):
    """How long a ward had assets of a type in use, its own or others'."""

    type: str
    ward: str
    in_use_ms: int


class Utilisation(msgspec.Struct, frozen=True):
    """By owner and by user, each in order of type and ward."""

    owned: tuple[Owned, ...]
    used: tuple[UsedBy, ...]


class _Span(msgspec.Struct):
    """Since when an asset is as it is: described like this, and in use by this ward ("" = not in use)."""

    asset: Asset
    since_ms: int
    holder: str = ""


def utilisation(facts: Iterable[Fact], since_ms: int, until_ms: int) -> Utilisation:
    """Add up the facts, from the first one ever and in their order, over the window from `since_ms` to `until_ms`."""
    total: dict[tuple[str, str], int] = defaultdict(int)
    busy: dict[tuple[str, str], int] = defaultdict(int)
    used: dict[tuple[str, str], int] = defaultdict(int)
    spans: dict[str, _Span] = {}

    def close(span: _Span, at_ms: int) -> None:
        length_ms = max(0, min(at_ms, until_ms) - max(span.since_ms, since_ms))
        key = span.asset.type, span.asset.ward
        total[key] += length_ms
        if span.holder:
            busy[key] += length_ms
            used[span.asset.type, span.holder] += length_ms
        span.since_ms = at_ms

    for fact in facts:
        if isinstance(fact, AssetRegistered):
            spans[fact.subject] = _Span(fact.registered, fact.at_ms)
        elif (span := spans.get(fact.subject)) is None:
            continue
        elif isinstance(fact, AssetChanged):
            close(span, fact.at_ms)
            span.asset = fact.changed
        elif isinstance(fact, AssetRetired):
            close(spans.pop(fact.subject), fact.at_ms)
        elif isinstance(fact, StateFact | Lent):
            close(span, fact.at_ms)
            span.holder = fact.ward if isinstance(fact, Taken | Lent) else ""
    for id in sorted(spans):
        close(spans[id], until_ms)
    return Utilisation(
        owned=tuple(Owned(*key, busy[key], total[key]) for key in sorted(total)),
        used=tuple(UsedBy(*key, used[key]) for key in sorted(used) if used[key]),
    )
