"""Where patients wait most, and whether the units they wait for are busy: read from merged tables."""

from __future__ import annotations

from dataclasses import dataclass

from simulation.engines.from_log import steps_of
from simulation.flow.plan import Plan, Seize
from simulation.outputs.weekly import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A point at which patients wait; figures are means over the replications' counted time.

    `resources` are those that may be granted there. `waited_h_per_day` is what all patients together wait in a day,
    of those granted. `mean_wait_s` is None if nobody was granted.
    """

    step: str
    resources: tuple[str, ...]
    requests_per_day: float
    gave_up_per_day: float
    mean_wait_s: float | None
    waited_h_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A resource: the share of its capacity that was in use, who waited for it, and its overtime.

    `utilisation` is None if it had no capacity. `mean_queue` is the mean number of requests waiting; a request that
    would take any of several resources stands in the queue of each.
    """

    resource: str
    utilisation: float | None
    mean_in_use: float
    mean_queue: float
    overtime_h_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottlenecks:
    """Waiting points by the hours waited in a day, most first; resources by the mean queue, longest first."""

    waiting: tuple[Waiting, ...]
    loads: tuple[Load, ...]


def bottlenecks(plan: Plan, tables: Tables) -> Bottlenecks:
    """What the merged tables (`weekly_tables`) of a plan say about waiting."""
    seconds = int(tables["counted"][1])
    days = seconds / 86_400
    choices = _choices(plan)
    waiting = [
        Waiting(
            step=plan.steps[step],
            resources=tuple(plan.resources[choice].id for choice in choices.get(number, ())),
            requests_per_day=asked / days,
            gave_up_per_day=gave_up / days,
            mean_wait_s=waited_s / granted if granted else None,
            waited_h_per_day=waited_s / 3600 / days,
        )
        for number, (step, (asked, granted, gave_up, waited_s)) in enumerate(
            zip(plan.waits, tables["waits"].tolist(), strict=True)
        )
    ]
    loads = [
        Load(
            resource=resource.id,
            utilisation=(used_s - over_s) / offered_s if offered_s else None,
            mean_in_use=used_s / seconds,
            mean_queue=queued_s / seconds,
            overtime_h_per_day=over_s / 3600 / days,
        )
        for resource, (used_s, over_s, offered_s, queued_s) in zip(
            plan.resources, tables["resources"].tolist(), strict=True
        )
    ]
    return Bottlenecks(
        waiting=tuple(sorted(waiting, key=lambda point: (-point.waited_h_per_day, point.step))),
        loads=tuple(sorted(loads, key=lambda load: (-load.mean_queue, load.resource))),
    )


def _choices(plan: Plan) -> dict[int, tuple[int, ...]]:
    """The resources of each waiting point."""
    steps = (step for pathway in plan.pathways for step in steps_of(pathway.steps))
    return {step.wait: step.choices for step in steps if isinstance(step, Seize)}
