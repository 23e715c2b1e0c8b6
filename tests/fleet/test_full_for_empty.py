"""Full for empty: a cart that was brought is taken back, in the same visit where that is less work."""

from __future__ import annotations

import pytest

from fleet.events import Event
from fleet.facts.jobs import JobCreated
from fleet.facts.legs import LegDelivered, LegPickedUp, LegUnassigned
from fleet.hospital import Hospital
from fleet.model import Job
from fleet.orchestrator.returns import SOON_MS
from fleet.orchestrator.turn import SERVICE, Decision
from fleet.requests import Accepted, CarrierBack, CarrierOut, ChooseCarrier
from site_models.load import load_site
from tests.fleet.obedient import Clinic


def clinic_with(*, returns_after_min: float = 60, slots: int = 4) -> Hospital:
    """The clinic without rounds; a meal cart comes back so long after it was brought; so many slots a station."""
    site = load_site("clinic_small")
    loads = []
    for load in site.loads:
        if load.id == "meal" and load.returns is not None:
            back = load.returns.model_copy(update={"after_min": returns_after_min})
            load = load.model_copy(update={"returns": back})  # noqa: PLW2901 - the same load with another return
        loads.append(load)
    hospital = Hospital.of(site.model_copy(update={"rounds": [], "loads": loads}))
    stations = hospital.layout.stations
    stations.update(
        {id: one.model_copy(update={"slots": slots}) for id, one in stations.items() if "robot" in one.kinds}
    )
    return hospital


class Watched(Clinic):
    """A clinic that notes who held a slot where, after every event."""

    def __init__(self, hospital: Hospital) -> None:
        self.held: list[tuple[int, dict[str, tuple[str, ...]]]] = []
        super().__init__(hospital)

    def judge(self, event: Event, decision: Decision) -> None:
        """Note the holders of slots."""
        del event, decision
        self.held.append((self.now_ms, {slots.id: slots.holders for slots in self.state.slots.values()}))


def by(clinic: Clinic, robot: str, load: str, origin: str, destination: str) -> Job:
    """A job that a person gives to one robot."""
    job = clinic.order(load, origin, destination)
    assert isinstance(clinic.ask(ChooseCarrier(job.id, reason="a test", carrier=robot)), Accepted)
    return job


def return_of(clinic: Clinic, job: Job) -> Job:
    """The job that takes the cart of this one back."""
    (created,) = [
        fact.created
        for _, _, fact in clinic.facts
        if isinstance(fact, JobCreated) and fact.created.key == f"return:{job.id}"
    ]
    return created


def moment(clinic: Clinic, kind: type[LegDelivered | LegPickedUp], job: Job) -> tuple[int, str]:
    """When the load was picked up or delivered, and by whom."""
    (found,) = [(at, fact.carrier) for at, _, fact in clinic.facts if isinstance(fact, kind) and fact.job == job.id]
    return found


@pytest.mark.parametrize("after_min", [0, 4])
def test_who_brought_a_cart_takes_the_empty_one_along(after_min: float) -> None:
    """The only slot stays its own from the one hand-over to the next, though another robot waits for it at home."""
    clinic = Watched(clinic_with(returns_after_min=after_min, slots=1))
    job = by(clinic, "R01", "meal", "store-out", "s1-clean")
    clinic.run(3)
    by(clinic, "R02", "linen", "store-out", "s1-clean")
    clinic.run(60)
    back = return_of(clinic, job)
    assert back.requester == SERVICE
    brought_ms, robot = moment(clinic, LegDelivered, job)
    taken_ms, who = moment(clinic, LegPickedUp, back)
    assert (robot, who) == ("R01", "R01")
    assert back.ready_ms == brought_ms + after_min * 60_000
    assert back.ready_ms <= taken_ms <= back.ready_ms + 40_000
    between = [held for at, held in clinic.held if brought_ms <= at < taken_ms]
    assert between
    assert all(held["s1-clean"] == ("R01",) for held in between)
    assert clinic.job(back.id).state == "delivered"


def test_a_return_that_is_far_off_is_ordered_shortly_before_it_is_ready() -> None:
    """An hour to eat: who brought the cart drives home, and somebody is there when it is ready."""
    clinic = Clinic(clinic_with(returns_after_min=60))
    job = by(clinic, "R01", "meal", "store-out", "s1-clean")
    clinic.run(50)
    brought_ms, _ = moment(clinic, LegDelivered, job)
    assert clinic.state.carriers["R01"].node == clinic.hospital.home_node("R01")
    clinic.run(60)
    back = return_of(clinic, job)
    assert back.ready_ms == brought_ms + 60 * 60_000
    assert back.created_ms == back.ready_ms - SOON_MS
    taken_ms, _ = moment(clinic, LegPickedUp, back)
    assert taken_ms <= back.ready_ms + 120_000


