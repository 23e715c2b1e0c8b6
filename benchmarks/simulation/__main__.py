"""Print one JSON line a measurement: `python -m benchmarks.simulation [--only year] [--years 60]`; see its parts.

`year`: Køge's emergency year by the compiled engine, the reference and a model written by hand. `simple`: beside Ciw.
`replications`: many years on all cores, time and memory. `same`: the same numbers in every way. `paired`: one bed more.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.machine import record
from benchmarks.simulation import paired, replications, same_numbers, simple, years

Line = dict[str, Any]


def main() -> None:
    """Measure, append to the history, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--years", type=int, default=1000, help="replications of `replications`")
    parser.add_argument("--days", type=int, help="counted days of `year` and `simple`; as declared unless said")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each model, of which the median is taken")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dry", action="store_true", help="leave the history alone")
    parts: dict[str, Callable[[argparse.Namespace], Iterator[Line]]] = {
        "replications": lambda asked: replications.many(asked.years, asked.workers, asked.seed),
        "year": lambda asked: years.side_by_side(asked.days, asked.repeats, asked.seed),
        "simple": lambda asked: simple.beside_ciw(asked.days, asked.repeats, asked.seed),
        "same": lambda asked: same_numbers.compared(4, asked.seed),
        "paired": lambda asked: paired.one_bed(20, asked.workers, asked.seed),
    }
    parser.add_argument("--only", nargs="+", choices=list(parts), default=list(parts))
    asked = parser.parse_args()
    for name, measure in parts.items():  # replications first, while memory is small
        if name in asked.only:
            for line in measure(asked):
                print(json.dumps(line if asked.dry else record("simulation", line)), flush=True)


if __name__ == "__main__":
    main()
