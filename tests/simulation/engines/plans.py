"""Plans and samples built by hand: small flows in which every tick can be counted on the fingers, one for each rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulation.distributions import Distribution
from simulation.engines.replication import Kind, Replication
from simulation.flow import plan as flow
from simulation.flow.plan import (
    Attribute,
    ByAttribute,
    Clock,
    Condition,
    Drawn,
    Fixed,
    Free,
    Holds,
    InWindow,
    Listed,
    Pathway,
    Plan,
    Queue,
    Resource,
    Slot,
    Source,
    Step,
    Stream,
)
from simulation.sampling.sample import Sample
from simulation.ticks import HOUR

MONDAY = dt.date(2027, 1, 4)
Way = tuple[Step, ...]


@dataclass
class Builder:
    """Numbers the parts of a plan as they are made. A span is a number of ticks, or what `drawn` and `by` return."""

    horizon: int = 1000
    warm_up: int = 0
    begins: dt.date = MONDAY
    resources: list[Resource] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    pathways: list[Pathway] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    holds: int = 0
    batches: int = 0

    def resource(self, name: str, capacity: int | Sequence[tuple[int, int]], *, by_deadline: bool = False) -> int:
        """A resource with units, or with units from each tick on."""
        steps = ((0, capacity),) if isinstance(capacity, int) else tuple(capacity)
        most = max(units for _, units in steps)
        self.resources.append(Resource(id=name, capacity=steps, most=most, by_deadline=by_deadline))
        return len(self.resources) - 1

    def attribute(self, name: str, *values: str) -> int:
        self.attributes.append(Attribute(id=name, values=values))
        return len(self.attributes) - 1

    def drawn(self, distribution: Distribution | None = None) -> Drawn:
        """A duration of the sample; without a distribution it can only be given by hand."""
        self.slots.append(
            Slot(name=f"slot{len(self.slots)}", durations=() if distribution is None else (distribution,))
        )
        return Drawn(len(self.slots) - 1)

    def choice(self, *shares: float) -> Drawn:
        """A choice of the sample."""
        cumulative = tuple(float(total) for total in np.cumsum(shares))
        self.slots.append(Slot(name=f"slot{len(self.slots)}", cumulative=(cumulative,)))
        return Drawn(len(self.slots) - 1)

    @staticmethod
    def by(attribute: int, *values: int | None) -> ByAttribute:
        return ByAttribute(attribute, values)

    def seize(
        self,
        choices: int | tuple[int, ...],
        *,
        hold: int = 0,
        priority: int | ByAttribute | None = None,
        patience: int | flow.Patience | None = None,
        **more: Any,
    ) -> flow.Seize:
        choices = (choices,) if isinstance(choices, int) else choices
        at = self._at("seize " + "|".join(self.resources[choice].id for choice in choices))
        self.waits.append(at)
        self.holds = max(self.holds, hold + 1)
        return flow.Seize(
            at=at,
            choices=choices,
            hold=hold,
            wait=len(self.waits) - 1,
            priority=Fixed(priority) if isinstance(priority, int) else priority,
            patience=Fixed(patience) if isinstance(patience, int) else patience,
            **more,
        )

    def release(self, hold: int = 0) -> flow.Release:
        self.holds = max(self.holds, hold + 1)
        return flow.Release(at=self._at(f"release {hold}"), hold=hold)

    def delay(self, span: int | flow.Span, *, preemptible: int | None = None) -> flow.Delay:
        return flow.Delay(at=self._at("delay"), span=_span(span), preemptible=preemptible)

    def hold(self, resource: int | tuple[int, ...], span: int | flow.Span, *, hold: int = 0, **more: Any) -> Way:
        """Seize, delay, release."""
        return (self.seize(resource, hold=hold, **more), self.delay(span), self.release(hold))

    def until(self, *times: int) -> flow.Until:
        return flow.Until(at=self._at("until"), clock=Clock(times))

    def branch(
        self,
        *arms: Way,
        choice: Drawn | ByAttribute | None = None,
        conditions: Sequence[Condition] = (),
    ) -> flow.Branch:
        return flow.Branch(at=self._at("branch"), arms=arms, choice=choice, conditions=tuple(conditions))

    def priority(self, value: int | ByAttribute) -> flow.SetPriority:
        fixed = Fixed(value) if isinstance(value, int) else value
        return flow.SetPriority(at=self._at("priority"), priority=fixed)

    def deadline(self, span: int | flow.Span) -> flow.SetDeadline:
        return flow.SetDeadline(at=self._at("deadline"), span=_span(span))

    def mark(self, name: str) -> flow.Mark:
        if name not in self.marks:
            self.marks.append(name)
        return flow.Mark(at=self._at(f"mark {name}"), mark=self.marks.index(name))

    def batch(self, size: int, at_most: int | None = None) -> flow.Batch:
        self.batches += 1
        limit = None if at_most is None else Fixed(at_most)
        return flow.Batch(at=self._at("batch"), batch=self.batches - 1, size=size, at_most=limit)

    def together(self, *arms: Way) -> flow.Together:
        return flow.Together(at=self._at("together"), arms=arms)

    def aside(self, *steps: Step) -> flow.Aside:
        return flow.Aside(at=self._at("aside"), steps=steps)

    def repeat(
        self, *steps: Step, at_most: int, exhausted: Way = (), first_slot: int = 0, slots: int = 0
    ) -> flow.Repeat:
        return flow.Repeat(
            at=self._at("repeat"),
            steps=steps,
            at_most=at_most,
            exhausted=exhausted,
            first_slot=first_slot,
            slots=slots,
        )

    def again(self) -> flow.Again:
        return flow.Again(at=self._at("again"))

    def leave(self, outcome: str = "home") -> flow.Leave:
        if outcome not in self.outcomes:
            self.outcomes.append(outcome)
        return flow.Leave(at=self._at(f"leave {outcome}"), outcome=self.outcomes.index(outcome))

    def source(
        self,
        *steps: Step,
        arrivals: Stream | Listed | None = None,
        mixes: tuple[tuple[tuple[float, ...], ...], ...] | None = None,
    ) -> int:
        """A source whose patients go through the steps; its slots are those drawn since the last source."""
        self.pathways.append(
            Pathway(id=f"path{len(self.pathways)}", steps=steps, slots=tuple(self.slots), holds=self.holds)
        )
        self.slots, self.holds = [], 0
        even = tuple((tuple(np.linspace(0, 1, len(a.values) + 1)[1:].tolist()),) for a in self.attributes)
        self.sources.append(
            Source(
                id=f"source{len(self.sources)}",
                arrivals=arrivals or Listed(ticks=()),
                pathway=len(self.pathways) - 1,
                mixes=even if mixes is None else mixes,
                given=(None,) * len(self.attributes),
            )
        )
        return len(self.sources) - 1

    def plan(self) -> Plan:
        return Plan(
            flow="by_hand",
            begins=self.begins,
            warm_up=self.warm_up,
            horizon=self.horizon,
            resources=tuple(self.resources),
            attributes=tuple(self.attributes),
            marks=tuple(self.marks),
            outcomes=tuple(self.outcomes),
            waits=tuple(self.waits),
            steps=tuple(self.names),
            batches=self.batches,
            pathways=tuple(self.pathways),
            sources=tuple(self.sources),
        )

    def _at(self, name: str) -> int:
        self.names.append(name)
        return len(self.names) - 1


def _span(span: int | flow.Span) -> flow.Span:
    return Fixed(span) if isinstance(span, int) else span


@dataclass(frozen=True)
class Come:
    """A patient of a hand-made sample: draws by row of the pathway."""

    at: int
    draws: tuple[int, ...] = ()
    source: int = 0
    values: tuple[int, ...] = ()


def sample_of(plan: Plan, comers: Sequence[Come]) -> Sample:
    """A sample in which exactly these patients come, in this order within a tick."""
    comers = sorted(comers, key=lambda come: come.at)
    rows = [len(plan.pathways[source.pathway].slots) for source in plan.sources]
    members = [[come for come in comers if come.source == source] for source in range(len(plan.sources))]
    begins = np.cumsum([0, *(r * len(m) for r, m in zip(rows, members, strict=True))])
    blocks = [
        np.array([come.draws for come in own], np.int64).reshape(len(own), slots).T.ravel()
        for own, slots in zip(members, rows, strict=True)
    ]
    nth = [sum(other.source == come.source for other in comers[:number]) for number, come in enumerate(comers)]
    return Sample(
        arrival=np.array([come.at for come in comers], np.int64),
        source=np.array([come.source for come in comers], np.int32),
        attributes=np.array([come.values for come in comers], np.int8).reshape(len(comers), len(plan.attributes)).T,
        first_draw=np.array([begins[c.source] + n for c, n in zip(comers, nth, strict=True)], np.int64),
        stride=np.array([len(members[come.source]) for come in comers], np.int64),
        draws=np.concatenate([np.empty(0, np.int64), *blocks]),
    )


def told(plan: Plan, replication: Replication, *kinds: Kind, patient: int | None = None) -> list[str]:
    """The log as lines: `tick patient WHAT step value`; of some kinds or one patient if asked for."""
    log = replication.log
    assert log is not None
    rows = zip(log.at, log.patient, log.step, log.kind, log.value, strict=True)
    return [
        f"{at} p{who} {Kind(kind).name} {plan.steps[step] if step >= 0 and kind != Kind.CAPACITY else step} {value}"
        for at, who, step, kind, value in rows
        if (not kinds or kind in kinds) and (patient is None or who == patient)
    ]


# --- a flow for each kind of step, with who comes ------------------------------------------------------------------

Story = tuple[Plan, Sample]


def desk() -> Story:
    """One clerk; three come at once and are served one after the other."""
    b = Builder()
    clerk = b.resource("clerk", 1)
    service = b.drawn()
    b.source(*b.hold(clerk, service), b.mark("served"), b.leave())
    plan = b.plan()
    return plan, sample_of(plan, [Come(0, (10,)), Come(0, (5,)), Come(0, (0,)), Come(15, (1,))])


def alternatives() -> Story:
    """A patient takes the own bed if it is free, else a borrowed one; some want two units."""
    b = Builder()
    own, borrowed = b.resource("own", 1), b.resource("borrowed", 2)
    stay = b.drawn()
    b.source(*b.hold((own, borrowed), stay), b.leave())
    wide = b.drawn()
    b.source(b.seize(borrowed, units=2), b.delay(wide), b.release(), b.leave("moved"))
    plan = b.plan()
    comers = [Come(0, (10,)), Come(1, (4,)), Come(1, (9,), 1), Come(2, (3,)), Come(3, (7,)), Come(5, (1,), 1)]
    return plan, sample_of(plan, comers)


def urgency() -> Story:
    """Priorities and deadlines at a theatre, a request of its own priority at another."""
    b = Builder()
    theatre, scanner = b.resource("theatre", 1, by_deadline=True), b.resource("scanner", 1)
    triage = b.attribute("triage", "red", "green", "blue")
    b.source(
        b.priority(b.by(triage, 1, 7, None)),
        b.deadline(b.by(triage, None, 50, 20)),
        *b.hold(scanner, 2, priority=b.by(triage, None, None, 0)),
        *b.hold(theatre, 10),
        b.leave(),
    )
    plan = b.plan()
    return plan, sample_of(plan, [Come(n // 3, (), 0, (value,)) for n, value in enumerate((1, 2, 0, 1, 0, 2, 2, 1))])


def patience() -> Story:
    """Who waits too long goes elsewhere; at a clock's time, after a while, at once, or never."""
    b = Builder(horizon=60 * HOUR)
    doctor, desk_ = b.resource("doctor", 1), b.resource("desk", 1)
    mood = b.attribute("mood", "calm", "hasty", "gone")
    otherwise = (b.mark("unseen"), *b.hold(desk_, 1), b.leave("unseen"))
    b.source(
        b.seize(doctor, patience=b.by(mood, None, 6, 0), otherwise=otherwise),
        b.delay(10),
        b.release(),
        b.leave(),
    )
    late = b.mark("late")
    b.source(
        b.seize(doctor, patience=Clock((5, 20 * HOUR)), otherwise=(late, b.leave("late"))),
        b.delay(b.drawn()),
        b.release(),
        b.leave(),
    )
    plan = b.plan()
    comers = [Come(0, (), 0, (value,)) for value in (0, 0, 1, 2, 1)] + [Come(4, (), 0, (2,)), Come(20, (), 0, (1,))]
    late_comers = [Come(5, (30 * HOUR,), 1, (0,)), Come(5, (3,), 1, (0,)), Come(4, (3,), 1, (0,))]
    return plan, sample_of(plan, comers + late_comers)


