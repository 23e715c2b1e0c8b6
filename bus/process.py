"""How a process of the service begins: it writes its log to standard error and hears when it is told to stop."""

from __future__ import annotations

import logging
import signal
import sys


def write_log() -> None:
    """Write what is logged to standard error, each line with its time; whoever started this process keeps it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)


def hear_stops() -> list[int]:
    """A list to look at now and then: from now on SIGTERM and SIGINT are added to it, and do nothing else."""
    heard: list[int] = []
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda number, _frame: heard.append(number))
    return heard
