"""Plans of which only the random part matters: sources, attributes and slots, all used one after the other."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

import numpy as np

from simulation.distributions import (
    Constant,
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    LogNormal,
    Normal,
    Shifted,
    Triangular,
    Uniform,
    Weibull,
)
from simulation.flow.plan import (
    Attribute,
    Branch,
    Delay,
    Drawn,
    Leave,
    Listed,
    Pathway,
    Plan,
    Slot,
    Source,
    Step,
    Stream,
)
from simulation.sampling import Sample
from simulation.ticks import DAY, Ticks

TRIAGE = Attribute(id="triage", values=("red", "yellow", "green"))
AGE = Attribute(id="age", values=("young", "old"))
ATTRIBUTES = (TRIAGE, AGE)
MIXES = (
    ((0.1, 0.4, 1.0),),  # 10 % red, 30 % yellow, 60 % green
    ((0.2, 1.0), (0.5, 1.0), (0.8, 1.0)),  # of red 20 % are young, of yellow 50 %, of green 80 %
)

LAB = Slot(name="ed/lab", durations=(LogNormal(3600.0, 1800.0),))
DOCTOR = Slot(name="ed/doctor", attribute=0, durations=(Exponential(2400.0), Gamma(1200.0, 600.0), Constant(600.0)))
SENT = Slot(name="ed/sent", cumulative=((0.25, 1.0),))
ADMITTED = Slot(name="ed/admitted", attribute=0, cumulative=((0.0, 0.1, 1.0), (0.3, 0.5, 1.0), (0.9, 1.0, 1.0)))
SLOTS = (LAB, DOCTOR, SENT, ADMITTED)
AGAIN = Slot(name="ed/again", durations=(Exponential(600.0),), rounds=3)


def source(
    name: str,
    arrivals: Stream | Listed,
    *,
    pathway: int = 0,
    mixes: tuple[tuple[tuple[float, ...], ...], ...] = MIXES,
) -> Source:
    return Source(id=name, arrivals=arrivals, pathway=pathway, mixes=mixes, given=(None, 0))


def steady(per_hour: float, days: int) -> Stream:
    return Stream(hourly=(per_hour,) * (24 * days))


def steps(slots: Sequence[Slot]) -> tuple[Step, ...]:
    """Everybody goes through all of them, one after the other."""
    made: list[Step] = []
    for number, slot in enumerate(slots):
        if slot.durations:
            made.append(Delay(at=number, span=Drawn(number)))
        else:
            made.append(Branch(at=number, arms=((),) * len(slot.cumulative[0]), choice=Drawn(number)))
    return (*made, Leave(at=len(made), outcome=0))


def plan(sources: Sequence[Source], slots: Sequence[Slot] = (LAB, DOCTOR, SENT, ADMITTED), days: int = 20) -> Plan:
    return Plan(
        flow="drawn",
        begins=dt.date(2027, 1, 4),
        warm_up=0,
        horizon=days * DAY,
        resources=(),
        attributes=ATTRIBUTES,
        marks=(),
        outcomes=("home",),
        waits=(),
        steps=(),
        batches=0,
        pathways=(Pathway(id="ed", steps=steps(slots), slots=tuple(slots), holds=0),),
        sources=tuple(sources),
    )


def ordinary(slots: Sequence[Slot] = (LAB, DOCTOR, SENT, ADMITTED), days: int = 20) -> Plan:
    """A walk-in stream, an ambulance stream and a daily list."""
    listed = Listed(ticks=tuple(day * DAY + DAY // 3 for day in range(days)), lateness=Exponential(900.0))
    return plan(
        [source("walk_in", steady(6.0, days)), source("ambulance", steady(2.5, days)), source("list", listed)],
        slots,
        days,
    )


def row(sample: Sample, slot: int, of_source: int | None = None) -> Ticks:
    """A row of draws by patient, in order of arrival."""
    who = slice(None) if of_source is None else np.flatnonzero(sample.source == of_source)
    drawn: Ticks = sample.draws[sample.first_draw[who] + slot * sample.stride[who]]
    return drawn


def everything(days: int = 20) -> Plan:
    """A plan with every way to draw."""
    drawn: list[Distribution] = [
        LogNormal(1200.0, 900.0),
        Gamma(60.0, 30.0),
        Gamma(60.0, 90.0),
        Weibull(60.0, 0.7),
        Normal(960.0, 180.0, 30.0),
        Triangular(60.0, 90.0, 300.0),
        Uniform(60.0, 90.0),
        Erlang(600.0, 3),
        Empirical((60.0, 90.0, 600.0), (1.0, 5.0, 2.0)),
        Shifted(Exponential(60.0), 30.0),
    ]
    return ordinary(
        [*SLOTS, AGAIN, AGAIN, *(Slot(name=f"x{i}", durations=(one,)) for i, one in enumerate(drawn))], days
    )


def digest(sample: Sample) -> str:
    """The hash of all that was drawn."""
    parts = (sample.arrival, sample.source, sample.attributes, sample.first_draw, sample.stride, sample.draws)
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
