"""A model for tests of experiments: beds and doctors with figures that are known, drawn in microseconds."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulation.experiment.outcome import Case, Outcome, Simulate
from simulation.experiment.request import Request, Swing, Target

TREE = {"beds": 10, "doctors": 4, "load": 8.0, "flows": ["ward"]}
OUTPUTS = ("wait", "used", "seen")


@dataclass(frozen=True)
class Ward:
    """Waits fall with beds and doctors and rise with the load; all scenarios share their patients' luck.

    Parameters
    ----------
    pause_s
        How long a replication takes.
    runs
        A file that notes each replication that was run, so that a test can count them.
    harm
        From so many beds on, more of them make the wait longer.
    """

    pause_s: float = 0.0
    runs: str = ""
    harm: int = 10**9

    def read(self, _site: str) -> dict[str, Any]:
        return dict(TREE)

    def flows(self, tree: dict[str, Any]) -> tuple[str, ...]:
        return tuple(tree["flows"])

    def swings(self, _tree: dict[str, Any], _flow: str) -> tuple[Swing, ...]:
        return (Swing("load", {"times": 0.9}, {"times": 1.1}), Swing("beds", {"plus": -1}, {"plus": 1}))

    def case(self, request: Request, changes: Mapping[str, Any]) -> Case:
        tree = {name: value for name, value in request.model.items() if name != "flows"}
        for path, change in changes.items():
            if path not in tree:
                raise LookupError(f"There is no {path}.")
            if isinstance(change, dict):
                tree[path] = tree[path] * change.get("times", 1) + change.get("plus", 0)
            else:
                tree[path] = change
        targets = {"wait": Target(at_most=1.0)}
        days = request.kind == "warm_up"
        payload = json.dumps({**tree, "days": days}).encode()
        return Case(payload=payload, outputs=OUTPUTS, targets=targets, warm_up_d=7, engine="fake")

    def simulate(self, payload: bytes, *, tables: bool) -> Simulate:
        ward = json.loads(payload)

        def simulate(seed: int, replication: int) -> Outcome:
            if self.pause_s:
                time.sleep(self.pause_s)
            if self.runs:
                with Path(self.runs).open("a") as file:
                    file.write(f"{os.getpid()} {replication}\n")
            return _outcome(ward, seed, replication, self.harm, tables=tables)

        return simulate


def _outcome(ward: dict[str, float], seed: int, replication: int, harm: int, *, tables: bool) -> Outcome:
    """Common luck (of the patients) and own luck (of the scenario), nine to one in standard deviations."""
    common = np.random.default_rng([seed, replication])
    own = np.random.default_rng([seed, replication, round(ward["beds"] * 100), round(ward["doctors"] * 100)])
    luck = 0.09 * common.standard_normal() + 0.01 * own.standard_normal()
    beds = ward["beds"] if ward["beds"] < harm else 2 * harm - ward["beds"] - 2
    wait = ward["load"] / beds + ward["load"] / (4 * ward["doctors"]) - 0.5 + luck
    seen = math.nan if replication % 5 == 4 else float(replication)
    counts = {}
    if tables and ward["days"]:
        day = np.arange(420)
        noise = own.integers(-9, 10, 420)
        counts = {"used/beds": np.minimum(day * 10, 300) + noise}
    elif tables:
        hours = np.zeros((168, 3 + replication % 2), dtype=np.int64)
        hours[:, common.integers(0, 3)] = 1
        counts = {"used/beds": hours}
    return Outcome(figures={"wait": wait, "used": ward["load"] / ward["beds"], "seen": seen}, tables=counts)
