"""The simple department of `simple.yaml` by Ciw, and by the compiled engine and the reference on the same flow.

Ciw has no common random numbers with us, so its figures are beside ours, near but not equal. What it cannot say, and
the simple department therefore leaves out: a room held while waiting for something else, two things at once, queues by
deadline, looking at patients again while they wait, beds that are cleaned.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from simulation.engines.choose import Wanted, engine_for
from simulation.flow.load import load_flows
from simulation.flow.plan import Stream
from simulation.flow.resolve import resolve
from simulation.outputs import measure
from simulation.sampling import draw_sample
from simulation.ticks import DAY, TICKS_PER_S

HERE = Path(__file__).parent
COLOURS = {"orange": 0.27, "yellow": 0.4, "green": 0.33}
NURSE, DOCTOR, XRAY, CT = 1, 2, 3, 4
"""Ciw's numbers of the nodes."""

Figures = dict[str, float]
Line = dict[str, Any]


def beside_ciw(days: int | None, repeats: int, seed: int) -> Iterator[Line]:
    """A line for each simulator: CPU seconds, patients per CPU second, and its figures of the first run."""
    declared = load_flows(HERE / "simple.yaml")
    plan = resolve(declared, "simple", runs=None if days is None else days * DAY)
    outputs = declared.outputs_of("simple")
    arrivals = plan.sources[0].arrivals
    if not isinstance(arrivals, Stream):
        raise TypeError("Patients of the simple department come at random.")
    rates = arrivals.hourly[:24]  # arrivals an hour, the same every day

    def ours(wanted: Wanted) -> Callable[[int], tuple[int, Figures]]:
        engine = engine_for(plan, wanted).run

        def run(number: int) -> tuple[int, Figures]:
            sample = draw_sample(plan, seed, number)
            return len(sample.arrival), measure(outputs, plan, engine(sample))

        return run

    horizon_min, warm_up_min = (tick / TICKS_PER_S / 60 for tick in (plan.horizon, plan.warm_up))
    simulators: dict[str, Callable[[int], tuple[int, Figures]]] = {
        "compiled": ours("compiled"),
        "reference": ours("reference"),
        f"ciw {version('ciw')}": lambda number: _ciw(rates, horizon_min, warm_up_min, seed + number),
    }
    simulators["compiled"](0)  # kernels are loaded
    spent: dict[str, list[float]] = {name: [] for name in simulators}
    found: dict[str, tuple[int, Figures]] = {}
    for number in range(repeats):
        for name, simulate in simulators.items():
            gc.collect()
            begun = time.process_time()
            answer = simulate(number)
            spent[name].append(time.process_time() - begun)
            found.setdefault(name, answer)
    for name, seconds in spent.items():
        patients, figures = found[name]
        yield {
            "benchmark": "simple department",
            "simulator": name,
            "cpu_s": round(median(seconds), 3),
            "patients": patients,
            "patients_per_cpu_s": round(patients / median(seconds)),
            "compiled_faster": round(median(b / a for a, b in zip(spent["compiled"], seconds, strict=True)), 1),
            "figures": {output: round(figure, 3) for output, figure in figures.items()},
            "runs": len(seconds),
        }


def _ciw(rates: tuple[float, ...], horizon_min: float, warm_up_min: float, seed: int) -> tuple[int, Figures]:
    """One year by Ciw; minutes."""
    ciw: Any = import_module("ciw")  # an extra that publishes no types

    def lognormal(mean: float, sd: float) -> Any:
        sigma = math.sqrt(math.log1p((sd / mean) ** 2))
        return ciw.dists.Lognormal(math.log(mean) - sigma**2 / 2, sigma)

    ciw.seed(seed)
    ends = [60.0 * hour for hour in range(1, 25)]
    routing = [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.3, 0.2], [0.0] * 4, [0.0] * 4]
    network = ciw.create_network(
        arrival_distributions={
            colour: [ciw.dists.PoissonIntervals([rate * share / 60 for rate in rates], ends, horizon_min), *[None] * 3]
            for colour, share in COLOURS.items()
        },
        service_distributions={
            colour: [lognormal(8, 3), lognormal(30, 15), lognormal(11, 5), lognormal(18, 7)] for colour in COLOURS
        },
        routing=dict.fromkeys(COLOURS, routing),
        reneging_time_distributions={
            colour: [None, ciw.dists.Exponential(1 / 180) if colour == "green" else None, None, None]
            for colour in COLOURS
        },
        priority_classes={colour: place for place, colour in enumerate(COLOURS)},
        number_of_servers=[3, ciw.Schedule(numbers_of_servers=[4, 8, 9], shift_end_dates=[480, 960, 1440]), 2, 2],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(horizon_min)
    records = simulation.get_all_records(only=["service", "renege"])
    counted = [record for record in records if record.arrival_date >= warm_up_min]

    def mean_wait(node: int) -> float:
        waits = [one.waiting_time for one in counted if one.node == node and one.record_type == "service"]
        return math.fsum(waits) / len(waits)

    gone = sum(one.record_type == "renege" for one in counted)
    triaged = sum(one.node == NURSE for one in counted)
    return sum(one.node == NURSE for one in records), {
        "triage_wait": mean_wait(NURSE),
        "doctor_wait": mean_wait(DOCTOR),
        "ct_wait": mean_wait(CT),
        "left_unseen": gone / triaged,
    }
