"""From bytes to positions for a whole hospital: `python -m benchmarks.readings --site koege`, in one process, one core.

Each gateway sends one Minew message a second, as the generator's radio lets it hear the tags. Timed are decoding,
intake, sorting, the locator's step and reading the rooms and points of all tags; making the messages is not. Figures
are of CPU time, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.machine import record
from equipment_tracking.estimate import SURE
from equipment_tracking.formats import minew
from equipment_tracking.intake import Accepted, Intake
from equipment_tracking.readings import Batch
from equipment_tracking.service.building import Building
from equipment_tracking.twin import Twin
from equipment_tracking.whereabouts import Rooms
from simulation.beacons.addresses import tag_address
from simulation.beacons.calibrated import model_of
from simulation.beacons.generate import Scene, Second, prepare
from simulation.beacons.messages import messages
from site_models.load import load_site

WARM_UP = 60
"""Seconds before the timing begins: clocks are learned, tags found."""
START_MS = round(dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC).timestamp() * 1000)
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


def decode(bodies: Sequence[bytes], arrived_ms: int) -> list[tuple[Batch, int]]:
    """All messages of a second."""
    return [(minew.parse(body, arrived_ms), arrived_ms) for body in bodies]


def locate(twin: Twin, heard: Accepted, order: NDArray[np.intp]) -> None:
    """One second for all tags."""
    twin.step(heard.gateway[order], heard.tag[order], heard.rssi_dbm[order].astype(np.float64), 1.0)


def measure(site: str, assets: int, gateways: int, seconds: int, seed: int) -> dict[str, object]:
    """Run and give the figures."""
    building = Building.of(load_site(site))
    say("Preparing the scene …")
    scene = prepare(building.site, building.layout, seed=seed, assets=assets, gateways=gateways)
    places = building.places
    model, _ = model_of(scene, places, START_MS, say)
    twin = Twin(places, model.emission, model.settings.motion, tags=assets)
    rooms = Rooms(places)
    number = {room: place for place, room in enumerate(rooms.rooms)}
    area = np.array([number.get(room or "", -1) for room in places.room])
    intake = Intake(model.emission.radio.gateways, [tag_address(tag) for tag in range(assets)])
    confidence = model.confidence
    del model
    stages, readings = Stages(), 0
    off_m, floors, right, sure = [], [], [], []
    for second in listen(scene, WARM_UP + seconds):
        say(f"second {second.at_s + 1} of {WARM_UP + seconds}")
        bodies = messages(second, gateways, START_MS)
        arrived_ms = START_MS + (second.at_s + 1) * 1000 + 50
        timed = stages if second.at_s >= WARM_UP else Stages()
        batches = timed.run("decode", partial(decode, bodies, arrived_ms))
        heard = timed.run("intake", partial(intake.take, batches))
        order = timed.run("sort", partial(np.argsort, heard.tag, kind="stable"))
        timed.run("locate", partial(locate, twin, heard, order))
        found = timed.run("rooms", partial(rooms.of, twin))
        if second.at_s >= WARM_UP:
            readings += len(heard.tag)
            ground, spot = scene.ground, second.spot
            off_m.append(np.hypot(ground.x_m[spot] - found.x_m, ground.y_m[spot] - found.y_m))
            floors.append(ground.floor[spot] == found.floor)
            said = found.room >= 0
            right.append((found.room == area[second.node])[said])
            sure.append(confidence.of(found.p_room, np.zeros(assets))[said])
    correct, chance = np.concatenate(right), np.concatenate(sure)
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
        "p95_m": round(float(np.quantile(np.concatenate(off_m), 0.95)), 2),
        "floor_accuracy": round(float(np.mean(np.concatenate(floors))), 4),
        "room_accuracy": round(float(correct.mean()), 4),
        "said_surely": round(float((chance >= SURE).mean()), 4),
        "right_when_sure": round(float(correct[chance >= SURE].mean()), 4),
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
