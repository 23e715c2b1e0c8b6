"""From what is asked to an experiment that can be run: bounded, checked as a whole, all faults at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.planning.faults import violation_of
from api.planning.flow_views import days_of
from api.planning.model import Model
from api.planning.voice import BASIS
from api.problems import Problem
from fleet.requests import Violation
from simulation.experiment.request import Change, Request, Scenario
from simulation.flow.changes import changed
from simulation.flow.load import Declared
from site_models.errors import SiteErrors

MOST_SCENARIOS = 6
MOST_CHANGES = 200
MOST_REPLICATIONS = 2_000
LEAST_REPLICATIONS = 2
MOST_DAYS = 1_830
"""Five years, warm-up included."""
MOST_PATIENTS = 2_000_000
"""Patients of one replication, as the arrivals are declared: about a gigabyte of draws."""
MOST_WORK = 2_000_000_000
"""Patients of a whole experiment at most: hours of work."""
FIRST_BATCH = 10
MOST_SEED = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much is to be run: so many replications, or until these half-widths are reached within `most`."""

    replications: int | None = None
    precision: Mapping[str, float] | None = None
    most: int = MOST_REPLICATIONS
    seed: int = 1
    warm_up_d: int | None = None
    runs_d: int | None = None


def make_request(declared: Declared, site: str, flow: str, scenarios: Sequence[Scenario], amount: Amount) -> Request:
    """The request of an experiment whose every part has been checked.

    Raises
    ------
    Problem
        422 with all that is wrong; fields are `flow`, `scenarios`, paths of figures and the parts of the amount.
    """
    model = Model.of(declared)
    if not model.has("flows", flow):
        known = ", ".join(str(item["id"]) for item in model.items("flows"))
        raise Problem(
            422,
            (
                Violation(
                    "unknown_flow",
                    "flow",
                    f"Der er intet patientforløb, der hedder “{flow}”. Vælg et af: {known}.",
                    f"There is no patient flow “{flow}”. Choose one of: {known}.",
                ),
            ),
        )
    wrong = [*_amount(model, flow, amount), *_scenarios(scenarios)]
    models = []
    for scenario in scenarios:
        after, faults = _changed(declared, scenario)
        wrong += faults
        models.append(Model.of(after))
    if not wrong:
        wrong = _bounded(models or [model], flow, amount)
    if wrong:
        raise Problem(422, tuple(wrong))
    by_count = amount.precision is None
    replications = _count(amount)
    return Request(
        kind="compare" if len(scenarios) > 1 else "run",
        flow=flow,
        site=site,
        model=declared.tree,
        scenarios=tuple(scenarios),
        seed=amount.seed,
        least=replications if by_count else min(FIRST_BATCH, amount.most),
        most=replications if by_count else amount.most,
        precision={} if amount.precision is None else dict(amount.precision),
        warm_up_d=amount.warm_up_d,
        runs_d=amount.runs_d,
    )


def basis() -> Scenario:
    """The flow as it is declared."""
    return Scenario(id=BASIS)


def patients_a_day(model: Model, flow: str) -> float:
    """How many patients the arrivals of a flow bring on an average day, as declared."""
    total = 0.0
    for id in model.flow(flow).get("arrivals", ()):
        item = model.item("arrivals", id)
        if item.get("enabled") is False:
            continue
        total += float(item.get("per_day") or 0.0)
        schedule = item.get("schedule")
        if isinstance(schedule, Mapping):
            total += len(schedule.get("times") or ()) * float(schedule.get("each") or 1)
    return total


def _count(amount: Amount) -> int:
    return FIRST_BATCH if amount.replications is None else amount.replications


def _amount(model: Model, flow: str, amount: Amount) -> list[Violation]:
    wrong = []
    if amount.precision is None:
        wrong += _between("replications", _count(amount), LEAST_REPLICATIONS, MOST_REPLICATIONS)
    else:
        wrong += _between("most", amount.most, FIRST_BATCH, MOST_REPLICATIONS)
        outputs = {str(item["id"]) for item in model.outputs_of(flow)}
        if not amount.precision:
            wrong.append(
                Violation(
                    "precision_missing",
                    "precision",
                    "Skriv den usikkerhed, der ønskes, ved mindst ét nøgletal – eller vælg et antal kørsler.",
                    "Write the precision wanted beside at least one output – or choose a number of replications.",
                )
            )
        for output, half_width in amount.precision.items():
            field = f"precision.{output}"
            if output not in outputs:
                wrong.append(
                    Violation(
                        "unknown_output",
                        field,
                        f"Forløbet har intet nøgletal, der hedder “{output}”. Det har: {', '.join(sorted(outputs))}.",
                        f"The flow has no output “{output}”. It has: {', '.join(sorted(outputs))}.",
                    )
                )
            elif not (math.isfinite(half_width) and half_width > 0):
                wrong.append(Violation("out_of_range", field, "Skal være over 0.", "Must be above 0."))
    wrong += _between("seed", amount.seed, 0, MOST_SEED)
    if amount.warm_up_d is not None:
        wrong += _between("warm_up_d", amount.warm_up_d, 0, MOST_DAYS)
    if amount.runs_d is not None:
        wrong += _between("runs_d", amount.runs_d, 1, MOST_DAYS)
    return wrong


