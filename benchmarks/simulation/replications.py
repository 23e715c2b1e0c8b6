"""Many replicated years on several cores through `simulation.experiment`: time, and memory as they become more."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.simulation.years import FLOW, SITE
from simulation.experiment import bundle, executors
from simulation.experiment.progress import Progress
from simulation.experiment.request import Request
from simulation.experiment.run import run

WANTED_S = 120.0
"""Wall clock of a thousand years on two cores."""
SHARES = (0.1, 0.3, 1.0)
"""After which shares of the years memory is looked at."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """As it stood when so many years were done: seconds, and peak MiB of this process and of its greatest worker."""

    done: int
    wall_s: float
    cpu_s: float
    parent_mib: float
    worker_mib: float


@dataclass(slots=True)
class Looks:
    """What was seen when each of `SHARES` of the years had just been reached."""

    years: int
    seen: list[Look] = field(default_factory=list)

    def look(self, progress: Progress) -> None:
        """Look once for each of the shares that has been reached by now."""
        reached = sum(progress.done >= share * self.years for share in SHARES if progress.done)
        if reached > len(self.seen):
            now = _look(progress.done)
            self.seen += [now] * (reached - len(self.seen))

    @property
    def of_a_year(self) -> tuple[float, float]:
        """Wall clock and CPU seconds of a year once all processes run: from the first look to the last."""
        first, last = self.seen[0], self.seen[-1]
        years = max(last.done - first.done, 1)
        return (last.wall_s - first.wall_s) / years, (last.cpu_s - first.cpu_s) / years


def many(years: int, workers: int, seed: int) -> Iterator[Line]:
    """So many years in one experiment; first of all that a process measures, since a peak of memory never sinks."""
    looks = Looks(years)
    begun_s, cpu_s = time.perf_counter(), _cpu_s()
    with (
        tempfile.TemporaryDirectory(prefix="portor-benchmark-") as place,
        executors.pool(workers, here_s=0.0, at_once=bundle.hospital) as pool,
    ):
        request = Request(kind="run", flow=FLOW, site=SITE, seed=seed, least=years, most=years)
        folder = bundle.prepare(Path(place), request)
        prepared_s = time.perf_counter()
        result = run(folder, pool, tell=looks.look)
    if result is None or result.replications != years:
        raise RuntimeError("The experiment ended before it was done.")
    wall_s, cpu_s = time.perf_counter() - begun_s, _cpu_s() - cpu_s
    year_wall_s, year_cpu_s = looks.of_a_year
    thousand_s = wall_s + (1000 - years) * year_wall_s
    yield {
        "benchmark": "replications",
        "years": years,
        "workers": workers,
        "wall_s": round(wall_s, 1),
        "of_which_reading_s": round(prepared_s - begun_s, 1),
        "cpu_s": round(cpu_s, 1),
        "wall_s_of_a_year": round(year_wall_s, 4),
        "cpu_s_of_a_year": round(year_cpu_s, 4),
        "wall_s_of_thousand": round(thousand_s, 1),
        "wanted": {"wall_s_of_thousand_at_most": WANTED_S},
        "met": thousand_s <= WANTED_S,
        "peak_rss_mib": [
            {"done": one.done, "parent": round(one.parent_mib, 1), "worker": round(one.worker_mib, 1)}
            for one in looks.seen
        ],
        "sha256": result.sha256,
    }


def _cpu_s() -> float:
    """CPU seconds of this process and of those of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _look(done: int) -> Look:
    me = psutil.Process()
    workers = me.children()
    times = [process.cpu_times() for process in (me, *workers)]
    return Look(
        done=done,
        wall_s=time.perf_counter(),
        cpu_s=sum(one.user + one.system for one in times),
        parent_mib=_peak_mib(me.pid),
        worker_mib=max((_peak_mib(worker.pid) for worker in workers), default=0.0),
    )


def _peak_mib(pid: int) -> float:
    """The greatest resident memory of a process so far; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    peak_kib = next((line.split()[1] for line in lines if line.startswith("VmHWM")), "0")
    return int(peak_kib) / 1024
