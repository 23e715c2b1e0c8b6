"""What an experiment found as its page shows it: headline figures, differences, the week, waiting and histograms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.planning import words
from api.planning.charts import Bars, Curve, histogram, interval, scale_to, share_bar, week_chart
from api.planning.findings import Hours, ResourceWeek, Waits, by_day, classes_of
from api.planning.voice import Planned, inline
from api.texts import N_
from api.words import Word
from simulation.experiment.request import Target
from simulation.experiment.result import Difference, Figure, ScenarioResult

STYLES = ("a", "b")
MEAN = N_("mean")
ROOM = 1.02
"""So much higher than its greatest value is an axis, so that a line at the top is seen."""
SMALL_WAIT_H = 0.05
"""Hours waited a day, of all patients together, that are not worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """An output of one scenario."""

    output: str
    name: str
    unit: str
    mean: str
    half: str
    p50: str
    p90: str
    target: str
    verdict: Word


def headlines(v: Planned, scenario: ScenarioResult) -> list[Headline]:
    """The headline table of a scenario."""
    return [_headline(v, figure) for figure in scenario.figures]


def _headline(v: Planned, figure: Figure) -> Headline:
    kind = v.kind(figure.output)
    return Headline(
        output=figure.output,
        name=v.name("outputs", figure.output),
        unit="" if kind == "share" else v.unit(kind),
        mean=v.amount(figure.mean, kind),
        half=v.half(figure.half_width, kind),
        p50=v.amount(figure.p50, kind),
        p90=v.amount(figure.p90, kind),
        target=v.target(figure.target, kind),
        verdict=v.verdict(figure),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An output of a scenario beside that of the basis."""

    output: str
    name: str
    unit: str
    basis: str
    mean: str
    difference: str
    half: str
    word: Word
    drawing: Markup


def compared(v: Planned, differences: Sequence[Difference], targets: dict[str, Target]) -> list[Compared]:
    """The paired differences of one scenario."""
    return [_compared(v, item, targets.get(item.output)) for item in differences]


def _compared(v: Planned, item: Difference, target: Target | None) -> Compared:
    kind = v.kind(item.output)
    word = _judged(item, target)
    value, half = item.difference or 0.0, item.half_width or 0.0
    reach = max(abs(value) + half, 0.25 * abs(item.basis_mean or 0.0))
    difference, half_width = v.difference(item.difference, item.half_width, kind)
    return Compared(
        output=item.output,
        name=v.name("outputs", item.output),
        unit=v.difference_unit(kind),
        basis=v.full(item.basis_mean, kind),
        mean=v.full(item.mean, kind),
        difference=difference,
        half=half_width,
        word=word,
        drawing=interval(value - half, value, value + half, reach, word.tone),
    )


def _judged(item: Difference, target: Target | None) -> Word:
    """Better or worse where a target says which way is good; else higher or lower."""
    if not item.clear or item.difference is None:
        return words.SAME
    up = item.difference > 0
    if target is None or (target.at_most is not None and target.at_least is not None):
        return words.HIGHER if up else words.LOWER
    good = up if target.at_least is not None else not up
    return words.BETTER if good else words.WORSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing with its legend and the rows of its table, hour by weekday."""

    title: str
    drawing: Markup
    legend: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]


def occupancy_chart(v: Planned, resource: str, weeks: Sequence[tuple[str, ResourceWeek]]) -> Chart:
    """Units in use over the week, with what there is."""
    name = v.name("resources", resource)
    beds = v.model.item("resources", resource.removesuffix(".physical")).get("kind") == "bed"
    title = v.say(N_("Occupancy over the week: {name}") if beds else N_("In use over the week: {name}"), name=name)
    most = ROOM * max(max(*week.capacity, week.used.most) for _, week in weeks)
    limit = Curve(name="", style="limit", middle=weeks[-1][1].capacity)
    limit_word = N_("staffed beds") if beds else N_("capacity")
    drawn = _week_chart(v, title, [(label, week.used) for label, week in weeks], most, limit)
    return Chart(
        title=title,
        drawing=drawn.drawing,
        legend=(*drawn.legend, ("limit", v.say(limit_word))),
        rows=drawn.rows,
    )


