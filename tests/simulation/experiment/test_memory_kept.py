from __future__ import annotations

import platform
import subprocess
import sys

import pytest

GROWN = """
import psutil
import numpy as np
from simulation.experiment.memory import keep_memory

def resident_mib():
    return psutil.Process().memory_info().rss / 2**20

keep_memory()
begun = resident_mib()
for _ in range(20):
    arrays = [np.ones(1 << 22), np.ones(1 << 20), np.ones(1 << 21)]  # 32, 8 and 16 MiB
    del arrays
print(resident_mib() - begun)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such settings")
def test_freed_memory_is_kept_and_does_not_grow() -> None:
    """Of 56 MiB made and freed twenty times, 56 MiB stay with the process, and no more."""
    ran = subprocess.run([sys.executable, "-c", GROWN], capture_output=True, text=True, check=True)
    assert 50 < float(ran.stdout) < 70
