"""Puts the page of a finished experiment together: which scenario, resource, time and output, and all that is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from api.planning import result_views as views
from api.planning.charts import share_bar
from api.planning.desk import Experiment, away, declared_of, question_of
from api.planning.findings import Hours, ResourceWeek, resource_week, waits_by_resource
from api.planning.voice import Planned, scenarios_of
from api.texts import N_
from simulation.experiment.outcome import Tables
from simulation.experiment.request import Request, Scenario, Target
from simulation.experiment.result import Result
from simulation.experiment.store import read_figures, read_tables
from simulation.flow.changes import changed
from simulation.flow.resolve import resolve
from simulation.flow.schema.durations import UNIT_S
from simulation.outputs import Bottlenecks, bottlenecks, times_of
from simulation.ticks import DAY
from site_models.errors import SiteErrors

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What a visitor chose to see: ids, empty for the first that is worth seeing."""

    scenario: str = ""
    resource: str = ""
    time: str = ""
    output: str = ""

    def kept(self) -> dict[str, str]:
        """What a link or form of the page carries on."""
        return {"scenario": self.scenario, "resource": self.resource, "time": self.time, "output": self.output}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of one scenario of an experiment."""

    tables: Tables
    figures: Mapping[str, Sequence[float | None]]
    waiting: Bottlenecks | None = None
    weeks: dict[str, ResourceWeek] = field(default_factory=dict)


async def result_values(v: Planned, experiment: Experiment, result: Result, pick: Pick) -> Values:
    """Everything that the page shows of a result."""
    request = experiment.request
    scenarios = {item.id: item for item in scenarios_of(request)}
    found = {item.id: item for item in result.scenarios}
    basis = next(iter(found), "")
    chosen = pick.scenario if pick.scenario in found else next(reversed(found), "")
    values: Values = {
        "chosen": chosen if len(found) > 1 else "",
        "scenarios": [{"id": id, "name": _label(v, scenarios, id)} for id in found],
        "scenario_name": _label(v, scenarios, chosen),
        "basis_name": _label(v, scenarios, basis),
        "picked": pick.kept(),
        "headlines": [],
        "differences": [],
        "sizing": _sizing(v, result),
        "facts": _facts(v, request, result),
        "changes": _changes(v, scenarios.get(chosen)),
    }
    if chosen not in found:
        return values
    targets = {figure.output: figure.target for figure in found[chosen].figures if figure.target is not None}
    compared = chosen if chosen != basis else next((id for id in found if id != basis), "")
    differences = [item for item in result.differences if item.scenario == compared]
    shown = [found[basis], found[chosen]] if chosen != basis else [found[chosen]]
    seen = [(_label(v, scenarios, item.id), await away(_see, experiment.folder, item.id, item.key)) for item in shown]
    told = _clear_first(views.compared(v, differences, targets))
    heads = _by_verdict(views.headlines(v, found[chosen]))
    first = told[0].output if told else heads[0].output if heads else ""
    pick = replace(pick, output=pick.output or first)
    return {
        **values,
        "headlines": heads,
        "differences": told,
        **_resource_values(v, seen, pick),
        **_time_values(v, request, seen, pick),
        **_spread_values(v, request, seen, pick, targets),
    }


@lru_cache(maxsize=32)
def _see(folder: Path, scenario: str, key: str) -> Seen:
    """Read the tables of a scenario. Results never change, so what was read is kept."""
    tables, request = read_tables(folder, key), question_of(folder)
    resources = [name.removeprefix("used/") for name in tables if name.startswith("used/")]
    return Seen(
        tables=tables,
        figures=read_figures(folder, key),
        waiting=_bottlenecks(folder, request, scenario, tables),
        weeks={id: week for id in resources if (week := resource_week(tables, id)) is not None},
    )


def _bottlenecks(folder: Path, request: Request, scenario: str, tables: Tables) -> Bottlenecks | None:
    declared = declared_of(folder)
    if declared is None or "waits" not in tables:
        return None
    changes = next((item.changes for item in scenarios_of(request) if item.id == scenario), {})
    try:
        after = changed(declared, changes) if changes else declared
    except SiteErrors:
        return None
    plan = resolve(
        after,
        request.flow,
        warm_up=None if request.warm_up_d is None else request.warm_up_d * DAY,
        runs=None if request.runs_d is None else request.runs_d * DAY,
    )
    return bottlenecks(plan, tables)


def _resource_values(v: Planned, seen: Sequence[tuple[str, Seen]], pick: Pick) -> Values:
    mine = seen[-1][1]
    if mine.waiting is None or not mine.weeks:
        return {}
    waits = waits_by_resource(mine.waiting)
    used = {load.resource: load.utilisation for load in mine.waiting.loads if load.utilisation is not None}
    shown = [id for id in mine.weeks if not id.endswith(".physical")]
    busiest = next((item.resource for item in waits if item.resource in mine.weeks), shown[0] if shown else "")
    resource = pick.resource if pick.resource in mine.weeks else busiest
    weeks = [(label, item.weeks[resource]) for label, item in seen if resource in item.weeks]
    return {
        "bottleneck": views.bottleneck_sentences(v, waits, mine.weeks, used),
        "waits": views.wait_lines(v, waits),
        "resource": resource,
        "resources": sorted(
            ({"id": id, "name": v.name("resources", id)} for id in shown), key=lambda item: item["name"].casefold()
        ),
        "occupancy": views.occupancy_chart(v, resource, weeks),
        "queue": views.queue_chart(v, resource, weeks),
        "loads": _loads(v, mine.waiting),
    }


def _loads(v: Planned, found: Bottlenecks) -> list[Values]:
    told = [load for load in found.loads if not load.resource.endswith(".physical")]
    told.sort(key=lambda load: (-(load.utilisation or 0.0), load.resource))
    return [
        {
            "resource": load.resource,
            "name": v.name("resources", load.resource),
            "share": v.amount(load.utilisation, "share"),
            "bar": share_bar(load.utilisation or 0.0),
            "overtime": v.plain(load.overtime_h_per_day, 1) if load.overtime_h_per_day >= 0.05 else "–",
        }
        for load in told
    ]


def _time_values(v: Planned, request: Request, seen: Sequence[tuple[str, Seen]], pick: Pick) -> Values:
    known = [item for item in v.model.outputs_of(request.flow) if f"times/{item['id']}" in seen[-1][1].tables]
    if not known:
        return {}
    ids = [str(item["id"]) for item in known]
    time = pick.time if pick.time in ids else ids[0]
    unit = str(v.model.item("outputs", time).get("unit", "min"))
    weeks = [(label, _times(item.tables, time, UNIT_S[unit])) for label, item in seen]
    return {
        "time": time,
        "times": [{"id": str(item["id"]), "name": v.named(item)} for item in known],
        "waiting": views.waiting_chart(v, time, weeks),
        "waiting_unit": v.say(
            N_("In {unit}, by the hour at which it begins; half of the patients stay under the line."),
            unit=_unit_word(v, unit),
        ),
    }


def _unit_word(v: Planned, unit: str) -> str:
    names = {"s": N_("seconds"), "min": N_("minutes"), "h": N_("hours"), "d": N_("days")}
    return v.say(names[unit])


def _times(tables: Tables, output: str, unit_s: float) -> Hours:
    found = times_of(tables, output)

    def row(values: Sequence[float | None]) -> tuple[float, ...]:
        return tuple(math.nan if value is None else value / unit_s for value in values)

    return Hours(p10=row(found.p10_s), p50=row(found.p50_s), p90=row(found.p90_s), mean=row(found.p50_s))


def _spread_values(
    v: Planned, request: Request, seen: Sequence[tuple[str, Seen]], pick: Pick, targets: Mapping[str, Target]
) -> Values:
    outputs = [item for item in v.model.outputs_of(request.flow) if str(item["id"]) in seen[-1][1].figures]
    if not outputs:
        return {}
    ids = [str(item["id"]) for item in outputs]
    output = pick.output if pick.output in ids else ids[0]
    groups = [
        (label, [math.nan if value is None else value for value in item.figures.get(output, ())])
        for label, item in seen
    ]
    return {
        "output": output,
        "outputs": [{"id": str(item["id"]), "name": v.named(item)} for item in outputs],
        "spread": views.histogram_of(v, output, groups, targets.get(output)),
    }


def _label(v: Planned, scenarios: Mapping[str, Scenario], id: str) -> str:
    return v.scenario(scenarios[id]) if id in scenarios else id


def _changes(v: Planned, scenario: Scenario | None) -> list[Values]:
    if scenario is None:
        return []
    return [
        {"name": v.figure(path), "was": v.written(v.model.value_at(path)), "becomes": v.change(change)}
        for path, change in scenario.changes.items()
    ]


def _sizing(v: Planned, result: Result) -> list[Values]:
    if result.sizing is None or result.sizing.answer is None:
        return []
    pairs = zip(result.sizing.paths, result.sizing.answer.capacities, strict=True)
    return [{"name": v.figure(path, short=True), "amount": v.written(units)} for path, units in pairs]


def _facts(v: Planned, request: Request, result: Result) -> list[tuple[str, str]]:
    engines = {"compiled": N_("compiled"), "reference": N_("reference (SimPy)")}
    each = result.scenarios[-1].replications if result.scenarios else result.replications
    facts = [
        (v.say(N_("Replications of each scenario")), v.written(each)),
        (v.say(N_("Seed")), v.written(request.seed)),
        (v.say(N_("Engine")), v.say(engines.get(result.engine, result.engine))),
        (v.say(N_("Worked for")), v.phrases.span(result.spent_s)),
    ]
    if request.precision:
        word = N_("yes") if result.reached else N_("no, the greatest number of replications came first")
        facts.append((v.say(N_("Precision reached")), v.say(word)))
    return facts


def _by_verdict(lines: Sequence[views.Headline]) -> list[views.Headline]:
    """Targets that are missed first, then those too close to tell, those met, and what has no target."""
    order = {"late": 0, "soon": 1, "ok": 2}
    return sorted(lines, key=lambda line: order.get(line.verdict.tone, 3) if line.target else 3)


def _clear_first(lines: Sequence[views.Compared]) -> list[views.Compared]:
    return sorted(lines, key=lambda line: line.word.tone == "quiet")


def precision_rows(v: Planned, request: Request, reached: Mapping[str, float | None]) -> list[Values]:
    """How certain the outputs are so far, beside what was asked for."""
    return [
        {
            "name": v.name("outputs", id),
            "now": v.half(reached.get(id), v.kind(id)),
            "wanted": v.half(wanted, v.kind(id)),
        }
        for id, wanted in request.precision.items()
    ]