def queue_chart(v: Planned, resource: str, weeks: Sequence[tuple[str, ResourceWeek]]) -> Chart:
    """How many wait for a resource over the week."""
    title = v.say(N_("Waiting in line over the week: {name}"), name=v.name("resources", resource))
    most = max(week.queue.most for _, week in weeks)
    return _week_chart(v, title, [(label, week.queue) for label, week in weeks], max(most, 1.0), None)


def waiting_chart(v: Planned, output: str, weeks: Sequence[tuple[str, Hours]]) -> Chart:
    """A time of patients by the hour of the week at which it begins."""
    title = v.say(N_("By hour of the week: {name}"), name=v.name("outputs", output))
    most = max(week.most for _, week in weeks)
    return _week_chart(v, title, list(weeks), most, None, N_("half are under"))


def _week_chart(
    v: Planned, title: str, weeks: Sequence[tuple[str, Hours]], most: float, limit: Curve | None, middle: str = MEAN
) -> Chart:
    scale = scale_to(most)
    last = len(weeks) - 1
    curves = [week.curve(label, STYLES[number], band=number == last) for number, (label, week) in enumerate(weeks)]
    drawing = week_chart(title, curves, v.weekdays(), v.ticks(scale), scale, limit)
    if len(weeks) == 1:
        legend: tuple[tuple[str, str], ...] = (
            ("line a", v.say(middle)),
            ("band a", v.say(N_("eight of ten such hours (p10–p90)"))),
        )
    else:
        band = v.say(N_("eight of ten such hours (p10–p90)"))
        legend = (*((f"line {curve.style}", curve.name) for curve in curves), (f"band {curves[-1].style}", band))
    decimals = 0 if scale.top >= 100 else 1
    cells = [_cell(v, [week for _, week in weeks], hour, decimals) for hour in range(len(weeks[0][1].mean))]
    return Chart(title=title, drawing=drawing, legend=legend, rows=tuple(tuple(row) for row in by_day(cells)))


