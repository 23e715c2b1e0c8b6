"""Writes a fit in the language of flows: patterns, attributes, arrivals, a pathway of its durations, a flow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from simulation.calibrate.durations import REST, DurationFit
from simulation.calibrate.fitting import Fit
from simulation.distributions import Distribution, to_plain

DIGITS = 6
WIDTH = 120
STATISTICS = (("mean", "middel", "mean"), ("p50", "median", "median"), ("p90", "90 % inden", "90 % within"))
LEFT = "left"


def as_tree(fit: Fit, name: str, begins: dt.date, days: int) -> dict[str, Any]:
    """All sections as plain mappings and lists; `name` is the id of pattern, arrivals, pathway and flow."""
    source = fit.source
    arrivals = fit.arrivals
    pattern: dict[str, Any] = {"id": name, "hours": _rounded(arrivals.hours)}
    factors = {"weekend_hours": arrivals.weekend_hours, "weekdays": arrivals.weekdays, "months": arrivals.months}
    pattern |= {factor: _rounded(weights) for factor, weights in factors.items() if weights is not None}
    outputs = _outputs(fit, name)
    tree: dict[str, Any] = {"arrival_patterns": [pattern | {"source": source}]}
    if fit.attributes:
        tree["attributes"] = [_attribute(fit, number) for number in range(len(fit.attributes))]
    tree["arrivals"] = [
        {"id": name, "name": name, "pathway": name, "per_day": _digits(arrivals.per_day), "pattern": name}
        | {"source": f"{source}; {fit.first_day} to {fit.last_day}"}
    ]
    steps = [step for one in fit.durations for step in _steps(one)]
    tree["pathways"] = [{"id": name, "name": name, "steps": [*steps, {"leave": LEFT}], "source": source}]
    if outputs:
        tree["outputs"] = outputs
    tree["flows"] = [
        {"id": name, "name": name, "begins": begins.isoformat(), "runs": f"{days} d", "arrivals": [name]}
        | ({"outputs": [output["id"] for output in outputs]} if outputs else {})
    ]
    return tree


def as_yaml(tree: Mapping[str, Any], fit: Fit) -> str:
    """The sections as YAML, with what to do with them on top."""
    text = StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = None
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the stubs know only None
    writer.width = WIDTH
    writer.allow_unicode = True
    writer.dump(dict(tree), text)
    head = (
        f"# Fitted from {fit.name}: {fit.n} patients, {fit.first_day} to {fit.last_day}.\n"
        "# A flow without resources: its durations hold the waiting of the hospital that was logged. Put steps with\n"
        "# resources in their place before asking what more staff or beds would change.\n"
    )
    return head + text.getvalue()


def begun(duration: DurationFit) -> str:
    """The mark at which a duration begins."""
    return f"{duration.id}_begun"


def ended(duration: DurationFit) -> str:
    """The mark at which it ends."""
    return f"{duration.id}_ended"


def _steps(one: DurationFit) -> list[dict[str, Any]]:
    return [{"mark": begun(one)}, {"delay": _duration(one), "id": one.id}, {"mark": ended(one)}]


def _duration(one: DurationFit) -> dict[str, Any]:
    if one.by is None:
        return _law(one.groups[0].distribution)
    rows: dict[str, Any] = {"by": one.by}
    rows |= {group.value: _law(group.distribution) for group in one.groups if group.value != REST}
    rest = [group for group in one.groups if group.value == REST]
    largest = max(one.groups, key=lambda group: group.n)
    return rows | {REST: _law((rest[0] if rest else largest).distribution)}


def _law(distribution: Distribution) -> dict[str, Any]:
    """A distribution as YAML says it."""
    plain = to_plain(distribution)
    (name, figures), *_ = plain.items()
    if name == "constant":
        return {name: _span(figures["value"])}
    bare = {"shape", "phases", "weights"}
    written: dict[str, Any] = {}
    for said, figure in figures.items():
        if said in bare:
            written[said] = [_digits(one) for one in figure] if isinstance(figure, list) else _digits(figure)
        else:
            written[said] = [_span(one) for one in figure] if isinstance(figure, list) else _span(figure)
    return {name: {said: figure for said, figure in written.items() if figure != []}}


def _span(seconds: float) -> str:
    return f"{_plain(seconds / 60)} min"


def _plain(number: float) -> str:
    """A number of so many digits without exponent."""
    return f"{_digits(number):.9f}".rstrip("0").rstrip(".")


def _digits(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def _rounded(weights: tuple[float, ...]) -> list[float]:
    return [round(weight, 4) for weight in weights]


def _attribute(fit: Fit, number: int) -> dict[str, Any]:
    one = fit.attributes[number]
    if one.by is None:
        return {"id": one.id, "values": dict(one.shares), "source": fit.source}
    rows = {value: dict(row) for value, row in one.rows.items()}
    return {"id": one.id, "by": one.by, "values": rows | {REST: dict(one.shares)}, "source": fit.source}


def _outputs(fit: Fit, name: str) -> list[dict[str, Any]]:
    spans = [(one.id, begun(one), ended(one)) for one in fit.durations]
    if fit.chained and len(spans) > 1:
        spans.append((f"{name}_total", "arrival", "leaving"))
    return [
        {"id": f"{span}_{statistic}", "name": {"da": f"{span}, {danish}", "en": f"{span}, {english}"}}
        | {"measure": "time", "from": begin, "to": end, "statistic": statistic, "unit": "min"}
        for span, begin, end in spans
        for statistic, danish, english in STATISTICS
    ]
