"""Declared flows as the model of an experiment: changed, resolved, sampled, run by an engine, measured."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from simulation.engines.choose import engine_for
from simulation.engines.replication import Replication
from simulation.experiment.address import as_written
from simulation.experiment.outcome import Case, Outcome, Simulate, Tables
from simulation.experiment.request import Engine, Request, Swing, Target
from simulation.flow.changes import changed, value_at
from simulation.flow.declared import Declared
from simulation.flow.load import declare_tree, load_flows
from simulation.flow.plan import Plan
from simulation.flow.resolve import resolve
from simulation.flow.schema.durations import UNIT_S
from simulation.flow.schema.outputs import Output, TimeOutput, WaitOutput
from simulation.outputs import PatientFigures, measure, weekly_tables
from simulation.sampling import draw_sample
from simulation.ticks import DAY

FEW = 10
"""A tenth of fewer units than this is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    """What a worker needs of a case. `days`: its counts are of days, for the warm-up, and not of the week."""

    plan: Plan
    outputs: tuple[Output, ...]
    engine: Engine
    days: bool


@dataclass(frozen=True, slots=True)
class Hospital:
    """The flows of a site."""

    def read(self, site: str) -> dict[str, Any]:
        """The declared tree of a site."""
        return load_flows(site).tree

    def flows(self, tree: dict[str, Any]) -> tuple[str, ...]:
        """Ids of the flows."""
        return _declared(as_written(tree)).flow_ids

    def swings(self, tree: dict[str, Any], flow: str) -> tuple[Swing, ...]:
        """The flow's dials: small counts by one, all others by a tenth."""
        declared = _declared(as_written(tree))
        return tuple(_swing(path, value_at(declared, path)) for path in declared.flows[flow].dials)

    def case(self, request: Request, changes: Mapping[str, Any]) -> Case:
        """The changed flow, resolved."""
        basis = _declared(as_written(request.model))
        declared = changed(basis, changes) if changes else basis
        days = request.kind == "warm_up"
        plan = resolve(
            declared,
            request.flow,
            warm_up=0 if days else _ticks(request.warm_up_d),
            runs=_ticks(request.runs_d),
        )
        outputs = declared.outputs_of(request.flow)
        payload = _Payload(plan=plan, outputs=outputs, engine=request.engine, days=days)
        return Case(
            payload=pickle.dumps(payload),
            outputs=tuple(output.id for output in outputs),
            targets={output.id: target for output in outputs if (target := _target(output)) is not None},
            warm_up_d=_warm_up_d(declared, request),
            engine=engine_for(plan, request.engine)[1],
        )

    def simulate(self, payload: bytes, *, tables: bool) -> Simulate:
        """Sample, run and measure."""
        case: _Payload = pickle.loads(payload)  # noqa: S301  (made by `case`, never read from a disk)
        engine, _ = engine_for(case.plan, case.engine)

        def simulate(seed: int, replication: int) -> Outcome:
            ran = engine(draw_sample(case.plan, seed, replication))
            patients = PatientFigures(case.plan, ran)
            counts: Tables = {}
            if tables:
                counts = _daily(case.plan, ran) if case.days else weekly_tables(case.plan, ran, case.outputs, patients)
            return Outcome(figures=measure(case.outputs, case.plan, ran, patients), tables=counts)

        return simulate


HOSPITAL = Hospital()


@lru_cache(maxsize=2)
def _declared(tree: bytes) -> Declared:
    """The declared flows of a tree; checked once, not once a scenario."""
    return declare_tree(msgspec.json.decode(tree))


def _daily(plan: Plan, ran: Replication) -> Tables:
    """Sums over the hours of each day: units in use and requests waiting, for each resource."""
    days = len(ran.hourly_used) // 24
    out: Tables = {}
    for kind, hourly in (("used", ran.hourly_used), ("queue", ran.hourly_queue)):
        daily = hourly[: days * 24].reshape(days, 24, -1).sum(axis=1, dtype=np.int64)
        out |= {f"{kind}/{resource.id}": daily[:, place] for place, resource in enumerate(plan.resources)}
    return out


def _target(output: Output) -> Target | None:
    """The declared target, in the unit of the output's figures."""
    if output.target is None:
        return None
    unit = UNIT_S[output.unit] if isinstance(output, TimeOutput | WaitOutput) and output.is_time else 1.0
    most, least = output.target.at_most, output.target.at_least
    return Target(at_most=most.value / unit if most else None, at_least=least.value / unit if least else None)


def _swing(path: str, value: object) -> Swing:
    if str(value).isdecimal() and int(str(value)) < FEW:
        return Swing(path=path, low={"plus": -1}, high={"plus": 1})
    return Swing(path=path, low={"times": 0.9}, high={"times": 1.1})


def _ticks(days: int | None) -> int | None:
    return None if days is None else days * DAY


def _warm_up_d(declared: Declared, request: Request) -> int:
    return request.warm_up_d if request.warm_up_d is not None else round(declared.flows[request.flow].warm_up / 86_400)
