"""`python -m equipment_tracking.service`: start the equipment part, say when it is ready, stop when told or alone."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from functools import partial
from pathlib import Path

from bus.address import EQUIPMENT, KEYS_FOLDER, read_address, write_address
from bus.broker import Broker
from bus.clock import ClockFollower
from bus.keys import ensure_keys
from bus.parent import parent_gone
from bus.process import hear_stops, write_log
from equipment_tracking.pool.draft import State
from equipment_tracking.service.building import Building
from equipment_tracking.service.cursor import Cursor
from equipment_tracking.service.desk import Desk
from equipment_tracking.service.fleet import KINDS, FleetFollower
from equipment_tracking.service.fleet import STREAM as FLEET
from equipment_tracking.service.listening import Listener
from equipment_tracking.service.mqtt import BadBroker, MqttReader
from equipment_tracking.service.robots import POSITIONS, BadRobots, hear_robots
from equipment_tracking.service.rules import rules_of
from equipment_tracking.service.service import Service
from equipment_tracking.store.writer import STREAM, EquipmentWriter
from ledger.database import open_engine
from ledger.errors import StoreError
from ledger.follower import Follower
from ledger.migrate import WrongSchema
from site_models.load import load_site

MQTT_VARIABLE = "PORTOR_MQTT"
"""The broker's address may hold a password, so it comes by environment and never by the command line."""


def main() -> int:
    """Run until SIGTERM, the end of the parent's pipe, or the loss of the lease; the exit code says which."""
    arguments = _arguments()
    write_log()
    building = Building.of(load_site(arguments.site))
    engine = open_engine(arguments.database)
    writer = EquipmentWriter(engine, arguments.holder)
    try:
        epoch = writer.open()
    except (StoreError, WrongSchema) as refused:
        sys.stderr.write(f"{refused}\n")
        return 3
    stopping = hear_stops()
    rows = writer.load()
    with contextlib.ExitStack() as held:
        held.callback(partial(_let_go, writer))
        try:
            listener = Listener(building, arguments.data)
        except BadRobots as wrong:
            sys.stderr.write(f"{wrong}\n")
            return 3
        keys = ensure_keys(arguments.data / KEYS_FOLDER)
        broker = Broker(keys, epoch=epoch)
        held.callback(broker.close)
        others = {POSITIONS: partial(hear_robots, listener.robot_seen)}
        clock = held.enter_context(ClockFollower(keys, partial(read_address, arguments.data), others=others))
        desk = Desk(building=building, rules=rules_of(building), state=State(rows), writer=writer, ear=listener)
        service = Service(
            desk=desk,
            listener=listener,
            writer=writer,
            broker=broker,
            clock=clock,
            fleet=FleetFollower(Follower(engine, STREAM, KINDS), Cursor.of(rows, FLEET)),
        )
        desk.tell(service.learn)
        listener.follow(desk.sightings.tags())
        listener.start()
        held.callback(listener.stop)
        try:
            if url := os.environ.get(MQTT_VARIABLE):
                reader = MqttReader(url, listener.hear)
                reader.start()
                held.callback(reader.stop)
            write_address(arguments.data, broker.address, EQUIPMENT)
            ready = False
            while not stopping and not parent_gone():
                service.step()
                if not ready and service.knows_time:
                    ready = True
                    sys.stdout.write(json.dumps({"ready": True}) + "\n")
                    sys.stdout.flush()
        except (StoreError, BadBroker) as lost:
            sys.stderr.write(f"{lost}\n")
            return 3
    return 0


def _let_go(writer: EquipmentWriter) -> None:
    with contextlib.suppress(StoreError):
        writer.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="equipment_tracking.service", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder for keys, addresses and positions")
    parser.add_argument("--site", required=True, help="site folder or name")
    parser.add_argument("--database", required=True, help="URL of the store")
    parser.add_argument("--holder", default=f"pid {os.getpid()}", help="who takes the lease")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
