"""From bytes to positions for a whole hospital: `python -m benchmarks.readings --site koege`, in one process, one core.

Each gateway sends one Minew message a second, as the generator's radio lets it hear the tags. Timed are decoding,
intake, sorting, the locator's step and reading the likeliest places; making the messages is not. Figures are of CPU
time, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import msgspec
import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.machine import record
from equipment_tracking.emission import Emission, EmissionSettings
from equipment_tracking.fingerprints import Fingerprints, PrintSettings
from equipment_tracking.formats import minew
from equipment_tracking.intake import Accepted, Intake
from equipment_tracking.locator import Motion
from equipment_tracking.radio_map import MapSettings, learn
from equipment_tracking.readings import Batch
from equipment_tracking.twin import Twin
from simulation.beacons.generate import Scene, Second, prepare
from simulation.beacons.survey import walk_survey
from site_models.expand import expand
from site_models.load import load_site

WARM_UP = 5
"""Seconds before the timing begins: clocks are learned, tags found."""
START_MS = round(dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC).timestamp() * 1000)
GATEWAY, TAG = 0xAC233FC00000, 0xC30000000000
"""Where the addresses of gateways and tags begin."""
T = TypeVar("T")


class Stages:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = {}

    def run(self, name: str, work: Callable[[], T]) -> T:
        """Do a stage's work and add its time."""
        began_s = time.process_time()
        done = work()
        self.cpu_s[name] = self.cpu_s.get(name, 0.0) + time.process_time() - began_s
        return done


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def listen(scene: Scene, seconds: int) -> Iterator[Second]:
    """Second by second."""
    walkers = scene.begin()
    for at_s in range(seconds):
        yield scene.listen(walkers, at_s)
        walkers = scene.after(walkers, at_s)


def messages(second: Second, gateways: int) -> list[bytes]:
    """One message a gateway that heard something: its own row, then a row a reading."""
    order = np.argsort(second.gateway, kind="stable")
    cuts = np.searchsorted(second.gateway[order], np.arange(gateways + 1))
    bodies = []
    for gateway, (first, last) in enumerate(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)):
        if first == last:
            continue
        rows = order[first:last]
        head = {"timestamp": START_MS + second.at_s * 1000, "type": "Gateway", "mac": f"{GATEWAY + gateway:012X}"}
        heard = zip(
            second.time_s[rows].tolist(), second.tag[rows].tolist(), second.rssi_dbm[rows].round().tolist(), strict=True
        )
        body = [
            {"timestamp": START_MS + round(at * 1000), "type": "iBeacon", "mac": f"{TAG + tag:012X}", "rssi": rssi}
            for at, tag, rssi in heard
        ]
        bodies.append(msgspec.json.encode([head, *body]))
    return bodies


def decode(bodies: Sequence[bytes], arrived_ms: int) -> list[tuple[Batch, int]]:
    """All messages of a second."""
    return [(minew.parse(body, arrived_ms), arrived_ms) for body in bodies]


def locate(twin: Twin, heard: Accepted, order: NDArray[np.intp]) -> None:
    """One second for all tags."""
    twin.step(heard.gateway[order], heard.tag[order], heard.rssi_dbm[order].astype(np.float64), 1.0)


def measure(site: str, assets: int, gateways: int, seconds: int, seed: int) -> dict[str, object]:
    """Run and give the figures."""
    model = load_site(site)
    layout = expand(model)
    say("Preparing the scene …")
    scene = prepare(model, layout, seed=seed, assets=assets, gateways=gateways)
    say("Learning the radio map …")
    places = scene.ground.places
    settings = replace(EmissionSettings(), map_share=1.0)
    radio = learn(walk_survey(scene), places, {}, MapSettings(cell_m=2.0, floor_height_m=15.0))
    bare = Fingerprints(levels_dbm=np.zeros((1, 1)), weight=np.zeros((1, 1)), settings=PrintSettings())
    twin = Twin(places, Emission(radio=radio, prints=bare, settings=settings), Motion(), tags=assets)
    number = {name: place for place, name in enumerate(scene.gateways.ids)}
    intake = Intake(
        [f"{GATEWAY + number[name]:012x}" for name in radio.gateways], [f"{TAG + tag:012x}" for tag in range(assets)]
    )
    stages, readings, off_m, floors = Stages(), 0, [], []
    for second in listen(scene, WARM_UP + seconds):
        say(f"second {second.at_s + 1} of {WARM_UP + seconds}")
        bodies = messages(second, gateways)
        arrived_ms = START_MS + (second.at_s + 1) * 1000 + 50
        timed = stages if second.at_s >= WARM_UP else Stages()
        batches = timed.run("decode", partial(decode, bodies, arrived_ms))
        heard = timed.run("intake", partial(intake.take, batches))
        order = timed.run("sort", partial(np.argsort, heard.tag, kind="stable"))
        timed.run("locate", partial(locate, twin, heard, order))
        place, _ = timed.run("positions", twin.likeliest)
        if second.at_s >= WARM_UP:
            readings += len(heard.tag)
            found = place >= 0
            true, best = second.node[found], place[found]
            off_m.append(np.hypot(places.x_m[true] - places.x_m[best], places.y_m[true] - places.y_m[best]))
            floors.append(places.floor[true] == places.floor[best])
    total_s = sum(stages.cpu_s.values())
    return {
        "benchmark": "readings",
        "site": site,
        "assets": assets,
        "gateways": gateways,
        "seconds": seconds,
        "seed": seed,
        "readings": readings,
        "readings_per_s": round(readings / seconds),
        "readings_per_cpu_s": round(readings / total_s),
        "share": {name: round(spent_s / total_s, 3) for name, spent_s in stages.cpu_s.items()},
        "rss_mib": round(psutil.Process().memory_info().rss / 2**20, 1),
        "twin_mib": round(twin.nbytes / 2**20, 1),
        "left_out_max": float(twin.left_out.max()),
        "median_m": round(float(np.median(np.concatenate(off_m))), 2),
        "floor_accuracy": round(float(np.mean(np.concatenate(floors))), 4),
    }


def main() -> None:
    """Measure, append to the history, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readings", description=__doc__)
    parser.add_argument("--site", default="koege")
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--gateways", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    result = measure(given.site, given.assets, given.gateways, given.seconds, given.seed)
    print(json.dumps(record("readings", result)))


if __name__ == "__main__":
    main()
