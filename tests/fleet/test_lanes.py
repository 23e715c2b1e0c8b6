"""Traffic beside the state: always what the rows say, and the way that a robot is told takes as long as planned."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from msgspec.structs import replace

from fleet.events import Asked, CalendarPublished
from fleet.facts.traffic import TrafficChanged
from fleet.hospital import Hospital
from fleet.lanes import kept
from fleet.orchestrator.core import handle
from fleet.requests import CreateJob
from site_models.load import load_site
from tests.fleet.obedient import MONDAY_8, Clinic


@pytest.mark.parametrize("site", ["clinic_small", "koege"])
def test_every_move_is_driven_in_the_time_that_traffic_counts_with(site: str) -> None:
    """Speeds and doors of the waypoints add up to the duration of the move, lifts aside.

    A lane through a hall is counted as longer than the straight line by which it is drawn, by some per cent.
    """
    lanes = Hospital.of(load_site(site)).lanes
    network = lanes.network
    for profile, name in enumerate(network.profiles):
        for tail in range(len(network.points)):
            for move in range(network.first[tail], network.first[tail + 1]):
                head, duration_ms = int(network.head[move]), int(network.duration_ms[profile, move])
                if duration_ms < 0 or "lift:" in network.points[head]:
                    continue
                way, reached = lanes.waypoints(name, (tail, head))
                driven_s = sum(
                    math.dist((a.x_m, a.y_m), (b.x_m, b.y_m)) / b.max_speed_m_s + b.dwell_s for a, b in pairwise(way)
                )
                assert -25 <= duration_ms - driven_s * 1000 <= 1000 + 0.06 * duration_ms
                assert (way[0].node, way[-1].node) == (network.nodes[tail], network.nodes[head])
                assert reached == [0, len(way) - 1]


def test_points_on_a_way_are_reached_in_turn(clinic: Clinic) -> None:
    """The index of each point is that of the waypoint at its node."""
    clinic.order("linen", "store-out", "s1-clean")
    clinic.run(2)
    row = next(row for row in clinic.state.drives.values() if row.move is not None)
    lanes = clinic.hospital.lanes
    points = clinic.planner.lanes.of(clinic.state).drive(row.id).points
    way, reached = lanes.waypoints(row.drive.profile, points)
    assert [way[index].node for index in reached] == [lanes.network.nodes[point] for point in points]
    assert reached == sorted(set(reached))


def test_a_transaction_that_fails_leaves_traffic_as_it_was(clinic: Clinic) -> None:
    """A robot sets out in a draft that is discarded: no lane is held, and the next attempt decides the same."""
    clinic.run(1)
    order = Asked(CreateJob(load="linen", origin="store-out", destination="s0-clean"), actor="anna")
    before = clinic.planner.lanes.of(clinic.state).state()
    first = handle(clinic.state, order, clinic.now_ms, clinic.hospital, clinic.planner)
    assert any(isinstance(fact, TrafficChanged) for fact in first.facts)
    clinic.state.rollback()
    assert clinic.planner.lanes.of(clinic.state).state() == before == kept(clinic.state)
    again = handle(clinic.state, order, clinic.now_ms, clinic.hospital, clinic.planner)
    assert again.facts == first.facts


def test_an_agent_that_lost_its_memory_says_where_its_robots_stand(clinic: Clinic) -> None:
    """In the middle of a drive: what they held is free, they are where they say, and the job is done in the end."""
    job = clinic.order("linen", "store-out", "s0-clean")
    while not any(clinic.is_at(robot).startswith("c:0-main:16") for robot in clinic.hospital.robots):
        clinic.run(0.02)
    clinic.restart("sim-robots", forgot=True)
    lanes = clinic.hospital.lanes
    for row in clinic.state.drives.values():
        here = row.drive.points[row.drive.reached]
        assert lanes.node_of[here] == clinic.state.carriers[row.id].node
    clinic.run(60)
    assert clinic.job(job.id).state == "delivered"


def test_after_a_change_of_the_site_robots_enter_its_lanes_anew(clinic: Clinic) -> None:
    """Rows that name lanes of another building mean nothing: at the next start they are forgotten, jobs go on."""
    clinic.run(1)
    row = clinic.state.drives["R01"]
    other = TrafficChanged(
        drives=(replace(row.drive, points=("elsewhere",)),),
        gone=(),
        orders=(),
        blocked=("nowhere",),
        now_ms=MONDAY_8,
    )
    other.apply(clinic.state)
    clinic.state.commit()
    meta = clinic.state.meta
    clinic.handle(CalendarPublished(meta.day, MONDAY_8 + 86_400_000, meta.shifts, meta.windows, ()))
    assert clinic.state.drives.ids() == []
    clinic.restart("sim-robots")
    job = clinic.order("linen", "store-out", "s0-clean")
    clinic.run(40)
    assert clinic.job(job.id).state == "delivered"
    assert clinic.state.traffic.blocked == ()
