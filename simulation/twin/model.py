"""The twin as the model of an experiment: a site with so many robots and without what is out, run day by day."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fleet.hospital import Hospital
from simulation.experiment.outcome import Case, Outcome, Simulate
from simulation.experiment.request import Request, Swing
from simulation.twin.figures import OUTPUTS, figures
from simulation.twin.fleet_size import NoRoom, with_robots
from simulation.twin.from_flow import flow_demand
from simulation.twin.shell import SOLUTIONS
from simulation.twin.simulate import Days, simulate
from site_models.schema import Site

FLOW = "twin"
"""What the experiment's flow is called."""
ROOMS = ("bus", "fleet", "ledger", "routing", "site_models", "simulation")
"""What stands between a site and the twin's figures; a change of it gives a question another address."""


@dataclass(frozen=True, slots=True)
class Twin:
    """Changes are `robots` (how many in all) and `out` (ids of what is out of service from the start)."""

    def read(self, site: str) -> dict[str, Any]:
        """The twin is asked with a tree of its own (`asked_tree`), never by the name of a site."""
        raise ValueError(f"The twin of {site} is asked with the model of the site: use `asked_tree`.")

    def flows(self, tree: dict[str, Any]) -> tuple[str, ...]:
        """The one flow there is: the days of the site."""
        return (FLOW,) if "site" in tree else ()

    def swings(self, tree: dict[str, Any], flow: str) -> tuple[Swing, ...]:  # noqa: ARG002 - the protocol has them
        """None: what is varied is said in the question."""
        return ()

    def case(self, request: Request, changes: Mapping[str, Any]) -> Case:
        """The days with these changes. Raises ValueError (`NoRoom` among them) for what cannot be run."""
        tree = request.model
        site = Site.model_validate(tree["site"])
        if "robots" in changes:
            site = with_robots(site, int(changes["robots"]))
        days = Days(
            site=site,
            date=dt.date.fromisoformat(tree["date"]),
            hours=tree["hours"],
            out=tuple(changes.get("out", ())),
            solutions=tree["solutions"],
            flow=flow_demand(tree["flow"], site, tree["hours"]) if tree["flow"] else None,
        )
        _refuse_impossible(days)
        return Case(payload=pickle.dumps(days), outputs=OUTPUTS, targets={}, warm_up_d=0, engine=FLOW)

    def simulate(self, payload: bytes, *, tables: bool) -> Simulate:  # noqa: ARG002 - there are no tables
        """Build the hospital once; every replication is a run of its own."""
        days: Days = pickle.loads(payload)  # noqa: S301  (made by `case`, never read from a disk)
        hospital = Hospital.of(days.site, days.date)
        hospital.prepare(frozenset(days.out))

        def once(seed: int, replication: int) -> Outcome:
            return Outcome(figures=figures(simulate(days, seed, replication, hospital)))

        return once


TWIN = Twin()


def asked_tree(
    site: Site,
    date: dt.date,
    hours: float = 24.0,
    solutions: int = SOLUTIONS,
    flow: Request | None = None,
    taken: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """The model of a question: the site, when, how the solver is bounded, and by which code it is answered.

    `flow` is the question of an experiment with a declared flow; the basis of it makes the demands `taken` (pattern
    of steps → demand).
    """
    return {
        "site": site.model_dump(mode="json"),
        "date": date.isoformat(),
        "hours": hours,
        "solutions": solutions,
        "flow": _asked_flow(flow, taken) if flow else None,
        "code": code(),
    }


def _asked_flow(flow: Request, taken: Mapping[str, str]) -> dict[str, Any]:
    return {
        "model": flow.model,
        "flow": flow.flow,
        "changes": dict(flow.scenarios[0].changes) if flow.scenarios else {},
        "warm_up_d": flow.warm_up_d,
        "taken": dict(taken),
    }


def loaded() -> None:
    """Nothing: a process that was asked to call this has loaded what a run needs, by importing this module."""


@cache
def code() -> str:
    """The digest of the source that decides the figures."""
    root = Path(__file__).parents[2]
    files = [path for room in ROOMS for path in _sources(root / room)]
    digest = hashlib.sha256()
    for path in sorted(files):
        body = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(body)}\0".encode() + body)
    return digest.hexdigest()


def _sources(place: Path) -> Sequence[Path]:
    return [place] if place.is_file() else list(place.rglob("*.py"))


def _refuse_impossible(days: Days) -> None:
    if not (math.isfinite(days.hours) and days.hours > 0.0):
        raise ValueError(f"{days.hours:g} hours cannot be run: ask for a part of a day at least.")
    hospital = Hospital.of(days.site, days.date)
    unknown = sorted(set(days.out) - hospital.closable)
    if unknown:
        lifts = ", ".join(lift.id for lift in days.site.lifts) or "none"
        raise ValueError(f"{', '.join(unknown)} cannot be out: the site has no such part. Its lifts are {lifts}.")
    wanted, housed = sum(fleet.count for fleet in days.site.fleets), len(hospital.robots)
    if not days.site.phases and housed < wanted:
        raise NoRoom(f"{wanted} robots are too many: only {housed} home bays lie on a way. Add bays to the site.")