def shifts() -> Story:
    """Two nurses, then none, then three: who is served is served to the end, beyond the shift."""
    b = Builder(warm_up=5)
    nurse = b.resource("nurse", [(0, 2), (10, 0), (30, 3), (60, 1)])
    porter = b.resource("porter", [(0, 0), (10, 1), (30, 0), (31, 1)])
    care = b.drawn()
    b.source(*b.hold(nurse, care), *b.hold(porter, 2), b.leave())
    plan = b.plan()
    return plan, sample_of(
        plan, [Come(at, (span,)) for at, span in ((0, 15), (0, 8), (8, 4), (9, 40), (9, 1), (29, 1))]
    )


def preemption() -> Story:
    """The less urgent loses the unit to the more urgent and is served what was left later."""
    b = Builder()
    scanner, other = b.resource("scanner", 1), b.resource("other", 1)
    triage = b.attribute("triage", "red", "orange", "green")
    served = b.drawn()
    b.source(
        b.priority(b.by(triage, 0, 3, 7)),
        b.seize((other, scanner), preempt=True, patience=90, otherwise=(b.leave("gone"),)),
        b.delay(served, preemptible=0),
        b.release(),
        b.mark("served"),
        b.leave(),
    )
    plan = b.plan()
    comers = [Come(0, (10,), 0, (2,)), Come(0, (30,), 0, (2,)), Come(2, (6,), 0, (1,)), Come(4, (5,), 0, (0,))]
    more = [Come(4, (5,), 0, (0,)), Come(9, (1,), 0, (1,)), Come(9, (0,), 0, (1,)), Come(10, (4,), 0, (2,))]
    return plan, sample_of(plan, comers + more)


