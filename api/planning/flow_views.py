"""A flow as its page shows it: resources with their capacity, outputs with their targets, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.planning import words
from api.planning.model import Item, kind_of
from api.planning.voice import Planned, brief
from api.texts import N_
from simulation.flow.schema.durations import UNIT_S, duration_s

EVERY_DAY = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a list: what, how much, and who says so; `path` is the figure behind it when there is just one."""

    id: str
    name: str
    amount: str
    source: str
    small: str = ""


def resource_groups(v: Planned, flow: str) -> list[tuple[str, list[Line]]]:
    """The resources of a flow by kind."""
    used = v.model.resources_of(flow)
    groups = []
    for kind, word in words.RESOURCE_KINDS.items():
        lines = [_resource(v, item) for item in used if item.get("kind") == kind]
        if lines:
            groups.append((v.say(word), lines))
    return groups


def _resource(v: Planned, item: Item) -> Line:
    amount, small = _capacity(v, item)
    return Line(id=str(item["id"]), name=v.named(item), amount=amount, small=small, source=str(item.get("source", "")))


def _capacity(v: Planned, item: Item) -> tuple[str, str]:
    if item.get("shifts"):
        told = ", ".join(f"{_window(v, shift)}: {v.written(shift['count'])}" for shift in item["shifts"])
        most = max(shift["count"] for shift in item["shifts"])
        amount = v.say(N_("up to {n}"), n=v.written(most))
    elif "staffed" in item:
        told = ""
        amount = v.written(item["staffed"])
    else:
        told, amount = "", v.written(item.get("count"))
    if "physical" in item:
        beds = v.say(N_("{n} physical beds"), n=v.written(item["physical"]))
        told = f"{told} · {beds}" if told else beds
    return amount, told


def _window(v: Planned, shift: Item) -> str:
    window = brief(str(shift["window"]))
    days = shift.get("days")
    if not days or len(days) == EVERY_DAY:
        return window
    names = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), v.weekdays(), strict=True))
    return f"{' '.join(names.get(day, day).lower() for day in days)} {window}"


def arrival_lines(v: Planned, flow: str) -> list[Line]:
    """Who arrives in a flow, and how many."""
    found = []
    for id in v.model.flow(flow).get("arrivals", ()):
        item = v.model.item("arrivals", id)
        found.append(Line(id=id, name=v.named(item), amount=_arrivals(v, item), source=str(item.get("source", ""))))
    return found


def _arrivals(v: Planned, item: Item) -> str:
    if item.get("enabled") is False:
        return v.say(N_("only in scenarios"))
    if "per_day" in item:
        return v.say(N_("{n} a day"), n=v.written(item["per_day"]))
    if isinstance(item.get("surge"), Mapping):
        return v.say(N_("{n} at once"), n=v.written(item["surge"].get("count")))
    if "schedule" in item:
        return v.say(N_("by list"))
    return v.say(N_("from a log")) if "log" in item else ""


def output_lines(v: Planned, flow: str) -> list[Line]:
    """What is measured in a flow, with its target."""
    return [
        Line(
            id=str(item["id"]),
            name=v.named(item),
            amount=declared_target(v, item),
            small=_measured(v, item),
            source=str(item.get("source", "")),
        )
        for item in v.model.outputs_of(flow)
    ]


def _measured(v: Planned, item: Item) -> str:
    statistic = {
        "mean": N_("mean"),
        "p50": N_("half are under"),
        "p90": N_("nine of ten are under"),
        "p95": N_("95 of 100 are under"),
        "share_within": N_("share within {limit}"),
        "share": N_("share of patients"),
        "days_over": N_("share of days above capacity"),
        "hours_per_day": N_("hours a day"),
        "per_day": N_("a day"),
    }.get(str(item.get("statistic", "")), "")
    if item.get("measure") == "utilisation":
        return v.say(N_("used of what there is"))
    if item.get("measure") == "overtime":
        return v.say(N_("hours a day"))
    return v.say(statistic, limit=v.written(item.get("limit", ""))) if statistic else ""


def declared_target(v: Planned, item: Item) -> str:
    """The target of an output as it is declared."""
    target = item.get("target")
    if not isinstance(target, Mapping):
        return ""
    said = {"at_most": N_("at most {figure}"), "at_least": N_("at least {figure}")}
    kind = kind_of(item)
    parts = []
    for bound, sentence in said.items():
        if bound in target:
            value = target[bound]
            share = kind == "share" and isinstance(value, int | float)
            figure = f"{v.written(round(100 * value, 4))} %" if share else v.written(value)
            parts.append(v.say(sentence, figure=figure))
    return ", ".join(parts)


def days_of(item: Item, key: str) -> int:
    """A length of the flow in whole days."""
    written = item.get(key, 0)
    found = duration_s(written) if isinstance(written, str) else float(written or 0)
    return round((found or 0.0) / UNIT_S["d"])
