"""Published results and theory by both engines at their full settings: `python -m benchmarks.published`.

Prints a JSON line for each row: what was published, what was found, how far apart they may be, and the CPU time of the
run that the row comes from. `tests/published` asserts the same with the compiled engine, and with fewer replications
of the reference.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator

from benchmarks.machine import record
from benchmarks.published import tables

Line = dict[str, str | float | int | bool]


def stroke_unit(engine: str) -> Iterator[Line]:
    """The share delayed by beds, within 0.01 of the paper's table."""
    plan = tables.plan_of("stroke_unit.yaml", "acute_stroke_unit")
    begun = time.process_time()
    shares = tables.occupancy(plan, engine, tables.STROKE_REPLICATIONS).mean(axis=0)
    cpu_s = time.process_time() - begun
    for beds, published in tables.STROKE_DELAYED.items():
        found = float(tables.delayed(shares, beds))
        yield _line(engine, f"stroke unit, {beds} beds", published, found, tables.STROKE_TOLERANCE, cpu_s)


def treatment_centre(engine: str) -> Iterator[Line]:
    """Six mean waits in minutes, within what chance explains."""
    plan = tables.plan_of("treatment_centre.yaml", "treatment_centre")
    begun = time.process_time()
    waits = tables.centre_waits(plan, engine, tables.CENTRE_REPLICATIONS)
    cpu_s = time.process_time() - begun
    for step, (published, half_width) in tables.CENTRE_WAITS.items():
        ours = waits[step]
        allowed = tables.CENTRE_FACTOR * math.hypot(ours.half_width, half_width)
        yield _line(engine, f"treatment centre, {step}", published, ours.mean, allowed, cpu_s)


def theory(engine: str) -> Iterator[Line]:
    """Queues with known waits, within their own 99.9 % intervals."""
    for flow in tables.THEORY_FLOWS:
        plan = tables.plan_of("queues.yaml", flow)
        rows = [row for row in tables.THEORY if row.flow == flow]
        begun = time.process_time()
        figures = tables.theory_figures(plan, rows, engine, tables.THEORY_REPLICATIONS)
        cpu_s = time.process_time() - begun
        for row, interval in figures.items():
            yield _line(engine, f"theory, {row}", row.expected, interval.mean, interval.half_width, cpu_s)


def _line(engine: str, what: str, published: float, found: float, allowed: float, cpu_s: float) -> Line:
    return {
        "engine": engine,
        "what": what,
        "published": round(published, 6),
        "found": round(found, 6),
        "allowed": round(allowed, 6),
        "holds": abs(found - published) <= allowed,
        "cpu_s": round(cpu_s, 2),
    }


def main() -> None:
    """Run all rows with the engines asked for and print a line each; the counts join the history."""
    parser = argparse.ArgumentParser(description="Published results and theory, both engines, full settings.")
    parser.add_argument("--engine", choices=tables.ENGINES, action="append", help="only this engine (may be repeated)")
    for engine in parser.parse_args().engine or tables.ENGINES:
        lines = []
        for rows in (stroke_unit, treatment_centre, theory):
            for line in rows(engine):
                print(json.dumps(line), flush=True)
                lines.append(line)
        held = sum(bool(line["holds"]) for line in lines)
        print(json.dumps(record("published", {"engine": engine, "rows": len(lines), "hold": held})), flush=True)


if __name__ == "__main__":
    main()