def tests_together() -> Story:
    """Blood test and scan at once; who is done with both goes on; the room is cleaned aside."""
    b = Builder()
    room, scanner, cleaner = b.resource("room", 1), b.resource("scanner", 1), b.resource("cleaner", 1)
    blood, scan = b.drawn(), b.drawn()
    cleaning = b.aside(*b.hold(cleaner, 4, hold=2), b.release(0))
    b.source(
        b.seize(room),
        b.together((b.delay(blood),), b.hold(scanner, scan, hold=1), ()),
        cleaning,
        b.mark("examined"),
        b.leave(),
    )
    plan = b.plan()
    return plan, sample_of(plan, [Come(0, (3, 5)), Come(0, (0, 0)), Come(1, (9, 1)), Come(9, (1, 1))])


def shuttle() -> Story:
    """Three share a bus, which waits at most 20 ticks for them."""
    b = Builder()
    bus = b.resource("bus", 1)
    b.source(b.batch(3, at_most=20), *b.hold(bus, 5), b.leave())
    b.source(b.batch(1, at_most=0), b.batch(2, at_most=0), b.batch(2), b.leave("alone"))
    plan = b.plan()
    comers = [Come(at) for at in (0, 1, 1, 2, 3, 40, 60)] + [Come(at, (), 1) for at in (0, 0, 5)]
    return plan, sample_of(plan, comers)


