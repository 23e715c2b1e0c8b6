"""People act on equipment that walks: state follows place, through the real pool, and the same seed tells the same."""

from __future__ import annotations

from itertools import count

import pytest

from equipment_tracking.pool.model import ItemState
from equipment_tracking.pool.requests import Lend, Take
from equipment_tracking.register.answers import Accepted
from equipment_tracking.register.assets import Asset
from simulation.beacons.life import Deed, Life, next_step
from simulation.beacons.staff import Staff
from site_models.expand import expand
from site_models.load import load_site
from tests.equipment_tracking.ward_pool import START_MS, Pool

SITE = load_site("clinic_small")
ROOMS = expand(SITE).rooms
STORE, SOILED, BED_ROOM, UPSTAIRS = "S0-utility-clean", "S0-utility-soiled", "S0-01", "S1-01"
HOUR_S = 3600
PUMP = Asset("5712345000001", "Pumpe", "infusion_pump", "S0", STORE, pump="syringe")
BED = Asset("5712345000002", "Seng", "bed", "S0", BED_ROOM, safe_load_kg=220.0)


class Story:
    """A few assets, the people around them and the pool that they tell; time passes when it is told to.

    The shorter things stay, the more trips a day there are, and the fewer of them end in a loan or a fault.
    """

    def __init__(self, *assets: Asset, stay_s: float = 1.0) -> None:
        self.pool = Pool(*assets)
        self.life = Life(assets=assets, rooms=ROOMS, staff=Staff.of(SITE), seed=4, stay_s=stay_s)
        self.at_s = 0
        self.deeds: list[Deed] = []
        self.trips = count(1)

    def state(self, number: int = 0) -> ItemState:
        return self.pool.state.items[self.life.assets[number].id].state

    def begin(self, room: str, *, fresh: bool = False) -> None:
        for number in range(len(self.life.assets)):
            self.life.begin(number, self.state(number), room, 0, self.at_s, fresh=fresh)

    def push(self, goal: str, number: int = 0, walk_s: int = 120) -> None:
        """Off to another room, and two minutes later there."""
        self.life.leaves(number, next(self.trips), goal, self.at_s)
        self.wait(walk_s)
        self.life.arrives(number, goal, self.at_s)

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.at_s += 1
            for deed in self.life.due(self.at_s, 4, START_MS):
                self.deeds.append(deed)
                answer = self.pool.ask(deed.request, deed.actor)
                self.life.answered(
                    deed.number, self.state(deed.number), self.at_s, granted=isinstance(answer, Accepted)
                )

    def said(self) -> list[str]:
        return [type(deed.request).__name__ for deed in self.deeds]


def ready_pump() -> Story:
    story = Story(PUMP)
    story.begin(STORE)
    story.wait(HOUR_S)
    assert story.state() == "ready"
    story.deeds.clear()
    return story


def test_what_waits_used_in_a_store_is_cleaned_and_confirmed() -> None:
    """A new asset is used: within the hour a porter has cleaned it and a technician has looked at it."""
    story = Story(PUMP)
    story.begin(STORE)
    story.wait(HOUR_S)
    assert story.said() == ["MarkCleaned", "Confirm"]
    assert [(deed.actor, deed.role) for deed in story.deeds if deed.role == "technician"] == [("fatima", "technician")]
    assert story.state() == "ready"


def test_what_is_pushed_to_a_patient_is_taken_by_that_ward() -> None:
    """Upstairs lies S1, and Dorte is its nurse."""
    story = ready_pump()
    story.push(UPSTAIRS)
    assert [(deed.request, deed.actor) for deed in story.deeds] == [(Take(PUMP.id, "S1"), "dorte")]
    assert story.state() == "in_use"


def test_what_was_put_down_comes_back_to_ready() -> None:
    """In the soiled room: put down, sent to cleaning, cleaned, confirmed; each by somebody of the site."""
    story = ready_pump()
    story.push(BED_ROOM)
    story.push(SOILED)
    story.wait(2 * HOUR_S)
    assert story.said() == ["Take", "PutDown", "SendToCleaning", "MarkCleaned", "Confirm"]
    assert story.state() == "ready"
    assert {deed.actor for deed in story.deeds} <= {member.id for member in SITE.staff}


def test_what_comes_home_is_cleaned_there() -> None:
    story = ready_pump()
    story.push(BED_ROOM)
    story.push(STORE)
    story.wait(2 * HOUR_S)
    assert story.said() == ["Take", "PutDown", "MarkCleaned", "Confirm"]


def test_a_bed_at_home_gets_the_next_patient() -> None:
    """It comes back from elsewhere, is made ready in its room, and stays in use until it is pushed off again."""
    story = Story(BED)
    story.begin(BED_ROOM)
    story.wait(4 * HOUR_S)
    assert story.state() == "in_use"
    story.deeds.clear()
    story.push(UPSTAIRS)
    story.push(BED_ROOM)
    story.wait(10 * HOUR_S)
    assert story.said() == ["PutDown", "MarkCleaned", "Confirm", "Take"]


