"""`python -m fleet.worker`: the solver's process. It hears problems on the bus and answers with proposals."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

import msgspec

from bus.address import KEYS_FOLDER, read_address
from bus.client import BusClient, Unavailable
from bus.keys import ensure_keys
from bus.niceness import step_back
from bus.process import write_log
from fleet.hospital import Hospital
from routing.dispatch.engines.worker import answer
from routing.dispatch.messages import PlanProposed, SolveRequested
from site_models.load import load_site

log = logging.getLogger(__name__)


def solve(hospital: Hospital, asked: SolveRequested) -> PlanProposed:
    """Think about a problem under the closures that it was posed with."""
    return answer(asked, hospital.ways(frozenset(asked.problem.closures)).times)


async def work(data: Path, site: str) -> None:
    """Answer problems one at a time, the newest first: an old one is not worth solving."""
    hospital = Hospital.of(load_site(site))
    step_back()
    async with BusClient("worker", ensure_keys(data / KEYS_FOLDER), lambda: read_address(data)) as client:
        newest: asyncio.Queue[SolveRequested] = asyncio.Queue(maxsize=1)
        listening = asyncio.create_task(_listen(client, newest))
        try:
            while True:
                asked = await newest.get()
                proposal = await asyncio.to_thread(solve, hospital, asked)
                with contextlib.suppress(Unavailable):
                    await client.request("solver", "worker", asked.request, proposal)
        finally:
            listening.cancel()


async def _listen(client: BusClient, newest: asyncio.Queue[SolveRequested]) -> None:
    async for update in client.updates():
        if update.topic != "solve":
            continue
        asked = msgspec.msgpack.decode(update.body, type=SolveRequested)
        while not newest.empty():
            newest.get_nowait()
        newest.put_nowait(asked)


async def _until_stopped(data: Path, site: str) -> None:
    """Run until SIGTERM, SIGINT or the end of the parent's pipe."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    if sys.stdin is not None and not sys.stdin.isatty():
        loop.add_reader(sys.stdin.fileno(), _parent_said, stop)
    working = asyncio.create_task(work(data, site))
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    working.cancel()
    stopping.cancel()
    for task in done - {stopping}:
        task.result()


def _parent_said(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        stop.set()


def main() -> None:
    """Parse the arguments and work."""
    parser = argparse.ArgumentParser(prog="fleet.worker", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with keys and the bus address")
    parser.add_argument("--site", required=True, help="site folder or name")
    arguments = parser.parse_args()
    write_log()
    asyncio.run(_until_stopped(arguments.data, arguments.site))
    os._exit(0)  # a solver thread may still be thinking; nothing of it is worth keeping


if __name__ == "__main__":
    main()
