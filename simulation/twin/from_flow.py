"""Demand from a simulated flow: patients who ask for a porter there are transports that the twin has to carry."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from simulation.engines.reference import events
from simulation.engines.replication import Kind, Log
from simulation.flow.changes import changed
from simulation.flow.load import declare_tree
from simulation.flow.plan import Plan
from simulation.flow.resolve import resolve
from simulation.sampling import draw_sample
from simulation.ticks import DAY, TICKS_PER_S, Ticks
from site_models.schema import Site

WEEK_D = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDemand:
    """A flow, and which of its requests are whose orders.

    `taken` pairs patterns of steps (`<pathway>/<step>`, `*` for anything) with demands of the site: each request at
    such a step is an order of that demand, between its stations and of its mixture, at the instant of the request.
    """

    plan: Plan
    taken: tuple[tuple[str, str], ...]


def flow_demand(asked: Mapping[str, Any], site: Site, hours: float) -> FlowDemand:
    """The flow of a question (`model`, `flow`, `changes`, `warm_up_d`, `taken`), resolved for so many hours.

    Raises
    ------
    ValueError
        A pattern that no step at which patients wait fits, or a demand that the site does not have; all of them.
    """
    declared = declare_tree(asked["model"])
    if asked["changes"]:
        declared = changed(declared, asked["changes"])
    warm_up_d = asked["warm_up_d"]
    plan = resolve(
        declared,
        asked["flow"],
        warm_up=None if warm_up_d is None else warm_up_d * DAY,
        runs=(WEEK_D + math.ceil(hours / 24)) * DAY,
    )
    taken = tuple(asked["taken"].items())
    waiting = sorted({plan.steps[step] for step in plan.waits})
    demands = sorted(demand.id for demand in site.demand)
    problems = [
        f"no step of the flow {plan.flow} at which patients wait fits {pattern!r}: use {', '.join(waiting)}."
        for pattern, _ in taken
        if not any(fnmatchcase(step, pattern) for step in waiting)
    ]
    problems += [
        f"the site has no demand {demand!r}: use {', '.join(demands)}." for _, demand in taken if demand not in demands
    ]
    if problems:
        raise ValueError("The flow's demand: " + " ".join(problems))
    return FlowDemand(plan=plan, taken=taken)


def instants_of(flow: FlowDemand, date: dt.date, zone: ZoneInfo, seed: int, replication: int) -> dict[str, list[int]]:
    """For each demand that the flow makes the instants of its orders, ms UTC, sorted.

    The first day after the warm-up that is the same day of the week is the date; a simulated day has 24 hours.
    """
    plan = flow.plan
    first_d = math.ceil(plan.warm_up / DAY)
    first_d += (date.weekday() - plan.first_weekday - first_d) % WEEK_D
    log = events(plan, draw_sample(plan, seed, replication))
    midnight_ms = round(dt.datetime.combine(date, dt.time(), zone).timestamp() * 1000)
    found: dict[str, list[int]] = {demand: [] for _, demand in flow.taken}
    for pattern, demand in flow.taken:
        ticks = _requested(plan, log, pattern)
        ticks = ticks[ticks >= first_d * DAY] - first_d * DAY
        found[demand] += [midnight_ms + int(tick) * 1000 // TICKS_PER_S for tick in ticks]
    return {demand: sorted(instants_ms) for demand, instants_ms in found.items()}


def _requested(plan: Plan, log: Log, pattern: str) -> Ticks:
    """When patients asked at the steps that fit."""
    fits = np.array([fnmatchcase(step, pattern) for step in plan.steps], dtype=np.bool_)
    rows = log.kind == Kind.REQUEST
    rows[rows] = fits[log.step[rows]]
    asked: Ticks = log.at[rows]
    return asked
