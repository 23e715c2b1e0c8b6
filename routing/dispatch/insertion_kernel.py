"""Compiled twins of the insertion search: the cheapest place of one task in every route, alone or as a crew of two.

Arrays are those of `packing`; instants and durations are milliseconds, costs are thousandths.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from routing.compiled import helper, kernel
from routing.dispatch.packing import (
    AGING_S,
    ALONE,
    CLEAN,
    COST,
    COUNT,
    DUE,
    EARLIEST,
    FROZEN,
    HOME,
    LATEST_END,
    LATEST_START,
    MASS,
    NO_WAY,
    NODE,
    PAYLOAD,
    PROFILE,
    PROFILES,
    RANGE,
    SERVICE,
    SHIFT_END,
    START,
    STOPS,
    UNCLEAN,
    UNITS,
    UNITS_ABOARD,
    WEIGHT,
    WINDOWS,
    Ints,
)
from routing.dispatch.schedule import MAX_LATE_MS, MINUTE_MS, NEVER_MS

Ints32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

# Columns of an answer, one row a vehicle.
DELTA, PICKUP_POS, DELIVERY_POS, PICKUP_START, DELIVERY_END, ADDED_LATE = range(6)
ANSWER_COLUMNS = 6
NONE = 2**62
"""The cost of an insertion that does not exist."""
IMPOSSIBLE = -1
# Columns of the way so far, a row before each stop.
CLOCK, BUSY, PRICE, LEG = range(4)
PASSED_COLUMNS = 4


class Routes(NamedTuple):
    """The packed routes: travel times, vehicles, what is aboard, stops and their opening hours."""

    ms: Ints32
    vehicles: Ints
    aboard: Ints
    stops: Ints
    windows: Ints


class Wanted(NamedTuple):
    """The packed task: its two stops, their opening hours, what it adds to what is aboard."""

    stops: Ints
    windows: Ints
    load: Ints


_I32X3, _I64 = types.int32[:, :, ::1], types.int64
_I64X1, _I64X2, _I64X3, _I64X4 = _I64[::1], _I64[:, ::1], _I64[:, :, ::1], _I64[:, :, :, ::1]
_ROUTES = types.NamedTuple((_I32X3, _I64X2, _I64X3, _I64X3, _I64X4), Routes)  # type: ignore[no-untyped-call]  # numba has no types here
_WANTED = types.NamedTuple((_I64X3, _I64X4, _I64X1), Wanted)  # type: ignore[no-untyped-call]  # numba has no types here
_BOOLS = types.boolean[::1]


@helper(_I64(_I32X3, _I64, _I64, _I64, _I64))
def _travel(ms: Ints32, own: int, forced: int, a: int, b: int) -> int:
    """Slowest of the forced profiles (bits), else the vehicle's own."""
    if forced == 0:
        travel: int = ms[own, a, b]
        return travel
    slowest = 0
    profile = 0
    while forced:
        if forced & 1:
            slowest = max(slowest, ms[profile, a, b])
        forced >>= 1
        profile += 1
    return slowest


@helper(_I64(_I64X3, _I64X4, _I64, _I64, _I64, _I64))
def _end(stops: Ints, windows: Ints, row: int, stop: int, arrival: int, shift_end: int) -> int:
    """End of the hand-over for this arrival; IMPOSSIBLE if a hard rule of time forbids it."""
    start = max(arrival, stops[row, stop, EARLIEST])
    service = stops[row, stop, SERVICE]
    if stops[row, stop, WINDOWS] > 0:
        opened = IMPOSSIBLE
        for number in range(stops[row, stop, WINDOWS]):
            first = max(start, windows[row, stop, number, 0])
            if first + service <= windows[row, stop, number, 1]:
                opened = first
                break
        start = opened
    end: int = start + service
    late = start > stops[row, stop, LATEST_START] or end > stops[row, stop, LATEST_END] or end > shift_end
    if start < 0 or late:
        return IMPOSSIBLE
    return end


