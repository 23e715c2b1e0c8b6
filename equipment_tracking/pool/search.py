"""Search: the nearest ready thing by expected walking time, and honestly how sure it is where it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from equipment_tracking.pool.available import to_be_had
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.model import ItemState
from equipment_tracking.pool.stock import PUMP, STATE, Mask, Stock
from equipment_tracking.register.assets import PumpKind

Certainty = Literal["sure", "either", "last_seen"]
ROUNDING = 1e-9
"""Sums of probabilities are compared within this, costs are told to the microsecond: order is no rounding error."""
MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """Where assets may be: arrays of one row an asset, and as many columns as there are guesses of its room.

    `room` holds numbers of different rooms (-1: no guess), `p` their probabilities, of which a row adds up to at most
    1. `last_room` is where the asset was last surely seen (-1: never), at `seen_ms` (milliseconds UTC).
    """

    assets: tuple[str, ...]
    room: NDArray[np.int32]
    p: NDArray[np.float64]
    seen_ms: NDArray[np.int64]
    last_room: NDArray[np.int32]

    def __getitem__(self, rows: NDArray[np.intp]) -> Guesses:
        """These rows of it."""
        return Guesses(
            assets=tuple(self.assets[row] for row in rows.tolist()),
            room=self.room[rows],
            p=self.p[rows],
            seen_ms=self.seen_ms[rows],
            last_room=self.last_room[rows],
        )


class Wish(msgspec.Struct, frozen=True):
    """What is looked for; None is no wish. `ward` is the owner, `carries_kg` what it must safely bear.

    Of the states that are `wanted`, “ready” means that it may be had now; the others are for whoever fetches things.
    """

    type: str | None = None
    ward: str | None = None
    carries_kg: float | None = None
    paediatric: bool | None = None
    pump: PumpKind | None = None
    mr_conditional: bool | None = None
    wanted: frozenset[ItemState] = frozenset({"ready"})


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
    `walk_s` is how long one walks on average to where it may be, if it is there: None when no room is known, or one of
    them cannot be reached.
    """

    asset: str
    cost_s: float
    certainty: Certainty
    rooms: tuple[int, ...]
    age_ms: int
    walk_s: float | None


