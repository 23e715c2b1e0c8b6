"""Flows made at random, of all kinds of steps, in which ties are the rule: all times are a few whole minutes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from random import Random

from hypothesis import strategies as st

from simulation.flow.plan import (
    ByAttribute,
    Clock,
    Drawn,
    Fixed,
    Free,
    Holds,
    InWindow,
    Patience,
    Queue,
    Repeat,
    Span,
)
from simulation.ticks import DAY, MINUTE, WEEK
from tests.simulation.engines.plans import Builder, Come, Story, Way, sample_of

MINUTES = (0, 0, 1, 1, 1, 2, 3, 5, 8)
SUNDAY = dt.date(2027, 1, 3)


@dataclass(frozen=True)
class Around:
    """What is around the steps to be made."""

    depth: int = 2
    in_arm: bool = False
    in_loop: bool = False
    held: tuple[int, ...] = ()
    """Places that must be empty before leaving."""


class Maker:
    """Makes a plan and its patients by the choices of a random source."""

    def __init__(self, random: Random) -> None:
        self.random = random
        begins = SUNDAY + dt.timedelta(days=random.choice((0, 1, 4)))
        horizon = random.choice((20, 45, 61, 120))
        self.b = Builder(horizon=horizon * MINUTE, warm_up=random.choice((0, 0, 7, 15)) * MINUTE, begins=begins)
        self.triage = self.b.attribute("triage", "red", "yellow", "green")
        self.resources = [self._resource(n) for n in range(random.randint(1, 4))]
        self.places = 0

    def story(self) -> Story:
        """The plan and who comes."""
        pick = self.random
        choices: list[list[int]] = []
        for _ in range(pick.randint(1, 2)):
            self.places = 0
            first = self.b.priority(self._perhaps((1, 4, 8)))
            steps = (first, *self.steps(Around()), self.b.leave())
            self.b.holds = max(1, self.places)
            choices.append([len(slot.cumulative[0]) if slot.cumulative else 0 for slot in self.b.slots])
            self.b.source(*steps)
        plan = self.b.plan()
        rush = pick.choice((0, 1, 3, 10, 30))
        comers = []
        for _ in range(pick.randint(0, 25)):
            source = pick.randrange(len(plan.sources))
            draws = tuple(pick.randrange(arms) if arms else self.minutes() for arms in choices[source])
            comers.append(Come(pick.randint(0, rush) * MINUTE, draws, source, (pick.randrange(3),)))
        return plan, sample_of(plan, comers)

    # --- small things ------------------------------------------------------------------------------------------------

    def minutes(self) -> int:
        return self.random.choice(MINUTES) * MINUTE

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def _resource(self, number: int) -> int:
        pick = self.random
        changes = [(0, pick.randint(0, 3))]
        for minute in sorted(pick.sample(range(1, 40), pick.choice((0, 0, 1, 3)))):
            changes.append((minute * MINUTE, pick.choice([n for n in range(5) if n != changes[-1][1]])))
        return self.b.resource(f"r{number}", changes, by_deadline=self.chance(0.3))

    def _choices(self) -> tuple[int, ...]:
        count = min(len(self.resources), self.random.choice((1, 1, 1, 2, 3)))
        return tuple(self.random.sample(self.resources, count))

    def _clock(self) -> Clock:
        midnight = self.b.begins.weekday() * DAY
        minutes = self.random.sample(range(0, 60, 3), self.random.randint(1, 3))
        return Clock(tuple(sorted((midnight + minute * MINUTE) % WEEK for minute in minutes)))

    def _perhaps(self, numbers: tuple[int, ...]) -> ByAttribute:
        return ByAttribute(self.triage, tuple(self.random.choice((None, *numbers)) for _ in range(3)))

    def _span(self) -> Span:
        some: Span = self.random.choice((self.b.drawn(), Fixed(self.minutes()), self._perhaps((0, MINUTE, 4 * MINUTE))))
        return some

    def _patience(self) -> Patience:
        return self._clock() if self.chance(0.2) else self._span()

    def _place(self) -> int:
        self.places += 1
        return self.places - 1

    # --- steps -------------------------------------------------------------------------------------------------------

    def steps(self, around: Around) -> Way:
        """A few steps that leave what is held as it was."""
        ways = (
            self._delay,
            self._delay,
            self._note,
            self._hold,
            self._hold,
            self._boarding,
            self._served,
            self._served,
            self._impatient,
            self._branch,
            self._batch,
            self._together,
            self._aside,
            self._loop,
        )
        inner = replace(around, depth=around.depth - 1)
        count = self.random.randint(1, 3) if around.depth else 1
        made: list[Way] = []
        for _ in range(count):
            way = self.random.choice(ways if around.depth else ways[:3])
            made.append(way(inner))
        return tuple(step for steps in made for step in steps)

    def _delay(self, _: Around) -> Way:
        return (self.b.until(*self._clock().of_week) if self.chance(0.15) else self.b.delay(self._span()),)

    def _note(self, _: Around) -> Way:
        ranks = self._perhaps((0, 2, 5, 7, 9))
        deadline = self.b.deadline(self._span())
        return (self.random.choice((self.b.mark(self.random.choice("abc")), self.b.priority(ranks), deadline)),)

    def _seize(self, place: int, choices: tuple[int, ...], *, units: int = 1, **more: object) -> Way:
        rank = None if self.chance(0.5) else self._perhaps((0, 3, 6, 9))
        preempt = units == 1 and self.chance(0.6)
        return (self.b.seize(choices, hold=place, priority=rank, units=units, preempt=preempt, **more),)

    def _hold(self, around: Around) -> Way:
        place = self._place()
        seized = self._seize(place, self._choices(), units=self.random.choice((1, 1, 1, 2)))
        inside = self.steps(replace(around, held=(*around.held, place))) if around.depth else self._delay(around)
        return (*seized, *inside, self.b.release(place))

    def _boarding(self, around: Around) -> Way:
        first, second = self._place(), self._place()
        inside = self._delay(around)
        moved = self._seize(second, self._choices())
        return (
            *self._seize(first, self._choices()),
            *inside,
            *moved,
            self.b.release(first),
            *self._delay(around),
            self.b.release(second),
        )

    def _served(self, _: Around) -> Way:
        place = self._place()
        seized = self._seize(place, self._choices(), units=self.random.choice((1, 1, 1, 2)))
        return (*seized, self.b.delay(self._span(), preemptible=place), self.b.release(place))

    def _impatient(self, around: Around) -> Way:
        """Who gives up leaves, or goes on after the hold."""
        place = self._place()
        if not around.in_arm and self.chance(0.4):
            left = (*(self.b.release(held) for held in around.held), self.b.leave("unseen"))
            seized = self._seize(place, self._choices(), patience=self._patience(), otherwise=left)
            return (*seized, *self._delay(around), self.b.release(place))
        instead = self.steps(around) if around.depth else ()
        seized = self._seize(place, self._choices(), patience=self._patience(), otherwise=(self.b.again(),))
        done = (*seized, self.b.delay(self._span(), preemptible=place if self.chance(0.5) else None))
        return (self.b.repeat(*done, self.b.release(place), at_most=1, exhausted=instead),)

    def _branch(self, around: Around) -> Way:
        kind = self.random.randrange(3)
        arms = tuple(self.steps(around) if self.chance(0.7) else () for _ in range(self.random.randint(2, 3)))
        if kind == 0:
            return (self.b.branch(*arms, choice=self._choice(len(arms))),)
        if kind == 1:
            return (self.b.branch(*arms, choice=self._perhaps(tuple(range(len(arms))))),)
        resource = self.random.choice(self.resources)
        begin = (self.b.begins.weekday() * DAY + 5 * MINUTE) % WEEK
        conditions = (
            Holds(self.random.choice(around.held or (0,)), resource),
            Free(resource, self.random.randint(1, 2)),
            Queue(resource, self.random.randint(0, 2)),
            InWindow(((begin, begin + 5 * MINUTE), (begin + 10 * MINUTE, begin + 11 * MINUTE))),
        )
        return (self.b.branch(*arms, conditions=self.random.sample(conditions, len(arms) - 1)),)

    def _choice(self, arms: int) -> Drawn:
        return self.b.choice(*(1 / arms,) * arms)

    def _batch(self, _: Around) -> Way:
        at_most = None if self.chance(0.3) else self.minutes()
        return (self.b.batch(self.random.randint(1, 4), at_most),)

    def _together(self, around: Around) -> Way:
        inside = replace(around, in_arm=True)
        arms = tuple(self.steps(inside) if self.chance(0.8) else () for _ in range(self.random.randint(1, 3)))
        return (self.b.together(*arms),)

    def _aside(self, around: Around) -> Way:
        """By itself goes some waiting, or what is done before something held is given back."""
        if around.in_loop or self.chance(0.3):
            place = self._place()
            return (*self._seize(place, self._choices()), self.b.aside(*self._delay(around), self.b.release(place)))
        return (self.b.aside(*self.steps(replace(around, in_arm=True, in_loop=True, held=()))),)

    def _loop(self, around: Around) -> Way:
        first, at_most = len(self.b.slots), self.random.randint(1, 3)
        again: Way = (self.b.branch((self.b.again(),), (), choice=self._choice(2)),)
        steps = (*self.steps(replace(around, in_loop=True)), *again)
        more = self.steps(replace(around, in_loop=True)) if self.chance(0.3) else ()
        slots = self.b.slots[first:]
        self.b.slots += slots * (at_most - 1)
        exhausted = self.steps(around) if self.chance(0.5) else ()
        return (
            Repeat(
                at=self.b.repeat(at_most=1).at,
                steps=(*steps, *more),
                at_most=at_most,
                exhausted=exhausted,
                first_slot=first,
                slots=len(slots),
            ),
        )


def stories() -> st.SearchStrategy[Story]:
    """Plans with their samples."""
    return st.randoms(use_true_random=False).map(lambda random: Maker(random).story())
