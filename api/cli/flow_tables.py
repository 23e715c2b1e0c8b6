"""What an experiment found, as tables that are read in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from simulation.experiment.request import Target
    from simulation.experiment.result import (
        Difference,
        Point,
        Result,
        ScenarioResult,
        SelectionResult,
        SizingResult,
        WarmUpResult,
    )

Units = Mapping[str, str]
"""The unit of each output, empty for shares and counts."""

MET = {True: "met", False: "missed", None: "open"}


def tables(result: Result, units: Units) -> Iterator[Table | str]:
    """All that a result holds, the answer last."""
    if result.kind not in {"compare", "sensitivity", "select"}:
        yield from (_scenario(one, units) for one in result.scenarios)
    if result.differences:
        yield from _differences(result.differences, units)
    if result.tornado:
        yield from _tornado(result, units)
    if result.warm_up:
        yield _warm_up(result.warm_up)
    if result.selection:
        yield from _selection(result.selection)
    if result.sizing:
        yield from _sizing(result.sizing, units)


def _scenario(scenario: ScenarioResult, units: Units) -> Table:
    table = _table(f"{scenario.id}: {scenario.replications} replications")
    for name in ("output", "mean", "±", "p10", "p50", "p90", "target", ""):
        table.add_column(name, justify="left" if name in {"output", "target", ""} else "right")
    for one in scenario.figures:
        row = (one.mean, one.half_width, one.p10, one.p50, one.p90)
        aim, met = (_aim(one.target), MET[one.met]) if one.target else ("", "")
        table.add_row(_named(one.output, units), *map(_said, row), aim, met)
    return table


def _differences(differences: tuple[Difference, ...], units: Units) -> Iterator[Table]:
    for scenario in dict.fromkeys(one.scenario for one in differences):
        table = _table(f"{scenario}, less the first; by common random numbers")
        for name in ("output", "first", "this", "difference", "±", "unpaired ±", "factor", ""):
            table.add_column(name, justify="left" if name in {"output", ""} else "right")
        for one in (one for one in differences if one.scenario == scenario):
            row = (one.basis_mean, one.mean, one.difference, one.half_width, one.unpaired_half_width, one.narrower)
            table.add_row(_named(one.output, units), *map(_said, row), "clear" if one.clear else "")
        yield table


def _tornado(result: Result, units: Units) -> Iterator[Table]:
    for output in dict.fromkeys(bar.output for bar in result.tornado):
        table = _table(f"What moves {_named(output, units)}")
        for name in ("quantity", "low", "±", "high", "±"):
            table.add_column(name, justify="left" if name == "quantity" else "right")
        for bar in (bar for bar in result.tornado if bar.output == output and bar.reach):
            sides = (bar.low.difference, bar.low.half_width, bar.high.difference, bar.high.half_width)
            table.add_row(bar.path, *map(_said, sides))
        if table.row_count:
            yield table


def _warm_up(found: WarmUpResult) -> Table:
    needed = "no series tells: run longer" if found.needed_d is None else f"{found.needed_d} days"
    table = _table(f"Warm-up: {needed}; declared are {found.declared_d} days")
    table.add_column("series")
    table.add_column("steady after days", justify="right")
    for one in found.series:
        table.add_row(one.series, "–" if one.days is None else str(one.days))
    return table


def _selection(found: SelectionResult) -> Iterator[Table | str]:
    table = _table(f"Who is best in {found.output}")
    for name in ("scenario", "replications", "mean", "±", ""):
        table.add_column(name, justify="left" if name in {"scenario", ""} else "right")
    for one in found.contestants:
        left = f"left after {one.left_after}" if one.left_after else ""
        best = "best" if one.scenario == found.best else left
        table.add_row(one.scenario, str(one.replications), _said(one.mean), _said(one.half_width), best)
    yield table
    if found.procedure == "kn" and not found.assured:
        yield "More replications are needed before the others are surely worse: allow more with --most."
    if found.probability is not None:
        yield f"With probability {found.probability:.3f} at least, by what was seen, it is the best."


def _sizing(found: SizingResult, units: Units) -> Iterator[Table | str]:
    table = _table("The targets, with the capacities found and with one unit less")
    for name in ("capacities", "cost", "runs", "output", "mean", "target", "", "short by"):
        table.add_column(name, justify="right" if name in {"cost", "runs", "mean", "short by"} else "left")
    shown = found.answer or found.top
    _add_point(table, shown, "these" if found.answer else "the most", units)
    for neighbour in found.neighbours:
        if neighbour.point is not None:
            _add_point(table, neighbour.point, f"{_short(neighbour.path)} - 1", units)
    yield table
    seen = f"{len(found.points)} of {found.possible} combinations were run, {found.excluded} ruled out."
    if found.answer is None:
        yield f"Not even the most capacity is surely enough: {found.binding} fails. {seen}"
    else:
        yield f"The smallest capacity that meets the targets, at a cost of {_said(found.answer.cost)}:"
        for path, units_there in zip(found.paths, found.answer.capacities, strict=True):
            yield f"  {path} = {units_there}"
        yield f"The target that binds is {found.binding}. {seen}"
    if found.contradictions:
        pairs = "; ".join(f"{small} met, {large} not" for small, large in found.contradictions[:3])
        rest = "all cheaper ones were run" if found.assured else "too many are cheaper to run them all"
        yield f"More capacity did harm ({pairs}), so {rest}."


def _add_point(table: Table, point: Point, name: str, units: Units) -> None:
    first = (name, _said(point.cost), str(point.replications))
    for one in point.targets:
        short = _said(one.short_by) if one.short_by is not None and one.short_by > 0 else ""
        table.add_row(*first, _named(one.output, units), _said(one.mean), _aim(one.target), one.verdict, short)
        first = ("", "", "")


def _aim(target: Target) -> str:
    most = f"≤ {_said(target.at_most)}" if target.at_most is not None else ""
    least = f"≥ {_said(target.at_least)}" if target.at_least is not None else ""
    return f"{least} {most}".strip()


def _short(path: str) -> str:
    """A path without its section: `doctor.shifts.0.count`."""
    return path.split(".", 1)[-1]


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", header_style="", pad_edge=False, box=None)


def _named(output: str, units: Units) -> str:
    return f"{output} ({units[output]})" if units.get(output) else output


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"
