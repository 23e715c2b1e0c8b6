"""Samples and the compiled engine's results are the same whatever the processor can do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from simulation.engines.compiled import run_compiled
from simulation.engines.replication import Log, Replication
from simulation.flow.load import load_flows
from simulation.flow.resolve import resolve
from simulation.sampling import draw_sample
from simulation.ticks import DAY
from tests.simulation.sampling.drawn_plans import digest, everything

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def vector_extensions() -> list[str]:
    """What numpy makes use of beyond the processor's baseline."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return list(map(str, found))


def sample_hash() -> str:
    """The hash of a sample with every way to draw."""
    return digest(draw_sample(everything(), 1, 0))


def result_hash() -> str:
    """The hash of ten days at the clinic, with the log."""
    declared = load_flows("clinic_small")
    plan = resolve(declared, declared.flow_ids[0], warm_up=DAY, runs=9 * DAY)
    replication = run_compiled(plan, draw_sample(plan, 1, 0), log=True)
    assert replication.log is not None
    made = sha256()
    for field in fields(Replication):
        if field.name not in ("sample", "log"):
            made.update(getattr(replication, field.name).tobytes())
    for field in fields(Log):
        made.update(getattr(replication.log, field.name).tobytes())
    return made.hexdigest()


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a process finds where numpy and numba may use nothing but their baseline; it compiles all kernels anew."""
    allowed = {
        "NPY_DISABLE_CPU_FEATURES": " ".join(vector_extensions()),
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_CACHE_DIR": str(tmp_path_factory.mktemp("kernels")),
        "PYTHONPATH": str(ROOT),
    }
    names = ("vector_extensions", "sample_hash", "result_hash")
    code = (
        f"import json, runpy; here = runpy.run_path({__file__!r}); "
        f"print(json.dumps({{name: here[name]() for name in {names}}}))"
    )
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, env=os.environ | allowed, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def test_the_width_of_the_processor_s_vectors_changes_no_bit_of_a_sample(baseline: dict[str, object]) -> None:
    """Without any extension the sample is the same."""
    assert baseline["vector_extensions"] == []
    assert baseline["sample_hash"] == sample_hash()


def test_baseline_processor_gives_the_same_bits(baseline: dict[str, object]) -> None:
    """Compiled for a processor without any extension, the engine leaves the same log and figures."""
    assert baseline["result_hash"] == result_hash()
