"""What was typed behind `portor flow run` and its like, as the parts of an experiment's request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from api.cli.say import CommandFailed

if TYPE_CHECKING:
    from simulation.experiment.request import Dial, Request, Scenario, Swing, Target
    from simulation.flow.load import Declared

DAY_S = 86_400
YEAR_D = 365


def years(request: Request, declared: Declared) -> float:
    """How long is simulated at least, in all replications together; 0 of a flow that is not declared."""
    flow = declared.flows.get(request.flow)
    if flow is None:
        return 0.0
    warm_up_d = flow.warm_up / DAY_S if request.warm_up_d is None else request.warm_up_d
    runs_d = flow.runs / DAY_S if request.runs_d is None else request.runs_d
    replications = request.least * max(1, len(request.scenarios))
    return replications * (warm_up_d + runs_d) / YEAR_D


def change(text: str) -> Any:
    """What is written behind `=`: `+2`, `-20 min` (so much more or less), `*1.2` (so many times), or the value itself.

    A value is JSON where it can be read as that, otherwise the text as it stands.
    """
    text = text.strip()
    if text[:1] == "*":
        return {"times": _number(text[1:], text)}
    if text[:1] in {"+", "-"}:
        figure = text[1:].strip() if text[0] == "+" else f"-{text[1:].strip()}"
        try:
            return {"plus": json.loads(figure)}
        except ValueError:
            return {"plus": figure}
    try:
        return json.loads(text)
    except ValueError:
        return text


def changes(texts: Iterable[str]) -> dict[str, Any]:
    """`path=value` each; the later of two for the same path counts."""
    found = {}
    for text in texts:
        path, sign, value = text.partition("=")
        if not sign or not path.strip() or not value.strip():
            raise CommandFailed(f"--set {text!r} is not path=value: say for example --set resources.ct.count=2.")
        found[path.strip()] = change(value)
    return found


def half_widths(texts: Iterable[str]) -> dict[str, float]:
    """`output=half-width` each."""
    found = {}
    for text in texts:
        output, sign, half = text.partition("=")
        if not sign:
            raise CommandFailed(f"--precision {text!r} is not output=half-width: say for example to_triage=0.5.")
        found[output.strip()] = _number(half, text)
    return found


def declared_scenarios(declared: Declared, flow: str, names: Sequence[str]) -> tuple[Scenario, ...]:
    """Scenarios by their names, with what they change.

    Raises
    ------
    CommandFailed
        The site declares no such scenario for this flow.
    """
    from simulation.experiment.request import Scenario

    meant = {name: one for name, one in declared.scenarios.items() if flow in one.flows}
    unknown = [name for name in names if name not in meant]
    if unknown:
        raise CommandFailed(
            f"There is no scenario {', '.join(unknown)} of the flow {flow}: use {', '.join(meant) or 'none'}."
        )
    return tuple(Scenario(id=name, changes=dict(meant[name].changes)) for name in names)


def candidates(declared: Declared, flow: str, names: Sequence[str], sets: Sequence[str]) -> tuple[Scenario, ...]:
    """The flow as declared, each scenario named, and each set of changes (`path=value; path=value`) as one more."""
    from simulation.experiment.request import Scenario

    typed = tuple(Scenario(id=text, changes=changes(part for part in text.split(";") if part.strip())) for text in sets)
    return (Scenario(id="as declared"), *declared_scenarios(declared, flow, names), *typed)


def with_changes(scenarios: tuple[Scenario, ...], sets: Sequence[str]) -> tuple[Scenario, ...]:
    """The scenarios, each with these changes on top; the flow as declared if there are none."""
    from simulation.experiment.request import Scenario

    more = changes(sets)
    basis = scenarios or (Scenario(id="; ".join(sets) or "as declared"),)
    return tuple(Scenario(id=one.id, changes={**one.changes, **more}) for one in basis)


def dials(texts: Sequence[str]) -> tuple[Dial, ...]:
    """`path=least:most` or `path=least:most:cost`; `+0:+4` counts units more than declared."""
    from simulation.experiment.request import Dial

    found = []
    for text in texts:
        path, _, numbers = text.partition("=")
        parts = numbers.split(":")
        try:
            least, most = int(parts[0]), int(parts[1])
            cost = float(parts[2]) if len(parts) == 3 else 1.0
        except (ValueError, IndexError):
            raise CommandFailed(
                f"--dial {text!r} is not path=least:most or path=least:most:cost: say for example "
                "resources.ct.count=1:5:20."
            ) from None
        plus = parts[0].strip()[:1] in {"+", "-"}
        found.append(Dial(path=path.strip(), least=least, most=most, cost=cost, as_change="plus" if plus else "value"))
    return tuple(found)


def targets(texts: Sequence[str]) -> dict[str, Target]:
    """`output<=figure` or `output>=figure`, in the unit of the output."""
    from simulation.experiment.request import Target

    found: dict[str, Target] = {}
    for text in texts:
        for sign in ("<=", ">="):
            output, there, figure = text.partition(sign)
            if there:
                wanted = _number(figure, text)
                found[output.strip()] = Target(at_most=wanted) if sign == "<=" else Target(at_least=wanted)
                break
        else:
            raise CommandFailed(f"--target {text!r} is neither output<=figure nor output>=figure.")
    return found


def swings(texts: Sequence[str]) -> tuple[Swing, ...]:
    """`path=low:high`, each side written like a change."""
    from simulation.experiment.request import Swing

    found = []
    for text in texts:
        path, _, sides = text.partition("=")
        low, sign, high = sides.partition(":")
        if not sign or not low.strip() or not high.strip():
            raise CommandFailed(f"--swing {text!r} is not path=low:high: say for example resources.ct.count=-1:+1.")
        found.append(Swing(path=path.strip(), low=change(low), high=change(high)))
    return tuple(found)


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CommandFailed(f"{text.strip()!r} in {whole!r} is not a number.") from None
