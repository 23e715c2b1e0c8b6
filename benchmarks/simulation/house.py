"""The house of the hand-written model: its staff, rooms and beds, the log, and what everybody does there."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
import simpy

from benchmarks.simulation.figures import Figures, Visit
from benchmarks.simulation.pools import Join, Pool, Request, TickEnvironment, Way
from simulation.engines.replication import Kind, Log
from simulation.flow.plan import Plan
from simulation.ticks import DAY, WEEK

REQUEST, DELAY, MARK = int(Kind.REQUEST), int(Kind.DELAY), int(Kind.MARK)
FORK, JOINED, AGAIN = int(Kind.FORK), int(Kind.JOINED), int(Kind.AGAIN)
LEAVE, CAPACITY = int(Kind.LEAVE), int(Kind.CAPACITY)
NOWHERE = -1


class Bed(NamedTuple):
    """A kind of bed: those staffed, and the physical ones, which are cleaned after each patient."""

    id: str
    staffed: Pool
    physical: Pool


class Held(NamedTuple):
    """A bed that a patient has."""

    bed: Bed
    staffed: Request
    physical: Request


class Leaving(NamedTuple):
    """The numbers of the steps at which a bed is left."""

    release: int
    aside: int
    cleaning: int
    physical: int


class House:
    """Staff, rooms and beds by name; what takes time is a generator."""

    def __init__(self, plan: Plan) -> None:
        self.env = TickEnvironment()
        self.rows = array("q")
        self.figures = Figures(plan)
        self._first_weekday = plan.first_weekday * DAY
        self._marks = {name: number for number, name in enumerate(plan.marks)}
        self._outcomes = {name: number for number, name in enumerate(plan.outcomes)}
        self._leaving: dict[str, Leaving] = {}
        pools = [
            Pool(self.env, number, resource.capacity[0][1], resource.by_deadline, self.rows.extend)
            for number, resource in enumerate(plan.resources)
        ]
        named = {resource.id: pool for resource, pool in zip(plan.resources, pools, strict=True)}
        self.reception, self.triage_nurse, self.nurse = (
            named["reception"],
            named["triage_nurse"],
            named["ed_nurse"],
        )
        self.doctor, self.specialist = named["junior_doctor"], named["specialist"]
        self.acute_team, self.stroke_team = named["acute_team"], named["stroke_team"]
        self.room, self.porter = named["treatment_room"], named["porter"]
        self.xray, self.ct, self.ultrasound = named["xray"], named["ct"], named["ultrasound"]
        self.observation, self.intensive, self.medical, self.surgical = (
            Bed(id, named[id], named[f"{id}.physical"])
            for id in ("acute_bed", "icu_bed", "medical_bed", "surgical_bed")
        )
        self.env.process(self._shifts(plan, pools))

    def log(self) -> Log:
        """Everything that happened."""
        at, patient, step, kind, value = np.frombuffer(self.rows, np.int64).reshape(-1, 5).T
        return Log(
            at=at.copy(),
            patient=patient.astype(np.int32),
            step=step.astype(np.int32),
            kind=kind.astype(np.int8),
            value=value.astype(np.int32),
        )

    # --- notes ---------------------------------------------------------------------------------------------------

    def note(self, visit: Visit, step: int, kind: int, value: int) -> None:
        """A row of the log."""
        self.rows.extend((self.env.now, visit.patient, step, kind, value))

    def mark(self, visit: Visit, step: str, mark: str) -> None:
        """Note the time."""
        self.note(visit, self.figures.at[step], MARK, self._marks[mark])

    def leave(self, visit: Visit, step: str, outcome: str) -> None:
        """The patient leaves the hospital."""
        self.note(visit, self.figures.at[step], LEAVE, self._outcomes[outcome])

    def again(self, visit: Visit, step: str, number: int) -> None:
        """Another round begins."""
        self.note(visit, self.figures.at[step], AGAIN, number)

    def choice(self, visit: Visit, step: str) -> int:
        """Which way chance has chosen."""
        return visit.draws[self.figures.rows[step][0]]

    def urgency(self, visit: Visit, priority: str, deadline: str) -> None:
        """From now on the patient has this priority and deadline."""
        now = self.figures.priorities[priority](visit)
        visit.priority = visit.priority if now is None else now
        visit.deadline = self.env.now + self.figures.spans[deadline](visit)

    # --- waiting, time, and several things at once ---------------------------------------------------------------

    def ask(self, visit: Visit, pool: Pool, step: str) -> Request:
        """Ask for a unit, and wait as long as it takes."""
        number, own = self.figures.at[step], self.figures.priorities.get(step)
        now = own(visit) if own else None
        priority = visit.priority if now is None else now
        self.note(visit, number, REQUEST, priority)
        return Request(pool, visit.patient, number, (priority, visit.deadline if pool.by_deadline else 0))

    def ask_patiently(self, visit: Visit, pool: Pool, step: str) -> Request:
        """Ask for a unit, but not for ever: the request is not `triggered` if patience ended first."""
        request = self.ask(visit, pool, step)
        if not request.triggered:
            span = self.figures.patience[step](visit)
            if span is not None:
                pool.lose_patience(request, span)
        return request

    def give_back(self, request: Request, step: str) -> None:
        """Give a unit back."""
        request.pool.give_back(request, self.figures.at[step])

    def hold(self, visit: Visit, pool: Pool, step: str) -> Way[None]:
        """Take a unit, be served, give it back."""
        request = self.ask(visit, pool, step)
        yield request
        _, service, release = self.figures.holds[step]
        self.note(visit, service, DELAY, 0)
        yield self.env.timeout(self.figures.spans[f"{step}.for"](visit))
        pool.give_back(request, release)

    def delay(self, visit: Visit, step: str) -> simpy.Event:
        """Time passes."""
        self.note(visit, self.figures.at[step], DELAY, 0)
        return self.env.timeout(self.figures.spans[step](visit))

    def until_next(self, visit: Visit, step: str) -> Way[None]:
        """Wait for the next of the times of the week."""
        times = self.figures.clocks[step]
        of_week = (self.env.now + self._first_weekday) % WEEK
        nth = bisect_left(times, of_week)
        wait = times[nth] - of_week if nth < len(times) else times[0] + WEEK - of_week
        if wait:
            self.note(visit, self.figures.at[step], DELAY, 0)
            yield self.env.timeout(wait)

    def together(self, visit: Visit, step: str, *arms: Way[None]) -> Way[None]:
        """Several things at once; go on when all are done."""
        number = self.figures.at[step]
        self.note(visit, number, FORK, len(arms))
        yield Join(self.env, list(arms))
        self.note(visit, number, JOINED, 0)

    def aside(self, visit: Visit, step: int, way: Way[None]) -> None:
        """Something that goes on by itself."""
        self.note(visit, step, FORK, 1)
        self.env.process(way)

    # --- beds ------------------------------------------------------------------------------------------------------

    def into_bed(self, visit: Visit, bed: Bed, step: str) -> Way[Held]:
        """A staffed bed, then a clean room for it."""
        staffed = self.ask(visit, bed.staffed, step)
        yield staffed
        return (yield from self.into_room(visit, bed, staffed, step))

    def into_room(self, visit: Visit, bed: Bed, staffed: Request, step: str) -> Way[Held]:
        """The clean room of a staffed bed."""
        physical = self.ask(visit, bed.physical, f"{step}.physical")
        yield physical
        return Held(bed, staffed, physical)

    def leave_bed(self, visit: Visit, held: Held, step: str) -> None:
        """The staffed bed is free at once, the room after it has been cleaned."""
        name = f"{step}.{held.bed.id}.cleaning"
        leaving = self._leaving.get(name) or self._leaving.setdefault(name, self._find_leaving(step, name))
        held.bed.staffed.give_back(held.staffed, leaving.release)
        self.aside(visit, leaving.aside, self._clean(visit, held, name, leaving))

    def _clean(self, visit: Visit, held: Held, name: str, leaving: Leaving) -> Way[None]:
        self.note(visit, leaving.cleaning, DELAY, 0)
        yield self.env.timeout(self.figures.spans[name](visit))
        held.bed.physical.give_back(held.physical, leaving.physical)

    def _find_leaving(self, step: str, name: str) -> Leaving:
        cleaning = self.figures.at[name]
        release, aside, physical = (
            self.figures.last_before(f"{step}{part}", cleaning) for part in ("", ".aside", ".physical")
        )
        return Leaving(release=release, aside=aside, cleaning=cleaning, physical=physical)

    # --- shifts ----------------------------------------------------------------------------------------------------

    def _shifts(self, plan: Plan, pools: list[Pool]) -> Way[None]:
        """Staff come and go; the next change is in the calendar before this one acts."""
        due: defaultdict[int, list[tuple[Pool, int]]] = defaultdict(list)
        for pool, resource in zip(pools, plan.resources, strict=True):
            for tick, capacity in resource.capacity[1:]:
                due[tick].append((pool, capacity))
        ticks = sorted(tick for tick in due if tick < plan.horizon)
        coming = self.env.timeout(ticks[0] if ticks else 0)
        for tick, after in zip_longest(ticks, ticks[1:]):
            yield coming
            if after is not None:
                coming = self.env.timeout(after - tick)
            for pool, capacity in due[tick]:
                self.rows.extend((tick, NOWHERE, pool.number, CAPACITY, capacity))
                pool.change(capacity)
