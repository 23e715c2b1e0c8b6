"""Small declared flows for tests: the steps of one pathway, with whatever else they need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulation.flow.declared import Declared, declare_tree
from simulation.flow.plan import Plan
from simulation.flow.resolve import resolve
from simulation.ticks import MINUTE, TICKS_PER_S
from site_models.errors import SiteErrors

EXAMPLES = Path(__file__).parent / "examples"
MONDAY = "2027-01-04"


def minutes(number: float) -> int:
    """Minutes in ticks."""
    return round(number * MINUTE)


def seconds(number: float) -> int:
    """Seconds in ticks."""
    return round(number * TICKS_PER_S)


def equipment(name: str, count: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "equipment", "name": name, "count": count, "source": "assumed"} | more


def bed(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "bed", "name": name, "physical": 3, "staffed": 2, "source": "assumed"} | more


TRIAGE = {"id": "triage", "values": {"red": 0.1, "yellow": 0.4, "green": 0.5}, "source": "assumed"}


def tree(
    steps: list[dict[str, Any]],
    *,
    resources: list[dict[str, Any]] | None = None,
    pathways: dict[str, list[dict[str, Any]]] | None = None,
    arrivals: list[dict[str, Any]] | None = None,
    flow: dict[str, Any] | None = None,
    **sections: Any,
) -> dict[str, Any]:
    """A model whose flow `f` sends the arrivals `come` through the pathway `p` for a week."""
    source = {"source": "assumed"}
    come = [{"id": "come", "pathway": "p", "per_day": 24}] if arrivals is None else arrivals
    default = {"id": "f", "name": "f", "begins": MONDAY, "runs": "7 d", "arrivals": [one["id"] for one in come]}
    ways = {"p": steps} | (pathways or {})
    return {
        "resources": [equipment("ct"), equipment("xray"), equipment("mr", 2)] if resources is None else resources,
        "attributes": [TRIAGE],
        "arrivals": [source | one for one in come],
        "pathways": [{"id": name, "name": name, "steps": way} | source for name, way in ways.items()],
        "flows": [default | (flow or {})],
    } | sections


def declared(steps: list[dict[str, Any]], **more: Any) -> Declared:
    """As `tree`, declared."""
    return declare_tree(tree(steps, **more))


def plan(steps: list[dict[str, Any]], **more: Any) -> Plan:
    """As `tree`, resolved; patients leave as `home` at the end."""
    return resolve(declared([*steps, {"leave": "home"}], **more), "f")


def problems(errors: SiteErrors) -> list[str]:
    """Each error as `line:column rule`."""
    return [f"{error.line}:{error.column} {error.rule}" for error in errors.errors]
