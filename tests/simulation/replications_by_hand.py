"""Replications made by hand for figures that can be worked out on paper."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from simulation.engines.replication import Replication, levels
from simulation.flow.plan import Attribute, Listed, Pathway, Plan, Resource, Seize, Source
from simulation.flow.schema.outputs import Output
from simulation.sampling import Sample
from simulation.ticks import DAY, HOUR

NEVER = -1
TRIAGED, SEEN, ON_WARD = 0, 1, 2


def plan(*, days: int = 3, warm_up: int = DAY, capacity: int = 4) -> Plan:
    """Two sources, triage, three marks, a bed and a scanner; the counted time is the second day and on."""
    steps = tuple(Seize(at=number, choices=(number,), hold=number, wait=number) for number in (0, 1))
    return Plan(
        flow="small",
        begins=dt.date(2027, 1, 6),  # a Wednesday
        warm_up=warm_up,
        horizon=days * DAY,
        resources=(
            Resource(id="bed", capacity=((0, capacity),), most=capacity),
            Resource(id="ct", capacity=((0, 1),), most=1),
        ),
        attributes=(Attribute(id="triage", values=("red", "green")),),
        marks=("triaged", "seen", "on_ward"),
        outcomes=("home", "left_unseen"),
        waits=(0, 1),
        steps=("ed/bed", "ed/ct", "ed/leave"),
        batches=0,
        pathways=(Pathway(id="ed", steps=steps, slots=(), holds=2),),
        sources=tuple(
            Source(id=name, arrivals=Listed(ticks=()), pathway=0, mixes=(((0.5, 1.0),),), given=(None,))
            for name in ("walk_in", "ambulance")
        ),
    )


def replication(
    of: Plan,
    *,
    arrival: list[int] = [],  # noqa: B006 (never changed)
    left: list[int] | None = None,
    outcome: list[int] | None = None,
    marked: dict[int, list[int]] | None = None,
    triage: list[int] | None = None,
    source: list[int] | None = None,
    **counts: Any,
) -> Replication:
    """A replication with these patients; who is not said to leave goes home after an hour, and counts are zero."""
    n, hours, resources, waits = len(arrival), -(-of.horizon // HOUR), len(of.resources), len(of.waits)
    left = [at + HOUR for at in arrival] if left is None else left
    zeros: dict[str, Any] = {
        "asked": np.zeros(waits, np.int64),
        "granted": np.zeros(waits, np.int64),
        "gave_up": np.zeros(waits, np.int64),
        "waited": np.zeros(waits, np.int64),
        "level": np.zeros((resources, levels(of)), np.int64),
        "over": np.zeros(resources, np.int64),
        "queued": np.zeros(resources, np.int64),
        "offered": np.zeros(resources, np.int64),
        "hourly_used": np.zeros((hours, resources), np.int32),
        "hourly_queue": np.zeros((hours, resources), np.int32),
        "hourly_capacity": np.full((hours, resources), 4, np.int32),
    }
    return Replication(
        sample=Sample(
            arrival=np.array(arrival, np.int64),
            source=np.array(source or [0] * n, np.int32),
            attributes=np.array([triage or [0] * n], np.int8),
            first_draw=np.zeros(n, np.int64),
            stride=np.zeros(n, np.int64),
            draws=np.zeros(0, np.int64),
        ),
        left_at=np.array(left, np.int64),
        outcome=np.array([0 if at >= 0 else -1 for at in left] if outcome is None else outcome, np.int16),
        marked=np.array([(marked or {}).get(number, [NEVER] * n) for number in range(3)], np.int64).reshape(3, n),
        **(zeros | {name: np.array(value, zeros[name].dtype) for name, value in counts.items()}),
    )


def output(**said: Any) -> Output:
    """An output as YAML says it."""
    made: Output = TypeAdapter(Output).validate_python({"id": "x", "name": {"da": "x", "en": "x"}} | said)
    return made
