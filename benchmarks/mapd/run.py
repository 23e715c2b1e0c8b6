"""Runs an instance: tasks become known, sequences are improved, drives planned, and all move a step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from benchmarks.mapd.instance import Instance
from benchmarks.mapd.sequencing import Int, improve
from routing.traffic.control import Drive, Refused, Stop, Traffic
from routing.traffic.grid import grid_network

ROUNDS = 3000
"""Of improvement whenever there is something new."""
HEAT = 0.01
MOVING = 0.01
"""What a step to a better waiting place costs, in steps that a task waits."""
MOST_STEPS = 100_000


@dataclass(slots=True, kw_only=True)
class Agent:
    """A robot on the grid. It carries a task, or heads for one (-1: none); `drive` as last committed."""

    name: str
    home: int
    point: int
    carries: int = -1
    heads: int = -1
    drive: tuple[int, ...] = ()
    index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where every agent was after each step (steps + 1, agents); who carried each task, from when until when."""

    at: Int
    carrier: Int
    picked: Int
    delivered: Int
    planning_cpu_s: float


class Run:
    """One instance under way."""

    def __init__(self, instance: Instance, seed: int) -> None:
        self.instance, self.seed, self.now = instance, seed, 0
        self.network = network = grid_network(instance.passable, instance.bays)
        self.traffic = Traffic(network, ahead=0)
        self.steps = dijkstra(csr_matrix((np.ones(len(network.head)), network.head, network.first))).astype(np.int64)
        self.agents = [Agent(name=f"{number:03d}", home=home, point=home) for number, home in enumerate(instance.homes)]
        for agent in self.agents:
            self.traffic.place(agent.name, 0, agent.home, agent.home)
        tasks = instance.tasks
        self._bays = np.flatnonzero(network.bay)
        self._start = np.array([task.start for task in tasks], np.int64)
        self._goal = np.array([task.goal for task in tasks], np.int64)
        self._release = np.array([task.release for task in tasks], np.int64)
        self._carrier = np.full(len(tasks), -1, np.int64)
        self._picked = np.full(len(tasks), -1, np.int64)
        self._delivered = np.full(len(tasks), -1, np.int64)
        self._sequences: list[list[int]] = [[] for _ in self.agents]

    def all_the_way(self) -> Outcome:
        """Until every task is delivered.

        Raises
        ------
        RuntimeError
            If that does not happen.
        """
        planning_s = 0.0
        at = [[agent.point for agent in self.agents]]
        while (self._delivered < 0).any():
            news = self._hand_over() or bool((self._release == self.now).any())
            begun_s = time.process_time()
            if news:
                self._sequence()
            self._plan()
            if news:
                self._park()
            planning_s += time.process_time() - begun_s
            self._move()
            at.append([agent.point for agent in self.agents])
            if self.now > MOST_STEPS:
                raise RuntimeError(
                    f"{int((self._delivered < 0).sum())} tasks are not delivered after {MOST_STEPS} steps"
                )
        return Outcome(
            at=np.array(at, np.int64),
            carrier=self._carrier,
            picked=self._picked,
            delivered=self._delivered,
            planning_cpu_s=planning_s,
        )

    def _hand_over(self) -> bool:
        """Deliver and pick up what is at its place; whether anything was delivered."""
        news = False
        for agent in self.agents:
            if agent.carries >= 0 and agent.point == self._goal[agent.carries]:
                self._delivered[agent.carries] = self.now
                agent.carries = -1
                news = True
            if agent.heads >= 0 and agent.point == self._start[agent.heads]:
                self._carrier[agent.heads], self._picked[agent.heads] = int(agent.name), self.now
                agent.carries, agent.heads = agent.heads, -1
        return news

    def _sequence(self) -> None:
        """Improve the sequences of all that is known and not picked up, warm from the last."""
        known = np.flatnonzero((self._release <= self.now) & (self._picked < 0))
        if not len(known):
            self._sequences = [[] for _ in self.agents]
            return
        number = {int(task): place for place, task in enumerate(known)}
        rows = np.zeros((len(self.agents), len(known)), np.int64)
        sizes = np.zeros(len(self.agents), np.int64)
        for k, sequence in enumerate(self._sequences):
            kept = [number.pop(task) for task in sequence if task in number]
            rows[k, : len(kept)] = kept
            sizes[k] = len(kept)
        at = np.array([self._goal[a.carries] if a.carries >= 0 else a.point for a in self.agents], np.int64)
        busy = np.array([self._left(agent) for agent in self.agents], np.int64)
        problem = (self.steps, self._start[known], self._goal[known], at)
        nobodys = np.array(sorted(number.values()), np.int64)
        rounds = ROUNDS if len(known) > 1 else 0
        key = np.uint64(self.seed * 1_000_003 + self.now)
        improve(problem, rows, sizes, busy, nobodys, rounds, HEAT, key)
        self._sequences = [[int(known[task]) for task in row[:size]] for row, size in zip(rows, sizes, strict=True)]

    def _left(self, agent: Agent) -> int:
        """Steps until an agent has delivered what it carries."""
        if agent.carries < 0:
            return 0
        place = agent.drive.index(int(self._goal[agent.carries]), agent.index)
        return self._times(agent)[place] - self.now

    def _times(self, agent: Agent) -> tuple[int, ...]:
        """When it will be where on its drive; earlier than planned if somebody before it has turned away."""
        return self.traffic.times(agent.name, self.now)

    def _plan(self) -> None:
        """Drives for all who are to head elsewhere than they do; the nearest to their task first."""
        waiting = []
        for k, (agent, sequence) in enumerate(zip(self.agents, self._sequences, strict=True)):
            if agent.carries < 0 and agent.heads not in sequence[:1]:
                agent.heads = -1
                if sequence:
                    waiting.append((int(self.steps[agent.point, self._start[sequence[0]]]), k))
        for _, k in sorted(waiting):
            agent, task = self.agents[k], self._sequences[k][0]
            if self._drive(agent, [int(self._start[task]), int(self._goal[task])]):
                agent.heads = task
        self._hand_over()

    def _park(self) -> None:
        """Let who has nothing to do wait where, beside the others who wait, the starts seen so far are nearest."""
        idle = [a for a, todo in zip(self.agents, self._sequences, strict=True) if a.carries < 0 and not todo]
        starts, often = np.unique(self._start[self._release <= self.now], return_counts=True)
        if not idle:
            return
        reach = self.steps[np.ix_(self._bays, starts)]
        ends = np.array([agent.drive[-1] if agent.drive else agent.point for agent in idle])
        near = self.steps[np.ix_(ends, starts)]
        for k, agent in enumerate(idle):
            if agent.index + 1 < len(agent.drive):
                continue
            others = np.delete(near, k, axis=0).min(axis=0, initial=self.steps.max())
            waits = np.minimum(reach, others) @ often / often.sum() + MOVING * self.steps[agent.point, self._bays]
            best = int(self._bays[int(np.argmin(waits))])
            if best != agent.point and isinstance(planned := self._planned(agent, [best]), Drive):
                self._commit(agent, planned)
                near[k] = self.steps[best, starts]

    def _drive(self, agent: Agent, stops: Sequence[int]) -> bool:
        """Plan and commit a drive to stops; whose standing is in the way are sent home first, else it ends at home."""
        for ends in (list(stops), [*stops, agent.home]):
            planned = self._planned(agent, ends)
            for _ in self.agents:
                if not isinstance(planned, Refused) or planned.code != "held" or not self._send_home(planned.robots):
                    break
                planned = self._planned(agent, ends)
            if isinstance(planned, Drive):
                self._commit(agent, planned)
                return True
        return False

    def _send_home(self, holders: Sequence[str]) -> bool:
        """Let holders of a point leave it for home after what they do there; whether all can."""
        for name in holders:
            holder = self.agents[int(name)]
            task = max(holder.carries, holder.heads)
            stops = [] if task < 0 else [int(self._goal[task])]
            if holder.heads >= 0:
                stops.insert(0, int(self._start[task]))
            planned = self._planned(holder, [*stops, holder.home])
            if isinstance(planned, Refused):
                return False
            self._commit(holder, planned)
        return True

    def _planned(self, agent: Agent, stops: Sequence[int]) -> Drive | Refused:
        return self.traffic.plan(agent.name, [Stop(stop) for stop in stops], self.now)

    def _commit(self, agent: Agent, drive: Drive) -> None:
        self.traffic.commit(drive, self.now)
        agent.drive, agent.index = drive.points, drive.reached

    def _move(self) -> None:
        """One step for all: who is due somewhere goes there, those in front first."""
        due = [a for a in self.agents if a.index + 1 < len(a.drive) and self._times(a)[a.index + 1] == self.now + 1]
        self.now += 1
        while due:
            behind = [agent for agent in due if not self._moved(agent)]
            if len(behind) == len(due):
                raise RuntimeError(f"step {self.now}: {', '.join(agent.name for agent in due)} wait for one another")
            due = behind

    def _moved(self, agent: Agent) -> bool:
        try:
            self.traffic.reached(agent.name, agent.index + 1, self.now)
        except ValueError:
            return False
        agent.index += 1
        agent.point = agent.drive[agent.index]
        return True
