"""`python -m simulation.worker`: the planning process. It works on the experiments of a folder, one after the other.

Whoever asks writes a bundle (`simulation.experiment.bundle`) into `<data>/experiments`; the oldest that waits is run
next, with all cores, by processes that give way to everything else. Ended at any time, the next start goes on where it
was, so it ends at once; an experiment that is stopped keeps what is done.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from bus.niceness import step_back
from bus.parent import parent_gone
from bus.process import write_log
from simulation.experiment import bundle, executors
from simulation.experiment.executors import Executor
from simulation.experiment.run import run

log = logging.getLogger(__name__)

EXPERIMENTS = "experiments"
LOOK_EVERY_S = 0.3
IDLE_S = 60.0
"""Processes that had nothing to do for so long are let go, and their memory with them."""


def work_on(
    experiments: Path,
    ended: Callable[[], bool],
    pool: Callable[[], AbstractContextManager[Executor]] = executors.pool,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Run what waits in the folder until `ended` says so.

    Parameters
    ----------
    experiments
        Folder of bundles; it may not be there yet.
    ended
        Whether to end; asked often, also during an experiment, which is then gone on with by the next start.
    pool
        Opens the processes that do the work.
    pause
        Waits so many seconds, or less.
    """
    with ExitStack() as opened:
        executor: Executor | None = None
        idle_s = 0.0
        while not ended():
            folder = next(iter(bundle.waiting(experiments)), None)
            if folder is None:
                pause(LOOK_EVERY_S)
                idle_s += LOOK_EVERY_S
                if executor is not None and idle_s >= IDLE_S:
                    opened.close()
                    executor = None
                continue
            idle_s = 0.0
            executor = executor or opened.enter_context(pool())
            if not _carry_out(folder, executor, ended):
                opened.close()
                executor = None
                pause(LOOK_EVERY_S)


def _carry_out(folder: Path, executor: Executor, ended: Callable[[], bool]) -> bool:
    """Work on one experiment; whether the processes are fit for the next."""
    log.info("experiment %s begins", folder.name)
    try:
        found = run(folder, executor, stop=ended)
    except bundle.Busy:
        return True  # somebody looks at it or works on it: the next look tells
    except Exception:
        log.exception("experiment %s failed", folder.name)
        return False
    log.info("experiment %s %s", folder.name, "is done" if found else "stopped")
    return True


def main() -> int:
    """Work until SIGTERM, SIGINT or the end of the parent's pipe."""
    parser = argparse.ArgumentParser(prog="simulation.worker", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the installation")
    parser.add_argument("--site", required=True, help="site folder or name; each bundle brings its own model")
    arguments = parser.parse_args()
    write_log()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: os._exit(0))  # what is done is on the disk; the pool ends with this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    step_back()
    work_on(arguments.data / EXPERIMENTS, lambda: False)
    return 0


def _end_with_parent() -> None:
    while not parent_gone():
        time.sleep(LOOK_EVERY_S)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