def rebooking() -> Story:
    """An operation is cancelled and booked anew, three times at most; cleaning of the last time may still go on."""
    b = Builder()
    theatre, physical = b.resource("theatre", 1), b.resource("physical", 3)
    first = len(b.slots)
    cancelled, duration = b.choice(0.5, 0.5), b.drawn()
    for _ in range(2):  # the other rounds
        b.choice(0.5, 0.5)
        b.drawn()
    b.source(
        b.repeat(
            b.seize(physical, hold=1),
            b.seize(theatre),
            b.branch(
                (b.delay(duration),), (b.release(), b.aside(b.delay(7), b.release(1)), b.again()), choice=cancelled
            ),
            b.release(),
            b.release(1),
            b.leave(),
            at_most=3,
            exhausted=(b.mark("given up"),),
            first_slot=first,
            slots=2,
        ),
        b.leave("elsewhere"),
    )
    plan = b.plan()
    comers = [
        Come(0, (0, 5, 0, 0, 0, 0)),
        Come(0, (1, 9, 1, 9, 0, 3)),
        Come(1, (1, 9, 1, 9, 1, 9)),
        Come(6, (1, 0, 0, 2, 0, 0)),
    ]
    return plan, sample_of(plan, comers)


def state_of_now() -> Story:
    """The way depends on the clock, on what is free and on who queues; some wait for a time of the week."""
    b = Builder(horizon=30 * HOUR)
    room = b.resource("room", 2)
    b.source(
        b.branch(
            b.hold(room, 10),
            (b.delay(1), *b.hold(room, 4)),
            (b.until(6, 25 * HOUR), *b.hold(room, 1)),
            conditions=(Free(room, 1), Queue(room, 2)),
        ),
        b.branch((b.leave("by day"),), (b.leave("by night"),), conditions=(InWindow(((8, 14), (20, 21))),)),
    )
    plan = b.plan()
    return plan, sample_of(plan, [Come(at) for at in (0, 0, 0, 0, 1, 6, 7, 11, 12, 26 * HOUR)])


def which_bed() -> Story:
    """The way depends on which of several was granted, and on whether anything was."""
    b = Builder()
    medical, surgical, cleaner = b.resource("medical", 1), b.resource("surgical", 1), b.resource("cleaner", 1)
    b.source(
        b.seize((medical, surgical), patience=4),
        b.branch(
            (b.delay(10), b.release(), b.mark("medical")),
            (b.delay(6), b.aside(*b.hold(cleaner, 3, hold=1), b.release()), b.mark("surgical")),
            (b.mark("neither"),),
            conditions=(Holds(0, medical), Holds(0, surgical)),
        ),
        b.leave(),
    )
    plan = b.plan()
    return plan, sample_of(plan, [Come(at) for at in (0, 0, 1, 5, 6, 7, 11)])


STORIES: tuple[Callable[[], Story], ...] = (
    desk,
    alternatives,
    urgency,
    patience,
    shifts,
    preemption,
    tests_together,
    shuttle,
    rebooking,
    state_of_now,
    which_bed,
)
"""All of them, for tests that hold for every flow."""
