"""The compiled forward step of the locator's twin: every tag of a site on a support of few places.

Same equations as `locator.Tracker` and `emission.Emission`; arrays by place are a desk that is clean again after each
tag.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.fingerprints import UNHEARD_DBM
from routing.compiled import kernel

STILL = 1e-12
"""Mass of a place that stays where it is: less is not pushed on to neighbours."""
MANY = 24
"""Factors multiplied before a logarithm is taken; more could leave the range of a double."""
# Numbers of an `Air` that hold for every place below the floor, and half of (degrees of freedom + 1).
MEAN, SHRINK, NEWS, SILENCE, POWER = range(5)
# Numbers of `Prints`: 2/(2 × differ_db²), share of the prints, background, and the usual weight of prints at a place.
TWICE, PRINTED, BACKGROUND, USUAL = range(4)
LEAST_SHARE = 1e-12
"""As in `fingerprints.Fingerprints.log_likelihood`."""
SOON_S = 1e-9
"""So much older than it may be a level is still taken: spans are added up."""
UNLIKE = -60.0
"""Logarithm of a likeness that counts as none."""
# Numbers of a `step`.
CHANGE, ANYWHERE, PARKED_M, PARKED_PARTS, MOVING_M, MOVING_PARTS, BELIEVED, SPARE, SPAN, HOLD = range(10)


class Ways(NamedTuple):
    """Stretches out of each place: `first[p]:first[p + 1]`, with their rates a metre and the sum of those."""

    first: Indexes
    head: Indexes
    rate: Floats
    leaving: Floats


class Air(NamedTuple):
    """The radio map above its floor, gateway by gateway: `first[g]:first[g + 1]`.

    `shrink` is 1/(tail × scale²), `news` what being heard adds to the log likelihood apart from the level, `silence`
    (by place) the log likelihood that nobody hears anything, `floor` what holds for all other places.
    """

    first: Indexes
    place: Indexes
    mean_dbm: Floats
    shrink: Floats
    news: Floats
    silence: Floats
    floor: Floats


class Prints(NamedTuple):
    """Fingerprints: by gateway which prints heard it, `above_db` over what stands for unheard; by place their weights.

    `alone` is the logarithm of each print's likeness to silence, `total` the sum of weights of each place.
    """

    first: Indexes
    number: Indexes
    above_db: Floats
    alone: Floats
    first_at: Indexes
    number_at: Indexes
    weight: Floats
    total: Floats
    settings: Floats


class Rows(NamedTuple):
    """What was heard: a row a reading, sorted by tag."""

    gateway: Indexes
    tag: Indexes
    rssi_dbm: Floats


class Tags(NamedTuple):
    """Of each tag its places and their masses in both modes, the mass that may be anywhere, and what was cut last.

    `held` gateways have a level that is still compared with fingerprints, of the age given.
    """

    kept: Indexes
    place: NDArray[np.int32]
    parked: Floats
    moving: Floats
    lost: Floats
    left_out: Floats
    held: Indexes
    held_gateway: NDArray[np.int32]
    held_dbm: Floats
    held_age_s: Floats


class Desk(NamedTuple):
    """Room to work in: arrays by place that are zero between tags, by gateway, and by fingerprint."""

    parked: Floats
    moving: Floats
    fresh: Floats
    product: Floats
    news: Floats
    marked: NDArray[np.uint8]
    active: Indexes
    even_parked: Floats
    even_moving: Floats
    total_dbm: Floats
    times: Indexes
    heard: Indexes
    alike: Floats


_F64, _I64 = types.float64, types.int64
_F64X1, _F64X2 = _F64[::1], _F64[:, ::1]
_I32X1, _I32X2, _U8X1 = types.int32[::1], types.int32[:, ::1], types.uint8[::1]
_WAYS = types.NamedTuple((_I32X1, _I32X1, _F64X1, _F64X1), Ways)  # type: ignore[no-untyped-call]  # numba has no types here
_AIR = types.NamedTuple((_I32X1, _I32X1, _F64X1, _F64X1, _F64X1, _F64X1, _F64X1), Air)  # type: ignore[no-untyped-call]  # numba has no types here
TAGS_TYPE = types.NamedTuple(  # type: ignore[no-untyped-call]  # numba has no types here
    (_I32X1, _I32X2, _F64X2, _F64X2, _F64X1, _F64X1, _I32X1, _I32X2, _F64X2, _F64X2), Tags
)
_DESK = types.NamedTuple(  # type: ignore[no-untyped-call]  # numba has no types here
    (_F64X1, _F64X1, _F64X1, _F64X1, _F64X1, _U8X1, _I32X1, _F64X1, _F64X1, _F64X1, _I32X1, _I32X1, _F64X1), Desk
)
_ROWS = types.NamedTuple((_I32X1, _I32X1, _F64X1), Rows)  # type: ignore[no-untyped-call]  # numba has no types here
_PRINTS = types.NamedTuple(  # type: ignore[no-untyped-call]  # numba has no types here
    (_I32X1, _I32X1, _F64X1, _F64X1, _I32X1, _I32X1, _F64X1, _F64X1, _F64X1), Prints
)


@kernel(_I64(_WAYS, _DESK, _F64X1, _I64, _F64, _F64))
def _walk(ways: Ways, desk: Desk, mass: Floats, size: int, way_m: float, parts: float) -> int:
    """A random walk of the mass on the active places, to which neighbours come; returns how many are active then."""
    share = way_m / parts
    for _ in range(int(parts)):
        before = size
        for number in range(before):
            place = desk.active[number]
            here = mass[place]
            if abs(here) < STILL:
                desk.fresh[place] += here
                continue
            desk.fresh[place] += here * (1.0 - share * ways.leaving[place])
            for way in range(ways.first[place], ways.first[place + 1]):
                head = ways.head[way]
                if desk.marked[head] == 0:
                    desk.marked[head] = 1
                    desk.active[size] = head
                    size += 1
                desk.fresh[head] += share * here * ways.rate[way]
        for number in range(size):
            place = desk.active[number]
            mass[place] = desk.fresh[place]
            desk.fresh[place] = 0.0
    return size


@kernel(_I64(_WAYS, _DESK, TAGS_TYPE, _I64, _F64X1, _F64))
def _pass_time(ways: Ways, desk: Desk, tags: Tags, tag: int, now: Floats, spread: float) -> int:
    """Lay a tag's support on the desk, change modes and walk; returns how many places are active.

    What is laid down, below zero too, is the difference to `spread`, the lost mass of each place outside the support:
    walking is linear, so this difference and an even spread over all places walk on their own.
    """
    size = int(tags.kept[tag])
    change = now[CHANGE]
    stays = 1.0 - now[ANYWHERE]
    for number in range(size):
        place = tags.place[tag, number]
        parked = tags.parked[tag, number] - 0.5 * spread
        moving = tags.moving[tag, number] - 0.5 * spread
        desk.active[number] = place
        desk.marked[place] = 1
        desk.parked[place] = stays * ((1.0 - change) * parked + change * moving)
        desk.moving[place] = stays * ((1.0 - change) * moving + change * parked)
    size = _walk(ways, desk, desk.parked, size, now[PARKED_M], now[PARKED_PARTS])
    return _walk(ways, desk, desk.moving, size, now[MOVING_M], now[MOVING_PARTS])


@kernel(_I64(_DESK, _ROWS, _I64, _I64))
def _levels(desk: Desk, rows: Rows, start: int, end: int) -> int:
    """Mean level by gateway of the rows of one tag; returns how many gateways heard it."""
    heard = 0
    for row in range(start, end):
        number = rows.gateway[row]
        if desk.times[number] == 0:
            desk.heard[heard] = number
            heard += 1
            desk.total_dbm[number] = 0.0
        desk.times[number] += 1
        desk.total_dbm[number] += rows.rssi_dbm[row]
    for rank in range(heard):
        number = desk.heard[rank]
        desk.total_dbm[number] /= desk.times[number]
        desk.times[number] = 0
    return heard


@kernel(_I64(_AIR, _DESK, _I64, _I64))
def _well_heard(air: Air, desk: Desk, size: int, heard: int) -> int:
    """Make the places active that the loudest gateway hears above its floor; returns how many are active then.

    A gateway without such places, one the survey never met, says nothing about where.
    """
    loudest = -1
    for rank in range(heard):
        gateway = desk.heard[rank]
        if air.first[gateway] == air.first[gateway + 1]:
            continue
        if loudest < 0 or desk.total_dbm[gateway] > desk.total_dbm[loudest]:
            loudest = gateway
    if loudest < 0:
        return size
    for entry in range(air.first[loudest], air.first[loudest + 1]):
        place = air.place[entry]
        if desk.marked[place] == 0:
            desk.marked[place] = 1
            desk.active[size] = place
            size += 1
    return size


@kernel(_F64(_AIR, _DESK, _I64, _I64))
def _likelihood(air: Air, desk: Desk, size: int, heard: int) -> float:
    """Log likelihood into `desk.news` for the active places, relative to a place below everybody's floor.

    Returns the largest, 0 for those below the floor included.
    """
    for number in range(size):
        place = desk.active[number]
        desk.product[place] = 1.0
        desk.news[place] = air.silence[place] - air.floor[SILENCE]
    for rank in range(heard):
        gateway = desk.heard[rank]
        level = desk.total_dbm[gateway]
        low = 1.0 / (1.0 + (level - air.floor[MEAN]) ** 2 * air.floor[SHRINK])
        for entry in range(air.first[gateway], air.first[gateway + 1]):
            place = air.place[entry]
            if desk.marked[place] != 0:
                desk.product[place] *= low * (1.0 + (level - air.mean_dbm[entry]) ** 2 * air.shrink[entry])
                desk.news[place] += air.news[entry] - air.floor[NEWS]
        if rank % MANY == MANY - 1:
            for number in range(size):
                place = desk.active[number]
                desk.news[place] -= air.floor[POWER] * np.log(desk.product[place])
                desk.product[place] = 1.0
    best = 0.0
    for number in range(size):
        place = desk.active[number]
        desk.news[place] -= air.floor[POWER] * np.log(desk.product[place])
        best = max(best, desk.news[place])
    return best


@kernel(types.void(TAGS_TYPE, _DESK, _I64, _I64, _F64X1))
def _hold(tags: Tags, desk: Desk, tag: int, heard: int, now: Floats) -> None:
    """Keep the levels heard now, and those of gateways that miss a packet for a while."""
    room = tags.held_gateway.shape[1]
    heard = min(heard, room)
    for rank in range(heard):
        desk.times[desk.heard[rank]] = 1
    kept = 0
    for number in range(tags.held[tag]):
        gateway = tags.held_gateway[tag, number]
        age_s = tags.held_age_s[tag, number] + now[SPAN]
        if age_s > now[HOLD] + SOON_S or desk.times[gateway] != 0 or kept == room - heard:
            continue
        tags.held_gateway[tag, kept] = gateway
        tags.held_dbm[tag, kept] = tags.held_dbm[tag, number]
        tags.held_age_s[tag, kept] = age_s
        kept += 1
    for rank in range(heard):
        gateway = desk.heard[rank]
        desk.times[gateway] = 0
        tags.held_gateway[tag, kept] = gateway
        tags.held_dbm[tag, kept] = desk.total_dbm[gateway]
        tags.held_age_s[tag, kept] = 0.0
        kept += 1
    tags.held[tag] = kept


@kernel(_F64(_PRINTS, TAGS_TYPE, _DESK, _I64))
def _alike(prints: Prints, tags: Tags, desk: Desk, tag: int) -> float:
    """Likeness of each print to what is held into `desk.alike`, that of the nearest being 1; returns their mean.

    Distances are squared levels: of those only the products differ between prints, and `alone`.
    """
    desk.alike[:] = prints.alone
    for rank in range(tags.held[tag]):
        gateway = tags.held_gateway[tag, rank]
        above_db = prints.settings[TWICE] * (tags.held_dbm[tag, rank] - UNHEARD_DBM)
        for entry in range(prints.first[gateway], prints.first[gateway + 1]):
            desk.alike[prints.number[entry]] += above_db * prints.above_db[entry]
    nearest = desk.alike.max()
    mean = 0.0
    for number in range(desk.alike.size):
        likeness = desk.alike[number] - nearest
        desk.alike[number] = np.exp(likeness) if likeness > UNLIKE else 0.0
        mean += desk.alike[number] / desk.alike.size
    return mean


@kernel(_F64(_PRINTS, TAGS_TYPE, _DESK, _I64, _I64))
def _mix(prints: Prints, tags: Tags, desk: Desk, tag: int, size: int) -> float:
    """Mix the fingerprints' log likelihood into that of the map, relative to a place whose prints are like nothing.

    Returns the largest, 0 for such places included.
    """
    share = prints.settings[PRINTED]
    background = prints.settings[BACKGROUND]
    anyhow = background * _alike(prints, tags, desk, tag)
    elsewhere = np.log(max(LEAST_SHARE, anyhow / (prints.settings[USUAL] + background)))
    best = 0.0
    for number in range(size):
        place = desk.active[number]
        like = anyhow
        for entry in range(prints.first_at[place], prints.first_at[place + 1]):
            like += prints.weight[entry] * desk.alike[prints.number_at[entry]]
        like = np.log(max(LEAST_SHARE, like / (prints.total[place] + background)))
        desk.news[place] = (1.0 - share) * desk.news[place] + share * (like - elsewhere)
        best = max(best, desk.news[place])
    return best


@kernel(_F64(_DESK, _I64, _F64, _F64, _F64, _F64))
def _weigh(desk: Desk, size: int, lost: float, fresh: float, best: float, believed: float) -> float:
    """Bayes' rule on the active places, to which what was lost returns; returns the mass that is still lost.

    `lost` walked along since it was even, `fresh` became even just now. With `believed` at 0 nothing is weighed.
    Where what was heard is impossible at every place that the tag may be at, all of its mass is lost: it starts afresh.
    """
    count = desk.marked.size
    total = 0.0
    inside = 0.0
    for number in range(size):
        place = desk.active[number]
        back_parked = lost * desk.even_parked[place] + 0.5 * fresh / count
        back_moving = lost * desk.even_moving[place] + 0.5 * fresh / count
        inside += back_parked + back_moving
        weight = np.exp(believed * (desk.news[place] - best))
        desk.parked[place] = weight * max(0.0, desk.parked[place] + back_parked)
        desk.moving[place] = weight * max(0.0, desk.moving[place] + back_moving)
        total += desk.parked[place] + desk.moving[place]
    outside = np.exp(-believed * best) * max(0.0, lost + fresh - inside) if size < count else 0.0
    total += outside
    if total == 0.0:
        return 1.0
    for number in range(size):
        place = desk.active[number]
        desk.parked[place] /= total
        desk.moving[place] /= total
    left: float = outside / total
    return left


@kernel(_F64(_DESK, _I64, _I64, _F64, _F64))
def _least(desk: Desk, size: int, keep: int, spare: float, around: float) -> float:
    """The mass at or below which places are cut: `around` (the lost mass of each other place) and a share of `spare`.

    It is more only where `keep` places do not suffice.
    """
    limit = around + spare / max(size, 1)
    above = 0
    for number in range(size):
        place = desk.active[number]
        if desk.parked[place] + desk.moving[place] > limit:
            above += 1
    if above <= keep:
        return limit
    masses = np.empty(size)
    for number in range(size):
        place = desk.active[number]
        masses[number] = desk.parked[place] + desk.moving[place]
    masses = np.partition(masses, size - keep - 1)
    cut: float = masses[size - keep - 1]
    return cut


@kernel(types.void(_DESK, TAGS_TYPE, _I64, _I64, _F64))
def _cut(desk: Desk, tags: Tags, tag: int, size: int, spare: float) -> None:
    """Take the tag's support from the desk, without the places of least mass, whose mass is lost."""
    around = tags.lost[tag] / max(desk.marked.size - size, 1)
    limit = _least(desk, size, tags.place.shape[1], spare, around)
    kept = 0
    left_out = 0.0
    for number in range(size):
        place = desk.active[number]
        mass = desk.parked[place] + desk.moving[place]
        if mass > limit:
            tags.place[tag, kept] = place
            tags.parked[tag, kept] = desk.parked[place]
            tags.moving[tag, kept] = desk.moving[place]
            kept += 1
        else:
            left_out += max(0.0, mass - around)
            tags.lost[tag] += mass
        desk.parked[place] = 0.0
        desk.moving[place] = 0.0
        desk.marked[place] = 0
    tags.kept[tag] = kept
    tags.left_out[tag] = left_out


