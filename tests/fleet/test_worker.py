"""The solver's process: it thinks only with what others leave over."""

from __future__ import annotations

import subprocess
import sys

STEPS_BACK = """
import os
from pathlib import Path
from bus.niceness import NICENESS, step_back
os.setsid()  # as the supervisor starts every part
step_back()
session = Path("/proc/self/autogroup")
print(os.getpriority(os.PRIO_PROCESS, 0), session.read_text().split()[-1] if session.exists() else NICENESS)
"""


def test_the_worker_steps_back_as_a_process_and_as_a_session() -> None:
    """Where the system shares its processors out by session first, a nice process alone would yield to nobody."""
    run = subprocess.run([sys.executable, "-c", STEPS_BACK], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["19", "19"]
