"""`python -m fleet.simulated`: the process of the simulated robots, lifts, porters and tube."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sqlite3
import stat
import sys
from pathlib import Path

from bus.keys import BadKeys
from bus.process import hear_stops, write_log
from fleet.simulated.agent import SimulatedCarriers
from fleet.simulated.cores.faults import Faults
from fleet.simulated.journal import JournalError
from site_models.errors import SiteErrors
from site_models.load import load_site

log = logging.getLogger("fleet.simulated")


def main() -> int:
    """Run until SIGTERM, SIGINT or the end of the parent's pipe. Exit 2: something to put right, 1: a full disk."""
    arguments = _arguments()
    write_log()
    stopping = hear_stops()
    faults = Faults(seed=arguments.seed, per_day=arguments.breakdowns_per_day)
    try:
        carriers = SimulatedCarriers(load_site(arguments.site), arguments.data, seed=arguments.seed, faults=faults)
    except (SiteErrors, BadKeys, JournalError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    parent = _parent_pipe(asked=arguments.parent_pipe)
    gc.collect()
    gc.freeze()
    try:
        while not stopping:
            if carriers.turn(parent) and not os.read(parent[0], 4096):
                log.info("the parent is gone")
                break
    except sqlite3.OperationalError as problem:
        log.error("the world cannot be written (%s): free space in %s and start again", problem, arguments.data)  # noqa: TRY400 - the sentence is enough
        return 1
    carriers.close()
    return 0


def _parent_pipe(*, asked: bool) -> tuple[int, ...]:
    """Standard input, when it is a pipe from a parent: its end is the parent's end."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return ()
    return (0,) if asked or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else ()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fleet.simulated", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data folder shared with the dispatcher")
    parser.add_argument("--site", required=True, help="folder of a site, or its name under site_models/")
    parser.add_argument("--seed", type=int, default=1, help="names all chance of the simulation")
    parser.add_argument(
        "--breakdowns-per-day",
        type=float,
        default=0.0,
        metavar="N",
        help="breakdowns of each robot in a day of site time",
    )
    parser.add_argument(
        "--parent-pipe", action="store_true", help="end when standard input closes, even if it is no pipe"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
