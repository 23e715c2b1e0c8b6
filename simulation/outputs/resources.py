"""Figures of resources and of the points where patients wait for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.engines.replication import MOST_LEVELS, Replication
from simulation.flow.plan import Plan
from simulation.flow.schema.durations import UNIT_S
from simulation.flow.schema.outputs import OccupancyOutput, OvertimeOutput, UtilisationOutput, WaitOutput
from simulation.outputs.quantile import quantile
from simulation.ticks import DAY, HOUR, TICKS_PER_S

NOTHING = float("nan")
HOURS_A_DAY = 24


def wait(output: WaitOutput, plan: Plan, replication: Replication) -> float:
    """Mean wait of the requests made at that point in the counted time and granted by the horizon, in its unit."""
    here = [number for number, step in enumerate(plan.waits) if plan.steps[step] == output.step]
    granted = int(replication.granted[here].sum())
    if not granted:
        return NOTHING
    return int(replication.waited[here].sum()) / granted / (TICKS_PER_S * UNIT_S[output.unit])


def occupancy(output: OccupancyOutput, plan: Plan, replication: Replication) -> float:
    """Units in use at that hour of the counted days.

    `mean` and `p90` over the days, in units. `days_over`: the share of days on which those in use and those waiting
    for one were together more than the capacity.

    Raises
    ------
    ValueError
        If the time of day is not on the hour.
    """
    hour, minute = (int(part) for part in output.at.split(":"))
    if minute:
        raise ValueError(f"output {output.id}: occupancy is known on the hour: {hour:02}:00, not {output.at}")
    number = resource_number(plan, output.resource)
    hours = np.arange(hour % HOURS_A_DAY, len(replication.hourly_used), HOURS_A_DAY)
    hours = hours[hours * HOUR >= plan.warm_up]
    if number is None or not len(hours):
        return NOTHING
    used = replication.hourly_used[hours, number]
    if output.statistic == "days_over":
        wanted = used + replication.hourly_queue[hours, number]
        return int(np.count_nonzero(wanted > replication.hourly_capacity[hours, number])) / len(hours)
    if output.statistic == "mean":
        return int(used.sum()) / len(hours)
    return quantile(used, 90)


def utilisation(output: UtilisationOutput, plan: Plan, replication: Replication) -> float:
    """Units in use within capacity ÷ capacity, over the counted time; use beyond capacity is overtime."""
    number = resource_number(plan, output.resource)
    if number is None or not replication.offered[number]:
        return NOTHING
    within = used_ticks(plan, replication)[number] - int(replication.over[number])
    return within / int(replication.offered[number])


def overtime(output: OvertimeOutput, plan: Plan, replication: Replication) -> float:
    """Hours of use beyond capacity over the counted days."""
    number = resource_number(plan, output.resource)
    if number is None:
        return NOTHING
    return int(replication.over[number]) / HOUR / ((plan.horizon - plan.warm_up) / DAY)


def used_ticks(plan: Plan, replication: Replication) -> list[int]:
    """Counted ticks × units in use, of each resource.

    Exact; but of a resource with more units than `level` has columns from what was in use on the hour.
    """
    units = np.arange(replication.level.shape[1], dtype=np.int64)
    exact: NDArray[np.int64] = replication.level @ units
    hourly = replication.hourly_used[-(-plan.warm_up // HOUR) :]
    return [
        int(exact[number])
        if resource.most <= MOST_LEVELS or not len(hourly)
        else int(hourly[:, number].sum()) * (plan.horizon - plan.warm_up) // len(hourly)
        for number, resource in enumerate(plan.resources)
    ]


def resource_number(plan: Plan, resource: str) -> int | None:
    """The number of a resource in the plan, None if the flow does not use it."""
    return next((number for number, one in enumerate(plan.resources) if one.id == resource), None)
