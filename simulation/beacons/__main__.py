"""`python -m simulation.beacons`: the process of a made-up site's equipment, its tags, its gateways and its people."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from bus.address import EQUIPMENT, KEYS_FOLDER, read_address
from bus.client import BusClient
from bus.keys import BadKeys, Keys, ensure_keys
from bus.parent import parent_gone
from bus.process import write_log
from equipment_tracking.calibration.model_file import digest, save
from equipment_tracking.service.building import Building
from equipment_tracking.service.listening import FOLDER, MODEL
from simulation.beacons.asking import Asking
from simulation.beacons.calibrated import model_of
from simulation.beacons.filling import fill
from simulation.beacons.generate import Scene, SceneSettings, prepare
from simulation.beacons.ground import ground
from simulation.beacons.life import Life
from simulation.beacons.part import Part
from simulation.beacons.staff import Staff
from simulation.beacons.stock import Stock, Wards, usual_assets, usual_gateways
from simulation.beacons.ways import WalkSettings
from simulation.beacons.world import World, read_world
from site_models.errors import SiteErrors
from site_models.load import load_site

log = logging.getLogger("simulation.beacons")

SETTINGS = SceneSettings(walks=WalkSettings(stay_s=7200.0), parked_every_s=8)
"""Tags that notice motion: every second when pushed, every eighth when parked; things stay for two hours on average."""
LOOK_S = 0.2
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demonstration runs on; `is_another`: the data folder is of another world so far."""

    data: Path
    keys: Keys
    building: Building
    wards: Wards
    world: World
    is_another: bool


def main() -> int:
    """Run until SIGTERM, SIGINT or the end of the parent's pipe. Exit 2: something to put right."""
    arguments = _arguments()
    write_log()
    ending = Ending()
    try:
        demo = _demo(arguments)
        world = demo.world
        made, is_fresh = ending.run(demo, lambda asking: fill(asking, demo.wards, world.seed, world.assets))
        world = replace(world, is_stocked=world.is_stocked and not is_fresh)
        scene = _scene(demo, made)
        _ensure_model(demo, scene)
        life = Life(
            assets=made.assets,
            rooms=demo.building.layout.rooms,
            staff=Staff.of(demo.building.site),
            seed=world.seed,
            stay_s=SETTINGS.walks.stay_s,
        )
        gc.collect()
        gc.freeze()
        ending.run(
            demo, lambda asking: Part(scene=scene, life=life, asking=asking, world=world, folder=demo.data).run()
        )
    except (SiteErrors, BadKeys, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


def _demo(arguments: argparse.Namespace) -> Demo:
    building = Building.of(load_site(arguments.site))
    wards = Wards(building.site, building.layout)
    world = World(
        site=building.site.site.id,
        version=f"{building.layout.version[:16]}-{digest(building.places)[:16]}",
        seed=arguments.seed,
        assets=arguments.assets or usual_assets(wards),
        gateways=arguments.gateways or usual_gateways(wards),
    )
    before = read_world(arguments.data)
    return Demo(
        data=arguments.data,
        keys=ensure_keys(arguments.data / KEYS_FOLDER),
        building=building,
        wards=wards,
        world=before if before is not None and before.same_as(world) else world,
        is_another=before is not None and not before.same_as(world),
    )


def _scene(demo: Demo, made: Stock) -> Scene:
    _say("Preparing the scene …")
    site, layout = demo.building.site, demo.building.layout
    homes = made.homes(ground(site, layout).rooms)
    return prepare(site, layout, seed=demo.world.seed, gateways=demo.world.gateways, homes=homes, settings=SETTINGS)


def _ensure_model(demo: Demo, scene: Scene) -> None:
    """The locator's map of these gateways; one that was made for them is kept, whoever has re-trained it since."""
    path = demo.data / FOLDER / MODEL
    if path.exists() and not demo.is_another:
        return
    began_s = time.monotonic()
    path.parent.mkdir(parents=True, exist_ok=True)
    model, made = model_of(scene, demo.building.places, time.time_ns() // 1_000_000, _say)
    try:
        save(path, model, made)
    except OSError as problem:
        log.error("no radio map is saved (%s): nothing is located until the next start", problem)  # noqa: TRY400  # the sentence says all
        return
    _say(f"The radio map of {len(scene.gateways)} gateways is made, in {time.monotonic() - began_s:.0f} s")


class Ending:
    """Remembers that the process was told to end. At once, unless work is on the bus, which puts its things away."""

    def __init__(self) -> None:
        self._told = False
        self._at_once = True
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self._hear)

    def run(self, demo: Demo, work: Callable[[Asking], Awaitable[T]]) -> T:
        """Do work on the bus; raises SystemExit when told to end, or left alone, before it is done."""
        self._at_once = False
        try:
            return asyncio.run(self._watched(demo, work))
        finally:
            self._at_once = True
            if self._told:
                sys.exit(0)

    async def _watched(self, demo: Demo, work: Callable[[Asking], Awaitable[T]]) -> T:
        working = asyncio.create_task(_connected(demo, work))
        while not working.done() and not self._told:
            if parent_gone():
                self._told = True
            await asyncio.wait([working], timeout=LOOK_S)
        if not working.done():
            working.cancel()
            await asyncio.wait([working])
            sys.exit(0)
        return working.result()

    def _hear(self, _number: int, _frame: object) -> None:
        self._told = True
        if self._at_once:
            sys.exit(0)


async def _connected(demo: Demo, work: Callable[[Asking], Awaitable[T]]) -> T:
    async with BusClient("beacons", demo.keys, partial(read_address, demo.data, EQUIPMENT)) as client:
        return await work(Asking(client))


def _say(text: str) -> None:
    """Progress; where a parent has gone meanwhile, nobody hears it."""
    if parent_gone():
        raise SystemExit(0)
    log.info("%s", text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulation.beacons", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data folder shared with the equipment part")
    parser.add_argument("--site", required=True, help="folder of a site, or its name under site_models/")
    parser.add_argument("--seed", type=int, default=1, help="names all chance of the simulation")
    parser.add_argument("--assets", type=int, help="tagged assets; left out, as many as a site of this size has")
    parser.add_argument("--gateways", type=int, help="gateways; left out, as many as such a site needs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
