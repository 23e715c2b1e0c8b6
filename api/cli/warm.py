"""`portor warm`: compiles the kernels into the user's cache, so that no process compiles later."""

from __future__ import annotations

import importlib

from api.cli.say import line, progress

KERNELS = (
    "routing.heap",
    "routing.kernels",
    "routing.dispatch.insertion_kernel",
    "routing.traffic.projection",
    "routing.traffic.search",
    "routing.tube.occupancy",
    "equipment_tracking.twin_kernels",
    "equipment_tracking.whereabouts_kernel",
    "simulation.chance",
    "simulation.beacons.radio",
    "simulation.beacons.hearing",
    "simulation.beacons.walk_kernels",
    "simulation.engines.compiled.kernel",
    "simulation.outputs.kernels",
    "simulation.sampling.kernels",
)
"""Modules with compiled functions; their signatures are stated, so importing compiles them or loads them."""


def warm() -> None:
    """Compile the numerical kernels once; later starts load them from the cache, without those of older versions."""
    from routing.compiled import remove_old

    with progress() as bar:
        task = bar.add_task("Compiling kernels", total=len(KERNELS), note="")
        for name in KERNELS:
            bar.update(task, note=name)
            importlib.import_module(name)
            bar.advance(task)
    remove_old()
    line(f"{len(KERNELS)} kernel modules are compiled.")
