"""Print one JSON line a method: `python -m benchmarks.positioning DATA --set marckolak|philotuxo [--validate]`."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.positioning import Fold, Method, baselines, marckolak, ours, philotuxo
from benchmarks.positioning.report import append_history, score

METHODS: Mapping[str, Method] = {
    "strongest_gateway": baselines.strongest_gateway,
    "trilateration": baselines.trilateration,
    "knn_15": baselines.nearest_neighbours,
    "random_forest": baselines.random_forest,
    "portor": ours.locate,
}


def run(folds: Sequence[Fold], methods: Mapping[str, Method]) -> list[dict[str, Any]]:
    """Let each method locate the tag of each fold; the figures are over all folds together."""
    lines = []
    for name, locate in methods.items():
        began_s = time.monotonic()
        found = [(locate(fold.train, fold.readings, fold.truth.time_s), fold.truth) for fold in folds]
        figures = score(found, folds[0].train.right_within_m)
        lines.append({"method": name, **figures, "wall_s": round(time.monotonic() - began_s, 1)})
    return lines


def folds_of(data: Path, name: str, *, validate: bool) -> list[Fold]:
    """What is located: marckolak's robot test or, to validate, its survey runs; philotuxo's tracks."""
    if name == "philotuxo":
        return philotuxo.folds(philotuxo.load(data))
    return marckolak.folds(marckolak.load(data)) if validate else [marckolak.fold_of_test(data)]


def main() -> None:
    """Measure, append a test run to the history, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.positioning", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of marckolak.tar.xz and philotuxo.tar.xz")
    parser.add_argument("--set", dest="name", choices=["marckolak", "philotuxo"], required=True)
    parser.add_argument("--validate", action="store_true", help="leave out survey runs; the test run stays unread")
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    arguments = parser.parse_args()
    if arguments.validate and arguments.name == "philotuxo":
        parser.error("philotuxo has no test apart: its tracks are left out one by one without --validate")
    try:
        folds = folds_of(arguments.data, arguments.name, validate=arguments.validate)
    except FileNotFoundError as missing:
        parser.error(str(missing))
    lines = run(folds, {name: METHODS[name] for name in arguments.methods})
    if not arguments.validate:
        append_history(arguments.name, lines)
    for line in lines:
        print(json.dumps(line))


if __name__ == "__main__":
    main()
