"""The same seed gives the same digest with one and two workers, and without the processor's optional features."""

from __future__ import annotations

import json
import os
import subprocess  # runs this module with other settings of the libraries
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.simulation.years import FLOW, SITE
from simulation.experiment import bundle, executors
from simulation.experiment.request import Request
from simulation.experiment.run import run

Line = dict[str, Any]


def baseline() -> dict[str, str]:
    """Environment variables that leave numpy and numba the processor's baseline alone."""
    return {
        "NPY_DISABLE_CPU_FEATURES": " ".join(optional_features()),
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
    }


def optional_features() -> list[str]:
    """What numpy uses of this processor beyond the baseline."""
    found: list[str] = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return found


def digest(replications: int, seed: int, workers: int) -> str:
    """The digest of all figures and tables; 0 workers: in this process."""
    with tempfile.TemporaryDirectory(prefix="portor-benchmark-") as place:
        request = Request(kind="run", flow=FLOW, site=SITE, seed=seed, least=replications, most=replications)
        folder = bundle.prepare(Path(place), request)
        chosen = executors.pool(workers, here_s=0.0) if workers else nullcontext(executors.in_process())
        with chosen as executor:
            result = run(folder, executor)
    if result is None:
        raise RuntimeError("The experiment ended before it was done.")
    return result.sha256


def compared(replications: int, seed: int) -> Iterator[Line]:
    """A line: the digest, and whether it is the same in every way of computing it."""
    digests = {f"{workers} workers": digest(replications, seed, workers) for workers in (1, 2)}
    features = baseline()
    asked = [sys.executable, "-m", __spec__.name, str(replications), str(seed)]
    done = subprocess.run(  # noqa: S603  # our own module
        asked, env=os.environ | features, stdout=subprocess.PIPE, text=True, check=True
    )
    digests["baseline features"], left = done.stdout.split(maxsplit=1)
    if json.loads(left):
        raise RuntimeError(f"numpy would not leave the features {left} alone.")
    yield {
        "benchmark": "same numbers",
        "replications": replications,
        "sha256": digests["1 workers"],
        "same": len(set(digests.values())) == 1,
        "ways": list(digests),
        "without": features["NPY_DISABLE_CPU_FEATURES"].split(),
    }


if __name__ == "__main__":
    print(digest(int(sys.argv[1]), int(sys.argv[2]), 0), json.dumps(optional_features()))