@pytest.fixture
def waiting_cart() -> tuple[Clinic, Job]:
    """R02 alone on duty has two loads before it, and then the used linen of the ward; then R01 is back."""
    clinic = Clinic(clinic_with())
    for robot in ("R01", "R03", "C01"):
        clinic.ask(CarrierOut(robot, reason="software"))
    by(clinic, "R02", "equipment", "store-out", "s0-clean")
    clinic.run(0.5)
    empty = clinic.order("used_meal_cart", "s1-clean", "soiled-in")
    assert clinic.state.legs[empty.legs[0]].carriers == ("R02",)
    clinic.ask(CarrierBack("R01"))
    return clinic, empty


def test_a_waiting_cart_goes_to_the_robot_that_brings_the_full_one(waiting_cart: tuple[Clinic, Job]) -> None:
    """R02 has not set out for it: the cart is taken in R01's visit, and people read why it changed hands."""
    clinic, empty = waiting_cart
    full = by(clinic, "R01", "linen", "store-out", "s1-clean")
    leg = clinic.state.legs[clinic.job(empty.id).legs[0]]
    assert leg.carriers == ("R01",)
    stops = [(stop.leg, stop.act) for stop in clinic.state.carriers["R01"].stops]
    assert stops[1:3] == [(clinic.job(full.id).legs[-1], "delivery"), (leg.id, "pickup")]
    assert all(stop.leg != leg.id for stop in clinic.state.carriers["R02"].stops)
    (taken,) = [fact for _, _, fact in clinic.facts if isinstance(fact, LegUnassigned) and fact.job == empty.id]
    assert (taken.reason.code, taken.reason.args) == ("full_for_empty", {"carrier": "R01"})
    clinic.run(40)
    brought_ms, _ = moment(clinic, LegDelivered, full)
    taken_ms, robot = moment(clinic, LegPickedUp, empty)
    assert robot == "R01"
    assert taken_ms - brought_ms <= 40_000  # one hand-over of 30 s after the other, at one place
    assert {clinic.job(job.id).state for job in (full, empty)} == {"delivered"}


def test_what_somebody_has_set_out_for_stays_with_them(waiting_cart: tuple[Clinic, Job]) -> None:
    """R02 drives to the ward already: a full cart that comes later changes nothing."""
    clinic, empty = waiting_cart
    leg = clinic.job(empty.id).legs[0]
    while clinic.state.carriers["R02"].stops[0].leg != leg:
        clinic.run(0.1)
    clinic.run(0.1)
    by(clinic, "R01", "linen", "store-out", "s1-clean")
    assert clinic.state.legs[leg].carriers == ("R02",)


def test_a_person_s_choice_stays(waiting_cart: tuple[Clinic, Job]) -> None:
    """R02 was chosen for the cart by a person, so it fetches it."""
    clinic, empty = waiting_cart
    clinic.ask(ChooseCarrier(empty.id, reason="its brakes", carrier="R02"))
    by(clinic, "R01", "linen", "store-out", "s1-clean")
    assert clinic.state.legs[clinic.job(empty.id).legs[-1]].carriers == ("R02",)


def test_who_waits_long_for_its_next_load_gives_its_slot_to_others() -> None:
    """R01 stands in the only slot ten minutes early: R02 wants it, so R01 waits at home and comes back in time."""
    clinic = Clinic(clinic_with(slots=1))
    brought = by(clinic, "R01", "equipment", "store-out", "s1-clean")
    later = clinic.order("used_linen", "s1-clean", "soiled-in", ready_ms=clinic.now_ms + 15 * 60_000)
    clinic.ask(ChooseCarrier(later.id, reason="a test", carrier="R01"))
    while clinic.job(brought.id).state != "delivered":
        clinic.run(0.1)
    clinic.run(0.1)
    assert clinic.state.carriers["R01"].slot == "s1-clean"
    linen = by(clinic, "R02", "linen", "store-out", "s1-clean")
    clinic.run(8)
    assert clinic.job(linen.id).state == "delivered"
    clinic.run(30)
    assert clinic.job(later.id).state == "delivered"
