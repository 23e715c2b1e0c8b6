"""From an event being read to its commit, over a day: `python -m benchmarks.dispatch_latency --site koege`."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import sys
import threading
import time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psutil

from api.cli.sites import find_site, read_site
from api.day.report import Report
from api.day.run import Progress
from api.day.start import Wanted, full_opening, run_day
from benchmarks.machine import record

SAMPLE_EVERY_S = 1.0


class MemoryWatch:
    """Samples the resident memory of a process tree once a second, and keeps the peak of the sum and of each part."""

    def __init__(self, root: psutil.Process) -> None:
        self._root = root
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory watch", daemon=True)
        self.peak_mib = 0.0
        self.parts_mib: dict[str, float] = {}

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(SAMPLE_EVERY_S):
            sizes = self._sizes_mib()
            self.peak_mib = max(self.peak_mib, round(sum(sizes.values()), 1))
            for part, size in sizes.items():
                self.parts_mib[part] = max(self.parts_mib.get(part, 0.0), round(size, 1))

    def _sizes_mib(self) -> dict[str, float]:
        sizes: dict[str, float] = {}
        for process in [self._root, *self._root.children(recursive=True)]:
            try:
                name = "supervisor and day" if process == self._root else _part(process.cmdline())
                sizes[name] = sizes.get(name, 0.0) + process.memory_info().rss / 2**20
            except psutil.NoSuchProcess:
                continue  # it ended between the list and the look
        return sizes


def _part(command: list[str]) -> str:
    return command[command.index("-m") + 1] if "-m" in command else "other"


def measure(wanted: Wanted) -> dict[str, Any]:
    """Run the day on a service of its own and return latencies in ms, events a second, factor and memory in MiB."""
    began_s = time.monotonic()
    with MemoryWatch(psutil.Process()) as memory:
        report = asyncio.run(run_day(wanted, say=_say, tell=_tell))
    return result_of(report, memory, time.monotonic() - began_s)


def result_of(report: Report, memory: MemoryWatch, wall_s: float) -> dict[str, Any]:
    """Return the figures of one line."""
    events = report.latency.get("events", 0.0)
    return {
        "benchmark": "dispatch_latency",
        "site": report.site,
        "hours": report.hours,
        "seed": report.seed,
        "latency": report.latency,
        "events_per_s": round(events / report.wall_s, 1),
        "factor": msgspec.to_builtins(report.factor),
        "posted": report.posted,
        "lost": report.lost,
        "lost_jobs": report.lost_jobs,
        "on_time_share": report.on_time_share,
        "rss_peak_mib": memory.peak_mib,
        "rss_parts_mib": dict(sorted(memory.parts_mib.items())),
        "wall_s": round(wall_s, 1),
    }


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _tell(now: Progress) -> None:
    sys.stderr.write(
        f"\r{now.posted}/{now.total} posted, {now.open} open, factor {now.factor:.0f}, {now.left_s:.0f} s left "
    )


def main() -> None:
    """Measure and print one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dispatch_latency", description=__doc__)
    parser.add_argument("--site", default="koege")
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--begin", default="00:00", help="time of day")
    parser.add_argument("--factor", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    site = read_site(arguments.site)
    begin = dt.datetime.combine(
        full_opening(site), dt.time.fromisoformat(arguments.begin), tzinfo=ZoneInfo(site.site.timezone)
    )
    wanted = Wanted(
        name=find_site(arguments.site),
        site=site,
        begin=begin,
        hours=arguments.hours,
        seed=arguments.seed,
        factor=arguments.factor,
    )
    print(json.dumps(record("dispatch_latency", measure(wanted))))


if __name__ == "__main__":
    main()
