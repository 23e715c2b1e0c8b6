"""`python -m fleet.service`: start the dispatcher, say when it is ready, stop when the parent goes or asks."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import gc
import json
import os
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bus.address import KEYS_FOLDER, write_address
from bus.broker import Broker
from bus.keys import ensure_keys
from bus.parent import parent_gone
from bus.process import hear_stops, write_log
from fleet.calendar import local_day
from fleet.clock import SiteClock
from fleet.draft import State
from fleet.hospital import Hospital
from fleet.service.dispatcher import CLOCK_ROW, Dispatcher, SavedClock
from fleet.service.wishes import KINDS, Wishes
from fleet.store.writer import STREAM, FleetWriter
from ledger.database import open_engine
from ledger.errors import StoreError
from ledger.follower import Follower
from ledger.migrate import WrongSchema
from site_models.load import load_site


def main() -> int:
    """Run until SIGTERM, the end of the parent's pipe, or the loss of the lease; the exit code says which."""
    arguments = _arguments()
    write_log()
    site = load_site(arguments.site)
    engine = open_engine(arguments.database, max_page_count=arguments.max_pages)
    writer = FleetWriter(engine, arguments.holder)
    try:
        epoch = writer.open()
    except (StoreError, WrongSchema) as refused:
        sys.stderr.write(f"{refused}\n")
        return 3
    stopping = hear_stops()
    rows = writer.load()
    clock = _clock(arguments, rows)
    state = State(rows)
    hospital = Hospital.of(site, local_day(clock.now_ms(), ZoneInfo(site.site.timezone)))
    hospital.prepare(frozenset(closure.target for closure in state.closures.values()))
    broker = Broker(ensure_keys(arguments.data / KEYS_FOLDER), epoch=epoch)
    try:
        wishes = Wishes(Follower(open_engine(arguments.database, read_only=True), STREAM, KINDS))
        dispatcher = Dispatcher(
            hospital=hospital, state=state, writer=writer, broker=broker, clock=clock, wishes=wishes
        )
        dispatcher.start()
        write_address(arguments.data, broker.address)
        gc.collect()
        gc.freeze()
        sys.stdout.write(json.dumps({"ready": True}) + "\n")
        sys.stdout.flush()
        while not stopping and not parent_gone():
            dispatcher.step()
    except StoreError as lost:
        sys.stderr.write(f"{lost}\n")
        return 3
    finally:
        broker.close()
        with contextlib.suppress(StoreError):
            writer.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fleet.service", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder for keys and the bus address")
    parser.add_argument("--site", required=True, help="site folder or name")
    parser.add_argument("--database", required=True, help="URL of the store")
    parser.add_argument("--holder", default=f"pid {os.getpid()}", help="who takes the lease")
    parser.add_argument("--factor", type=float, default=1.0, help="speed of site time, for a new database")
    parser.add_argument("--start", help="site time to start at, ISO 8601, for a new database")
    parser.add_argument("--max-pages", type=int, help="bound on the SQLite file, in pages")
    return parser.parse_args()


def _clock(arguments: argparse.Namespace, rows: dict[str, dict[str, bytes]]) -> SiteClock:
    """Site time goes on where it was; at factor 1 it has passed meanwhile as the machine's clock has."""
    kind, id = CLOCK_ROW
    body = rows.pop(kind, {}).get(id)
    if body is None:
        start_ms = None
        if arguments.start:
            start_ms = int(dt.datetime.fromisoformat(arguments.start).timestamp() * 1000)
        return SiteClock(start_ms, arguments.factor)
    saved = msgspec.msgpack.decode(body, type=SavedClock)
    clock = SiteClock(saved.site_ms, saved.factor)
    if saved.factor == 1.0:
        clock = SiteClock(max(saved.site_ms, clock.wall_ms() + saved.offset_ms), 1.0)
    return clock


if __name__ == "__main__":
    sys.exit(main())