@helper(_I64(_I64X3, _I64, _I64, _I64))
def _lateness(stops: Ints, row: int, stop: int, end: int) -> int:
    """Thousandths of lateness when a stop ends then, as `schedule.lateness_cost`."""
    late = min(end - stops[row, stop, DUE], MAX_LATE_MS)
    if late <= 0:
        return 0
    linear = stops[row, stop, WEIGHT] * late // MINUTE_MS
    price: int = linear + linear * (late // 1000) // stops[row, stop, AGING_S]
    return price


@helper(types.boolean(_ROUTES, _I64X1, _I64, _I64))
def _fits(routes: Routes, load: Ints, row: int, after: int) -> bool:
    """Whether the task may be aboard together with what is aboard before stop `after`."""
    aboard = routes.aboard
    if aboard[row, after, MASS] + load[MASS] > routes.vehicles[row, PAYLOAD]:
        return False
    if aboard[row, after, UNITS_ABOARD] + load[UNITS_ABOARD] > routes.vehicles[row, UNITS]:
        return False
    if aboard[row, after, COUNT] > 0 and (load[ALONE] > 0 or aboard[row, after, ALONE] > 0):
        return False
    return not (load[CLEAN] * aboard[row, after, UNCLEAN] > 0 or load[UNCLEAN] * aboard[row, after, CLEAN] > 0)


@helper(_I64(_ROUTES, _I64, _I64))
def _way_home(routes: Routes, row: int, node: int) -> int:
    """Travel time from the last stop home; 0 without a home or a way."""
    home = routes.vehicles[row, HOME]
    if home < 0:
        return 0
    travel: int = routes.ms[routes.vehicles[row, PROFILE], node, home]
    return 0 if travel == NO_WAY else travel


@helper(_I64(_ROUTES, _I64, _I64))
def _node_before(routes: Routes, row: int, stop: int) -> int:
    """Where the vehicle comes from before this stop."""
    node: int = routes.vehicles[row, NODE] if stop == 0 else routes.stops[row, stop - 1, NODE]
    return node


@helper(types.boolean(_ROUTES, _I64, _I64, _I64X2))
def _forward(routes: Routes, row: int, now: int, passed: Ints) -> bool:
    """Drive the route as it is; row k of `passed` is the way before stop k. False if it breaks a rule of time or range.

    LEG in row k + 1 is the travel time to stop k; the way home is only in LEG of the row behind the last stop.
    """
    own, shift_end, count = routes.vehicles[row, PROFILE], routes.vehicles[row, SHIFT_END], routes.vehicles[row, STOPS]
    clock, node = max(routes.vehicles[row, START], now), routes.vehicles[row, NODE]
    busy, price = 0, 0
    passed[0, CLOCK], passed[0, BUSY], passed[0, PRICE] = clock, 0, 0
    for stop in range(count):
        place = routes.stops[row, stop, NODE]
        travel = _travel(routes.ms, own, routes.aboard[row, stop, PROFILES], node, place)
        if travel >= NO_WAY:
            return False
        clock = _end(routes.stops, routes.windows, row, stop, clock + travel, shift_end)
        if clock == IMPOSSIBLE:
            return False
        busy += travel + routes.stops[row, stop, SERVICE]
        price += _lateness(routes.stops, row, stop, clock)
        node = place
        passed[stop + 1, CLOCK], passed[stop + 1, BUSY], passed[stop + 1, PRICE] = clock, busy, price
        passed[stop + 1, LEG] = travel
    passed[count + 1, LEG] = _way_home(routes, row, node)
    lasts: bool = count == 0 or busy + passed[count + 1, LEG] <= routes.vehicles[row, RANGE]
    return lasts


@helper(_I64(_ROUTES, _I64, _I64, _I64, _I64X2))
def _price_from(routes: Routes, row: int, first: int, clock: int, passed: Ints) -> int:
    """Lateness of stops `first`, … when the stop before them ends at `clock`; IMPOSSIBLE if a rule of time breaks."""
    count, shift_end = routes.vehicles[row, STOPS], routes.vehicles[row, SHIFT_END]
    price = 0
    for stop in range(first, count):
        if clock == passed[stop, CLOCK]:  # back on time: the rest is as it was
            price += passed[count, PRICE] - passed[stop, PRICE]
            break
        clock = _end(routes.stops, routes.windows, row, stop, clock + passed[stop + 1, LEG], shift_end)
        if clock == IMPOSSIBLE:
            return IMPOSSIBLE
        price += _lateness(routes.stops, row, stop, clock)
    return price


@helper(_I64(_ROUTES, _I64, _I64, _I64, _I64, _I64, _I64, _I64X2))
def _cost_from(routes: Routes, row: int, first: int, node: int, clock: int, busy: int, bound: int, passed: Ints) -> int:
    """Cost of driving on from `node` at `clock` (busy so far: `busy`) through stops `first`, … and home.

    NONE if a hard rule breaks or it is not less than `bound`.
    """
    count, per_min = routes.vehicles[row, STOPS], routes.vehicles[row, COST]
    if first == count:
        busy += _way_home(routes, row, node)
        home: int = per_min * busy // MINUTE_MS
        return home if busy <= routes.vehicles[row, RANGE] else NONE
    forced = routes.aboard[row, first, PROFILES]
    travel = _travel(routes.ms, routes.vehicles[row, PROFILE], forced, node, routes.stops[row, first, NODE])
    if travel >= NO_WAY:
        return NONE
    shift_end = routes.vehicles[row, SHIFT_END]
    end = _end(routes.stops, routes.windows, row, first, clock + travel, shift_end)
    behind = passed[count, BUSY] + passed[count + 1, LEG] - passed[first, BUSY] - passed[first + 1, LEG]
    if end == IMPOSSIBLE or busy + travel + behind > routes.vehicles[row, RANGE]:
        return NONE
    driving: int = per_min * (busy + travel + behind) // MINUTE_MS
    # Later at this stop is never earlier at a later one, so lateness is at least what it was.
    if end >= passed[first + 1, CLOCK] and driving + passed[count, PRICE] - passed[first, PRICE] >= bound:
        return NONE
    late = _price_from(routes, row, first + 1, end, passed)
    if late == IMPOSSIBLE:
        return NONE
    return driving + late + _lateness(routes.stops, row, first, end)


@helper(types.void(_ROUTES, _WANTED, _I64, _I64, _I64, _I64, _I64X2, _I64X2))
def _try_deliveries(
    routes: Routes, wanted: Wanted, row: int, pickup: int, start: int, limit: int, passed: Ints, answers: Ints
) -> None:
    """With the pickup before stop `pickup` starting at `start`, try every place to deliver at a cost below `limit`.

    Costs are those of the whole route; the better answer goes into its row.
    """
    own, count, shift_end = routes.vehicles[row, PROFILE], routes.vehicles[row, STOPS], routes.vehicles[row, SHIFT_END]
    node, destination = wanted.stops[0, 0, NODE], wanted.stops[0, 1, NODE]
    forced = routes.aboard[row, pickup, PROFILES]
    clock = start + wanted.stops[0, 0, SERVICE]
    busy = passed[pickup, BUSY] + wanted.stops[0, 0, SERVICE]
    busy += _travel(routes.ms, own, forced, _node_before(routes, row, pickup), node)
    price = passed[pickup, PRICE]
    for delivery in range(pickup, count + 1):
        forced = routes.aboard[row, delivery, PROFILES] | wanted.load[PROFILES]
        travel = _travel(routes.ms, own, forced, node, destination)
        end = IMPOSSIBLE
        if travel < NO_WAY:
            end = _end(wanted.stops, wanted.windows, 0, 1, clock + travel, shift_end)
        if end != IMPOSSIBLE:
            late = price + _lateness(wanted.stops, 0, 1, end)
            driven = busy + travel + wanted.stops[0, 1, SERVICE]
            bound = min(limit, answers[row, DELTA]) - late
            cost = late + _cost_from(routes, row, delivery, destination, end, driven, bound, passed)
            if cost < limit and cost < answers[row, DELTA]:
                answers[row, DELTA], answers[row, PICKUP_POS], answers[row, DELIVERY_POS] = cost, pickup, delivery + 1
                answers[row, PICKUP_START], answers[row, DELIVERY_END] = start, end
        if delivery == count or not _fits(routes, wanted.load, row, delivery + 1):
            return
        travel = _travel(routes.ms, own, forced, node, routes.stops[row, delivery, NODE])
        if travel >= NO_WAY:
            return
        clock = _end(routes.stops, routes.windows, row, delivery, clock + travel, shift_end)
        if clock == IMPOSSIBLE:
            return
        busy += travel + routes.stops[row, delivery, SERVICE]
        price += _lateness(routes.stops, row, delivery, clock)
        node = routes.stops[row, delivery, NODE]


@helper(_I64(_ROUTES, _WANTED, _I64, _I64, _I64X2))
def _pick_up(routes: Routes, wanted: Wanted, row: int, pickup: int, passed: Ints) -> int:
    """When the pickup starts if it comes before stop `pickup`; IMPOSSIBLE if a hard rule forbids it there."""
    if not _fits(routes, wanted.load, row, pickup):
        return IMPOSSIBLE
    forced = routes.aboard[row, pickup, PROFILES]
    node = _node_before(routes, row, pickup)
    travel = _travel(routes.ms, routes.vehicles[row, PROFILE], forced, node, wanted.stops[0, 0, NODE])
    if travel >= NO_WAY:
        return IMPOSSIBLE
    arrival = passed[pickup, CLOCK] + travel
    end = _end(wanted.stops, wanted.windows, 0, 0, arrival, routes.vehicles[row, SHIFT_END])
    if end == IMPOSSIBLE:
        return IMPOSSIBLE
    start: int = end - wanted.stops[0, 0, SERVICE]
    return start


@helper(_I64(_ROUTES, _WANTED, _I64, _I64X2, _I64X2))
def _added_late(routes: Routes, wanted: Wanted, row: int, passed: Ints, answers: Ints) -> int:
    """Lateness of the other tasks with the task at its answer's place, minus what it is without it."""
    own, count, shift_end = routes.vehicles[row, PROFILE], routes.vehicles[row, STOPS], routes.vehicles[row, SHIFT_END]
    pickup, delivery = answers[row, PICKUP_POS], answers[row, DELIVERY_POS] - 1
    clock, node = passed[pickup, CLOCK], _node_before(routes, row, pickup)
    added = 0
    for stop in range(pickup, count + 1):
        if stop == pickup:
            clock, node = answers[row, PICKUP_START] + wanted.stops[0, 0, SERVICE], wanted.stops[0, 0, NODE]
        if stop == delivery:
            clock, node = answers[row, DELIVERY_END], wanted.stops[0, 1, NODE]
        if stop < count:
            forced = routes.aboard[row, stop, PROFILES]
            if stop < delivery:
                forced |= wanted.load[PROFILES]
            travel = _travel(routes.ms, own, forced, node, routes.stops[row, stop, NODE])
            clock = _end(routes.stops, routes.windows, row, stop, clock + travel, shift_end)
            node = routes.stops[row, stop, NODE]
            due = routes.stops[row, stop, DUE]
            added += max(0, clock - due) - max(0, passed[stop + 1, CLOCK] - due)
    return added


@helper(types.void(_ROUTES, _WANTED, _BOOLS, _I64, _I64X2, _I64X1, _I64X2))
def _search(
    routes: Routes, wanted: Wanted, eligible: Bools, now: int, passed: Ints, cheapest: Ints, answers: Ints
) -> None:
    """The cheapest place of the task in each eligible route (the first of equals); DELTA is NONE without one.

    Only as many of the cheapest rows as `cheapest` has places are sure to have an answer; `passed` is room to work.
    """
    top = len(cheapest)
    cheapest[:] = NONE
    for row in range(len(routes.vehicles)):
        answers[row, DELTA] = NONE
        if not eligible[row] or not _forward(routes, row, now, passed):
            continue
        count = routes.vehicles[row, STOPS]
        busy = passed[count, BUSY] + passed[count + 1, LEG]
        before = routes.vehicles[row, COST] * busy // MINUTE_MS + passed[count, PRICE]
        limit = min(NONE, cheapest[top - 1] + before + 1)
        for pickup in range(routes.vehicles[row, FROZEN], count + 1):
            start = _pick_up(routes, wanted, row, pickup, passed)
            if start != IMPOSSIBLE:
                _try_deliveries(routes, wanted, row, pickup, start, limit, passed, answers)
        if answers[row, DELTA] < NONE:
            answers[row, DELTA] -= before
            answers[row, ADDED_LATE] = _added_late(routes, wanted, row, passed, answers)
            place = top - 1
            while place > 0 and cheapest[place - 1] > answers[row, DELTA]:
                cheapest[place] = cheapest[place - 1]
                place -= 1
            cheapest[place] = min(cheapest[place], answers[row, DELTA])


@kernel(types.void(_ROUTES, _WANTED, _BOOLS, _I64, _I64, _I64X2))
def best_places(routes: Routes, wanted: Wanted, eligible: Bools, now: int, top: int, answers: Ints) -> None:
    """The cheapest place of the task in each eligible route (the first of equals); DELTA is NONE without one.

    Rows that are not among the `top` cheapest may be left without an answer.
    """
    passed = np.empty((routes.stops.shape[1] + 2, PASSED_COLUMNS), dtype=np.int64)
    _search(routes, wanted, eligible, now, passed, np.empty(top, dtype=np.int64), answers)


@kernel(_I64(_ROUTES, _I64, _I64))
def route_cost(routes: Routes, row: int, now: int) -> int:
    """Thousandths that a route costs as it is; NONE if it breaks a rule of time or range."""
    passed = np.empty((routes.stops.shape[1] + 2, PASSED_COLUMNS), dtype=np.int64)
    if not _forward(routes, row, now, passed):
        return NONE
    count = routes.vehicles[row, STOPS]
    busy = passed[count, BUSY] + passed[count + 1, LEG]
    cost: int = routes.vehicles[row, COST] * busy // MINUTE_MS + passed[count, PRICE]
    return cost


@kernel(types.void(_ROUTES, _WANTED, _BOOLS, _I64, _I64X2))
def earliest_starts(routes: Routes, wanted: Wanted, eligible: Bools, now: int, starts: Ints) -> None:
    """Earliest start of the pickup at every place of every eligible route; NEVER_MS where it cannot be."""
    passed = np.empty((routes.stops.shape[1] + 2, PASSED_COLUMNS), dtype=np.int64)
    starts[:] = NEVER_MS
    for row in range(len(routes.vehicles)):
        if not eligible[row] or not _forward(routes, row, now, passed):
            continue
        for pickup in range(routes.vehicles[row, FROZEN], routes.vehicles[row, STOPS] + 1):
            start = _pick_up(routes, wanted, row, pickup, passed)
            if start != IMPOSSIBLE:
                starts[row, pickup] = start


@kernel(types.void(_ROUTES, _WANTED, _BOOLS, _I64, _I64X1, _I64X2, _I64X2))
def best_pairs(
    routes: Routes, wanted: Wanted, eligible: Bools, now: int, appointments: Ints, costs: Ints, when: Ints
) -> None:
    """For each two rows that travel equally fast: the cheapest of the appointments (the first of equals) for both.

    Fills the upper triangle of `costs` (NONE: there is none) and `when`. Changes the start in `wanted`.
    """
    count = len(routes.vehicles)
    answers = np.empty((count, ANSWER_COLUMNS), dtype=np.int64)
    legs = np.empty(count, dtype=np.int64)
    passed = np.empty((routes.stops.shape[1] + 2, PASSED_COLUMNS), dtype=np.int64)
    cheapest = np.empty(count, dtype=np.int64)
    origin, destination = wanted.stops[0, 0, NODE], wanted.stops[0, 1, NODE]
    for row in range(count):
        own = routes.vehicles[row, PROFILE]
        legs[row] = _travel(routes.ms, own, wanted.load[PROFILES], origin, destination)
    costs[:] = NONE
    for appointment in appointments:
        wanted.stops[0, 0, EARLIEST] = wanted.stops[0, 0, LATEST_START] = appointment
        _search(routes, wanted, eligible, now, passed, cheapest, answers)
        for row in range(count):
            if answers[row, DELTA] == NONE:
                continue
            for other in range(row + 1, count):
                if answers[other, DELTA] == NONE or legs[row] != legs[other]:
                    continue
                together = answers[row, DELTA] + answers[other, DELTA]
                if together < costs[row, other]:
                    costs[row, other] = together
                    when[row, other] = appointment
