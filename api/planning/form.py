"""The form of a scenario: what stands in it, what a person wrote, and the experiment that it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.planning.asking import (
    FIRST_BATCH,
    MOST_REPLICATIONS,
    Amount,
    basis,
    make_request,
)
from api.planning.figures import NotAFigure, read_change
from api.planning.flow_views import days_of
from api.planning.model import Model
from api.planning.quantities import Quantity, find, quantity
from api.planning.voice import BASIS, Planned
from api.privacy import holds_control, holds_cpr
from api.problems import Problem
from fleet.requests import Violation
from simulation.experiment.request import Change, Request, Scenario
from simulation.flow.load import Declared

FIGURE, PRECISION = "f.", "p."
"""What the names of fields begin with that hold a figure of the model, or the precision wanted of an output."""
SHOWN = 40
"""Figures that a search shows."""
NAME_LENGTH = 80
WHOLE = "…"
"""Stands in the field of a change that is more than a figure; the ready-made scenario says what it is."""
OWN = "changed"
"""Id of the scenario that the form makes."""
USUAL = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A figure in the form: what it is, how it stands now, and what was written beside it."""

    path: str
    label: str
    current: str
    typed: str
    source: str
    changed: bool
    fixed: bool = False
    """It is more than a figure (a list of closures, say): it may be kept or emptied, not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the form, as it was written: nothing of it is lost when something is wrong."""

    flow: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str, usual: str = "") -> str:
        """What was written in a field."""
        return self.fields.get(name, usual)

    @property
    def typed(self) -> dict[str, str]:
        """What was written beside figures of the model, by path."""
        return {
            name.removeprefix(FIGURE): text for name, text in self.fields.items() if name.startswith(FIGURE) and text
        }


def prefilled(v: Planned, flow: str, scenario: str, again: Request | None) -> Draft:
    """A form to begin with: as declared, with a ready-made scenario, or with the last scenario of an experiment."""
    fields: dict[str, str] = {"basis": BASIS, "how": "count", "replications": str(USUAL), "most": "500", "seed": "1"}
    changes: Mapping[str, Change] = {}
    if again is not None:
        last = (again.scenarios or (basis(),))[-1]
        changes = last.changes
        fields |= {
            "name": next(iter(last.name.values()), ""),
            "scenario": last.id if v.model.has("scenarios", last.id) else "",
            "basis": again.scenarios[0].id if len(again.scenarios) > 1 else "",
            "seed": str(again.seed),
            "how": "precision" if again.precision else "count",
            "replications": str(again.most if not again.precision else USUAL),
            "most": str(again.most),
            **{PRECISION + output: v.typed(_shown(v, output, width)) for output, width in again.precision.items()},
        }
        fields |= {"runs_d": str(again.runs_d)} if again.runs_d is not None else {}
        fields |= {"warm_up_d": str(again.warm_up_d)} if again.warm_up_d is not None else {}
    elif v.model.has("scenarios", scenario):
        changes = v.model.item("scenarios", scenario).get("changes") or {}
        fields["scenario"] = scenario
    fields |= {FIGURE + path: typed_change(v, change) for path, change in changes.items()}
    return Draft(flow=flow, fields=fields)


def typed_change(v: Planned, change: Change) -> str:
    """A change as it stands in a field."""
    if isinstance(change, Mapping):
        if "times" in change:
            return f"×{v.typed(change['times'])}"
        plus = v.typed(change["plus"])
        return plus if plus.startswith(("-", "−")) else f"+{plus}"
    return v.typed(change) if isinstance(change, bool | int | float | str) else WHOLE


def rows(v: Planned, draft: Draft) -> tuple[list[Row], list[Row], list[Row]]:
    """The figures of the form: the flow's dials, the others that are changed, and what the search found."""
    dials = [str(path) for path in v.model.flow(draft.flow).get("dials", ())]
    others = [path for path in draft.typed if path not in dials]
    found = find(v, draft.flow, draft.text("q"), SHOWN) if draft.text("q") else []
    listed = {*dials, *others}
    return (
        [_row(v, draft, item) for path in dials if (item := quantity(v.model, path))],
        [_other(v, draft, path) for path in others],
        [_row(v, draft, item) for item in found if item.path not in listed],
    )


def read(declared: Declared, site: str, v: Planned, draft: Draft) -> Request:
    """The experiment that a form asks for.

    Raises
    ------
    Problem
        422 with everything that is wrong, each beside its field.
    """
    changes, wrong = changes_of(v, draft)
    first = draft.text("basis")
    if first not in {"", BASIS} and not v.model.has("scenarios", first):
        wrong.append(
            Violation(
                "unknown_scenario",
                "scenarios",
                "Der er intet færdigt scenarie med det navn. Vælg et af listen.",
                "There is no ready-made scenario of that name. Choose one of the list.",
            )
        )
    amount, faults = _amount(v, draft)
    wrong += [*faults, *_name(draft)]
    scenarios = _scenarios(v.model, draft, changes)
    try:
        request = make_request(declared, site, draft.flow, scenarios, amount)
    except Problem as problem:
        known = {item.field for item in wrong}
        more = [_in_form(item) for item in problem.violations]
        wrong += [item for item in more if item.field not in known]
        if not (wrong and any(item.rule == "not_a_figure" for item in wrong)):
            raise Problem(problem.status, tuple(wrong)) from problem
        wrong = [item for item in wrong if item.rule != "nothing_to_compare"]  # said of figures that could not be read
    if wrong:
        raise Problem(422, tuple(wrong))
    return request


