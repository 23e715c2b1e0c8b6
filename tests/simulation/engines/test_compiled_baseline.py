"""The compiled engine gives the same result whatever the processor can do."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from hashlib import sha256
from pathlib import Path

import pytest

from simulation.engines.compiled import run_compiled
from simulation.engines.replication import Log, Replication
from simulation.flow.load import load_flows
from simulation.flow.resolve import resolve
from simulation.sampling import draw_sample
from simulation.ticks import DAY

ROOT = Path(__file__).parents[3]


def result_hash() -> str:
    """The hash of ten days at the clinic, with the log."""
    declared = load_flows("clinic_small")
    plan = resolve(declared, declared.flow_ids[0], warm_up=DAY, runs=9 * DAY)
    replication = run_compiled(plan, draw_sample(plan, 1, 0), log=True)
    assert replication.log is not None
    digest = sha256()
    for field in fields(Replication):
        if field.name not in ("sample", "log"):
            digest.update(getattr(replication, field.name).tobytes())
    for field in fields(Log):
        digest.update(getattr(replication.log, field.name).tobytes())
    return digest.hexdigest()


@pytest.mark.slow
def test_baseline_processor_gives_the_same_bits(tmp_path: Path) -> None:
    """Compiled for a processor without any extension, the engine leaves the same log and figures."""
    baseline = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    code = f"import runpy; print(runpy.run_path({__file__!r})['result_hash']())"
    environment = {**os.environ, **baseline, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == result_hash()
