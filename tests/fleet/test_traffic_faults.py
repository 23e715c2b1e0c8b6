"""Whatever is closed, breaks, is moved, forgotten or cancelled: once it is made good all is done and all are home."""

from __future__ import annotations

import random

import pytest

from bus.messages import CarrierReport, Move
from fleet.events import StandsElsewhere
from fleet.hospital import Hospital
from fleet.requests import CancelJob, CarrierBack, Close, ConfirmWhereabouts, CreateJob, Reopen
from fleet.telemetry import place_news
from fleet.views import OPEN_STATES
from site_models.load import load_site
from tests.fleet.test_invariants import contradictions
from tests.fleet.test_robot_traffic import ERRANDS, Watched, at_home, robots_of

PARTS = ("E1", "S0-corridor", "S1-door", "0-store", "S0-door", "0-main", "1-main", "0-soiled")
STORIES = (*range(12), 140, 241, 248, 254, 328)


@pytest.fixture(scope="module")
def houses() -> tuple[Hospital, Hospital]:
    """The clinic without rounds, with one lift for robots and with two."""
    site = load_site("clinic_small")
    second = site.lifts[0].model_copy(update={"id": "E3", "at": (15.0, 3.6)})
    one = site.model_copy(update={"rounds": []})
    return Hospital.of(one), Hospital.of(one.model_copy(update={"lifts": [*site.lifts, second]}))


def mishap(clinic: Watched, draw: random.Random) -> None:
    """Something is closed or opened, a robot breaks down or is put back (perhaps elsewhere), a job is cancelled."""
    what = draw.choices(("close", "open", "break", "back", "cancel", "restart", ""), (20, 15, 20, 20, 10, 5, 10))[0]
    broken = [carrier.id for carrier in clinic.state.carriers.values() if carrier.status == "trouble"]
    driving = sorted(d.move.carrier for d in clinic.drives.values() if d.move.carrier in clinic.hospital.robots)
    if what == "close":
        clinic.ask(Close(draw.choice(PARTS), reason=""))
    elif what == "open" and clinic.state.closures.ids():
        clinic.ask(Reopen(draw.choice(clinic.state.closures.ids())))
    elif what == "break" and driving:
        clinic.break_down(draw.choice(driving))
    elif what == "back" and broken:
        put_back(clinic, draw, draw.choice(broken))
    elif what == "cancel" and clinic.state.jobs.ids():
        clinic.ask(CancelJob(draw.choice(clinic.state.jobs.ids())))
    elif what == "restart":
        clinic.restart("sim-robots", forgot=draw.random() < 0.5)


def put_back(clinic: Watched, draw: random.Random, robot: str) -> None:
    """Repaired where it stands, or somewhere else in the house."""
    ways = [node for node in clinic.hospital.floor_of if node.startswith(("c:", "room:", "lobby:", "bay:"))]
    report = CarrierReport(robot, draw.choice(ways))
    if draw.random() < 0.5 and place_news(clinic.state, report):
        clinic.handle(StandsElsewhere(report))
    clinic.ask(CarrierBack(robot))


def make_good(clinic: Watched) -> None:
    """Everything is opened and repaired, and every doubt is looked into."""
    for closure in clinic.state.closures.ids():
        clinic.ask(Reopen(closure))
    for carrier in list(clinic.state.carriers.values()):
        if carrier.status != "active":
            clinic.ask(CarrierBack(carrier.id))
    for job in clinic.state.jobs.ids():
        clinic.ask(ConfirmWhereabouts(job, "destination"))


@pytest.mark.parametrize("seed", STORIES)
def test_once_all_is_made_good_every_job_is_done_and_every_robot_home(
    houses: tuple[Hospital, Hospital], seed: int
) -> None:
    """Two hours of errands and mishaps at random, an hour and a half in which nobody helps, then help."""
    draw = random.Random(seed)  # noqa: S311  # a story, not a secret
    clinic = Watched(houses[seed % 2])
    clinic.lift_ms = draw.choice((15_000, 60_000))
    for _ in range(20):
        load, origin, destination = draw.choice(ERRANDS)
        clinic.ask(CreateJob(load=load, origin=origin, destination=destination))
        clinic.run(draw.uniform(0, 6))
        mishap(clinic, draw)
        assert contradictions(clinic.state, clinic.hospital) == []
    clinic.run(90)
    make_good(clinic)
    clinic.run(240)
    assert [job.id for job in clinic.state.jobs.values() if job.state in OPEN_STATES] == []
    assert at_home(clinic) == robots_of(clinic)
    assert clinic.state.traffic.blocked == ()
    assert all(row.move is None for row in clinic.state.drives.values())
    assert not any(isinstance(command.message, Move) for command in clinic.state.commands.values())