def test_nobody_insists_after_a_refusal() -> None:
    """Somebody of S0 has taken the pump without anybody here knowing: S1 is refused, once."""
    story = ready_pump()
    assert isinstance(story.pool.ask(Take(PUMP.id, "S0"), "carla"), Accepted)
    story.push(UPSTAIRS)
    story.wait(4 * HOUR_S)
    assert story.said() == ["Take"]
    assert story.pool.state.items[PUMP.id].holder == "S0"


def test_what_is_under_way_is_left_alone() -> None:
    """It was to be cleaned, and is pushed off before: nothing is said until it stands somewhere."""
    story = Story(PUMP)
    story.begin(STORE)
    story.life.leaves(0, 1, SOILED, story.at_s)
    story.wait(4 * HOUR_S)
    assert story.deeds == []


def test_what_breaks_comes_back_through_technical_service() -> None:
    """With stays of four months every trip ends in a fault: reported, received, repaired, tested, released, cleaned."""
    story = Story(PUMP, stay_s=1e7)
    story.begin(STORE)
    story.wait(HOUR_S)
    story.pool.ask(Take(PUMP.id, "S0"), "carla")
    story.life.begin(0, "in_use", BED_ROOM, 0, story.at_s, fresh=False)
    story.deeds.clear()
    story.push(STORE)
    story.wait(12 * HOUR_S)
    repair = ["ReportDefect", "Receive", "Repair", "TestSafety", "Release"]
    assert story.said() == [*repair, "MarkCleaned", "Confirm"]


def test_another_ward_may_borrow_and_the_owner_just_takes() -> None:
    """With stays of four months every trip to another ward is a loan, due within two days."""
    story = Story(PUMP, stay_s=1e7)
    story.begin(STORE)
    story.wait(HOUR_S)
    story.push(UPSTAIRS)
    lent = story.deeds[-1].request
    assert isinstance(lent, Lend)
    assert (lent.asset, lent.ward) == (PUMP.id, "S1")
    assert START_MS < lent.due_ms <= START_MS + 48 * HOUR_S * 1000


def test_without_site_time_nothing_is_lent() -> None:
    """A loan ends at an instant; nobody knows one yet, so the ward just takes it."""
    life = Life(assets=(PUMP,), rooms=ROOMS, staff=Staff.of(SITE), seed=4, stay_s=1e7)
    life.begin(0, "ready", STORE, 0, 0, fresh=False)
    life.leaves(0, 1, UPSTAIRS, 0)
    assert [deed.request for deed in life.due(60, 4, None)] == [Take(PUMP.id, "S1")]


def test_a_fresh_stock_comes_to_its_first_day_at_once() -> None:
    """In a patient's room things are in use, in a store most are ready, and it takes no time."""
    pumps = [Asset(f"5712345{1000 + n}", f"Pumpe {n}", "infusion_pump", "S0", STORE, pump="syringe") for n in range(60)]
    for room, usual in ((BED_ROOM, "in_use"), (STORE, "ready")):
        story = Story(*pumps)
        story.begin(room, fresh=True)
        while deeds := story.life.due(-1, 1, START_MS):
            story.pool.ask(deeds[0].request, deeds[0].actor)
            story.life.answered(deeds[0].number, story.state(deeds[0].number), 0, granted=True)
        states = [story.state(number) for number in range(60)]
        assert states.count(usual) > 30  # 58 and 48 are expected


def test_at_most_so_many_act_at_once() -> None:
    pumps = [Asset(f"5712345{1000 + n}", f"Pumpe {n}", "infusion_pump", "S0", STORE, pump="syringe") for n in range(9)]
    life = Life(assets=pumps, rooms=ROOMS, staff=Staff.of(SITE), seed=4, stay_s=1.0)
    for number in range(9):
        life.begin(number, "used", STORE, 0, 0, fresh=False)
    assert len(life.due(HOUR_S, 4, None)) == 4
    assert life.due(HOUR_S, 0, None) == []
    assert len(life.due(HOUR_S, 9, None)) == 5


def test_the_same_seed_tells_the_same_day() -> None:
    def day() -> list[Deed]:
        story = Story(PUMP, BED)
        story.begin(STORE)
        for goal in (BED_ROOM, SOILED, STORE, UPSTAIRS):
            story.push(goal, 0, 60)
            story.push(goal, 1, 60)
            story.wait(HOUR_S)
        return story.deeds

    assert day() == day() != []


@pytest.mark.parametrize("state", ["lost", "quarantined"])
def test_what_people_alone_decide_is_left_to_them(state: ItemState) -> None:
    assert next_step(state, "store", at_home=True) is None
    assert next_step(state, "care", at_home=False) is None