def _between(field: str, value: int, least: int, most: int) -> list[Violation]:
    if least <= value <= most:
        return []
    return [Violation("out_of_range", field, f"Skal være fra {least} til {most}.", f"Must be from {least} to {most}.")]


def _scenarios(scenarios: Sequence[Scenario]) -> list[Violation]:
    wrong = []
    if len(scenarios) > MOST_SCENARIOS:
        wrong.append(
            Violation(
                "too_many_scenarios",
                "scenarios",
                f"Højst {MOST_SCENARIOS} scenarier i én simulering.",
                f"At most {MOST_SCENARIOS} scenarios in one experiment.",
            )
        )
    ids = [scenario.id for scenario in scenarios]
    if len(set(ids)) < len(ids):
        wrong.append(
            Violation(
                "scenario_twice",
                "scenarios",
                "To scenarier har samme id. Giv dem hver sit.",
                "Two scenarios have the same id. Give each its own.",
            )
        )
    said = [dict(sorted(scenario.changes.items())) for scenario in scenarios]
    if len(said) > 1 and all(item == said[0] for item in said[1:]):
        wrong.append(
            Violation(
                "nothing_to_compare",
                "scenarios",
                "Scenarierne er ens: ændr mindst ét tal, eller sammenlign ikke.",
                "The scenarios are equal: change at least one figure, or compare with nothing.",
            )
        )
    if any(len(scenario.changes) > MOST_CHANGES for scenario in scenarios):
        wrong.append(
            Violation(
                "too_many_changes",
                "scenarios",
                f"Højst {MOST_CHANGES} ændringer i ét scenarie.",
                f"At most {MOST_CHANGES} changes in one scenario.",
            )
        )
    return wrong


def _changed(declared: Declared, scenario: Scenario) -> tuple[Declared, list[Violation]]:
    """The flows with the changes of a scenario, and what is wrong with them, each beside its figure."""
    if not scenario.changes or len(scenario.changes) > MOST_CHANGES:
        return declared, []
    try:
        return changed(declared, scenario.changes), []
    except SiteErrors as together:
        found = []
        for path, change in scenario.changes.items():
            found += _alone(declared, path, change)
        return declared, found or [violation_of(item, "scenarios") for item in together.errors]


def _alone(declared: Declared, path: str, change: Change) -> list[Violation]:
    """What is wrong with one change by itself."""
    try:
        changed(declared, {path: change})
    except SiteErrors as wrong:
        return [violation_of(item, path) for item in wrong.errors]
    return []


def _bounded(models: Sequence[Model], flow: str, amount: Amount) -> list[Violation]:
    declared = models[0].flow(flow)
    days = (days_of(declared, "warm_up") if amount.warm_up_d is None else amount.warm_up_d) + (
        days_of(declared, "runs") if amount.runs_d is None else amount.runs_d
    )
    if days > MOST_DAYS:
        return [
            Violation(
                "too_long",
                "runs_d",
                f"Indsvingning og simuleret tid må højst være {MOST_DAYS} dage tilsammen; det er {days}.",
                f"Warm-up and simulated time are at most {MOST_DAYS} days together; these are {days}.",
            )
        ]
    most = max(patients_a_day(model, flow) for model in models) * days
    runs = _count(amount) if amount.precision is None else amount.most
    if most > MOST_PATIENTS or most * runs * len(models) > MOST_WORK:
        return [
            Violation(
                "too_many_patients",
                "runs_d",
                f"Det er omkring {most:.0f} patienter i hver kørsel, og det er for mange. "
                "Vælg færre dage, færre kørsler eller færre ankomster.",
                f"That is about {most:.0f} patients in each replication, which is too many. "
                "Choose fewer days, fewer replications or fewer arrivals.",
            )
        ]
    return []
