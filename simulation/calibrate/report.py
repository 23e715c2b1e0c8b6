"""The report of a calibration: what was fitted, how well, and plainly what does not fit, for people and programs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from simulation.calibrate.durations import DurationFit, GroupFit
from simulation.calibrate.fitting import Fit
from simulation.calibrate.pattern import SIGNIFICANT, ArrivalFit
from simulation.calibrate.validation import NEAR, Check, Validation
from simulation.distributions import REGISTRY, Distribution, to_plain

LONGEST_LIST = 40
SMALL_P = 0.01


def as_json(fit: Fit, validation: Validation) -> str:
    """Everything, as JSON: durations in seconds, figures that are missing as null."""
    return json.dumps(
        {"fit": _plain(fit), "validation": _plain(validation), "misfits": list(misfits(fit, validation))},
        ensure_ascii=False,
        indent=1,
        allow_nan=False,
    )


def misfits(fit: Fit, validation: Validation) -> Iterator[str]:
    """A sentence for everything that is not as the fitted flow has it."""
    arrivals = fit.arrivals
    if not arrivals.poisson:
        yield _dispersed(arrivals)
    for one in fit.durations:
        for group in one.groups:
            if group.family == "empirical":
                best = f" (the best, {group.candidates[0].family}, is {group.candidates[0].ks:.3f} off)"
                yield (
                    f"{_called(one, group)}: no family is near enough{best if group.candidates else ''}; "
                    "the values seen are drawn again"
                )
        yield from (f"{one.id}: {note}" for note in one.notes if note.startswith("censored"))
    for check in validation.of("does not fit"):
        yield (
            f"{check.group}, {check.name}: {_said(check.logged)} {check.unit} in the log, {_said(check.simulated)} "
            f"simulated (expected {_said(check.low)} to {_said(check.high)})"
            f"; the fitted days had {_said(check.before)}{': the log itself changed' if check.changed else ''}"
        )


def as_markdown(fit: Fit, validation: Validation) -> str:
    """The report for people."""
    made_with = (
        f"Fitted to {fit.n} patients, {fit.first_day} to {fit.last_day}. Judged by {validation.n} patients, "
        f"{validation.first_day} to {validation.last_day}, which the fit has not seen; the fitted flow was simulated "
        f"over these {validation.days} days {validation.replications} times ({validation.engine} engine, seed "
        f"{validation.seed})."
    )
    lines = [
        f"# Calibration from {fit.name}",
        "",
        made_with,
        *([f"{fit.skipped} bad rows of the log were left out."] if fit.skipped else []),
        *fit.notes,
        "",
        *_verdict(fit, validation),
        *_of_arrivals(fit.arrivals),
        *_of_mix(fit),
        *(line for one in fit.durations for line in _of_duration(one)),
        *_of_validation(validation),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _verdict(fit: Fit, validation: Validation) -> list[str]:
    found = list(misfits(fit, validation))
    rows = []
    for group in dict.fromkeys(check.group for check in validation.checks):
        verdicts = [check.verdict for check in validation.checks if check.group == group]
        rows.append([group, *(str(verdicts.count(one)) for one in ("fits", "close", "does not fit"))])
    shown = [f"- {sentence}" for sentence in found[:LONGEST_LIST]]
    more = [f"- … and {len(found) - LONGEST_LIST} more in the tables below"] if len(found) > LONGEST_LIST else []
    return [
        "## What does not fit",
        "",
        *(shown or ["Nothing: every figure of the held-out days is as the fitted flow has it, or close."]),
        *more,
        "",
        *_table(["figures", "fit", "close", "do not fit"], rows),
        "",
    ]


def _of_arrivals(one: ArrivalFit) -> list[str]:
    rows = [
        [f"{test.hour:02}", _said(test.per_day), _said(one.hours[test.hour])]
        + ([_said(one.weekend_hours[test.hour])] if one.weekend_hours else [])
        + [_said(test.dispersion), _said_p(test.p)]
        for test in one.by_hour
    ]
    head = ["hour", "patients a day", "weight", *(["weekend"] if one.weekend_hours else []), "variance ÷ mean", "p"]
    weekdays = [f"Weekdays from Monday: {', '.join(f'{w:.3f}' for w in one.weekdays)}."] if one.weekdays else []
    months = [f"Months from January: {', '.join(f'{w:.3f}' for w in one.months)}."] if one.months else []
    dispersed = (
        f"Variance ÷ mean of the counts, against the fitted rates: hours {one.hourly_dispersion:.2f} "
        f"(p {_said_p(one.hourly_p)}), days {one.daily_dispersion:.2f} (p {_said_p(one.daily_p)}); a Poisson process "
        "has 1. By hour of the day (p adjusted by Holm):"
    )
    return [
        "## Arrivals",
        "",
        f"{one.per_day:.2f} ± {one.half_width:.2f} patients on an average day ({one.n} in {one.days} days).",
        *weekdays,
        *months,
        *(f"{reason[0].upper()}{reason[1:]}." for reason in one.why),
        dispersed,
        "",
        *_table(head, rows),
        "",
    ]


def _of_mix(fit: Fit) -> list[str]:
    lines = ["## Mix", ""] if fit.attributes else []
    for one in fit.attributes:
        by = f", given {one.by}" if one.by else ""
        heads = ["", *one.shares]
        rows = [["all", *(f"{share:.4f}" for share in one.shares.values())]]
        rows += [[value, *(f"{row.get(name, 0.0):.4f}" for name in one.shares)] for value, row in one.rows.items()]
        lines += [f"### {one.id}{by} ({one.n} patients)", "", *_table(heads, rows), ""]
    return lines


def _of_duration(one: DurationFit) -> list[str]:
    rows = []
    for group in one.groups:
        fits = group.goodness
        tested = [_said(fits.ks), _said_p(fits.ks_p), _said(fits.ad), _said_p(fits.ad_p)] if fits else ["–"] * 4
        law = group.distribution
        figures = [_said(law.mean_s / 60), _said(math.sqrt(law.variance_s2) / 60)]
        rows.append([group.value or "all", str(group.n), group.family, *figures, *tested])
    compared = [
        [
            group.value or "all",
            each.family,
            _written(each.distribution),
            f"{each.aic:.1f}",
            f"{each.bic:.1f}",
            _said(each.ks),
        ]
        for group in one.groups
        for each in group.candidates
    ]
    tested_on = max((group.goodness.tested for group in one.groups if group.goodness), default=0)
    how = (
        f"p-values by parametric bootstrap, each on {tested_on} values at most: of more values every departure, "
        "however small, would be significant."
    )
    head = [one.by or "", "n", "family", "mean (min)", "sd (min)", "KS", "p", "AD", "p"]
    return [
        f"## Duration: {one.id}",
        "",
        f"{one.n} patients have it, {one.missing} have not.",
        *(f"{note[0].upper()}{note[1:]}." for note in one.notes),
        how,
        "",
        *_table(head, rows),
        "",
        "All families (KS here is the greatest distance over all values):",
        "",
        *_table(["group", "family", "parameters (min)", "AIC", "BIC", "KS"], compared),
        "",
    ]


def _of_validation(validation: Validation) -> list[str]:
    hours = f"{validation.unsettled_h:.0f} hours"
    unsettled = f"Durations are of those who came before the last {hours}: some who came later had no end yet."
    lines = [
        "## Held-out days against the simulation",
        "",
        "*fits*: within the interval in which a log of this length would lie if the fit were right (95 % for all "
        "figures of a group together); *close*: outside, but "
        + "; ".join(
            f"{name} within {near.share:.0%}" if near.share else f"{name} within {near.much:g}"
            for name, near in NEAR.items()
        )
        + "; *does not fit*: neither. The last column is the log in the days that were fitted.",
        *([unsettled] if validation.unsettled_h > 0 else []),
        "",
    ]
    for group in dict.fromkeys(check.group for check in validation.checks):
        checks = [check for check in validation.checks if check.group == group]
        lines += [f"### {group[0].upper()}{group[1:]} ({checks[0].unit})", "", *_checks(checks), ""]
    return lines


def _checks(checks: Sequence[Check]) -> list[str]:
    rows = [
        [one.name, *map(_said, (one.logged, one.simulated)), f"{_said(one.low)} to {_said(one.high)}", one.verdict]
        for one in checks
    ]
    rows = [[*row, _said(one.before)] for row, one in zip(rows, checks, strict=True)]
    return _table(["", "log", "simulated", "expected", "verdict", "fitted days"], rows)


def _dispersed(one: ArrivalFit) -> str:
    hours = _against_chance(
        one.hourly_dispersion,
        one.hourly_p,
        "within the day they come more evenly than by chance: they are booked, so a `schedule` would say it better",
        "within the day they come in clusters",
    )
    days = _against_chance(
        one.daily_dispersion,
        one.daily_p,
        "from day to day they vary less than by chance",
        "busy and quiet days are more common than in the simulation",
    )
    figures = f"variance ÷ mean of hours {one.hourly_dispersion:.2f}, of days {one.daily_dispersion:.2f}"
    return f"arrivals are no Poisson process ({figures}): {'; '.join([*hours, *days])}"


def _against_chance(dispersion: float, p: float, even: str, uneven: str) -> list[str]:
    return [] if p >= SIGNIFICANT else [even if dispersion < 1 else uneven]


def _called(one: DurationFit, group: GroupFit) -> str:
    return f"duration {one.id}, {one.by} {group.value}" if one.by else f"duration {one.id}"


def _written(law: Distribution) -> str:
    (figures, *_) = to_plain(law).values()
    return ", ".join(
        f"{said} {_said(value if said in {'shape', 'phases'} else value / 60)}" for said, value in figures.items()
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _said(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"


def _said_p(p: float) -> str:
    return f"{p:.3f}" if p >= SMALL_P else f"{p:.1g}"


def _plain(value: Any) -> Any:
    """Dataclasses as mappings, distributions by their names, what is not finite as null."""
    if type(value) in REGISTRY.values():
        return to_plain(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, dt.date) else value