def expected_costs_s(where: Guesses, walking_s: NDArray[np.float64], now_ms: int, costs: Costs) -> NDArray[np.float64]:
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

    Returns
    -------
    Seconds, one an asset.
    """
    known = where.p.sum(axis=1)
    near_s = np.minimum(_to_rooms_s(where, walking_s), costs.not_found_s)
    unsure = (known < costs.sure - ROUNDING) | (now_ms - where.seen_ms > costs.stale_ms)
    lost_s = np.maximum(0.0, 1.0 - known) * costs.not_found_s
    cost_s = (where.p * near_s).sum(axis=1) + lost_s + np.where(unsure, costs.detour_s, 0.0)
    return _told(cost_s)


def search(
    state: State,
    where: Guesses,
    walking_s: NDArray[np.float64],
    now_ms: int,
    *,
    wish: Wish | None = None,
    costs: Costs | None = None,
    limit: int | None = None,
) -> tuple[Offer, ...]:
    """What may be had now, the cheapest to fetch first, then by id; `walking_s` as for `expected_costs_s`.

    Never among them as ready: what is overdue for service, reserved, or held back for emergencies.
    """
    wish, costs = wish or Wish(), costs or Costs()
    where = where[_met(state, where, wish, now_ms)]
    cost_s = expected_costs_s(where, walking_s, now_ms, costs)
    rows = np.arange(len(cost_s))
    if limit is not None and 0 < limit < len(cost_s):
        rows = np.flatnonzero(cost_s <= np.partition(cost_s, limit - 1)[limit - 1])
    ranked = sorted(
        (cost, where.assets[row], row) for cost, row in zip(cost_s[rows].tolist(), rows.tolist(), strict=True)
    )
    order = np.array([row for _, _, row in ranked[:limit]], dtype=np.intp)
    return _offers(where[order], cost_s[order], walking_s, now_ms, costs)


def count_met(state: State, where: Guesses, wish: Wish, now_ms: int) -> int:
    """How many of these a search without a limit would find."""
    return len(_met(state, where, wish, now_ms))


def _met(state: State, where: Guesses, wish: Wish, now_ms: int) -> NDArray[np.intp]:
    """The rows of `where` that are what is looked for."""
    number = state.stock.numbers(where.assets)
    known = np.flatnonzero(number >= 0)
    met = _meeting(state.stock, wish) & _offered(state, wish, now_ms)
    rows: NDArray[np.intp] = known[met[number[known]]]
    return rows


def _meeting(stock: Stock, wish: Wish) -> Mask:
    """The rows that are what is looked for."""
    rows = stock.rows
    met = np.ones(len(rows), np.bool_)
    if wish.type is not None:
        met &= rows["type"] == stock.code(wish.type)
    if wish.ward is not None:
        met &= rows["owner"] == stock.code(wish.ward)
    if wish.carries_kg is not None:
        met &= rows["safe_load_kg"] >= wish.carries_kg
    if wish.paediatric is not None:
        met &= rows["paediatric"] == wish.paediatric
    if wish.pump is not None:
        met &= rows["pump"] == PUMP[wish.pump]
    if wish.mr_conditional is not None:
        met &= rows["mr_conditional"] == wish.mr_conditional
    return met


def _offered(state: State, wish: Wish, now_ms: int) -> Mask:
    """The rows whose state is wanted; ready ones only if they may be had."""
    others = sorted(STATE[wanted] for wanted in wish.wanted if wanted != "ready")
    offered: Mask = np.isin(state.stock.rows["state"], others)
    if "ready" in wish.wanted:
        offered |= to_be_had(state, now_ms)
    return offered


def _offers(
    where: Guesses, cost_s: NDArray[np.float64], walking_s: NDArray[np.float64], now_ms: int, costs: Costs
) -> tuple[Offer, ...]:
    """What is said of each: one room, one of two, or only where it was last seen."""
    likeliest = np.lexsort((where.room, -where.p), axis=1)
    room = np.take_along_axis(where.room, likeliest, axis=1).tolist()
    enough = np.take_along_axis(where.p, likeliest, axis=1).cumsum(axis=1) >= costs.sure - ROUNDING
    fresh = now_ms - where.seen_ms <= costs.stale_ms
    sure, either = (fresh & enough[:, first : first + 1].any(axis=1) for first in (0, 1))
    columns = (
        where.assets,
        cost_s.tolist(),
        sure.tolist(),
        either.tolist(),
        room,
        where.last_room.tolist(),
        np.maximum(0, now_ms - where.seen_ms).tolist(),
        _walks_s(where, walking_s).tolist(),
    )
    offers = []
    for asset, cost, is_sure, is_either, rooms, last, age_ms, walk in zip(*columns, strict=True):
        said: Certainty = "sure" if is_sure else "either" if is_either else "last_seen"
        told = rooms[:1] if is_sure else rooms[:2] if is_either else [last] if last >= 0 else []
        offers.append(Offer(asset, cost, said, tuple(told), age_ms, walk if math.isfinite(walk) else None))
    return tuple(offers)


def _walks_s(where: Guesses, walking_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds on foot to where each may be, if it is there; infinite when no room is known, or one is not reached."""
    known = where.p.sum(axis=1)
    walks_s = (where.p * np.where(where.p > 0.0, _to_rooms_s(where, walking_s), 0.0)).sum(axis=1)
    return _told(np.divide(walks_s, known, out=np.full(len(known), np.inf), where=known > 0.0))


def _to_rooms_s(where: Guesses, walking_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds on foot to every room that is guessed; 0 where there is no guess."""
    return np.append(walking_s, 0.0)[where.room]


def _told(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """To the microsecond."""
    told: NDArray[np.float64] = np.rint(seconds * MICROSECONDS) / MICROSECONDS
    return told