def _cell(v: Planned, weeks: Sequence[Hours], hour: int, decimals: int) -> str:
    if math.isnan(weeks[0].mean[hour]):
        return "–"
    if len(weeks) == 1:
        week = weeks[0]
        band = f"{v.plain(week.p10[hour], 0)}–{v.plain(week.p90[hour], 0)}"
        return f"{v.plain(week.mean[hour], decimals)} ({band})"
    return " / ".join(
        v.plain(week.mean[hour], decimals) if week.mean[hour] == week.mean[hour] else "–" for week in weeks
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitLine:
    """The waiting for one resource beside all waiting."""

    resource: str
    name: str
    share: str
    hours: str
    mean: str
    gave_up: str
    bar: Markup


def wait_lines(v: Planned, waits: Sequence[Waits]) -> list[WaitLine]:
    """The waiting by resource, as a table with bars."""
    return [
        WaitLine(
            resource=item.resource,
            name=v.name("resources", item.resource),
            share=v.amount(item.share, "share"),
            hours=v.plain(item.hours_per_day, 1),
            mean="–" if item.mean_s is None else v.phrases.span(item.mean_s),
            gave_up=v.plain(item.gave_up_per_day, 1) if item.gave_up_per_day else "–",
            bar=share_bar(item.share),
        )
        for item in waits
        if item.hours_per_day > SMALL_WAIT_H
    ]


def bottleneck_sentences(
    v: Planned, waits: Sequence[Waits], weeks: dict[str, ResourceWeek], used: dict[str, float]
) -> list[str]:
    """The bottleneck in words: where patients wait most, how busy it is, when, and what comes next."""
    told = [item for item in waits if item.hours_per_day > SMALL_WAIT_H]
    if not told:
        return [v.say(N_("Nobody waits worth mentioning: what there is suffices throughout."))]
    first = told[0]
    name = v.name("resources", first.resource)
    said = [
        v.say(
            N_("Waiting for {name} is {share} of all waiting: {hours} patient hours a day, {mean} each time."),
            name=inline(name),
            share=v.phrases.percent(first.share),
            hours=v.plain(first.hours_per_day, 1),
            mean="–" if first.mean_s is None else v.phrases.span(first.mean_s),
        )
    ]
    if first.resource in used:
        said.append(_busy(v, name, used[first.resource]))
    if first.resource in weeks and weeks[first.resource].queue.most > 0:
        queue = weeks[first.resource].queue
        hour = max(range(len(queue.mean)), key=lambda at: queue.mean[at])
        said.append(
            v.say(
                N_("The line is longest on {day} around {hour}, with {n} waiting on average."),
                day=v.say(words.DAYS[hour // 24]),
                hour=f"{hour % 24:02d}",
                n=v.plain(queue.mean[hour], 1),
            )
        )
    if len(told) > 1:
        said.append(
            v.say(
                N_("Next comes {name} with {share}."),
                name=inline(v.name("resources", told[1].resource)),
                share=v.phrases.percent(told[1].share),
            )
        )
    return said


def _busy(v: Planned, name: str, share: float) -> str:
    figure = v.phrases.percent(share)
    if share >= 0.85:
        return v.say(
            N_("{name} is in use {share} of the time: there is hardly room for more."), name=name, share=figure
        )
    if share >= 0.6:
        return v.say(
            N_("{name} is in use {share} of the time: it is the peaks that give waiting."), name=name, share=figure
        )
    return v.say(
        N_("{name} is in use only {share} of the time: it is when it is there, not how much, that gives waiting."),
        name=name,
        share=figure,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """The figures of an output over the replications."""

    title: str
    drawing: Markup
    legend: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]


def histogram_of(
    v: Planned, output: str, groups: Sequence[tuple[str, Sequence[float]]], target: Target | None
) -> Histogram | None:
    """How the replications spread in one output; None when nothing was measured."""
    kind = v.kind(output)
    factor = 100.0 if kind == "share" else 1.0
    found = classes_of([[factor * value for value in values] for _, values in groups])
    if found is None:
        return None
    number = len(found.counts[0])
    decimals = next((k for k in range(5) if abs(found.width * 10**k - round(found.width * 10**k)) < 1e-6), 5)
    edges = [found.low + found.width * at for at in range(number + 1)]
    written = [v.plain(edge, decimals) for edge in edges]
    every = max(1, math.ceil(number / 6))
    shown = [text if at % every == 0 else "" for at, text in enumerate(written)]
    scale = scale_to(max(max(row) for row in found.counts))
    title = v.say(N_("How the replications spread: {name}"), name=v.name("outputs", output))
    bars = [
        Bars(name=label, style=style, counts=row)
        for (label, _), style, row in zip(groups, STYLES, found.counts, strict=False)
    ]
    mark = None
    bound = None if target is None else target.at_most if target.at_most is not None else target.at_least
    if bound is not None:
        place = (factor * bound - found.low) / (found.width * number)
        mark = (place, v.say(N_("target"))) if 0 <= place <= 1 else None
    unit = v.unit(kind)
    return Histogram(
        title=title,
        drawing=histogram(title, bars, shown, v.ticks(scale), scale, mark),
        legend=tuple((f"col {bar.style}", bar.name) for bar in bars) if len(bars) > 1 else (),
        rows=tuple(
            (f"{written[at]}–{written[at + 1]} {unit}", *(v.plain(bar.counts[at], 0) for bar in bars))
            for at in range(number)
        ),
        names=tuple(bar.name for bar in bars),
    )
