"""A slice of the traffic benchmark: ten robots on Køge from midnight until the breakfasts are out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.traffic.__main__ import HOUR_MS, OF_THE_SITE, prepared
from benchmarks.traffic.halls import BAYS_A_ROBOT, koege_with
from benchmarks.traffic.judge import Judge
from benchmarks.traffic.roads import Alone, Roads, Shared
from benchmarks.traffic.run import Outcome, Run
from routing.ground import Ground
from routing.traffic.cells import SiteNetwork
from site_models.places import fleet_bays

END_MS = 8 * HOUR_MS


@pytest.fixture(scope="module")
def koege() -> tuple[Ground, SiteNetwork]:
    return prepared(10)


def driven(koege: tuple[Ground, SiteNetwork], roads: Roads, seed: int = 1) -> Run:
    ground, cells = koege
    run = Run(ground, cells, roads, 10 / OF_THE_SITE, seed)
    run.until(0, END_MS)
    return run


def what_came(outcome: Outcome) -> dict[str, Any]:
    """Everything but the time that planning took."""
    names = ("ordered", "minutes", "plans", "refused", "waited_s", "moved_s", "circles", "detours")
    return {name: getattr(outcome, name) for name in names}


def test_ten_robots_deliver_and_come_home_without_meeting_or_locking(koege: tuple[Ground, SiteNetwork]) -> None:
    """Delays and all, no cell has two robots, nobody waits in a circle, and in the end everybody is at home."""
    shared = driven(koege, Shared(koege[1].network))
    alone = driven(koege, Alone(koege[1].network))
    assert len(alone.outcome.minutes) > 30
    assert len(shared.outcome.minutes) >= 0.9 * len(alone.outcome.minutes)
    shared.finish(END_MS)
    assert shared.judge.double == shared.outcome.circles == shared.outcome.stuck == 0


def test_the_same_seed_gives_the_same_run(koege: tuple[Ground, SiteNetwork]) -> None:
    """Another seed gives another."""
    first, second, other = (driven(koege, Shared(koege[1].network), seed) for seed in (1, 1, 2))
    assert what_came(first.outcome) == what_came(second.outcome)
    assert what_came(first.outcome) != what_came(other.outcome)


def test_the_judge_sees_two_robots_in_one_cell() -> None:
    """Points 0 and 1 share a cell, point 2 has its own: R2 may enter it when R1 has arrived outside, not before."""
    judge = Judge(np.array([0, 0, 1], np.int32))
    judge.stands("R1", 0)
    judge.sets_out("R1", 2)
    judge.arrives("R1", 2)
    judge.stands("R2", 1)
    assert judge.double == 0
    judge.sets_out("R1", 0)
    assert judge.double == 1


@pytest.mark.parametrize("robots", [35, 100, 200])
def test_bays_are_added_to_more_than_a_fifth_over(robots: int) -> None:
    """Each fleet has its share of the robots and 1.2 home bays a robot."""
    site = koege_with(robots)
    assert sum(fleet.count for fleet in site.fleets) == robots
    assert all(len(fleet_bays(site, fleet.id)) >= BAYS_A_ROBOT * fleet.count for fleet in site.fleets)
    ids = [bay.id for bay in site.bays]
    assert len(set(ids)) == len(ids)


def test_more_robots_than_there_is_room_for_are_refused() -> None:
    """The annexe is full at some 250 robots; one robot is less than a fleet each."""
    for robots in (1, 400):
        with pytest.raises(ValueError, match="robots"):
            koege_with(robots)