def horizon(model: Model, flow: str) -> tuple[int, int]:
    """Days of warm-up and of counted time, as the flow declares them."""
    item = model.flow(flow)
    return days_of(item, "warm_up"), days_of(item, "runs")


def _row(v: Planned, draft: Draft, item: Quantity) -> Row:
    typed = draft.text(FIGURE + item.path)
    return Row(
        path=item.path,
        label=v.figure(item.path),
        current=v.written(item.value),
        typed=typed,
        source=item.source,
        changed=bool(typed),
    )


def _other(v: Planned, draft: Draft, path: str) -> Row:
    item = quantity(v.model, path)
    if item is not None:
        return _row(v, draft, item)
    typed = draft.text(FIGURE + path)
    return Row(path, v.figure(path), v.written(v.model.value_at(path)), typed, "", changed=True, fixed=typed == WHOLE)


def changes_of(v: Planned, draft: Draft) -> tuple[dict[str, Change], list[Violation]]:
    """What the form changes, and what in it is no figure."""
    changes: dict[str, Change] = {}
    wrong: list[Violation] = []
    ready = v.model.item("scenarios", draft.text("scenario")).get("changes") or {}
    for path, text in draft.typed.items():
        try:
            change = ready.get(path) if text == WHOLE else read_change(text, v.model.value_at(path))
        except NotAFigure as fault:
            wrong.append(Violation("not_a_figure", FIGURE + path, fault.da, fault.en))
        else:
            changes |= {} if change is None else {path: change}
    return changes, wrong


def _scenarios(model: Model, draft: Draft, changes: Mapping[str, Change]) -> Sequence[Scenario]:
    ready = draft.text("scenario")
    same = model.has("scenarios", ready) and dict(model.item("scenarios", ready).get("changes") or {}) == dict(changes)
    name = draft.text("name")
    mine = Scenario(id=ready if same else OWN, changes=dict(changes), name={"da": name, "en": name} if name else {})
    first = draft.text("basis")
    if not first:
        return (mine,)
    if first == BASIS:
        return (basis(), mine)
    other = Scenario(id=first, changes=dict(model.item("scenarios", first).get("changes") or {}))
    return (other, mine)


def _amount(v: Planned, draft: Draft) -> tuple[Amount, list[Violation]]:
    wrong: list[Violation] = []

    def whole(name: str, usual: int | None) -> int | None:
        text = draft.text(name).replace(" ", "")
        if not text:
            return usual
        if text.isdecimal() and len(text) < 10:
            return int(text)
        wrong.append(Violation("not_a_number", name, "Skal være et helt tal.", "Must be a whole number."))
        return usual

    by_precision = draft.text("how") == "precision"
    precision: dict[str, float] = {}
    if by_precision:
        for name, text in draft.fields.items():
            if not (name.startswith(PRECISION) and text):
                continue
            output = name.removeprefix(PRECISION)
            try:
                width = float(text.replace("%", "").replace(",", ".").strip())
            except ValueError:
                wrong.append(Violation("not_a_number", name, "Skal være et tal.", "Must be a number."))
            else:
                precision[output] = width / 100 if v.kind(output) == "share" else width
    amount = Amount(
        replications=None if by_precision else whole("replications", FIRST_BATCH),
        precision=precision if by_precision else None,
        most=(whole("most", None) or MOST_REPLICATIONS) if by_precision else MOST_REPLICATIONS,
        seed=whole("seed", 1) or 0,
        warm_up_d=whole("warm_up_d", None),
        runs_d=whole("runs_d", None),
    )
    return amount, wrong


def _name(draft: Draft) -> list[Violation]:
    name = draft.text("name")
    if holds_cpr(name):
        return [
            Violation(
                "no_patient_identity",
                "name",
                "Ligner et CPR-nummer. Et scenarie hedder aldrig noget om en patient.",
                "Looks like a CPR number. A scenario is never named after a patient.",
            )
        ]
    if holds_control(name):
        return [
            Violation(
                "no_control_characters",
                "name",
                "Indeholder usynlige styretegn. Skriv navnet igen med almindelige tegn.",
                "Holds invisible control characters. Write the name again with ordinary letters.",
            )
        ]
    if len(name) > NAME_LENGTH:
        return [Violation("too_long", "name", f"Højst {NAME_LENGTH} tegn.", f"At most {NAME_LENGTH} characters.")]
    return []


def _in_form(item: Violation) -> Violation:
    """A violation with the name of the field of the form."""
    if "." in item.field:
        place = item.field.removeprefix("precision.")
        name = PRECISION + place if item.field.startswith("precision.") else FIGURE + item.field
        return Violation(item.rule, name, item.da, item.en)
    return item


def _shown(v: Planned, output: str, width: float) -> float:
    return round(100 * width, 6) if v.kind(output) == "share" else width
