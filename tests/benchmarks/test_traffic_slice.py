"""A slice of the traffic benchmark: ten robots on Køge under the orchestrator until the first breakfasts are out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.traffic.halls import BAYS_A_ROBOT, koege_with
from benchmarks.traffic.judge import Judge, crowded
from benchmarks.traffic.run import House, Run, house
from fleet.simulated.cores.drives import Passage
from routing.traffic.cells import SiteNetwork
from routing.traffic.network import Network
from site_models.places import fleet_bays

HOURS = 7.0
DRAIN_H = 6.0


@pytest.fixture(scope="module")
def koege() -> House:
    return house(10)


@pytest.fixture(scope="module")
def alone(koege: House) -> Run:
    """Everybody alone on the floors."""
    return driven(koege, alone=True)


def driven(koege: House, seed: int = 1, *, alone: bool = False) -> Run:
    run = Run(koege, seed, alone=alone)
    run.day(0, HOURS)
    return run


def what_came(run: Run) -> dict[str, Any]:
    """Everything but the time that planning took."""
    judge = run.judge
    return {
        "ledger": run.shell.record.head,
        "minutes": run.minutes,
        "moves": judge.moves,
        "longest": judge.longest_stand_s,
        "plans": run.lanes.plans,
    }


def test_ten_robots_deliver_and_come_home_without_meeting_or_locking(koege: House, alone: Run) -> None:
    """Delays and all, no cell has two robots and every drive is a way; in the end all is done. It comes so again."""
    shared, again = driven(koege), driven(koege)
    assert what_came(shared) == what_came(again)
    assert alone.delivered > 20
    assert shared.delivered >= 0.9 * alone.delivered
    assert shared.finish(DRAIN_H) == 0
    assert shared.judge.double_occupancy(shared.shell.now_ms) == shared.judge.astray == 0
    assert shared.judge.moves > 1000


def test_robots_that_do_not_know_of_each_other_meet(alone: Run) -> None:
    """The judge sees what traffic is good for: alone on the floors, robots drive through one another."""
    assert alone.judge.double_occupancy(alone.shell.now_ms) > 0
    assert alone.judge.astray == 0


def street() -> SiteNetwork:
    """Bay a, junction b and station c with two slots, in a row; two nodes lie on the way from b to c."""
    ends = [(0, 1), (1, 0), (1, 2), (1, 3), (2, 1), (3, 1)]
    onward = ("b", "m", "n", "c")
    ways = (("a", "b"), ("b", "a"), onward, onward, onward[::-1], onward[::-1])
    network = Network(
        points=("a", "b", "c#1", "c#2"),
        nodes=("a", "b", "c", "c"),
        cells=("a", "b", "c#1", "c#2"),
        cell=np.arange(4, dtype=np.int32),
        bay=np.array([True, False, True, True]),
        first=np.array([0, 1, 4, 5, 6], np.int32),
        head=np.array([head for _, head in ends], np.int32),
        opposite=np.array([ends.index((head, tail)) for tail, head in ends], np.int32),
        profiles=("cart",),
        duration_ms=np.full((1, len(ends)), 1000, np.int32),
    )
    return SiteNetwork(network=network, at={"a": (0,), "b": (1,), "c": (2, 3)}, ways=ways)


def drive(*stops: tuple[str, int, int]) -> list[Passage]:
    """Passages (node, reached, left) behind the place where it stood, which a move has as its first waypoint too."""
    passages = [Passage(node, 0.0, 0.0, "0", arrive_ms, leave_ms) for node, arrive_ms, leave_ms in stops]
    return [passages[0], *passages]


def test_a_cell_is_had_from_setting_out_until_the_next_one_is_reached() -> None:
    """R1 leaves b at 20 s and is in c at 30 s; R2 may set out to b at 30 s, and not at 29 s."""
    for begin_ms, meetings in ((30_000, 0), (29_000, 1)):
        judge = Judge(street())
        judge.stands("R1", "a", 0)
        judge.drove("R1", drive(("a", 0, 0), ("b", 10_000, 20_000), ("n", 27_000, 27_000), ("c", 30_000, 30_000)))
        judge.stands("R2", "a", 15_000)
        judge.drove("R2", drive(("a", 15_000, begin_ms), ("b", 40_000, 40_000)))
        assert judge.double_occupancy(50_000) == meetings
        assert (judge.moves, judge.astray, judge.longest_stand_s) == (3, 0, 10.0)


def test_where_a_robot_is_within_a_drive_is_known_when_the_drive_has_ended() -> None:
    """R1 has set out from a at 10 s when R2 comes there at 20 s: whether they meet shows the drive of R1."""
    for arrive_ms, meetings in ((15_000, 0), (25_000, 1)):
        judge = Judge(street())
        judge.stands("R1", "a", 0)
        judge.begins("R1", 10_000)
        judge.stands("R2", "a", 20_000)
        assert judge.double_occupancy(50_000) == 0
        judge.drove("R1", drive(("a", 0, 10_000), ("b", arrive_ms, arrive_ms)))
        assert judge.double_occupancy(50_000) == meetings


def test_a_station_has_as_many_robots_as_slots() -> None:
    """Two stand at c; a third is one too many."""
    judge = Judge(street())
    for number, meetings in enumerate((0, 0, 1)):
        judge.stands(f"R{number}", "c", 1000 * number)
        assert judge.double_occupancy(9_000) == meetings


def test_a_drive_that_is_no_way_is_seen() -> None:
    """From a one does not come to c without passing b, and who has ended in b does not begin in a."""
    judge = Judge(street())
    judge.stands("R1", "a", 0)
    judge.drove("R1", drive(("a", 0, 0), ("c", 9_000, 9_000)))
    assert judge.astray == 1
    judge.drove("R1", drive(("a", 10_000, 10_000), ("b", 20_000, 20_000)))
    judge.drove("R1", drive(("a", 30_000, 30_000)))
    assert judge.astray == 2


def test_stays_that_touch_do_not_crowd() -> None:
    """Three stays in a place for one: the second begins as the first ends, the third before the second ends."""
    stays = np.array([(0, 0, 5), (0, 5, 9), (0, 8, 12), (1, 0, 99)])
    assert crowded(stays, np.array([1, 1])) == 1
    assert crowded(stays, np.array([2, 1])) == 0


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
