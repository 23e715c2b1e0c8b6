"""Robots share lanes: never two in one place, nobody waits for ever, and whoever waits says for whom."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from bus.messages import Move
from fleet.driving import RobotDrive
from fleet.events import Event
from fleet.hospital import Hospital
from fleet.lanes import kept
from fleet.orchestrator.turn import Decision
from fleet.requests import Accepted, CarrierBack, ChooseCarrier, Close, Reopen
from fleet.views import Reason
from routing.traffic.control import Traffic
from site_models.load import load_site
from tests.fleet.obedient import Clinic

ERRANDS = (
    ("linen", "store-out", "s1-clean"),
    ("linen", "store-out", "s0-clean"),
    ("medicine", "medicine-hatch", "s0-clean"),
    ("medicine", "medicine-hatch", "s1-clean"),
    ("mail", "s0-clean", "imaging-desk"),
    ("waste_clinical", "s1-soiled", "soiled-in"),
    ("waste_clinical", "s0-soiled", "soiled-in"),
)


class Watched(Clinic):
    """A clinic whose lanes are looked at after every event."""

    looks = 0

    def judge(self, _event: Event, _decision: Decision) -> None:
        """No cell has two robots, and traffic is what its rows say."""
        held: dict[int, str] = {}
        for row in self.state.drives.values():
            for cell in self.cells(row):
                assert held.setdefault(cell, row.id) == row.id, self.hospital.lanes.network.cells[cell]
        self.looks += 1
        if self.looks % 20 == 0:
            rows = kept(self.state)
            assert self.planner.lanes.of(self.state).state() == rows
            assert Traffic.restore(self.hospital.lanes.network, rows).state() == rows

    def cells(self, row: RobotDrive) -> Iterator[int]:
        """Where a robot may be: from the point that it last told of to where it may go by what it was told."""
        lanes = self.hospital.lanes
        told = row.drive.reached if row.move is None else row.move.told
        for name in row.drive.points[row.drive.reached : max(told, row.drive.reached) + 1]:
            yield lanes.cell_of[name]


@pytest.fixture(scope="module")
def house() -> Hospital:
    """The clinic without rounds, so that only these tests want its robots."""
    return Hospital.of(load_site("clinic_small").model_copy(update={"rounds": []}))


@pytest.fixture(scope="module")
def two_lifts() -> Hospital:
    """The same with a second lift of the group, a few metres from the first, each with its own lobby."""
    site = load_site("clinic_small")
    second = site.lifts[0].model_copy(update={"id": "E3", "at": (15.0, 3.6)})
    return Hospital.of(site.model_copy(update={"rounds": [], "lifts": [*site.lifts, second]}))


@pytest.fixture
def watched(house: Hospital) -> Watched:
    """That clinic at seven on a Monday."""
    return Watched(house)


def sent(clinic: Clinic, robot: str, load: str, origin: str, destination: str) -> str:
    """A job that a person gives to one robot."""
    job = clinic.order(load, origin, destination)
    assert isinstance(clinic.ask(ChooseCarrier(job.id, reason="a test", carrier=robot)), Accepted)
    return job.id


def robots_of(clinic: Clinic) -> list[str]:
    """The clinic's robots by name."""
    return sorted(clinic.hospital.robots)


def at_home(clinic: Clinic) -> list[str]:
    """The robots that stand in their home bays."""
    return [id for id in robots_of(clinic) if clinic.state.carriers[id].node == clinic.hospital.home_node(id)]


@pytest.mark.parametrize("seed", range(6))
def test_however_many_errands_no_two_meet_and_all_come_home(house: Hospital, two_lifts: Hospital, seed: int) -> None:
    """Errands at random for an hour, to and fro by one slow lift or two: all are done, and every robot comes home."""
    draw = random.Random(seed)  # noqa: S311  # a story, not a secret
    clinic = Watched(two_lifts if seed % 2 else house)
    clinic.lift_ms = draw.choice((15_000, 60_000))
    jobs = []
    for _ in range(20):
        load, origin, destination = draw.choice(ERRANDS)
        robot = "C01" if load == "medicine" else draw.choice(("R01", "R02", "R03"))
        jobs.append(sent(clinic, robot, load, origin, destination))
        clinic.run(draw.uniform(0, 6))
    clinic.run(240)
    assert [job for job in jobs if clinic.job(job).state != "delivered"] == []
    assert at_home(clinic) == robots_of(clinic)
    assert all(row.move is None for row in clinic.state.drives.values())


@pytest.mark.parametrize("seed", range(3))
def test_robots_that_break_and_are_put_back_lock_nobody(house: Hospital, seed: int) -> None:
    """Now and then one breaks on its way, and a person puts it back some minutes later."""
    draw = random.Random(100 + seed)  # noqa: S311  # a story, not a secret
    clinic = Watched(house)
    for _ in range(15):
        load, origin, destination = draw.choice(ERRANDS)
        clinic.order(load, origin, destination)
        clinic.run(draw.uniform(0, 5))
        moving = sorted({c.carrier for c in clinic.state.commands.values() if isinstance(c.message, Move)})
        driving = [id for id in moving if id in clinic.hospital.robots]
        if driving and draw.random() < 0.3:
            robot = draw.choice(driving)
            clinic.break_down(robot)
            clinic.run(draw.uniform(1, 10))
            assert isinstance(clinic.ask(CarrierBack(robot)), Accepted)
    clinic.run(180)
    assert at_home(clinic) == robots_of(clinic)


def until_in_corridor(clinic: Clinic, robot: str, node: str) -> None:
    """Time passes until the robot drives there."""
    for _ in range(3000):
        if clinic.is_at(robot).startswith(node):
            return
        clinic.run(0.02)
    raise AssertionError(f"{robot} never comes to {node}")


def test_a_broken_robot_in_the_way_is_named_by_the_job_that_needs_another(watched: Watched) -> None:
    """R01 breaks where no other may pass, and R02 is told to fetch there: a person sees where; put back, both go on."""
    first = sent(watched, "R01", "linen", "store-out", "s0-clean")
    until_in_corridor(watched, "R01", "room:0-store")
    watched.break_down("R01")
    second = sent(watched, "R02", "linen", "store-out", "s0-clean")
    watched.run(15)
    assert watched.job(second).state == "trouble"
    assert watched.job(second).reason == Reason("no_way", {"places": "0-store"})
    assert isinstance(watched.ask(CarrierBack("R01")), Accepted)
    watched.run(60)
    assert watched.job(second).state == "delivered"
    assert watched.job(first).state == "delivered"


def test_a_closed_part_is_waited_out_and_then_passed(watched: Watched) -> None:
    """The ward's door closes while a robot is on its way there: it does not go through; open again, it does."""
    job = sent(watched, "R01", "linen", "store-out", "s0-clean")
    until_in_corridor(watched, "R01", "c:0-main:2")
    closed = watched.ask(Close("S0-door", reason="a leak"))
    assert isinstance(closed, Accepted)
    door = watched.hospital.lanes.cell["door:S0-door"]

    def beyond() -> bool:
        return door in set(watched.cells(watched.state.drives["R01"]))

    for _ in range(60):
        watched.run(0.25)
        assert not beyond()
    watched.ask(Reopen(closed.id))
    watched.run(30)
    assert watched.job(job).state == "delivered"