@kernel(types.void(_WAYS, _DESK, _F64X1))
def _even(ways: Ways, desk: Desk, now: Floats) -> None:
    """Where mass that was even over all places is after this step's walk, in each mode."""
    count = desk.marked.size
    for place in range(count):
        desk.active[place] = place
        desk.marked[place] = 1
        desk.even_parked[place] = 0.5 / count
        desk.even_moving[place] = 0.5 / count
    _walk(ways, desk, desk.even_parked, count, now[PARKED_M], now[PARKED_PARTS])
    _walk(ways, desk, desk.even_moving, count, now[MOVING_M], now[MOVING_PARTS])
    desk.marked[:] = 0


@kernel(types.void(_WAYS, _AIR, _PRINTS, TAGS_TYPE, _DESK, _ROWS, _F64X1))
def step(ways: Ways, air: Air, prints: Prints, tags: Tags, desk: Desk, rows: Rows, now: Floats) -> None:
    """Time passes for every tag, and those in the rows are heard."""
    _even(ways, desk, now)
    row = 0
    for one in range(tags.kept.size):
        start = row
        while row < rows.tag.size and rows.tag[row] == one:
            row += 1
        others = desk.marked.size - tags.kept[one]
        spread = tags.lost[one] / others if others > 0 else 0.0
        size = _pass_time(ways, desk, tags, one, now, spread)
        lost = (1.0 - now[ANYWHERE]) * spread * desk.marked.size
        best = 0.0
        believed = 0.0
        heard = _levels(desk, rows, start, row)
        if prints.settings[PRINTED] > 0.0:
            _hold(tags, desk, one, heard, now)
        if heard > 0:
            size = _well_heard(air, desk, size, heard)
            best = _likelihood(air, desk, size, heard)
            if prints.settings[PRINTED] > 0.0:
                best = _mix(prints, tags, desk, one, size)
            believed = now[BELIEVED]
        tags.lost[one] = _weigh(desk, size, lost, now[ANYWHERE], best, believed)
        _cut(desk, tags, one, size, now[SPARE])
