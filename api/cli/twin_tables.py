"""What the twin found, as a sentence and as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from simulation.experiment.result import Difference, Figure, Judged, Point, ScenarioResult, SizingResult

VERDICTS = {"met": "enough", "missed": "too few", "open": "not sure"}
TITLES = {
    "on_time": "on time, %",
    "on_time_robot": "on time by robot, %",
    "on_time_porter": "on time by porter, %",
    "on_time_tube": "on time by tube, %",
    "jobs": "jobs",
    "unfinished": "not finished",
    "minutes_p50": "ready to delivered, p50 min",
    "minutes_p95": "ready to delivered, p95 min",
    "robot_minutes_p95": "by robot, p95 min",
    "robot_use": "robots at work, %",
    "robot_empty": "way of robots without load, %",
}


def sentence(found: SizingResult, name: str, target: float) -> str:
    """The answer in a sentence."""
    if found.answer is None:
        worst = found.top.targets[0]
        return (
            f"{name}: not even {found.top.capacities[0]} robots are surely enough for {target:g} % on time: "
            f"{_mean(worst)}. Ask for more robots, for more runs (--most) or for less."
        )
    robots = found.answer.capacities[0]
    fewer = [point for point in found.points if point.capacities[0] == robots - 1]
    less = ""
    if fewer:
        told = "too few" if fewer[0].verdict == "missed" else "not surely enough"
        less = f"; {robots - 1} are {told}: {_mean(fewer[0].targets[0])}"
    elif not found.neighbours or found.neighbours[0].point is None:
        less = "; fewer were not asked for"
    return f"{name}: {robots} robots are enough for {target:g} % on time: {_mean(found.answer.targets[0])}{less}."


def points_table(found: SizingResult, name: str) -> Table:
    """Every number of robots that was run."""
    table = Table("robots", "runs", "on time, %", "confidence bound", "", title=name)
    for point in found.points:
        table.add_row(*_point(point))
    return table


def figures_table(shown: ScenarioResult) -> Table:
    """All figures at the answer."""
    table = Table("", "mean", "±", title=shown.id)
    for figure in shown.figures:
        if figure.mean is not None:
            table.add_row(TITLES[figure.output], f"{figure.mean:.2f}", _half(figure))
    return table


def differences_table(differences: Sequence[Difference]) -> Table:
    """What is out, against all in service with as many robots, run by run with the same demand."""
    table = Table("", "figure", "all in service", "then", "difference", "±", "", title="The same robots, the same days")
    for one in differences:
        figures = (one.basis_mean, one.mean, one.difference, one.half_width)
        if one.difference is not None:
            cells = ("–" if figure is None else f"{round(figure, 2) + 0.0:.2f}" for figure in figures)  # no -0.00
            table.add_row(one.scenario, TITLES[one.output], *cells, "clear" if one.clear else "")
    return table


def _point(point: Point) -> tuple[str, ...]:
    judged = point.targets[0]
    mean = "–" if judged.mean is None else f"{judged.mean:.2f}"
    bound = "–" if judged.bound is None else f"{judged.bound:.2f}"
    return str(point.capacities[0]), str(point.replications), mean, bound, VERDICTS[point.verdict]


def _mean(judged: Judged) -> str:
    if judged.mean is None:
        return "nothing was judged"
    bound = "" if judged.bound is None else f" (surely {_side(judged)} {judged.bound:.2f} %)"
    return f"{judged.mean:.2f} %{bound}"


def _side(judged: Judged) -> str:
    return "below" if judged.verdict == "missed" else "above"


def _half(figure: Figure) -> str:
    return "–" if figure.half_width is None else f"{figure.half_width:.2f}"
