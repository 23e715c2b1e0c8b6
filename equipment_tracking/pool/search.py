"""Search: the nearest ready thing by expected walking time, and honestly how sure it is where it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from equipment_tracking.pool.available import free, held_back
from equipment_tracking.pool.draft import State
from equipment_tracking.register.assets import Asset, PumpKind

Certainty = Literal["sure", "either", "last_seen"]
ROUNDING = 1e-9
"""Sums of probabilities are compared within this, costs are told to the microsecond: order is no rounding error."""


class Whereabouts(msgspec.Struct, frozen=True):
    """Where an asset may be: (number of the room, probability) of different rooms, adding up to at most 1.

    `last_room` is where it was last surely seen (-1: never), at `seen_ms` (milliseconds UTC).
    """

    asset: str
    rooms: tuple[tuple[int, float], ...]
    seen_ms: int
    last_room: int = -1


class Wish(msgspec.Struct, frozen=True):
    """What is looked for; None is no wish. `carries_kg` is the weight that it must safely bear."""

    type: str | None = None
    ward: str | None = None
    carries_kg: float | None = None
    paediatric: bool | None = None
    pump: PumpKind | None = None
    mr_conditional: bool | None = None

    def met_by(self, asset: Asset) -> bool:
        """Whether the asset is what is looked for; `ward` is its owner."""
        return (
            self.type in (None, asset.type)
            and self.ward in (None, asset.ward)
            and self.paediatric in (None, asset.paediatric)
            and self.pump in (None, asset.pump)
            and self.mr_conditional in (None, asset.mr_conditional)
            and (self.carries_kg is None or (asset.safe_load_kg or 0.0) >= self.carries_kg)
        )


class Costs(msgspec.Struct, frozen=True):
    """What not finding costs, in seconds, and from which probability on one may say “it is there”.

    After `stale_ms` without a sighting nobody is sure any more.
    """

    not_found_s: float = 600.0
    detour_s: float = 60.0
    sure: float = 0.8
    stale_ms: int = 600_000


class Offer(msgspec.Struct, frozen=True):
    """An asset that may be had: its expected cost in seconds, and what may be said of its place.

    `rooms` holds one number when sure, two (the likelier first) for either, the last one seen (or none) otherwise.
    """

    asset: str
    cost_s: float
    certainty: Certainty
    rooms: tuple[int, ...]
    age_ms: int


def expected_cost_s(where: Whereabouts, walking_s: Sequence[float], now_ms: int, costs: Costs) -> float:
    """Σ p · walking + (1 - Σ p) · not found, and a detour when the rooms known add up to less than sure, or are stale.

    Parameters
    ----------
    where
        Rooms and their probabilities.
    walking_s
        Seconds on foot to each room by its number; infinite for what cannot be reached.
    now_ms
        Milliseconds UTC.
    costs
        A room further off than `not_found_s` costs as much as not finding: knowing is never worse than not knowing.
    """
    known = walk_s = 0.0
    for room, p in where.rooms:
        seconds = walking_s[room]
        known += p
        walk_s += p * (min(costs.not_found_s, seconds))
    unsure = known < costs.sure - ROUNDING or now_ms - where.seen_ms > costs.stale_ms
    cost_s = walk_s + max(0.0, 1.0 - known) * costs.not_found_s + (costs.detour_s if unsure else 0.0)
    return round(cost_s, 6)


def certainty(where: Whereabouts, now_ms: int, costs: Costs) -> tuple[Certainty, tuple[int, ...]]:
    """What may be said: one room, one of two, or only where it was last seen."""
    likeliest = sorted(where.rooms, key=lambda room: (-room[1], room[0]))[:2]
    if now_ms - where.seen_ms <= costs.stale_ms and likeliest:
        if likeliest[0][1] >= costs.sure - ROUNDING:
            return "sure", (likeliest[0][0],)
        if len(likeliest) == 2 and likeliest[0][1] + likeliest[1][1] >= costs.sure - ROUNDING:
            return "either", (likeliest[0][0], likeliest[1][0])
    return "last_seen", () if where.last_room < 0 else (where.last_room,)


def search(
    state: State,
    candidates: Iterable[Whereabouts],
    walking_s: NDArray[np.float64],
    now_ms: int,
    *,
    wish: Wish | None = None,
    costs: Costs | None = None,
    limit: int | None = None,
) -> tuple[Offer, ...]:
    """What may be had now, the cheapest to fetch first.

    Never among them: what is not ready, overdue for service, reserved, or held back for emergencies.
    """
    wish, costs = wish or Wish(), costs or Costs()
    kept = held_back(state, now_ms)
    seconds: list[float] = walking_s.tolist()
    found: list[tuple[float, str, Whereabouts]] = []
    for where in candidates:
        item = state.items.get(where.asset)
        if item is None or item.id in kept or not free(state, item, now_ms):
            continue
        if wish.met_by(state.assets[item.id]):
            found.append((expected_cost_s(where, seconds, now_ms, costs), item.id, where))
    found.sort(key=lambda entry: entry[:2])
    offers = []
    for cost_s, asset, where in found[:limit]:
        said, rooms = certainty(where, now_ms, costs)
        offers.append(Offer(asset, cost_s, said, rooms, max(0, now_ms - where.seen_ms)))
    return tuple(offers)
