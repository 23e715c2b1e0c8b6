"""Days of robots under the orchestrator in the twin, every movement judged by what the simulated robots really did."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from benchmarks.traffic.halls import koege_with
from benchmarks.traffic.jobs import DAY_MS, MONDAY, day_of_orders, midnight_ms, robots_only
from benchmarks.traffic.judge import Judge
from benchmarks.traffic.lanes import LanesAlone, WatchedLanes
from benchmarks.traffic.world import hindered
from fleet.hospital import Hospital
from fleet.simulated.cores.build import first_world, rules_of
from routing.traffic.cells import SiteNetwork, site_network
from routing.traffic.proof import check_ways_home
from simulation.demand import HOUR_MS
from simulation.twin.shell import Shell
from simulation.twin.simulate import chance_of, collected_when_idle
from site_models.schema import Site

OF_THE_SITE = 35
"""Robots that the site has, and its demand is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Køge with so many robots: as it is declared, and as it is run, with the cells that its robots share."""

    robots: int
    site: Site
    hospital: Hospital
    cells: SiteNetwork


def house(robots: int) -> House:
    """The hospital with so many robots, proven to shut nobody in; raises ValueError if it does."""
    site = koege_with(robots)
    wrong = check_ways_home(site)
    if wrong:
        raise ValueError("\n".join(map(str, wrong)))
    hospital = Hospital.of(robots_only(site), MONDAY)
    hospital.prepare(frozenset())
    return House(robots=robots, site=site, hospital=hospital, cells=site_network(hospital.ground))


class Run:
    """Køge from midnight of a Monday on. The same seed gives the same run.

    `alone` lets robots drive as if there were no others on the floors (`LanesAlone`); `file` takes what they drove.
    """

    def __init__(self, of: House, seed: int, *, alone: bool = False, file: BinaryIO | None = None) -> None:
        self.begin_ms = midnight_ms(of.site)
        self.minutes: list[float] = []
        self.delivered = 0
        self.late = 0
        self.ordered = 0
        self._house, self._seed = of, seed
        self.lanes = (LanesAlone if alone else WatchedLanes)(of.hospital)
        self.judge = Judge(of.cells, file)
        layout = of.hospital.layout
        world = first_world(of.hospital.site, layout)
        for robot in world.robots.values():
            self.judge.stands(robot.id, robot.node, self.begin_ms)
        rules = hindered(rules_of(of.hospital.site, layout, chance_of(seed, 0)), self.judge.begins, self.judge.drove)
        self.shell = Shell(of.hospital, rules, world, begin_ms=self.begin_ms, lanes=self.lanes)
        self.shell.start()

    def day(self, number: int, hours: float = 24.0) -> None:
        """Let a day pass, the first is 0, or its first hours; its orders are drawn."""
        end_ms = self.begin_ms + number * DAY_MS + round(hours * HOUR_MS)
        orders = day_of_orders(self._house.site, number, self._house.robots / OF_THE_SITE, self._seed)
        self.shell.order([order for order in orders if order.at_ms < end_ms])
        with collected_when_idle():
            self._pass(end_ms)
        self._count()

    def finish(self, most_h: float) -> int:
        """Let everybody end what is ordered; returns the robots and jobs that have not by then: they are locked."""
        with collected_when_idle():
            until_ms = self.shell.now_ms + round(most_h * HOUR_MS)
            while self.shell.now_ms < until_ms and self._stuck():
                self._pass(min(until_ms, self.shell.now_ms + HOUR_MS // 4))
        return self._stuck()

    def planning_ms(self) -> list[float]:
        """How long traffic planned for each job, p50 and p99."""
        took_ms = [1000 * took_s for took_s in self.lanes.planning_s.values()] or [0.0]
        return [round(float(part), 2) for part in np.percentile(took_ms, [50, 99])]

    def _count(self) -> None:
        """Count what has been delivered since the last count, and forget it."""
        jobs = self.shell.record.jobs
        for job in list(jobs.values()):
            if job.delivered_ms is not None:
                self.minutes.append((job.delivered_ms - job.ready_ms) / 60_000)
                self.late += job.delivered_ms > job.due_ms
                del jobs[job.id]
        self.delivered = len(self.minutes)
        self.ordered = self.delivered + len(jobs)

    def _pass(self, until_ms: int) -> None:
        while self.shell.now_ms < until_ms:
            self.shell.run(min(until_ms, self.shell.now_ms + HOUR_MS))
            gc.collect()

    def _stuck(self) -> int:
        """Robots that are busy or not at home in a bay, and jobs that are not delivered."""
        state = self.shell.state
        hospital = self._house.hospital
        bays = {*hospital.layout.bay_node.values()}
        robots = sum(carrier.node not in bays or bool(carrier.stops) for carrier in state.carriers.values())
        return robots + sum(job.state not in ("delivered", "cancelled") for job in state.jobs.unordered())
