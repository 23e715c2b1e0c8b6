"""What a robot has of the lanes, and for whom it stands and waits, is seen as traffic has it, and follows it."""

from __future__ import annotations

import random
from typing import Any, cast

import pytest
from msgspec.structs import asdict, replace

from bus.broker import Broker
from bus.messages import Progress
from fleet.clock import SiteClock
from fleet.events import Event
from fleet.hospital import Hospital
from fleet.orchestrator.turn import Decision
from fleet.project import carrier_view, waits_its_turn
from fleet.requests import Accepted, CarrierBack, ChooseCarrier
from fleet.service.publisher import Publisher
from fleet.views import CarrierView
from site_models.load import load_site
from tests.fleet.obedient import Clinic
from tests.fleet.test_robot_traffic import ERRANDS, sent


@pytest.fixture(scope="module")
def calm() -> Hospital:
    """The clinic without rounds, so that only these tests want its robots."""
    return Hospital.of(load_site("clinic_small").model_copy(update={"rounds": []}))


class Seen(Clinic):
    """A clinic of which every robot is looked at after every event, as the map shows it."""

    waited = 0

    def judge(self, _event: Event, _decision: Decision) -> None:
        """The view of each robot agrees with traffic itself."""
        traffic = self.planner.lanes.of(self.state)
        for row in self.state.drives.values():
            carrier = self.state.carriers[row.id]
            view = carrier_view(self.state, self.hospital, carrier, None, 0, self.now_ms)
            assert 0 <= view.released <= view.reserved <= len(view.route)
            if view.reserved:
                assert view.released == traffic.released(row.id) - row.drive.reached + 1
            waits = waits_its_turn(self.state, self.hospital, carrier)
            told = traffic.waits_for(row.id)
            if row.move is None or row.drive.reached < row.drive.released or told is None:
                assert waits is None
            else:
                self.waited += 1
                place = self.hospital.lanes.part_of(told[1])
                assert waits is not None
                assert (waits.code, waits.args) == ("waiting_for_traffic", {"robot": told[0], "place": place})
                assert view.reason == (carrier.waiting or waits)


def test_who_stands_at_the_end_of_its_base_names_who_comes_first(calm: Hospital) -> None:
    """Errands at random: what is seen as released is, and each wait is for the robot that traffic lets go before."""
    draw = random.Random(3)  # noqa: S311  # a story, not a secret
    clinic = Seen(calm)
    for _ in range(25):
        load, origin, destination = draw.choice(ERRANDS)
        robot = "C01" if load == "medicine" else draw.choice(("R01", "R02", "R03"))
        sent(clinic, robot, load, origin, destination)
        clinic.run(draw.uniform(0, 3))
    clinic.run(60)
    assert clinic.waited > 20


def test_a_robot_that_broke_down_blocks_where_it_may_stand(calm: Hospital) -> None:
    """Those places are seen until a person puts it back."""
    clinic = Clinic(calm)
    job = clinic.order("linen", "store-out", "s0-clean")
    assert isinstance(clinic.ask(ChooseCarrier(job.id, reason="a test", carrier="R01")), Accepted)
    clinic.run(0.5)
    clinic.break_down("R01")
    assert _view(clinic, "R01").blocks != ()
    assert _view(clinic, "R02").blocks == ()
    assert isinstance(clinic.ask(CarrierBack("R01")), Accepted)
    assert _view(clinic, "R01").blocks == ()


def _view(clinic: Clinic, id: str) -> CarrierView:
    return carrier_view(clinic.state, clinic.hospital, clinic.state.carriers[id], None, 0, clinic.now_ms)


class Bus:
    """Keeps what is published, in order."""

    epoch, seq = 1, 0

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []

    def publish(self, topic: str, body: Any) -> None:
        """Note an update."""
        self.said.append((topic, body))


def test_whoever_follows_the_updates_has_what_a_snapshot_has(calm: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes of the lanes alone comes alone with the next positions, and nothing is missed or said twice."""
    clinic, bus = Clinic(calm), Bus()
    publisher = Publisher(clinic.state, calm, cast(Broker, bus), SiteClock(clinic.now_ms, 1.0))
    commit = clinic.state.commit

    def commit_and_publish() -> None:
        changed = publisher.changed()
        commit()
        publisher.publish([], changed, clinic.now_ms)

    monkeypatch.setattr(clinic.state, "commit", commit_and_publish)
    known = {view.id: view for view in publisher.snapshot(clinic.now_ms).carriers}
    draw = random.Random(5)  # noqa: S311  # a story, not a secret
    alone = 0
    for _ in range(12):
        load, origin, destination = draw.choice(ERRANDS[:2] + ERRANDS[4:])
        sent(clinic, draw.choice(("R01", "R02", "R03")), load, origin, destination)
        for _ in range(60):
            clinic.run(0.05)
            publisher.progress(Progress(clinic.now_ms, ()), clinic.now_ms)
            for topic, body in bus.said:
                if topic == "carrier":
                    known[body.id] = body
                elif topic == "reservations":
                    for robot in body.robots:
                        fresh = replace(known[robot.id], **asdict(robot))
                        assert fresh != known[robot.id]
                        known[robot.id] = fresh
                        alone += 1
            bus.said.clear()
            for view in publisher.snapshot(clinic.now_ms).carriers:
                assert _of_the_lanes(known[view.id]) == _of_the_lanes(view)
    assert alone > 20


def _of_the_lanes(view: CarrierView) -> tuple[object, ...]:
    return view.route, view.released, view.reserved, view.blocks, view.reason, view.status
