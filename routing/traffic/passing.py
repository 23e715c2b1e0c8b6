"""Where along a chain robots may stand, and in whose way: stretches of about six metres, for one lane or for two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.traffic.measures import CELL_M, Measures
from routing.traffic.ways import Chain, Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of a chain that one robot has at a time, or one each way.

    `stands` are places in the chain's nodes where a robot stands wholly inside it, in order: its middle, or next to a
    fork as near as may be, so that the fork is soon free again. `passing` says that two robots fit side by side,
    `turning` that one may turn round.
    """

    stands: tuple[int, ...]
    passing: bool
    turning: bool


def stretches(ways: Ways, chain: Chain, margins_m: tuple[float, float], measures: Measures) -> list[Stretch]:
    """The stretches of a chain between its forks, which take `margins_m` at its two ends; none when it is too short."""
    low_m, high_m = margins_m[0], chain.length_m - margins_m[1]
    count = max(1, round((high_m - low_m) / CELL_M))
    while count > 1 and (high_m - low_m) / count < measures.least_m:
        count -= 1
    step_m = (high_m - low_m) / count
    if step_m < measures.least_m:
        return []
    found = []
    for number in range(count):
        begin_m = low_m + number * step_m
        stands = _stands(chain.at_m, begin_m, begin_m + step_m, number == 0, number == count - 1, measures)
        if stands:
            passing, turning = _width(ways, chain, begin_m, begin_m + step_m, measures)
            found.append(Stretch(stands=stands, passing=passing, turning=turning))
    return found


def _stands(
    at_m: Sequence[float], begin_m: float, end_m: float, first: bool, last: bool, measures: Measures
) -> tuple[int, ...]:
    """Where one stands in a stretch: by the fork that it begins or ends at, else about the middle."""
    half_m = measures.standing_m / 2
    inner = [k for k in range(1, len(at_m) - 1) if begin_m + half_m <= at_m[k] <= end_m - half_m]
    if not inner:
        return ()
    near_m = {begin_m + half_m} if first else set()
    near_m |= {end_m - half_m} if last else set()
    wanted_m = sorted(near_m) or [(begin_m + end_m) / 2]
    return tuple(dict.fromkeys(min(inner, key=lambda k: (abs(at_m[k] - place_m), k)) for place_m in wanted_m))


def _width(ways: Ways, chain: Chain, begin_m: float, end_m: float, measures: Measures) -> tuple[bool, bool]:
    """Whether the widest robots that may drive there pass one another, and whether the largest can turn round."""
    pairs = [
        (chain.nodes[k], chain.nodes[k + 1])
        for k in range(len(chain.nodes) - 1)
        if chain.at_m[k + 1] > begin_m and chain.at_m[k] < end_m
    ]
    lanes = [ways.lane[pair] for pair in (*pairs, *(pair[::-1] for pair in pairs)) if pair in ways.lane]
    width_m = min(ways.ground.lane(lane).width_m for lane in lanes)
    robots = [profile.width_m for profile in ways.robots if any(ways.passes[profile.id][lane] for lane in lanes)]
    return width_m >= 2 * max(robots), width_m >= measures.turning_m
