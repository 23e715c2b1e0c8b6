"""Stepping back: a part that thinks for long yields the processor to those that answer people."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NICENESS = 19
"""Answering comes before thinking."""


def step_back(niceness: int = NICENESS) -> None:
    """Yield to all other processes, also where Linux shares the processor out by session (autogroup) first.

    Only once everything is imported and read: a part that starts while others work must still come up, and go.
    """
    os.setpriority(os.PRIO_PROCESS, 0, niceness)
    with contextlib.suppress(OSError):  # another system, or one without autogroups
        Path("/proc/self/autogroup").write_text(str(niceness), "ascii")
